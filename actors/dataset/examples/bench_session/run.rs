//! The command line, and what is measured in which order.

use crate::job::{self, Job};
use crate::process::Outcome;
use crate::report::{Figures, Line};
use crate::stage::Stage;
use crate::{party, report};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// What the three processes are started with.
pub(crate) const PARTY: &str = "--party";

/// What is wanted.
pub(crate) struct Wishes {
    pub(crate) is_quick: bool,
    is_json: bool,
    runs: u32,
    names: Vec<String>,
}

impl Wishes {
    fn read(words: &[String]) -> Outcome<Self> {
        let mut wishes = Self { is_quick: false, is_json: false, runs: 3, names: Vec::new() };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--quick" => wishes.is_quick = true,
                "--runs" => wishes.runs = words.next().ok_or("--runs wants a number")?.parse()?,
                "--output" => match words.next() {
                    Some("json") => wishes.is_json = true,
                    Some("text") => wishes.is_json = false,
                    _ => return Err("--output wants json or text".into()),
                },
                PARTY => {}
                option if option.starts_with('-') => {
                    return Err(format!("no option `{option}`").into());
                }
                name => wishes.names.push(name.to_owned()),
            }
        }
        Ok(wishes)
    }

    fn jobs(&self) -> Outcome<Vec<Job>> {
        let all = job::all(self.is_quick);
        let known: Vec<&str> = all.iter().map(|job| job.name).collect();
        if let Some(name) = self.names.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("no job `{name}`; there are {}", known.join(", ")).into());
        }
        let is_wanted =
            |job: &Job| self.names.is_empty() || self.names.iter().any(|n| n == job.name);
        Ok(all.into_iter().filter(is_wanted).collect())
    }
}

/// Runs the benchmark, or one of its parties.
#[expect(clippy::disallowed_macros, reason = "a benchmark says what went wrong")]
pub(crate) fn main(words: &[String]) -> ExitCode {
    let outcome = Wishes::read(words).and_then(|wishes| {
        if words.iter().any(|word| word == PARTY) {
            troupe_runtime::run(party::run(wishes.is_quick))
        } else {
            troupe_runtime::run(measure(&wishes))
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench session: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(wishes: &Wishes) -> Outcome<()> {
    let jobs = wishes.jobs()?;
    let mut stage = Stage::set(wishes.is_quick).await?;
    let mut lines = Vec::new();
    // Connections and pages of memory are there before anything is measured.
    if let Some(job) = jobs.first() {
        stage.run(job, false).await?;
    }
    for job in &jobs {
        let whole = least(&mut stage, job, false, wishes.runs).await?;
        let inputs = match job.is_bare_possible() {
            true => Some(least(&mut stage, job, true, wishes.runs).await?),
            false => None,
        };
        lines.push(Line::new(job, whole, inputs));
    }
    clear();
    report::print(&lines, wishes.is_json)
}

/// The least of some runs, each figure by itself.
async fn least(stage: &mut Stage, job: &Job, is_bare: bool, runs: u32) -> Outcome<Figures> {
    let mut least: Option<Figures> = None;
    for run in 1..=runs.max(1) {
        progress(job.name, is_bare, run, runs);
        let figures = stage.run(job, is_bare).await?;
        least = Some(match least {
            None => figures,
            Some(least) => least.least(figures),
        });
    }
    least.ok_or_else(|| "nothing was run".into())
}

/// Says what is being done, where somebody watches.
fn progress(name: &str, is_bare: bool, run: u32, runs: u32) {
    let what = if is_bare { "inputs alone" } else { "the whole session" };
    tell(&format!("{name}: {what}, {run} of {runs}"));
}

fn clear() {
    tell("");
}

/// Writes over the last line of a terminal.
pub(crate) fn tell(what: &str) {
    let mut screen = std::io::stderr();
    if screen.is_terminal() {
        // A watcher who is gone misses nothing.
        let _ = write!(screen, "\r\x1b[K{what}").and_then(|()| screen.flush());
    }
}
