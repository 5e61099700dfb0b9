//! Jobs as clients are told of them.

use crate::desk::{End, Ended, Found, State};
use crate::error::{Class, Error};
use crate::explain::{Chosen, Explained};
use crate::found::{Answer, Finished, Settled};
use crate::matching::Matched;
use crate::standing::{ended, phase};
use crate::step::Step;
use std::collections::BTreeMap;
use tonic::{Code, Status};
use troupe_door::proto::job as wire;
use troupe_door::{Wrong, any};
use troupe_learning::task::{Engine, Layout};
use troupe_market::call::abi::TaskMarket;

/// Values of one message.
pub(crate) const VALUES: usize = 1 << 16;
/// Keys of one message.
pub(crate) const KEYS: usize = 1 << 10;
/// The name of a failure's type.
pub(crate) const FAILURE: &str = "troupe.job.v1.Failure";

/// How a job is said to have ended that has results.
const WELL: &str = "well";

pub(crate) fn amount(von: u128) -> Vec<u8> {
    let bytes = von.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

pub(crate) fn explained(told: Explained) -> wire::ExplainResponse {
    let engine = match told.engine {
        Engine::Malicious => wire::Engine::Malicious,
        Engine::SemiHonest => wire::Engine::SemiHonest,
    };
    let layout = match told.layout {
        Layout::Aligned => wire::Layout::Aligned,
        Layout::Matched => wire::Layout::Matched,
        Layout::Joined => wire::Layout::Joined,
        Layout::Pooled => wire::Layout::Pooled,
    };
    let shares = told.shares.into_iter();
    let shares = shares.map(|one| wire::Shared { input: one.input, formulas: one.formulas });
    let results = told.results.into_iter();
    let (hostile_majority, model, keepers) = match told.parties {
        Chosen::Elected { hostile_majority } => (Some(hostile_majority), Vec::new(), Vec::new()),
        Chosen::Keepers { model, names } => (None, model.0.to_vec(), names),
    };
    wire::ExplainResponse {
        job: told.job,
        engine: engine.into(),
        layout: layout.into(),
        shares: shares.collect(),
        results: results.map(|(name, error)| wire::Expected { name, error }).collect(),
        algorithms: told.algorithms,
        rows: told.rows,
        rounds: told.rounds,
        checks: told.checks,
        party_sends_bytes: told.sent.iter().map(|sent| sent.0).collect(),
        party_memory_bytes: told.memory.iter().map(|memory| memory.0).collect(),
        hostile_majority,
        model: model.into(),
        keepers,
        keeps: told.keeps,
    }
}

pub(crate) fn step(step: &Step) -> wire::Step {
    let in_phase = |phase: wire::Phase| wire::Step { phase: phase.into(), ..wire::Step::default() };
    let moving = |phase: wire::Phase, what: &str, done: u64, sent: u64| wire::Step {
        done: u32::try_from(done).unwrap_or(u32::MAX),
        sent_bytes: sent,
        doing: what.to_owned(),
        ..in_phase(phase)
    };
    match step {
        Step::Asking => in_phase(wire::Phase::Asking),
        Step::Declaring { terms } => {
            wire::Step { terms: terms.0.to_vec().into(), ..in_phase(wire::Phase::Declaring) }
        }
        Step::Agreeing { .. } => in_phase(wire::Phase::Agreeing),
        Step::Electing { .. } => in_phase(wire::Phase::Electing),
        Step::Settling { .. } => in_phase(wire::Phase::Settling),
        Step::Following { .. } => in_phase(wire::Phase::Following),
        Step::Seating { parties } => {
            wire::Step { parties: parties.clone(), ..in_phase(wire::Phase::Seating) }
        }
        Step::Contributing => in_phase(wire::Phase::Contributing),
        Step::Matching { what, done, sent } => moving(wire::Phase::Matching, what, *done, *sent),
        Step::Working { what, done, sent } => moving(wire::Phase::Working, what, *done, *sent),
    }
}

/// A job in a list.
pub(crate) fn job(run: u64, name: &str, state: &State) -> wire::Job {
    wire::Job {
        run,
        name: name.to_owned(),
        task: state.task.unwrap_or_default(),
        step: state.step.as_ref().map(step),
        is_over: state.ended.is_some(),
        outcome: state.ended.as_ref().map(outcome).unwrap_or_default(),
    }
}

/// How a job ended, in a line.
fn outcome(end: &End) -> String {
    match end {
        End::Kept(_) => WELL.to_owned(),
        End::Here(ended) => match &**ended {
            Ok(_) => WELL.to_owned(),
            Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
        },
    }
}

/// How much of an end was told.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    index: usize,
    from: usize,
    is_over: bool,
}

/// The next portion of how a job ended.
pub(crate) fn end(ended: &Ended, at: &mut Cursor) -> Option<wire::event::What> {
    use wire::event::What;
    let portion = match ended {
        Ok(Found::Finished(found)) => answer(&found.answers, at).map(What::Answer),
        Ok(Found::Matched(found)) => keys(&found.keys, at).map(What::Keys),
        Err(_) => None,
    };
    if portion.is_some() || at.is_over {
        return portion;
    }
    at.is_over = true;
    Some(match ended {
        Ok(Found::Finished(found)) => What::Finished(finished(found)),
        Ok(Found::Matched(found)) => What::Matched(matched(found)),
        Err(error) => What::Failure(failure(error)),
    })
}

/// The next portion of answers; one without values is told as well.
pub(crate) fn answer(all: &[Answer], at: &mut Cursor) -> Option<wire::Answer> {
    let answer = all.get(at.index)?;
    let values: Vec<f64> = answer.values.iter().skip(at.from).take(VALUES).copied().collect();
    let index = u32::try_from(at.index).unwrap_or(u32::MAX);
    at.from += values.len();
    if at.from >= answer.values.len() {
        (at.index, at.from) = (at.index + 1, 0);
    }
    Some(wire::Answer { index, name: answer.name.clone(), values, error: answer.bound })
}

fn keys(all: &[Vec<String>], at: &mut Cursor) -> Option<wire::Keys> {
    let keys = all.get(at.from..).unwrap_or_default().iter().take(KEYS);
    let keys: Vec<wire::Key> = keys.map(|key| wire::Key { values: key.clone() }).collect();
    at.from += keys.len();
    (!keys.is_empty()).then_some(wire::Keys { keys })
}

pub(crate) fn finished(found: &Finished) -> wire::Finished {
    let parties = found.traffic.iter().map(|(name, moved)| wire::Party {
        name: name.clone(),
        node_id: moved.party.0.to_vec().into(),
        sent_bytes: moved.sent,
        received_bytes: moved.received,
    });
    wire::Finished {
        job: found.name.clone(),
        session: found.session.0.to_vec().into(),
        rows: found.rows.clone(),
        parties: parties.collect(),
        settled: found.settled.as_ref().map(settled),
        seconds: found.took.as_secs_f64(),
        kept: found.kept.clone().unwrap_or_default(),
        model: found.model.map(|model| model.0.to_vec()).unwrap_or_default().into(),
        opening: found.opening.as_ref().map(|it| it.0.clone()).unwrap_or_default().into(),
        onnx: found.onnx.as_ref().map(|it| it.0.clone()).unwrap_or_default().into(),
    }
}

fn settled(settled: &Settled) -> wire::Settled {
    wire::Settled {
        task: settled.number,
        payer: settled.payer.0.to_vec().into(),
        fee: amount(settled.fee).into(),
        prices: amount(settled.prices).into(),
    }
}

fn matched(found: &Matched) -> wire::Matched {
    let owners = found.sides.iter().map(|side| wire::Side {
        name: side.owner.clone(),
        dataset: side.dataset.clone(),
        keys: side.items,
        sent_bytes: side.sent,
        learned: side.is_receiver,
    });
    wire::Matched {
        job: found.name.clone(),
        session: found.session.0.to_vec().into(),
        owners: owners.collect(),
        count: found.count,
        columns: found.columns.clone(),
        seconds: found.took.as_secs_f64(),
    }
}

/// A task as the chain has it.
pub(crate) fn task(task: &TaskMarket::Task, has_results: bool) -> wire::Task {
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let (legs, seats) = (&task.legs, &task.seats);
    wire::Task {
        number: task.id,
        phase: phase(task).name().to_owned(),
        end: task.end.into(),
        ended: ended(task.end).unwrap_or_default().to_owned(),
        sender: task.sender.0.to_vec().into(),
        fee: amount(task.fee).into(),
        held: amount(task.escrow).into(),
        terms: task.terms.0.to_vec().into(),
        has_results,
        data_sets: legs.iter().map(|leg| leg.dataset).collect(),
        owners_agreed: count(legs.iter().filter(|leg| leg.authorised).count()),
        owners_let_start: count(legs.iter().filter(|leg| leg.confirmed).count()),
        seats: count(seats.len()),
        seats_accepted: count(seats.iter().filter(|seat| seat.accepted).count()),
        parties_said: count(seats.iter().filter(|seat| seat.word != 0).count()),
        nodes: Vec::new(),
    }
}

const CLASSES: [(Class, wire::Class, Wrong); 8] = [
    (Class::Usage, wire::Class::Usage, wrong(Code::InvalidArgument, "ARGUMENT")),
    (Class::File, wire::Class::File, wrong(Code::InvalidArgument, "JOB")),
    (Class::Unreachable, wire::Class::Unreachable, wrong(Code::Unavailable, "UNREACHABLE")),
    (Class::TimedOut, wire::Class::TimedOut, wrong(Code::DeadlineExceeded, "TIME_OVER")),
    (Class::Refused, wire::Class::Refused, wrong(Code::FailedPrecondition, "REFUSED")),
    (Class::Failed, wire::Class::Failed, wrong(Code::Aborted, "FAILED")),
    (Class::Reverted, wire::Class::Reverted, wrong(Code::FailedPrecondition, "REVERTED")),
    (Class::Internal, wire::Class::Internal, wrong(Code::Internal, "INTERNAL")),
];

const fn wrong(code: Code, reason: &'static str) -> Wrong {
    Wrong { code, reason }
}

/// The class that a client was told.
pub(crate) fn class(told: wire::Class) -> Class {
    let found = CLASSES.iter().find(|(_, known, _)| *known == told);
    found.map_or(Class::Internal, |(class, ..)| *class)
}

pub(crate) fn failure(error: &Error) -> wire::Failure {
    let found = CLASSES.iter().find(|(class, ..)| *class == error.class);
    let reasons = error.reasons.iter();
    let reasons = reasons
        .map(|reason| wire::Reason { text: reason.text.clone(), field: reason.field.clone() });
    let refusal = error.refusal.as_ref();
    wire::Failure {
        class: found.map_or(wire::Class::Internal, |(_, class, _)| *class).into(),
        reasons: reasons.collect(),
        refusal: refusal.map(|one| wire::Refusal { code: one.code, reason: one.reason.clone() }),
    }
}

/// What a call ends with that fails.
pub(crate) fn status(error: &Error) -> Status {
    let found = CLASSES.iter().find(|(class, ..)| *class == error.class);
    let wrong = found.map_or(wrong(Code::Internal, "INTERNAL"), |(_, _, wrong)| *wrong);
    let field = error.reasons.iter().find_map(|reason| reason.field.clone());
    let metadata = field.map(|field| ("field".to_owned(), field));
    let more = any(FAILURE, &failure(error));
    wrong.with(error.to_string(), metadata.into_iter().collect::<BTreeMap<_, _>>(), Some(more))
}
