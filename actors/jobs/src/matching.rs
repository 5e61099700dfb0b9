//! Rows of two owners matched, from the requester's side.

use crate::error::{Class, Error, Outcome, unanswered};
use crate::network::{ASSENT, LOOK, Network};
use crate::step::Step;
use futures_util::future::try_join_all;
use std::time::{Duration, Instant};
use troupe_config::{Deliver, JobInput, Learn, MatchJob};
use troupe_learning::task::Keys;
use troupe_overlay::Entry;
use troupe_psi::message::{
    Assent, Begin, Delivery, Dismiss, Fetch, Fetched, MAX_KEYS, Match, Owner, PAGE, Stage, Status,
    Survey, Surveyed, Task, Watch,
};
use troupe_psi::{Mode, Side};
use troupe_types::{Millis, NodeId, SessionId};
use troupe_wire::{List, Text, Wire};

/// How long an owner may take to hash its keys.
pub(crate) const HASHING: Millis = Millis::secs(30);

/// What is to be matched.
struct Plan<'a> {
    inputs: [&'a JobInput; 2],
    mode: Mode,
    delivery: Delivery,
    within: Millis,
}

/// A matching that ended well.
#[derive(Debug, Clone)]
pub struct Matched {
    /// What people call the job.
    pub name: String,
    /// The session that matched them.
    pub session: SessionId,
    /// Both owners.
    pub sides: [MatchedSide; 2],
    /// How many are common, where whoever runs the job may know.
    pub count: Option<u32>,
    /// Their keys, where it may know those.
    pub keys: Vec<Vec<String>>,
    /// What the columns of the keys are called.
    pub columns: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// One owner of a matching that ended well.
#[derive(Debug, Clone)]
pub struct MatchedSide {
    /// Its name.
    pub owner: String,
    /// The data set there.
    pub dataset: String,
    /// Its different keys.
    pub items: u32,
    /// Bytes.
    pub sent: u64,
    /// It learned something.
    pub is_receiver: bool,
}

/// Runs a job of kind `psi`; `tell` hears every step.
pub async fn run_match(
    job: &MatchJob,
    network: &Network,
    mut tell: impl FnMut(Step),
) -> Outcome<Matched> {
    let tell = &mut tell;
    let began = Instant::now();
    let [first, second] = job.inputs.as_slice() else {
        return Err(Error::new(Class::Internal, "a checked job has two inputs"));
    };
    let plan = Plan {
        inputs: [first, second],
        mode: mode(job),
        delivery: match job.deliver {
            Deliver::Kept => Delivery::Kept,
            Deliver::Returned => Delivery::Returned,
        },
        within: job.deadline,
    };
    let session = SessionId(network.luck().array());
    let (task, statuses) = match_rows(network, &plan, session, tell).await?;
    let receiver = job.receivers.first().map_or(Side::First, |place| side(*place));
    let (count, keys) = match job.deliver {
        Deliver::Kept => (None, Vec::new()),
        Deliver::Returned => fetch(network, task.owner(receiver).id, session).await?,
    };
    let sides = [Side::First, Side::Second].map(|side| {
        let owner = task.owner(side);
        let sent = statuses[usize::from(side == Side::Second)].sent.0;
        MatchedSide {
            owner: network.name(owner.id),
            dataset: owner.dataset.to_string(),
            items: owner.items,
            sent,
            is_receiver: task.mode.informs(side),
        }
    });
    let columns = job.inputs[if receiver == Side::First { 0 } else { 1 }].keys.clone();
    let took = began.elapsed();
    Ok(Matched { name: job.name.clone(), session, sides, count, keys, columns, took })
}

const fn side(place: usize) -> Side {
    if place == 0 { Side::First } else { Side::Second }
}

fn mode(job: &MatchJob) -> Mode {
    match (job.learn, job.receivers.as_slice()) {
        (Learn::Count, [one]) => Mode::Count { receiver: side(*one) },
        (Learn::Count, _) => Mode::CountBoth,
        (Learn::Rows, [one]) => Mode::Rows { receiver: side(*one) },
        (Learn::Rows, _) => Mode::Aligned,
    }
}

/// Has two owners match their rows; how both ended.
async fn match_rows(
    network: &Network,
    plan: &Plan<'_>,
    session: SessionId,
    tell: &mut impl FnMut(Step),
) -> Outcome<(Task, [Status; 2])> {
    tell(Step::Asking);
    let [first, second] = plan.inputs;
    let ids = [network.owner(first)?, network.owner(second)?];
    let entries = network.around(&ids, |_| true).await?;
    let owners = [
        owner(network, first, ids, &entries).await?,
        owner(network, second, [ids[1], ids[0]], &entries).await?,
    ];
    let requester = network.id;
    let (mode, delivery, within) = (plan.mode, plan.delivery, plan.within);
    let task = Task { session, owners, mode, requester, delivery, within };
    task.agreement().map_err(|unfit| Error::new(Class::File, unfit))?;
    let outcome = exchange(network, &task, tell).await;
    if outcome.is_err() {
        dismiss(network, &task).await;
    }
    Ok((task, outcome?))
}

/// Asks an owner for what the task has to say of it.
async fn owner(
    network: &Network,
    input: &JobInput,
    [id, partner]: [NodeId; 2],
    entries: &[Entry],
) -> Outcome<Owner> {
    let long = |error: troupe_wire::Error| {
        Error::about(Class::File, format!("input.{}", input.name), error)
    };
    let dataset: Text<64> = Text::new(input.dataset.as_str()).map_err(long)?;
    let keys = input.keys.iter().map(|key| Text::new(key.as_str()).map_err(long));
    let keys: List<Text<64>, MAX_KEYS> =
        List::new(keys.collect::<Outcome<Vec<_>>>()?).map_err(long)?;
    let question = Survey { dataset: dataset.clone(), keys: keys.clone(), partner };
    let items = match ask(network, id, question, HASHING).await? {
        Surveyed::Items(items) => items,
        Surveyed::No(reason) => return Err(refused(network, id, reason)),
    };
    let entry = entries.iter().find(|entry| entry.id == id);
    let address = entry.map(|entry| entry.address.clone()).unwrap_or_default();
    Ok(Owner { id, address, dataset, keys, items })
}

/// What a task on common rows has to say of an owner's keys.
pub(crate) async fn keys(
    network: &Network,
    input: &JobInput,
    ids: [NodeId; 2],
    entries: &[Entry],
) -> Outcome<Keys> {
    let Owner { address, keys, items, .. } = owner(network, input, ids, entries).await?;
    Ok(Keys { columns: keys, items, address })
}

/// Both consent, both begin, both come to an end.
async fn exchange(
    network: &Network,
    task: &Task,
    tell: &mut impl FnMut(Step),
) -> Outcome<[Status; 2]> {
    let consents = task.owners.iter().map(|owner| async {
        let answer = ask(network, owner.id, Match(task.clone()), HASHING).await?;
        assent(network, owner.id, answer)
    });
    try_join_all(consents).await?;
    let begins = task.owners.iter().map(|owner| async {
        assent(network, owner.id, ask(network, owner.id, Begin(task.session), ASSENT).await?)
    });
    try_join_all(begins).await?;
    let patience = Instant::now() + Duration::from_millis(task.within.0) + Duration::from_secs(5);
    loop {
        let looks =
            task.owners.iter().map(|owner| ask(network, owner.id, Watch(task.session), ASSENT));
        let statuses = try_join_all(looks).await?;
        let Ok(statuses) = <[Status; 2]>::try_from(statuses) else {
            return Err(Error::new(Class::Internal, "two owners were asked"));
        };
        if let Some(step) = step(&statuses[0]) {
            tell(step);
        }
        if let Some(failure) = failure(network, task, &statuses) {
            return Err(failure);
        }
        let is_done = |status: &Status| matches!(status.stage, Stage::Finished(_));
        if statuses.iter().all(is_done) {
            return Ok(statuses);
        }
        if Instant::now() > patience {
            return Err(Error::new(Class::TimedOut, "the owners have not come to an end"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Says by name which owner failed, and whether both have one transcript.
fn failure(network: &Network, task: &Task, statuses: &[Status; 2]) -> Option<Error> {
    let told = task.owners.iter().zip(statuses).filter_map(|(owner, status)| {
        let name = network.name(owner.id);
        match &status.stage {
            Stage::Failed(reason) => Some(format!("{name} says: {}", &**reason)),
            Stage::Unknown => Some(format!("{name} knows of no such matching")),
            Stage::Waiting | Stage::Points | Stage::Answers | Stage::Finished(_) => None,
        }
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        return Some(Error::new(Class::Failed, told.join("; ")));
    }
    match (&statuses[0].stage, &statuses[1].stage) {
        (Stage::Finished(first), Stage::Finished(second)) if first != second => {
            let text = "the owners do not agree on what they sent to each other";
            Some(Error::new(Class::Failed, text))
        }
        _ => None,
    }
}

pub(crate) fn step(status: &Status) -> Option<Step> {
    let part = |from: u64, to: u64| {
        from + (to - from) * status.done.min(status.total) / status.total.max(1)
    };
    let (what, done) = match &status.stage {
        Stage::Points => ("points travel".to_owned(), part(0, 900)),
        Stage::Answers => ("answers travel".to_owned(), part(900, 1_000)),
        Stage::Unknown | Stage::Waiting | Stage::Finished(_) | Stage::Failed(_) => return None,
    };
    Some(Step::Matching { what, done, sent: status.sent.0 })
}

/// All common rows that an owner may tell.
async fn fetch(
    network: &Network,
    from: NodeId,
    session: SessionId,
) -> Outcome<(Option<u32>, Vec<Vec<String>>)> {
    let mut all: Vec<Vec<String>> = Vec::new();
    loop {
        let at = u32::try_from(all.len()).unwrap_or(u32::MAX);
        match ask(network, from, Fetch { session, from: at }, ASSENT).await? {
            Fetched::Common { count, keys } => {
                let is_last = keys.len() < PAGE;
                let row = |key: &List<Text<256>, MAX_KEYS>| {
                    key.iter().map(ToString::to_string).collect::<Vec<String>>()
                };
                all.extend(keys.iter().map(row));
                if is_last || all.len() >= count as usize {
                    return Ok((Some(count), all));
                }
            }
            Fetched::No(reason) => return Err(refused(network, from, reason)),
        }
    }
}

/// Owners that do not hear it are freed by their deadline.
async fn dismiss(network: &Network, task: &Task) {
    for owner in &task.owners {
        let _ = ask(network, owner.id, Dismiss(task.session), Millis::secs(1)).await;
    }
}

async fn ask<M: Wire>(
    network: &Network,
    to: NodeId,
    message: M,
    within: Millis,
) -> Outcome<M::Reply> {
    let link = network.node.remote::<M>(to);
    let link = link.map_err(|error| Error::new(Class::Internal, error))?;
    let answer = link.ask(message).within(within).await;
    answer.map_err(|error| unanswered(&network.name(to), error))
}

fn assent(network: &Network, from: NodeId, answer: Assent) -> Outcome<()> {
    match answer {
        Assent::Yes => Ok(()),
        Assent::No(reason) => Err(refused(network, from, reason)),
    }
}

fn refused(network: &Network, by: NodeId, reason: Text<256>) -> Error {
    Error::about(Class::Refused, network.name(by), reason)
}
