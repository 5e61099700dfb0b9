//! What a job found, for people and for programs.

use super::matching::Matched;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::{Report, columns};
use serde_json::{Value, json};
use std::time::Duration;
use troupe_config::{Job, Statistic};
use troupe_mpc::Revealed;
use troupe_mpc::agreement::Agreement;
use troupe_mpc::message::Status;
use troupe_types::{NodeId, SessionId};

/// A job that ended well.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) name: String,
    pub(crate) session: SessionId,
    pub(crate) rows: Vec<u64>,
    pub(crate) results: Vec<Found>,
    pub(crate) traffic: Vec<(String, Traffic)>,
    pub(crate) took: Duration,
}

/// One statistic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) statistic: &'static str,
    pub(crate) of: Vec<String>,
    pub(crate) value: f64,
    /// The value differs from the exact one by at most this.
    pub(crate) error: f64,
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

impl Finished {
    pub(crate) fn new(
        job: &Job,
        agreement: &Agreement,
        revealed: &[Revealed],
        traffic: Vec<Traffic>,
        took: Duration,
        name: impl Fn(NodeId) -> String,
    ) -> Outcome<Self> {
        let plan = agreement.plan().map_err(|error| Failure::new(ExitCode::Internal, error))?;
        let bounds = plan.expected.iter().map(|expected| expected.bound);
        let results =
            job.statistics.iter().zip(revealed).zip(bounds).map(|((wanted, found), error)| {
                let of = wanted.of.iter().map(|of| match of.input {
                    Some(index) => format!("{}.{}", job.inputs[index].name, of.column),
                    None => of.column.clone(),
                });
                let value = found.values.first().copied().unwrap_or(f64::NAN);
                Found { statistic: word(wanted.statistic), of: of.collect(), value, error }
            });
        Ok(Self {
            name: job.name.clone(),
            session: agreement.session,
            rows: agreement.owners.iter().map(|terms| terms.rows).collect(),
            results: results.collect(),
            traffic: traffic.into_iter().map(|moved| (name(moved.party), moved)).collect(),
            took,
        })
    }

    /// As the command prints it.
    pub(crate) fn report(&self) -> Report {
        let mut rows = vec![["statistic", "of", "value", "within"].map(str::to_owned).to_vec()];
        for found in &self.results {
            rows.push(vec![
                found.statistic.to_owned(),
                found.of.join(" and "),
                number(found.value, found.error),
                format!("{:.1e}", found.error),
            ]);
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
        Report::new(text, self.json())
    }

    fn json(&self) -> Value {
        let results: Vec<Value> = self
            .results
            .iter()
            .map(|found| {
                json!({
                    "statistic": found.statistic, "of": found.of,
                    "value": found.value, "error": found.error,
                })
            })
            .collect();
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
            "seconds": self.took.as_secs_f64(),
        })
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

const fn word(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Sum => "sum",
        Statistic::Mean => "mean",
        Statistic::Variance => "variance",
        Statistic::Covariance => "covariance",
    }
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
