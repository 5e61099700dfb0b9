//! What a job would show to whom, and what it costs, before anybody agrees to it.

use super::report::Shown;
use crate::output::{Report, columns};
use indicatif::HumanBytes;
use serde_json::{Value, json};
use troupe_jobs::{Chosen, Explained};
use troupe_learning::task::{Engine, Layout};
use troupe_types::Bytes;

impl Shown for Explained {
    fn report(&self) -> Report {
        Report::new(text(self), json(self))
    }
}

fn text(told: &Explained) -> String {
    let mut owners = vec![["owner", "shares, of its own columns"].map(str::to_owned).to_vec()];
    for shared in &told.shares {
        let lines = shared.formulas.iter();
        owners.extend(lines.map(|formula| vec![shared.input.clone(), formula.clone()]));
    }
    let mut results = vec![["the receiver learns", "within"].map(str::to_owned).to_vec()];
    for (name, bound) in &told.results {
        let within = bound.map_or_else(String::new, |bound| format!("{bound:.1e}"));
        results.push(vec![name.clone(), within]);
    }
    format!(
        "{}\n\n{}\n\n{}\n\n\
         Each compute node sees shares that say nothing about any value; {}.\n\
         Everybody learns the formulas, how many rows each owner has, and the bounds of its columns.\n\
         {}A party sends {} in {} rounds and {} rounds of checks, and holds up to {} in memory; over {} rows.\n\
         Policies have to allow: {}.\n\
         {}{}",
        told.job,
        columns(&owners),
        columns(&results),
        trust(told.engine),
        matching(told.layout),
        HumanBytes(most(&told.sent)),
        told.rounds,
        told.checks,
        HumanBytes(most(&told.memory)),
        told.rows,
        told.algorithms.join(", "),
        if told.keeps { KEEPS } else { "" },
        seats(&told.parties),
    )
}

/// What the party has that has most.
fn most(parties: &[Bytes; 3]) -> u64 {
    parties.iter().map(|bytes| bytes.0).max().unwrap_or_default()
}

/// Of a model that nobody is shown.
const KEEPS: &str = "The model stays with the three parties as shares, and nobody learns it; the receiver learns what it is called.\n";

/// Who could put together what they hold.
fn seats(parties: &Chosen) -> String {
    match parties {
        Chosen::Elected { hostile_majority } => format!(
            "Two of three seats would show everything: where a third of all stake is hostile, that happens \
             with a probability of {hostile_majority:.2}."
        ),
        Chosen::Keepers { model, names } => format!(
            "The parties are those that have the model {}, and nobody is elected: {}.\n\
             Two of these three would show everything, the model with it.",
            &model.to_string()[..16],
            names.join(", "),
        ),
    }
}

/// Where rows are matched, the rest is said for as many as can be common.
const fn matching(layout: Layout) -> &'static str {
    match layout {
        Layout::Matched => {
            "The owners learn which of their rows the other one has too, and everybody but outsiders how many.\n\
             That is not known before, so the following is for as many as there can be.\n"
        }
        Layout::Joined => {
            "The owners and everybody but outsiders learn how many rows they have in common, and nobody which.\n\
             That is not known before, so the following is for as many as there can be.\n"
        }
        Layout::Aligned | Layout::Pooled => "",
    }
}

const fn trust(engine: Engine) -> &'static str {
    match engine {
        Engine::Malicious => {
            "one that does not follow the protocol is noticed before anything is shown"
        }
        Engine::SemiHonest => "one that does not follow the protocol can change results unnoticed",
    }
}

fn json(told: &Explained) -> Value {
    let shares = told.shares.iter();
    let shares = shares.map(|one| json!({ "owner": one.input, "shares": one.formulas }));
    let results = told.results.iter();
    let results = results.map(|(name, bound)| json!({ "name": name, "error": bound }));
    let (hostile_majority, model, parties) = match &told.parties {
        Chosen::Elected { hostile_majority } => (Some(*hostile_majority), None, None),
        Chosen::Keepers { model, names } => (None, Some(model.to_string()), Some(names)),
    };
    json!({
        "job": told.job,
        "engine": told.engine.name(),
        "owners": shares.collect::<Vec<Value>>(),
        "results": results.collect::<Vec<Value>>(),
        "algorithms": told.algorithms,
        "rows": told.rows,
        "rounds": told.rounds,
        "checks": told.checks,
        "party_sends_bytes": told.sent.map(|sent| sent.0),
        "party_memory_bytes": told.memory.map(|memory| memory.0),
        "keeps": told.keeps,
        "hostile_majority": hostile_majority,
        "model": model,
        "parties": parties,
    })
}
