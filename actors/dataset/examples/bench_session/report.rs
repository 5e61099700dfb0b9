//! What was measured, as a table or as JSON.

use crate::job::Job;
use crate::process::Outcome;
use serde::Serialize;

/// What a session cost.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Figures {
    /// Of the three parties together, in seconds.
    pub(crate) cpu: f64,
    /// From the first order to the result, in seconds.
    pub(crate) wall: f64,
    /// The most memory that one of them had at once, in bytes.
    pub(crate) peak: u64,
    /// Bytes that one of them sent, at most.
    pub(crate) sent: u64,
    pub(crate) rounds: u32,
    pub(crate) note: Option<String>,
}

impl Figures {
    /// One party's share.
    pub(crate) fn add(&mut self, cpu: f64, peak: u64, sent: u64) {
        self.cpu += cpu;
        self.peak = self.peak.max(peak);
        self.sent = self.sent.max(sent);
    }

    /// Each figure's least.
    pub(crate) fn least(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
            peak: self.peak.min(other.peak),
            ..other
        }
    }
}

/// One job.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    job: &'static str,
    target: &'static str,
    peer: &'static str,
    whole: Figures,
    /// The session with the same inputs and nothing else, where there is one.
    inputs: Option<Figures>,
}

impl Line {
    pub(crate) fn new(job: &Job, whole: Figures, inputs: Option<Figures>) -> Self {
        Self { job: job.name, target: job.target, peer: job.peer, whole, inputs }
    }

    fn text(&self) -> String {
        let Figures { cpu, wall, peak, sent, rounds, note } = &self.whole;
        let none = Figures::default();
        let inputs = self.inputs.as_ref().unwrap_or(&none);
        let more =
            [cpu - inputs.cpu, wall - inputs.wall, sent.saturating_sub(inputs.sent) as f64 / 1e6];
        format!(
            "{:<24}{:>9.4}{:>9.4}{:>9.2}  {cpu:>9.4}{wall:>9.4}{:>9.2}{:>7}{rounds:>7}  {:<20}{}{}",
            self.job,
            more[0],
            more[1],
            more[2],
            *sent as f64 / 1e6,
            peak >> 20,
            self.target,
            self.peer,
            note.as_ref().map_or(String::new(), |note| format!("; {note}")),
        )
    }
}

#[expect(clippy::disallowed_macros, reason = "a benchmark prints its figures")]
pub(crate) fn print(lines: &[Line], is_json: bool) -> Outcome<()> {
    if is_json {
        println!("{}", serde_json::to_string_pretty(lines)?);
        return Ok(());
    }
    println!("beyond the inputs, where these can be told apart; then the whole session");
    println!(
        "{:<24}{:>9}{:>9}{:>9}  {:>9}{:>9}{:>9}{:>7}{:>7}  {:<20}others",
        "", "CPU s", "wall s", "MB sent", "CPU s", "wall s", "MB sent", "MiB", "rounds", "target"
    );
    for line in lines {
        println!("{}", line.text());
    }
    Ok(())
}
