//! What a job would show to whom, and what it costs, before anybody agrees to it.

use crate::error::{Class, Error, Outcome};
use crate::models::Model;
use crate::network::Network;
use crate::run::described;
use crate::terms::{self, Cast};
use troupe_config::ComputeJob;
use troupe_learning::task::{Engine, Kind, Layout, nobody};
use troupe_learning::{Plan, declared};
use troupe_market::{algorithm, election};
use troupe_mpc::Peer;
use troupe_types::{Bytes, Hash, SessionId};

/// A share of all stake that is held by hostile nodes, for the chance that they win.
const HOSTILE: f64 = 1.0 / 3.0;

/// What a job would show to whom, and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// What people call the job.
    pub job: String,
    /// What holds parties to the protocol.
    pub engine: Engine,
    /// How the rows of its inputs belong together.
    pub layout: Layout,
    /// What leaves each owner, as shares, in the order of the inputs.
    pub shares: Vec<Shared>,
    /// What the receiver learns, and how far each of it can be off, where that is known.
    pub results: Vec<(String, Option<f64>)>,
    /// What the owners' policies have to allow.
    pub algorithms: Vec<String>,
    /// Over how many rows; where they are matched, as many as there can be.
    pub rows: u64,
    /// Rounds of messages.
    pub rounds: u32,
    /// Rounds of checks.
    pub checks: u32,
    /// What each party sends.
    pub sent: [Bytes; 3],
    /// What each party holds in memory.
    pub memory: [Bytes; 3],
    /// Who computes.
    pub parties: Chosen,
    /// Whether a model stays with them that they train.
    pub keeps: bool,
}

/// Who computes.
#[derive(Debug, Clone, PartialEq)]
pub enum Chosen {
    /// Three that are elected.
    Elected {
        /// The probability that two of three seats are hostile, where a third of all stake is.
        hostile_majority: f64,
    },
    /// The three that have the model that is applied.
    Keepers {
        /// What it is called.
        model: Hash,
        /// Who they are.
        names: Vec<String>,
    },
}

/// What an owner shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The input, as the job calls it.
    pub input: String,
    /// Formulas over its own columns.
    pub formulas: Vec<String>,
}

/// Asks owners what their data sets hold, and says what the job comes to; `model` is the one that it applies, where that stays with its
/// parties.
pub async fn explain(
    job: &ComputeJob,
    network: &Network,
    model: Option<Model>,
) -> Outcome<Explained> {
    let inputs = described(job, network).await?;
    let session = SessionId(network.luck().array());
    // Where a chain settles it, owners allow as well that nobody is elected.
    let is_after = model.as_ref().is_some_and(|model| model.task != 0);
    let same = is_after.then(|| algorithm::NAMES[usize::from(algorithm::SAME_PARTIES)].to_owned());
    let parties = match &model {
        Some(model) => Chosen::Keepers {
            model: model.name,
            names: model.parties.iter().map(|keeper| keeper.name.clone()).collect(),
        },
        None => Chosen::Elected { hostile_majority: election::hostile_majority_of_share(HOSTILE) },
    };
    let cast = Cast { session, parties: nobody(), receiver: network.id, chain: 0, model };
    let task = terms::task(job, &inputs, cast)?;
    let wrong = |error: troupe_learning::Error| Error::new(Class::File, error);
    let plan = Plan::new(&task, task.most_matched()).map_err(wrong)?;
    let algorithms = task.algorithms().map_err(|error| Error::new(Class::File, error))?;
    let shares = (0u8..).zip(&job.inputs).map(|(index, input)| Shared {
        input: input.name.to_string(),
        formulas: plan.contributions(index).map(|one| one.says(&task)).collect(),
    });
    // Which policies name apart from what is computed.
    let matching = declared::matching(task.layout).map(|number| match number {
        algorithm::ALIGNMENT => "matching for aligned".to_owned(),
        _ => "matching for count".to_owned(),
    });
    let cost = plan.program().cost();
    Ok(Explained {
        job: job.name.clone(),
        engine: task.engine,
        layout: task.layout,
        shares: shares.collect(),
        results: plan.results().iter().map(|one| (one.name.clone(), one.bound)).collect(),
        algorithms: algorithms
            .into_iter()
            .map(|one| one.name().to_owned())
            .chain(matching)
            .chain(same)
            .collect(),
        rows: plan.rows(),
        rounds: cost.rounds,
        checks: cost.checks,
        sent: [0, 1, 2].map(|seat| cost.sent(Peer::Party(seat))),
        memory: cost.memory,
        keeps: matches!(&task.kind, Kind::Train(train) if train.reveal.keeps()),
        parties,
    })
}
