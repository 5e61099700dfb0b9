//! Showing that a party contradicted itself.

use super::{PARTIES, Phase, Posting, Task, Word, finish};
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
    let Word::Posted(posting) = accused.task.seats[accused.at].word else {
        return Err(Error::NoContradiction);
    };
    if !posting.contradicts(accused.at, &shown.0) {
        return Err(Error::NoContradiction);
    }
    accused.signed(shown)?;
    Ok(finish::punish(world, number, (accused.task, accused.at), caller, now))
}

impl Posting {
    /// Whether a party that posted this cannot have stated that honestly. `at` is its seat.
    #[must_use]
    pub fn contradicts(&self, at: usize, statement: &Statement) -> bool {
        self.of(at, statement).is_some_and(|posted| posted != statement.hash)
    }

    /// What is posted of what is stated.
    fn of(&self, at: usize, statement: &Statement) -> Option<Hash> {
        if (statement.round, statement.part) != (0, 0) {
            return None;
        }
        let is_general = statement.peer == NOBODY;
        match statement.kind {
            Kind::Result if is_general => Some(self.result),
            Kind::Transcript if is_general => Some(self.transcript),
            Kind::Output if is_general => Some(self.output),
            Kind::Pair => {
                let peer = usize::from(statement.peer);
                let mut others = (0..PARTIES).filter(|other| *other != at);
                others.position(|other| other == peer).map(|place| self.pairs[place])
            }
            Kind::Sent | Kind::Received | Kind::Result | Kind::Transcript | Kind::Output => None,
        }
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
