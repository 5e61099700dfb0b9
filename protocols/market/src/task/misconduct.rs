//! Showing that a party contradicted itself.

use super::{PARTIES, Phase, Task, Word, finish};
use crate::node::Node;
use crate::statement::{Kind, NOBODY, Place, Statement};
use crate::{Error, Moment};
use troupe_records::World;
use troupe_types::{Address, Hash};

/// A statement with its signature.
pub type Signed = (Statement, [u8; 64]);

/// Shows two statements of a party that contradict each other; what it loses. A part of that is for the caller.
pub fn report(
    world: &mut impl World,
    caller: Address,
    (number, seat): (u64, u8),
    (first, second): (&Signed, &Signed),
    now: &Moment,
) -> Result<u128, Error> {
    let accused = Accused::of(world, caller, (number, seat), now)?;
    if !first.0.contradicts(&second.0) {
        return Err(Error::NoContradiction);
    }
    accused.signed(first)?;
    accused.signed(second)?;
    Ok(finish::punish(world, number, (accused.task, accused.at), caller, now))
}

/// Shows a statement of a party that contradicts what it said on the chain; what it loses.
pub fn report_posted(
    world: &mut impl World,
    caller: Address,
    (number, seat): (u64, u8),
    shown: &Signed,
    now: &Moment,
) -> Result<u128, Error> {
    let accused = Accused::of(world, caller, (number, seat), now)?;
    let posted = posted(&accused.task, accused.at, &shown.0).ok_or(Error::NoContradiction)?;
    if posted == shown.0.hash {
        return Err(Error::NoContradiction);
    }
    accused.signed(shown)?;
    Ok(finish::punish(world, number, (accused.task, accused.at), caller, now))
}

/// What a party said on the chain of what it states.
fn posted(task: &Task, at: usize, statement: &Statement) -> Option<Hash> {
    let Word::Posted(posting) = task.seats[at].word else { return None };
    if (statement.round, statement.part) != (0, 0) {
        return None;
    }
    let is_general = statement.peer == NOBODY;
    match statement.kind {
        Kind::Result if is_general => Some(posting.result),
        Kind::Transcript if is_general => Some(posting.transcript),
        Kind::Output if is_general => Some(posting.output),
        Kind::Pair => {
            let peer = usize::from(statement.peer);
            let mut others = (0..PARTIES).filter(|other| *other != at);
            others.position(|other| other == peer).map(|place| posting.pairs[place])
        }
        Kind::Sent | Kind::Received | Kind::Result | Kind::Transcript | Kind::Output => None,
    }
}

/// Of whom something is shown.
struct Accused {
    task: Task,
    at: usize,
    node: Node,
    place: Place,
}

impl Accused {
    fn of(
        world: &mut impl World,
        reporter: Address,
        (number, seat): (u64, u8),
        now: &Moment,
    ) -> Result<Self, Error> {
        let task = Task::of(world, number).ok_or(Error::NoTask { task: number })?;
        let at = usize::from(seat);
        let accused = task.seats.get(at).filter(|seat| seat.has_accepted).ok_or(Error::NoSeat)?;
        if accused.is_punished {
            return Err(Error::Punished);
        }
        let node = Node::of(world, accused.node).ok_or(Error::NoNode)?;
        if node.account == reporter {
            return Err(Error::Oneself);
        }
        // What is said before the start is said of nothing.
        if task.phase < Phase::Start {
            return Err(Error::Phase { got: task.phase });
        }
        let place = Place { chain_id: now.chain_id, task: number, terms: task.terms, seat };
        Ok(Self { task, at, node, place })
    }

    fn signed(&self, (statement, signature): &Signed) -> Result<(), Error> {
        statement.verify(&self.place, &self.node.key, signature).map_err(Error::Signature)
    }
}
