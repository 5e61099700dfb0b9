//! What a participant of a task has to do on the chain, from what the chain shows and what it knows itself.
//!
//! [`duties`] is a function of both and keeps nothing: whoever asks after every block, or after a restart, hears what is
//! still to be done. A [`Duty`] has an [id](Duty::id), so that doing it twice can be told from doing two things.

use crate::call::abi::TaskMarket as Market;
use crate::call::posted;
use crate::statement::{Held, Kind, NOBODY, Statement};
use crate::task::{End, PARTIES, Phase, Posting};
use alloy_primitives::Bytes;
use alloy_sol_types::SolCall;
use bincode::{Decode, Encode};
use troupe_crypto::hash;
use troupe_types::{Address, Hash};

/// What is hashed for an id.
const DOMAIN: &[u8] = b"troupe market duty v1";

/// Who somebody is in a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Who {
    /// The account that it acts by.
    pub account: Address,
    /// The number of the compute node of that account, if it has one.
    pub compute: Option<u64>,
}

/// What a participant knows of a task, and has decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Knows {
    /// As an owner: its policy allows the terms.
    pub is_allowed: bool,
    /// As an owner: it has seen the parties and lets them start.
    pub is_confirmed: bool,
    /// As an owner: why it does not take part in what is about to start.
    pub declines: Option<End>,
    /// As a party: it has the terms and can compute them.
    pub is_able: bool,
    /// As a party: what came of it.
    pub said: Option<Say>,
    /// As a party: messages of others that it demanded and has now, by the number of the demand.
    pub received: Vec<u8>,
    /// As a party: the seat and the number of the message that it waited for in vain.
    pub missing: Option<(u8, u32)>,
    /// What the callback may use that is still to be made of a task that is over; 0 where there is none.
    pub callback: u64,
    /// What others signed for it of how the task ends.
    pub held: Vec<Held>,
}

/// What a party says of a computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Say {
    /// It is done.
    Done(Posting),
    /// It gives up; through which seat, if it knows.
    GivesUp(Option<u8>),
}

/// Something to be done on the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duty {
    /// An owner allows the task.
    Authorise,
    /// An owner lets the parties start.
    Confirm,
    /// An owner ends what is about to start, and says why.
    Decline(End),
    /// A party takes its seat.
    Accept,
    /// A party says what came of it.
    Say(Say),
    /// A party demands a message that never came.
    Demand {
        /// Of whom.
        of: u8,
        /// In which round.
        round: u32,
    },
    /// A party publishes what is demanded of it.
    Publish {
        /// The number of the demand.
        number: u8,
        /// The seat of whom the message was for.
        to: u8,
        /// In which round.
        round: u32,
        /// Until when, in milliseconds since 1970.
        until: u64,
    },
    /// A party has what it demanded.
    Acknowledge {
        /// The number of the demand.
        number: u8,
        /// The hash of what was published.
        hash: Hash,
    },
    /// The party of the first seat has the contract that declared a task told of its end, for the tip.
    Deliver {
        /// What that may use.
        gas: u64,
    },
    /// Somebody shows two statements of a party that contradict each other.
    Report(Held, Held),
    /// Somebody shows a statement of a party that contradicts what it posted.
    ReportPosted(Held),
    /// Somebody shows the result and the transcript that a party signed which gives up now.
    Show(Held, Held),
}

/// What is to be done now, the most urgent first; nothing for whoever has no part in the task.
#[must_use]
pub fn duties(task: &Market::Task, who: &Who, knows: &Knows) -> Vec<Duty> {
    let mut found = Vec::new();
    let seat = seat_of(task, who);
    reports(task, seat, knows, &mut found);
    shows(task, knows, &mut found);
    if let Some(seat) = seat {
        answers(task, seat, knows, &mut found);
    }
    let is_phase = |phase: Phase| task.phase == phase as u8;
    if is_phase(Phase::Ended) && seat == Some(0) && knows.callback > 0 {
        found.push(Duty::Deliver { gas: knows.callback });
    }
    let mut own = task.legs.iter().filter(|leg| leg.owner.0.0 == who.account.0);
    if is_phase(Phase::Consent) && knows.is_allowed && own.clone().any(|leg| !leg.authorised) {
        found.push(Duty::Authorise);
    }
    if is_phase(Phase::Start) && own.clone().next().is_some() {
        match knows.declines {
            Some(why) => found.push(Duty::Decline(why)),
            None if knows.is_confirmed && own.any(|leg| !leg.confirmed) => {
                found.push(Duty::Confirm);
            }
            None => {}
        }
    }
    let Some(mine) = seat.and_then(|seat| task.seats.get(usize::from(seat))) else { return found };
    if is_phase(Phase::Accept) && knows.is_able && !mine.accepted {
        found.push(Duty::Accept);
    }
    if is_phase(Phase::Compute) && mine.word == 0 {
        found.extend(word(task, seat.unwrap_or(NOBODY), knows));
    }
    found
}

/// What a party says that has not: first that a message never came, and what came of it when that is settled. Whoever gives
/// up before ends the dispute.
fn word(task: &Market::Task, seat: u8, knows: &Knows) -> Option<Duty> {
    let said = knows.said.map(Duty::Say);
    let Some((of, round)) = knows.missing else { return said };
    let is_own =
        |demand: &&Market::Demand| (demand.from, demand.of_, demand.round) == (seat, of, round);
    match task.demands.iter().find(is_own) {
        None => Some(Duty::Demand { of, round }),
        Some(demand) if demand.answer == 2 => said,
        Some(_) => None,
    }
}

/// The seat that somebody has.
#[must_use]
pub fn seat_of(task: &Market::Task, who: &Who) -> Option<u8> {
    let compute = who.compute?;
    (0..).zip(task.seats.iter().take(PARTIES)).find(|(_, it)| it.id == compute).map(|(at, _)| at)
}

/// Whether parties compute now, and nobody has said that it gives up.
#[must_use]
pub fn is_running(task: &Market::Task) -> bool {
    task.phase == Phase::Compute as u8 && task.seats.iter().all(|seat| seat.word != 2)
}

/// Whether somebody has something to do in a task, or may come to: it has data in it, a seat, or may get one.
#[must_use]
pub fn concerns(task: &Market::Task, who: &Who) -> bool {
    if task.phase >= Phase::Ended as u8 {
        return false;
    }
    if task.legs.iter().any(|leg| leg.owner.0.0 == who.account.0) {
        return true;
    }
    let Some(compute) = who.compute else { return false };
    let is_before = |phase: Phase| task.phase < phase as u8;
    let may_be_drawn = task.phase == Phase::Draw as u8;
    let is_reserve = is_before(Phase::Start) && task.reserves.contains(&compute);
    may_be_drawn || is_reserve || seat_of(task, who).is_some()
}

/// Whether a party has to say what came of a computation of which it never said that it can compute it: it has forgotten, and
/// gives up, for silence costs its bond.
#[must_use]
pub fn has_forgotten(task: &Market::Task, who: &Who, knows: &Knows) -> bool {
    let mine = seat_of(task, who).and_then(|seat| task.seats.get(usize::from(seat)));
    let is_asked = task.phase == Phase::Compute as u8 && mine.is_some_and(|seat| seat.word == 0);
    is_asked && !knows.is_able && knows.said.is_none()
}

/// Those who contradicted themselves, each once, also after the end: whoever posts last ends the task by it.
fn reports(task: &Market::Task, mine: Option<u8>, knows: &Knows, found: &mut Vec<Duty>) {
    for (seat, accused) in (0u8..).zip(task.seats.iter().take(PARTIES)) {
        if Some(seat) == mine || !accused.accepted || accused.punished {
            continue;
        }
        let held = || knows.held.iter().filter(move |held| held.seat == seat);
        let posted = (accused.word == 1).then(|| posted(&accused.posting));
        let is_false = |held: &&Held| {
            posted.is_some_and(|posted| posted.contradicts(usize::from(seat), &held.statement))
        };
        if let Some(held) = held().find(is_false) {
            found.push(Duty::ReportPosted(*held));
            continue;
        }
        let other = |one: &Held| held().find(|other| one.statement.contradicts(&other.statement));
        if let Some((one, other)) = held().find_map(|one| Some((one, other(one)?))) {
            found.push(Duty::Report(*one, *other));
        }
    }
}

/// A party that gives up and has signed what the two others posted: that counts as its post.
fn shows(task: &Market::Task, knows: &Knows, found: &mut Vec<Duty>) {
    if task.phase != Phase::Compute as u8 {
        return;
    }
    let gave_up = (0u8..).zip(&task.seats).find(|(_, seat)| seat.word == 2);
    let posted: Vec<_> = task.seats.iter().filter(|seat| seat.word == 1).collect();
    let (Some((seat, _)), [one, other]) = (gave_up, &posted[..]) else { return };
    let said = |it: &Market::Seat| (it.posting.result, it.posting.transcript);
    if said(one) != said(other) {
        return;
    }
    let signed = |kind, hash: alloy_primitives::B256| {
        let statement = Statement { kind, peer: NOBODY, round: 0, part: 0, hash: Hash(hash.0) };
        knows.held.iter().find(|held| held.seat == seat && held.statement == statement)
    };
    let (result, transcript) = said(one);
    if let (Some(result), Some(transcript)) =
        (signed(Kind::Result, result), signed(Kind::Transcript, transcript))
    {
        found.push(Duty::Show(*result, *transcript));
    }
}

/// Demands that wait for this seat: to publish, or to acknowledge.
fn answers(task: &Market::Task, seat: u8, knows: &Knows, found: &mut Vec<Duty>) {
    if task.phase != Phase::Compute as u8 {
        return;
    }
    for (number, demand) in (0..=u8::MAX).zip(&task.demands) {
        if demand.of_ == seat && demand.answer == 0 {
            let (to, round, until) = (demand.from, demand.round, demand.until);
            found.push(Duty::Publish { number, to, round, until });
        }
        let is_mine = demand.from == seat && demand.answer == 1;
        // The session is over: it only says that something was published.
        let is_missing = knows.missing == Some((demand.of_, demand.round));
        if is_mine && (is_missing || knows.received.contains(&number)) {
            found.push(Duty::Acknowledge { number, hash: Hash(demand.hash.0) });
        }
    }
}

impl Duty {
    /// What it is called, of this account, chain and task: the same whenever it is found.
    #[must_use]
    pub fn id(&self, chain_id: u64, task: u64, account: &Address) -> Hash {
        let (kind, number) = match self {
            Self::Authorise => (1, 0),
            Self::Confirm => (2, 0),
            Self::Accept => (3, 0),
            Self::Say(_) => (4, 0),
            Self::Publish { number, .. } => (5, *number),
            Self::Acknowledge { number, .. } => (6, *number),
            Self::Report(held, _) => (7, held.seat),
            Self::ReportPosted(held) => (8, held.seat),
            Self::Demand { of, .. } => (9, *of),
            Self::Deliver { .. } => (10, 0),
            Self::Decline(_) => (11, 0),
            Self::Show(held, _) => (12, held.seat),
        };
        hash::keccak256_concat(&[
            DOMAIN,
            &chain_id.to_be_bytes(),
            &task.to_be_bytes(),
            &account.0,
            &[kind, number],
        ])
    }

    /// What people call it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Authorise => "authorise",
            Self::Confirm => "confirm",
            Self::Decline(_) => "decline",
            Self::Accept => "accept",
            Self::Say(Say::Done(_)) => "post",
            Self::Say(Say::GivesUp(_)) => "give up",
            Self::Publish { .. } => "publish",
            Self::Acknowledge { .. } => "acknowledge",
            Self::Demand { .. } => "demand",
            Self::Deliver { .. } => "deliver",
            Self::Show(..) => "show",
            Self::Report(..) | Self::ReportPosted(_) => "report",
        }
    }

    /// What it may use on top of what a call of the market does.
    #[must_use]
    pub const fn gas(&self) -> u64 {
        match self {
            Self::Deliver { gas } => *gas,
            Self::Authorise
            | Self::Confirm
            | Self::Decline(_)
            | Self::Accept
            | Self::Say(_)
            | Self::Demand { .. }
            | Self::Publish { .. }
            | Self::Acknowledge { .. }
            | Self::Report(..)
            | Self::ReportPosted(_)
            | Self::Show(..) => 0,
        }
    }

    /// The call of the task market that does it. `message` is what is published, where that is the duty.
    #[must_use]
    pub fn call(&self, task: u64, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Authorise => Market::authoriseCall { task }.abi_encode(),
            Self::Confirm => Market::confirmCall { task }.abi_encode(),
            Self::Decline(why) => Market::declineCall { task, end: *why as u8 }.abi_encode(),
            Self::Accept => Market::accept_Call { task }.abi_encode(),
            Self::Say(Say::Done(posting)) => {
                let posting = crate::call::posting(posting);
                Market::postCall { task, posting }.abi_encode()
            }
            Self::Say(Say::GivesUp(blamed)) => {
                let blamed = blamed.unwrap_or(NOBODY);
                Market::giveUpCall { task, blamed }.abi_encode()
            }
            Self::Publish { number, .. } => {
                let message = Bytes::copy_from_slice(message);
                Market::publishCall { task, number: *number, message }.abi_encode()
            }
            Self::Deliver { .. } => Market::deliverCall { task }.abi_encode(),
            Self::Demand { of, round } => {
                Market::demandCall { task, of_: *of, round: *round }.abi_encode()
            }
            Self::Acknowledge { number, hash } => {
                let hash = hash.0.into();
                Market::acknowledgeCall { task, number: *number, hash }.abi_encode()
            }
            Self::Report(first, second) => {
                let seat = first.seat;
                let [first, second] = [first, second].map(crate::call::statement);
                Market::reportCall { task, seat, first, second }.abi_encode()
            }
            Self::Show(result, transcript) => {
                let seat = result.seat;
                let [result, transcript] = [result, transcript].map(crate::call::statement);
                Market::showCall { task, seat, result, transcript }.abi_encode()
            }
            Self::ReportPosted(held) => {
                let statement = crate::call::statement(held);
                Market::reportPostedCall { task, seat: held.seat, statement }.abi_encode()
            }
        }
    }
}
