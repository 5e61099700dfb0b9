//! What a job found, for people and for programs.

use super::matching::Matched;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::{Report, columns};
use crate::tx::Amount;
use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use troupe_learning::message::Status;
use troupe_learning::{Plan, Task};
use troupe_mpc::Revealed;
use troupe_types::{Address, NodeId, SessionId};

/// A job that ended well.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) name: String,
    pub(crate) session: SessionId,
    pub(crate) rows: Vec<u32>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) traffic: Vec<(String, Traffic)>,
    /// What it cost, where a chain settled it.
    pub(crate) settled: Option<Settled>,
    pub(crate) took: Duration,
    /// Where the results are kept, or why they are not, where that is so.
    pub(crate) kept: Option<String>,
}

/// What a chain settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The task's number there.
    pub(crate) number: u64,
    pub(crate) payer: Address,
    /// What the parties got together, in von.
    pub(crate) fee: u128,
    /// What the owners got together, in von.
    pub(crate) prices: u128,
}

/// Something that the job found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
    /// No value differs from the exact one by more than this, where that is known.
    pub(crate) bound: Option<f64>,
}

/// What a compute party moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) party: NodeId,
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Traffic {
    pub(crate) fn of(party: NodeId, status: &Option<Status>) -> Self {
        let (sent, received) = status.as_ref().map_or((0, 0), |s| (s.sent.0, s.received.0));
        Self { party, sent, received }
    }
}

/// Results as the plan of their task names them.
pub(super) fn answers(
    task: &Task,
    matched: Option<u32>,
    revealed: Vec<Revealed>,
) -> Outcome<Vec<Answer>> {
    let plan = Plan::new(task, matched).map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let answers = plan.results().iter().zip(revealed).map(|(expected, found)| Answer {
        name: expected.name.clone(),
        values: found.values,
        bound: expected.bound,
    });
    Ok(answers.collect())
}

impl Finished {
    /// As the command prints it.
    pub(crate) fn report(&self) -> Report {
        let mut rows = vec![["result", "value", "within"].map(str::to_owned).to_vec()];
        for answer in &self.answers {
            let within = answer.bound.map_or_else(String::new, |bound| format!("{bound:.1e}"));
            rows.push(vec![answer.name.clone(), answer.shown(), within]);
        }
        let moved: u64 = self.traffic.iter().map(|(_, moved)| moved.sent).sum();
        let names: Vec<&str> = self.traffic.iter().map(|(name, _)| name.as_str()).collect();
        let text = format!(
            "{}\n\n{}\n\n{} rows; {} computed on shares and exchanged {:.1} KiB; {:.2} s",
            self.name,
            columns(&rows),
            self.rows.first().copied().unwrap_or_default(),
            names.join(", "),
            moved as f64 / 1024.0,
            self.took.as_secs_f64(),
        );
        let paid = self.settled.map(|settled| settled.shown()).unwrap_or_default();
        let mut report = Report::new(text + &paid, self.json());
        report.notes.extend(self.kept.clone());
        report
    }

    fn json(&self) -> Value {
        let results: Vec<Value> = self.answers.iter().map(Answer::json).collect();
        let parties: Vec<Value> = self
            .traffic
            .iter()
            .map(|(name, moved)| {
                json!({
                    "name": name, "node_id": moved.party.to_string(),
                    "sent_bytes": moved.sent, "received_bytes": moved.received,
                })
            })
            .collect();
        json!({
            "job": self.name,
            "session": self.session.to_string(),
            "rows": self.rows,
            "results": results,
            "parties": parties,
            "settled": self.settled.map(|settled| settled.json()),
            "seconds": self.took.as_secs_f64(),
        })
    }
}

impl Settled {
    fn shown(&self) -> String {
        let lat = |von: u128| Amount(U256::from(von));
        format!(
            "\ntask {} on the chain: {} paid {} to the compute nodes and {} to the owners of the data",
            self.number,
            self.payer.to_checksum(),
            lat(self.fee),
            lat(self.prices),
        )
    }

    fn json(&self) -> Value {
        json!({
            "task": self.number, "payer": self.payer.to_checksum(),
            "fee": self.fee.to_string(), "prices": self.prices.to_string(),
        })
    }
}

/// One number, or all of them.
pub(super) fn value(values: &[f64]) -> Value {
    match values {
        [one] => json!(one),
        several => json!(several),
    }
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        json!({ "name": self.name, "value": value(&self.values), "error": self.bound })
    }

    /// A line for people; long lists are cut.
    pub(super) fn shown(&self) -> String {
        const MOST: usize = 12;
        let shown = |value: &f64| number(*value, self.bound.unwrap_or(1e-6));
        let mut texts: Vec<String> = self.values.iter().take(MOST).map(shown).collect();
        if let Some(more) = self.values.len().checked_sub(MOST).filter(|more| *more > 0) {
            texts.push(format!("and {more} more"));
        }
        texts.join(", ")
    }
}

impl Matched {
    /// As the command prints it.
    pub(crate) fn report(&self) -> Report {
        let mut rows = vec![["owner", "data set", "keys", "learned"].map(str::to_owned).to_vec()];
        for side in &self.sides {
            let learned = if side.is_receiver { "yes" } else { "nothing" };
            let cells = [&*side.owner, &*side.dataset, &*side.items.to_string(), learned];
            rows.push(cells.map(str::to_owned).to_vec());
        }
        let found = match self.count {
            Some(count) => format!("{count} in common"),
            None => "what they have in common stays with who learned it".to_owned(),
        };
        let moved: u64 = self.sides.iter().map(|side| side.sent).sum();
        let keys: Vec<String> = self.keys.iter().map(|key| key.join(",")).collect();
        let list = if keys.is_empty() { String::new() } else { format!("\n\n{}", keys.join("\n")) };
        let text = format!(
            "{}\n\n{}\n\n{found}; {:.1} KiB exchanged; {:.2} s{list}",
            self.name,
            columns(&rows),
            moved as f64 / 1024.0,
            self.took.as_secs_f64(),
        );
        Report::new(text, self.json())
    }

    fn json(&self) -> Value {
        let owner = |side: &super::matching::MatchedSide| {
            json!({
                "name": side.owner, "dataset": side.dataset, "keys": side.items,
                "sent_bytes": side.sent, "learned": side.is_receiver,
            })
        };
        json!({
            "job": self.name,
            "session": self.session.to_string(),
            "owners": self.sides.iter().map(owner).collect::<Vec<Value>>(),
            "count": self.count,
            "columns": self.columns,
            "keys": self.keys,
            "seconds": self.took.as_secs_f64(),
        })
    }
}

/// As many digits as the bound on the error makes sense of.
fn number(value: f64, error: f64) -> String {
    let digits = if error > 0.0 { (1.0 - error.log10()).ceil().clamp(0.0, 12.0) } else { 12.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 12")]
    let digits = digits as usize;
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_the_error() {
        assert_eq!(number(14.127_291_7, 0.000_04), "14.127292");
        assert_eq!(number(212.0, 0.5), "212.00");
        assert_eq!(number(212.0, 700.0), "212");
    }
}
