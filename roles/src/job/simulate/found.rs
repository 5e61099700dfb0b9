//! What came of a simulation, for people and for programs.

use crate::job::report::{json as of_answer, shown, stays, value};
use crate::output::{Report, columns};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use troupe_jobs::Answer;
use troupe_learning::Simulated;
use troupe_mpc::program::Cost;
use troupe_mpc::{PARTIES, Peer};
use troupe_types::Hash;

/// A result, and what it is in the clear where that was asked for.
pub(super) struct Compared {
    pub(super) answer: Answer,
    pub(super) clear: Option<Vec<f64>>,
}

pub(super) struct Simulation {
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) rows: u64,
    pub(super) results: Vec<Compared>,
    /// What parties would post of it.
    pub(super) result: Hash,
    pub(super) cost: Cost,
    pub(super) simulated: Simulated,
    pub(super) took: Duration,
    /// The model that stays with the parties, and the folder of all their parts.
    pub(super) kept: Option<(Hash, PathBuf)>,
}

impl Compared {
    /// The largest distance of a value from the one in the clear.
    fn off(&self) -> Option<f64> {
        let pairs = self.answer.values.iter().zip(self.clear.as_ref()?);
        Some(pairs.map(|(got, want)| (got - want).abs()).fold(0.0, f64::max))
    }
}

impl Simulation {
    pub(super) fn report(&self) -> Report {
        let is_compared = self.results.iter().any(|one| one.clear.is_some());
        let mut header = vec!["result", "value", "within"];
        if is_compared {
            header.extend(["in the clear", "off by"]);
        }
        let mut rows = vec![header.into_iter().map(str::to_owned).collect::<Vec<String>>()];
        for one in &self.results {
            let within = one.answer.bound.map_or_else(String::new, |bound| format!("{bound:.1e}"));
            let mut row = vec![one.answer.name.clone(), shown(&one.answer), within];
            if let (Some(clear), Some(off)) = (&one.clear, one.off()) {
                let clear = Answer { values: clear.clone(), ..one.answer.clone() };
                row.extend([shown(&clear), format!("{off:.1e}")]);
            }
            rows.push(row);
        }
        let mut costs = vec![["a party sends", "bytes", "predicted"].map(str::to_owned).to_vec()];
        for seat in 0..PARTIES {
            let party = Peer::Party(seat);
            let (sent, predicted) = (self.simulated.sent_by(party), self.cost.sent(party).0);
            costs.push(vec![party.to_string(), sent.to_string(), predicted.to_string()]);
        }
        let mut found = vec![self.name.clone()];
        if !self.results.is_empty() {
            found.push(columns(&rows));
        }
        found.extend(self.kept.as_ref().map(|(model, _)| stays(model)));
        let text = format!(
            "{}\n\n{}\n\n\
             {} rounds, predicted {}; {} rounds of checks, predicted {}\n\
             {} rows; seed {}; {:.2} s for everybody; result {}",
            found.join("\n\n"),
            columns(&costs),
            self.simulated.rounds,
            self.cost.rounds,
            self.simulated.checks,
            self.cost.checks,
            self.rows,
            self.seed,
            self.took.as_secs_f64(),
            self.result,
        );
        let mut report = Report::new(text, self.json());
        report.notes.extend(self.kept.as_ref().map(|(_, folder)| {
            let folder = folder.display();
            format!("the parts of all three parties are in {folder}: together they are the model")
        }));
        report
    }

    fn json(&self) -> Value {
        let results = self.results.iter().map(|one| {
            let mut json = of_answer(&one.answer);
            if let Some(clear) = &one.clear {
                json["clear"] = value(clear);
                json["off"] = json!(one.off());
            }
            json
        });
        let parties = (0..PARTIES).map(Peer::Party).map(|party| {
            let (sent, predicted) = (self.simulated.sent_by(party), self.cost.sent(party).0);
            json!({ "name": party.to_string(), "sent_bytes": sent, "predicted_bytes": predicted })
        });
        json!({
            "job": self.name,
            "seed": self.seed,
            "rows": self.rows,
            "results": results.collect::<Vec<Value>>(),
            "result_hash": self.result.to_string(),
            "model": self.kept.as_ref().map(|(model, _)| model.to_string()),
            "parties": parties.collect::<Vec<Value>>(),
            "rounds": self.simulated.rounds,
            "predicted_rounds": self.cost.rounds,
            "checks": self.simulated.checks,
            "predicted_checks": self.cost.checks,
            "seconds": self.took.as_secs_f64(),
        })
    }
}
