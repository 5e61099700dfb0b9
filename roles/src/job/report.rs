//! What a job found, for people and for programs.

use crate::output::{Report, columns};
use crate::tx::Amount;
use alloy_primitives::U256;
use indicatif::HumanBytes;
use serde_json::{Value, json};
use troupe_jobs::{Answer, Finished, Matched, MatchedSide, Settled};
use troupe_types::Hash;

/// What a command prints of something.
pub(crate) trait Shown {
    /// As the command prints it.
    fn report(&self) -> Report;
}

impl Shown for Finished {
    fn report(&self) -> Report {
        let mut rows = vec![["result", "value", "within"].map(str::to_owned).to_vec()];
        for answer in &self.answers {
            let within = answer.bound.map_or_else(String::new, |bound| format!("{bound:.1e}"));
            rows.push(vec![answer.name.clone(), shown(answer), within]);
        }
        let moved: u64 = self.traffic.iter().map(|(_, moved)| moved.sent).sum();
        let names: Vec<&str> = self.traffic.iter().map(|(name, _)| name.as_str()).collect();
        let mut found = vec![self.name.clone()];
        if !self.answers.is_empty() {
            found.push(columns(&rows));
        }
        found.extend(self.model.as_ref().map(stays));
        let text = format!(
            "{}\n\n{} rows; {} computed on shares and exchanged {}; {:.2} s",
            found.join("\n\n"),
            self.rows.first().copied().unwrap_or_default(),
            names.join(", "),
            HumanBytes(moved),
            self.took.as_secs_f64(),
        );
        let paid = self.settled.map(|settled| paid(&settled)).unwrap_or_default();
        let mut report = Report::new(text + &paid, of_finished(self));
        report.notes.extend(self.kept.clone());
        report
    }
}

fn of_finished(finished: &Finished) -> Value {
    let results: Vec<Value> = finished.answers.iter().map(json).collect();
    let parties: Vec<Value> = finished
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
        "job": finished.name,
        "session": finished.session.to_string(),
        "rows": finished.rows,
        "results": results,
        "model": finished.model.map(|model| model.to_string()),
        "parties": parties,
        "settled": finished.settled.map(|settled| of_settled(&settled)),
        "seconds": finished.took.as_secs_f64(),
    })
}

/// What becomes of a model that nobody was shown.
pub(super) fn stays(model: &Hash) -> String {
    let name = model.to_string();
    let first = &name[..16];
    format!("model {name}\nstays with its three parties; apply it with `kept = \"{first}\"`")
}

fn paid(settled: &Settled) -> String {
    let lat = |von: u128| Amount(U256::from(von));
    format!(
        "\ntask {} on the chain: {} paid {} to the compute nodes and {} to the owners of the data",
        settled.number,
        settled.payer.to_checksum(),
        lat(settled.fee),
        lat(settled.prices),
    )
}

fn of_settled(settled: &Settled) -> Value {
    json!({
        "task": settled.number, "payer": settled.payer.to_checksum(),
        "fee": settled.fee.to_string(), "prices": settled.prices.to_string(),
    })
}

/// One number, or all of them.
pub(super) fn value(values: &[f64]) -> Value {
    match values {
        [one] => json!(one),
        several => json!(several),
    }
}

/// For programs.
pub(super) fn json(answer: &Answer) -> Value {
    json!({ "name": answer.name, "value": value(&answer.values), "error": answer.bound })
}

/// A line for people; long lists are cut.
pub(super) fn shown(answer: &Answer) -> String {
    const MOST: usize = 12;
    let one = |value: &f64| number(*value, answer.bound.unwrap_or(1e-6));
    let mut texts: Vec<String> = answer.values.iter().take(MOST).map(one).collect();
    if let Some(more) = answer.values.len().checked_sub(MOST).filter(|more| *more > 0) {
        texts.push(format!("and {more} more"));
    }
    texts.join(", ")
}

impl Shown for Matched {
    fn report(&self) -> Report {
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
            "{}\n\n{}\n\n{found}; {} exchanged; {:.2} s{list}",
            self.name,
            columns(&rows),
            HumanBytes(moved),
            self.took.as_secs_f64(),
        );
        Report::new(text, of_matched(self))
    }
}

fn of_matched(matched: &Matched) -> Value {
    let owner = |side: &MatchedSide| {
        json!({
            "name": side.owner, "dataset": side.dataset, "keys": side.items,
            "sent_bytes": side.sent, "learned": side.is_receiver,
        })
    };
    json!({
        "job": matched.name,
        "session": matched.session.to_string(),
        "owners": matched.sides.iter().map(owner).collect::<Vec<Value>>(),
        "count": matched.count,
        "columns": matched.columns,
        "keys": matched.keys,
        "seconds": matched.took.as_secs_f64(),
    })
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
    fn a_model_that_stays_is_named_and_a_job_without_numbers_has_no_table() {
        let answer = Answer { name: "auc".into(), values: vec![0.5], bound: None };
        let mut finished = Finished {
            name: "a job".into(),
            session: troupe_types::SessionId([1; 16]),
            rows: vec![569],
            answers: Vec::new(),
            traffic: Vec::new(),
            settled: None,
            took: std::time::Duration::from_secs(1),
            kept: None,
            model: Some(Hash([0x3f; 32])),
            opening: None,
            onnx: None,
        };
        let report = finished.report();
        let name = "3f".repeat(32);
        let want = format!(
            "a job\n\nmodel {name}\nstays with its three parties; apply it with `kept = \"{}\"`\n\n569 rows",
            &name[..16]
        );
        assert!(report.text.starts_with(&want), "{}", report.text);
        assert_eq!((&report.json["model"], &report.json["results"]), (&json!(name), &json!([])));
        finished.answers.push(answer);
        assert!(finished.report().text.contains("auc     0.5"), "{}", finished.report().text);
        finished.model = None;
        assert_eq!(finished.report().json["model"], Value::Null);
    }

    #[test]
    fn digits_follow_the_error() {
        assert_eq!(number(14.127_291_7, 0.000_04), "14.127292");
        assert_eq!(number(212.0, 0.5), "212.00");
        assert_eq!(number(212.0, 700.0), "212");
    }
}
