//! What a job would show to whom, and what it costs, before anybody agrees to it.

use super::contacts::Visitor;
use super::people::{People, luck};
use super::run::Errand;
use super::terms::{self, Cast};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::{Report, columns};
use serde_json::{Value, json};
use troupe_config::ComputeJob;
use troupe_learning::task::{Engine, Layout, nobody};
use troupe_learning::{Plan, Task};
use troupe_market::election;
use troupe_mpc::Peer;
use troupe_types::SessionId;

/// A share of all stake that is held by hostile nodes, for the chance that they win.
const HOSTILE: f64 = 1.0 / 3.0;

/// Asks owners what their data sets hold, and says what the job comes to.
pub(super) async fn explain(job: &ComputeJob, record: &Record) -> Outcome<Report> {
    let visitor = Visitor::join(record)?;
    let people = People { visitor: &visitor, record };
    let errand = Errand { visitor: &visitor, people, job, chain: None };
    let inputs = errand.inputs().await;
    let receiver = visitor.id;
    visitor.leave().await;
    let session = SessionId(luck()?.array());
    let task = terms::task(job, &inputs?, Cast { session, parties: nobody(), receiver, chain: 0 })?;
    let plan = Plan::new(&task, task.most_matched());
    let plan = plan.map_err(|error| Failure::new(ExitCode::BadFile, error))?;
    let told = Told { job, task: &task, plan: &plan };
    Ok(Report::new(told.text()?, told.json()?))
}

struct Told<'a> {
    job: &'a ComputeJob,
    task: &'a Task,
    plan: &'a Plan,
}

impl Told<'_> {
    fn text(&self) -> Outcome<String> {
        let mut owners = vec![["owner", "shares, of its own columns"].map(str::to_owned).to_vec()];
        for (index, input) in (0u8..).zip(&self.job.inputs) {
            for one in self.plan.contributions(index) {
                owners.push(vec![input.name.to_string(), one.says()]);
            }
        }
        let mut results = vec![["the receiver learns", "within"].map(str::to_owned).to_vec()];
        for result in self.plan.results() {
            let within = result.bound.map_or_else(String::new, |bound| format!("{bound:.1e}"));
            results.push(vec![result.name.clone(), within]);
        }
        let cost = self.plan.program().cost();
        let party = Peer::Party(0);
        Ok(format!(
            "{}\n\n{}\n\n{}\n\n\
             Each compute node sees shares that say nothing about any value; {}.\n\
             Everybody learns the formulas, how many rows each owner has, and the bounds of its columns.\n\
             {}A party sends {} in {} rounds and {} rounds of checks; over {} rows.\n\
             Policies have to allow: {}.\n\
             Two of three seats would show everything: where a third of all stake is hostile, that happens \
             with a probability of {:.2}.",
            self.job.name,
            columns(&owners),
            columns(&results),
            self.trust(),
            self.matching(),
            cost.sent(party),
            cost.rounds,
            cost.checks,
            self.plan.rows(),
            self.algorithms()?.join(", "),
            election::hostile_majority_of_share(HOSTILE),
        ))
    }

    /// Where rows are matched, the rest is said for as many as can be common.
    const fn matching(&self) -> &'static str {
        match self.task.layout {
            Layout::Matched => {
                "The owners learn which of their rows the other one has too, and everybody but outsiders how many.\n\
                 That is not known before, so the following is for as many as there can be.\n"
            }
            Layout::Aligned | Layout::Pooled => "",
        }
    }

    const fn trust(&self) -> &'static str {
        match self.task.engine {
            Engine::Malicious => {
                "one that does not follow the protocol is noticed before anything is shown"
            }
            Engine::SemiHonest => {
                "one that does not follow the protocol can change results unnoticed"
            }
        }
    }

    fn algorithms(&self) -> Outcome<Vec<&'static str>> {
        let all = self.task.algorithms();
        let all = all.map_err(|error| Failure::new(ExitCode::BadFile, error))?;
        Ok(all.into_iter().map(|algorithm| algorithm.name()).collect())
    }

    fn json(&self) -> Outcome<Value> {
        let shares = (0u8..).zip(&self.job.inputs).map(|(index, input)| {
            let says: Vec<String> = self.plan.contributions(index).map(|one| one.says()).collect();
            json!({ "owner": input.name.as_str(), "shares": says })
        });
        let results = self.plan.results().iter();
        let results = results.map(|one| json!({ "name": one.name, "error": one.bound }));
        let cost = self.plan.program().cost();
        let sent: Vec<u64> = (0..3).map(|seat| cost.sent(Peer::Party(seat)).0).collect();
        Ok(json!({
            "job": self.job.name,
            "engine": self.task.engine.name(),
            "owners": shares.collect::<Vec<Value>>(),
            "results": results.collect::<Vec<Value>>(),
            "algorithms": self.algorithms()?,
            "rows": self.plan.rows(),
            "rounds": cost.rounds,
            "checks": cost.checks,
            "party_sends_bytes": sent,
            "party_memory_bytes": cost.memory.map(|memory| memory.0),
            "hostile_majority": election::hostile_majority_of_share(HOSTILE),
        }))
    }
}
