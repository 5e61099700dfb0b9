//! `troupe job models`: the models that stay with their parties.

use super::args::ModelsArgs;
use crate::economy::{Facts, table};
use crate::exit::Outcome;
use crate::output::Report;
use serde_json::{Value, json};
use troupe_config::Choice;
use troupe_jobs::{Keeper, Model};
use troupe_learning::task::Family;
use troupe_types::Hash;

pub(super) fn models(args: &ModelsArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        let mut desk = args.open().await?;
        if let Some(name) = &args.forget {
            let forgotten = desk.client.forget_model(name.clone()).await;
            desk.leave().await;
            return Ok(without(&forgotten?));
        }
        let told = desk.client.models().await;
        desk.leave().await;
        Ok(report(&told?))
    })
}

/// One that nobody here knows any more.
fn without(name: &Hash) -> Report {
    let text = format!("model {name} is forgotten here; its parties were not told");
    Report::new(text, json!({ "forgotten": name.to_string() }))
}

/// The newest last.
fn report(models: &[Model]) -> Report {
    let lines: Vec<Facts> = models.iter().map(line).collect();
    let text = if lines.is_empty() { "no models".to_owned() } else { table(&lines) };
    Report::new(text, json!({ "models": lines.iter().map(Facts::json).collect::<Vec<Value>>() }))
}

fn line(model: &Model) -> Facts {
    let Model { task, chain, .. } = *model;
    let family = match model.family {
        Family::Linear => troupe_config::Family::Linear,
        Family::Logistic => troupe_config::Family::Logistic,
    };
    let names: Vec<&str> = model.parties.iter().map(|keeper| keeper.name.as_str()).collect();
    let party = |keeper: &Keeper| {
        json!({
            "name": keeper.name, "node_id": keeper.id.to_string(), "address": keeper.address.to_string(),
        })
    };
    let holders: Vec<String> = model.holders.iter().map(ToString::to_string).collect();
    Facts::default()
        .put("model", model.short(), model.name.to_string())
        .text("job", &model.job)
        .put("task", if task == 0 { String::new() } else { task.to_string() }, task)
        .quiet("chain", chain)
        .text("family", family.word())
        .number("features", model.features.into())
        .quiet("limit", model.limit.get())
        .put("parties", names.join(", "), model.parties.iter().map(party).collect::<Vec<Value>>())
        .quiet("holders", holders)
        .text("since", model.since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_config::Moment;
    use troupe_learning::Real;
    use troupe_types::{NodeId, UnixMillis};
    use troupe_wire::{List, Text};

    #[test]
    fn models_are_listed_by_their_first_digits_and_told_in_full_to_programs() {
        assert_eq!(report(&[]).text, "no models");
        let keeper = |name: &str| Keeper {
            name: name.into(),
            id: NodeId([2; 32]),
            address: Text::cut("h:1"),
        };
        let model = Model {
            name: Hash([0x3f; 32]),
            job: "a training".into(),
            since: Moment(UnixMillis(1_700_000_000_000)),
            chain: 7,
            task: 3,
            family: Family::Logistic,
            features: 7,
            limit: Real::from(16),
            parties: ["compute-1", "compute-2", "compute-3"].map(keeper),
            holders: List::new(vec![NodeId([9; 32])]).expect("one"),
        };
        let report = report(&[model]);
        let lines: Vec<&str> = report.text.lines().collect();
        assert!(lines[1].starts_with("3f3f3f3f3f3f3f3f  a training  3  "), "{}", report.text);
        assert!(lines[1].ends_with("compute-1, compute-2, compute-3  2023-11-14T22:13:20Z"));
        let json = &report.json["models"][0];
        assert_eq!(json["model"], "3f".repeat(32));
        assert_eq!(
            (&json["chain"], &json["task"], &json["limit"]),
            (&7.into(), &3.into(), &16.0.into())
        );
        assert_eq!(json["parties"][2]["name"], "compute-3");
        assert_eq!(json["holders"][0], "09".repeat(32));
    }
}
