//! Rows of two owners matched, from the requester's side.

use super::contacts::{Visitor, unanswered};
use super::people::{ASSENT, LOOK, People, luck};
use super::step::Step;
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
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
pub(super) const HASHING: Millis = Millis::secs(30);

/// What is to be matched.
struct Plan<'a> {
    inputs: [&'a JobInput; 2],
    mode: Mode,
    delivery: Delivery,
    within: Millis,
}

/// A matching that ended well.
#[derive(Debug, Clone)]
pub(crate) struct Matched {
    pub(crate) name: String,
    pub(crate) session: SessionId,
    pub(crate) sides: [MatchedSide; 2],
    /// How many are common, where whoever runs the job may know.
    pub(crate) count: Option<u32>,
    /// Their keys, where it may know those.
    pub(crate) keys: Vec<Vec<String>>,
    pub(crate) columns: Vec<String>,
    pub(crate) took: Duration,
}

/// One owner of a matching that ended well.
#[derive(Debug, Clone)]
pub(crate) struct MatchedSide {
    pub(crate) owner: String,
    pub(crate) dataset: String,
    pub(crate) items: u32,
    pub(crate) sent: u64,
    /// It learned something.
    pub(crate) is_receiver: bool,
}

/// Runs a job of kind `psi` on the network that `record` describes; `tell` hears every step.
pub(crate) async fn run_match(
    job: &MatchJob,
    record: &Record,
    mut tell: impl FnMut(Step),
) -> Outcome<Matched> {
    let visitor = Visitor::join(record)?;
    let people = People { visitor: &visitor, record };
    let outcome = run(job, people, &mut tell).await;
    visitor.leave().await;
    outcome
}

async fn run(job: &MatchJob, people: People<'_>, tell: &mut impl FnMut(Step)) -> Outcome<Matched> {
    let began = Instant::now();
    let [first, second] = job.inputs.as_slice() else {
        return Err(Failure::new(ExitCode::Internal, "a checked job has two inputs"));
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
    let session = SessionId(luck()?.array());
    let (task, statuses) = match_rows(people, &plan, session, tell).await?;
    let receiver = job.receivers.first().map_or(Side::First, |place| side(*place));
    let (count, keys) = match job.deliver {
        Deliver::Kept => (None, Vec::new()),
        Deliver::Returned => fetch(people, task.owner(receiver).id, session).await?,
    };
    let sides = [Side::First, Side::Second].map(|side| {
        let owner = task.owner(side);
        let sent = statuses[usize::from(side == Side::Second)].sent.0;
        MatchedSide {
            owner: people.name(owner.id),
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
    people: People<'_>,
    plan: &Plan<'_>,
    session: SessionId,
    tell: &mut impl FnMut(Step),
) -> Outcome<(Task, [Status; 2])> {
    tell(Step::Asking);
    let [first, second] = plan.inputs;
    let ids = [people.owner(first)?, people.owner(second)?];
    let entries = people.around(&ids, |_| true).await?;
    let owners = [
        owner(people, first, ids, &entries).await?,
        owner(people, second, [ids[1], ids[0]], &entries).await?,
    ];
    let requester = people.visitor.id;
    let (mode, delivery, within) = (plan.mode, plan.delivery, plan.within);
    let task = Task { session, owners, mode, requester, delivery, within };
    task.agreement().map_err(|unfit| Failure::new(ExitCode::BadFile, unfit))?;
    let outcome = exchange(people, &task, tell).await;
    if outcome.is_err() {
        dismiss(people, &task).await;
    }
    Ok((task, outcome?))
}

/// Asks an owner for what the task has to say of it.
async fn owner(
    people: People<'_>,
    input: &JobInput,
    [id, partner]: [NodeId; 2],
    entries: &[Entry],
) -> Outcome<Owner> {
    let long = |error: troupe_wire::Error| {
        Failure::about(ExitCode::BadFile, format!("input.{}", input.name), error)
    };
    let dataset: Text<64> = Text::new(input.dataset.as_str()).map_err(long)?;
    let keys = input.keys.iter().map(|key| Text::new(key.as_str()).map_err(long));
    let keys: List<Text<64>, MAX_KEYS> =
        List::new(keys.collect::<Outcome<Vec<_>>>()?).map_err(long)?;
    let question = Survey { dataset: dataset.clone(), keys: keys.clone(), partner };
    let items = match ask(people, id, question, HASHING).await? {
        Surveyed::Items(items) => items,
        Surveyed::No(reason) => return Err(refused(people, id, reason)),
    };
    let entry = entries.iter().find(|entry| entry.id == id);
    let address = entry.map(|entry| entry.address.clone()).unwrap_or_default();
    Ok(Owner { id, address, dataset, keys, items })
}

/// What a task on common rows has to say of an owner's keys.
pub(super) async fn keys(
    people: People<'_>,
    input: &JobInput,
    ids: [NodeId; 2],
    entries: &[Entry],
) -> Outcome<Keys> {
    let Owner { address, keys, items, .. } = owner(people, input, ids, entries).await?;
    Ok(Keys { columns: keys, items, address })
}

/// Both consent, both begin, both come to an end.
async fn exchange(
    people: People<'_>,
    task: &Task,
    tell: &mut impl FnMut(Step),
) -> Outcome<[Status; 2]> {
    let consents = task.owners.iter().map(|owner| async {
        let answer = ask(people, owner.id, Match(task.clone()), HASHING).await?;
        assent(people, owner.id, answer)
    });
    try_join_all(consents).await?;
    let begins = task.owners.iter().map(|owner| async {
        assent(people, owner.id, ask(people, owner.id, Begin(task.session), ASSENT).await?)
    });
    try_join_all(begins).await?;
    let patience = Instant::now() + Duration::from_millis(task.within.0) + Duration::from_secs(5);
    loop {
        let looks =
            task.owners.iter().map(|owner| ask(people, owner.id, Watch(task.session), ASSENT));
        let statuses = try_join_all(looks).await?;
        let Ok(statuses) = <[Status; 2]>::try_from(statuses) else {
            return Err(Failure::new(ExitCode::Internal, "two owners were asked"));
        };
        if let Some(step) = step(&statuses[0]) {
            tell(step);
        }
        if let Some(failure) = failure(people, task, &statuses) {
            return Err(failure);
        }
        let is_done = |status: &Status| matches!(status.stage, Stage::Finished(_));
        if statuses.iter().all(is_done) {
            return Ok(statuses);
        }
        if Instant::now() > patience {
            return Err(Failure::new(ExitCode::TimedOut, "the owners have not come to an end"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Says by name which owner failed, and whether both have one transcript.
fn failure(people: People<'_>, task: &Task, statuses: &[Status; 2]) -> Option<Failure> {
    let told = task.owners.iter().zip(statuses).filter_map(|(owner, status)| {
        let name = people.name(owner.id);
        match &status.stage {
            Stage::Failed(reason) => Some(format!("{name} says: {}", &**reason)),
            Stage::Unknown => Some(format!("{name} knows of no such matching")),
            Stage::Waiting | Stage::Points | Stage::Answers | Stage::Finished(_) => None,
        }
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        return Some(Failure::new(ExitCode::JobFailed, told.join("; ")));
    }
    match (&statuses[0].stage, &statuses[1].stage) {
        (Stage::Finished(first), Stage::Finished(second)) if first != second => {
            let text = "the owners do not agree on what they sent to each other";
            Some(Failure::new(ExitCode::JobFailed, text))
        }
        _ => None,
    }
}

pub(super) fn step(status: &Status) -> Option<Step> {
    let part = |from: u64, to: u64| {
        from + (to - from) * status.done.min(status.total) / status.total.max(1)
    };
    let (what, done) = match &status.stage {
        Stage::Points => ("points travel", part(0, 900)),
        Stage::Answers => ("answers travel", part(900, 1_000)),
        Stage::Unknown | Stage::Waiting | Stage::Finished(_) | Stage::Failed(_) => return None,
    };
    Some(Step::Matching { what, done, sent: status.sent.0 })
}

/// All common rows that an owner may tell.
async fn fetch(
    people: People<'_>,
    from: NodeId,
    session: SessionId,
) -> Outcome<(Option<u32>, Vec<Vec<String>>)> {
    let mut all: Vec<Vec<String>> = Vec::new();
    loop {
        let at = u32::try_from(all.len()).unwrap_or(u32::MAX);
        match ask(people, from, Fetch { session, from: at }, ASSENT).await? {
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
            Fetched::No(reason) => return Err(refused(people, from, reason)),
        }
    }
}

/// Owners that do not hear it are freed by their deadline.
async fn dismiss(people: People<'_>, task: &Task) {
    for owner in &task.owners {
        let _ = ask(people, owner.id, Dismiss(task.session), Millis::secs(1)).await;
    }
}

async fn ask<M: Wire>(
    people: People<'_>,
    to: NodeId,
    message: M,
    within: Millis,
) -> Outcome<M::Reply> {
    let link = people.visitor.node.remote::<M>(to);
    let link = link.map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let answer = link.ask(message).within(within).await;
    answer.map_err(|error| unanswered(&people.name(to), error))
}

fn assent(people: People<'_>, from: NodeId, answer: Assent) -> Outcome<()> {
    match answer {
        Assent::Yes => Ok(()),
        Assent::No(reason) => Err(refused(people, from, reason)),
    }
}

fn refused(people: People<'_>, by: NodeId, reason: Text<256>) -> Failure {
    Failure::about(ExitCode::Refused, people.name(by), reason)
}
