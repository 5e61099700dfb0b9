//! What this node has signed: the memory that keeps it from signing twice.

use crate::rules::{Rule, Rules};
use crate::{Kind, Place, Signature, Statement};
use std::collections::BTreeMap;
use troupe_types::{Epoch, Height};

/// Signed statements by kind, view and height, and those under the pen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    slots: BTreeMap<(Place, Kind, Height), Slot>,
    /// The last view that was given up.
    given_up: Option<Place>,
    /// The highest epoch in which anything was signed or that was entered.
    epoch: Epoch,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    statement: Statement,
    signature: Option<Signature>,
}

/// Whether something may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permit {
    /// It may, and from now on nothing that excludes it may.
    Sign,
    /// It is under the pen.
    Pending,
    /// It was signed before.
    Signed(Signature),
    /// It excludes something that was signed before.
    Refused,
}

impl Ledger {
    /// Takes a statement down as the one to be signed in its place, unless another one is there.
    pub(crate) fn permit(&mut self, statement: &Statement, rules: Rules) -> Permit {
        if let Some(slot) = self.slots.get(&key(statement))
            && slot.statement == *statement
        {
            return slot.signature.map_or(Permit::Pending, Permit::Signed);
        }
        if !self.allows(statement, rules) {
            return Permit::Refused;
        }
        self.put(*statement, None);
        Permit::Sign
    }

    fn allows(&self, statement: &Statement, rules: Rules) -> bool {
        let place = statement.place;
        if place.epoch < self.epoch && rules.keep(Rule::NoReturn) {
            return false;
        }
        let is_given_up = self.given_up.is_some_and(|given_up| place <= given_up);
        match statement.kind {
            Kind::ViewChange if is_given_up => return !rules.keep(Rule::OneViewChange),
            Kind::Proposal | Kind::Vote if is_given_up && rules.keep(Rule::NoVoteAfterGivingUp) => {
                return false;
            }
            Kind::Proposal | Kind::Vote | Kind::ViewChange => {}
        }
        let of_the_view = self
            .slots
            .range((place, statement.kind, Height::ZERO)..)
            .take_while(|((at, kind, _), _)| *at == place && *kind == statement.kind);
        let is_excluded =
            of_the_view.into_iter().any(|(_, slot)| slot.statement.excludes(statement));
        !is_excluded || !rules.keep(Rule::OneVote)
    }

    /// Takes a signature down; false if nobody asked for it.
    pub(crate) fn signed(&mut self, statement: &Statement, signature: Signature) -> bool {
        match self.slots.get_mut(&key(statement)) {
            Some(slot) if slot.statement == *statement && slot.signature.is_none() => {
                slot.signature = Some(signature);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes down what was signed before a restart.
    pub(crate) fn restore(&mut self, statement: &Statement, signature: Signature) {
        self.put(*statement, Some(signature));
    }

    fn put(&mut self, statement: Statement, signature: Option<Signature>) {
        if statement.kind == Kind::ViewChange {
            self.given_up = self.given_up.max(Some(statement.place));
        }
        self.epoch = self.epoch.max(statement.place.epoch);
        self.slots.insert(key(&statement), Slot { statement, signature });
    }

    /// Notes that an epoch was entered: nothing is signed in one before any more.
    pub(crate) fn enter(&mut self, epoch: Epoch) {
        self.epoch = self.epoch.max(epoch);
    }

    /// Whether a view was given up.
    pub(crate) fn has_given_up(&self, place: Place) -> bool {
        self.given_up.is_some_and(|given_up| place <= given_up)
    }

    /// The latest view in which anything was signed.
    pub(crate) fn latest(&self) -> Option<Place> {
        self.slots.keys().map(|(place, _, _)| *place).next_back()
    }

    /// Forgets views before one. They are never signed in again: time does not run backwards.
    pub(crate) fn forget_before(&mut self, place: Place) {
        self.slots = self.slots.split_off(&(place, Kind::Proposal, Height::ZERO));
    }
}

/// A view change names heights that differ and is given once all the same.
fn key(statement: &Statement) -> (Place, Kind, Height) {
    let height = match statement.kind {
        Kind::Proposal | Kind::Vote => statement.height,
        Kind::ViewChange => Height::ZERO,
    };
    (statement.place, statement.kind, height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::Hash;

    fn statement() -> impl Strategy<Value = Statement> {
        (0usize..3, 1u64..3, 0u64..3, 1u64..4, 0u32..3, 0u8..2).prop_map(
            |(kind, epoch, view, height, index, hash)| Statement {
                kind: Kind::ALL[kind],
                place: Place::new(epoch, view),
                height: Height(height),
                index,
                hash: Hash([hash; 32]),
                certified: None,
            },
        )
    }

    proptest! {
        #[test]
        fn no_two_permitted_statements_exclude_each_other_nor_does_a_vote_follow_a_view_change(
            wishes in proptest::collection::vec(statement(), 0..60),
        ) {
            let mut ledger = Ledger::default();
            let mut permitted: Vec<Statement> = Vec::new();
            for wish in wishes {
                if ledger.permit(&wish, Rules::ALL) != Permit::Sign {
                    continue;
                }
                for before in &permitted {
                    prop_assert!(!before.excludes(&wish));
                    let gave_up = before.kind == Kind::ViewChange && before.place >= wish.place;
                    prop_assert!(!gave_up, "{before:?} then {wish:?}");
                    prop_assert!(before.place.epoch <= wish.place.epoch);
                }
                permitted.push(wish);
            }
        }
    }

    #[test]
    fn who_entered_an_epoch_never_signs_in_one_before() {
        let mut ledger = Ledger::default();
        let statement = |kind| Statement {
            kind,
            place: Place::new(1, 9),
            height: Height(3),
            index: 0,
            hash: Hash([1; 32]),
            certified: None,
        };
        ledger.enter(Epoch(2));
        for kind in Kind::ALL {
            let before = ledger.clone().permit(&statement(kind), Rules::ALL);
            assert_eq!(before, Permit::Refused, "{kind:?}");
            let lax = Rules::all_but(Rule::NoReturn);
            assert_eq!(ledger.clone().permit(&statement(kind), lax), Permit::Sign, "{kind:?}");
        }
    }

    #[test]
    fn a_stored_signature_is_given_again_and_never_a_new_one() {
        let vote = Statement {
            kind: Kind::Vote,
            place: Place::new(1, 2),
            height: Height(3),
            index: 0,
            hash: Hash([1; 32]),
            certified: None,
        };
        let mut ledger = Ledger::default();
        ledger.restore(&vote, Signature([7; 96]));
        assert_eq!(ledger.permit(&vote, Rules::ALL), Permit::Signed(Signature([7; 96])));
        let other = Statement { hash: Hash([2; 32]), ..vote };
        assert_eq!(ledger.permit(&other, Rules::ALL), Permit::Refused);
        let other_index = Statement { height: Height(4), ..other };
        assert_eq!(ledger.permit(&other_index, Rules::ALL), Permit::Refused);
        let next = Statement { height: Height(4), index: 1, ..other };
        assert_eq!(ledger.permit(&next, Rules::ALL), Permit::Sign);
        assert_eq!(ledger.permit(&next, Rules::ALL), Permit::Pending);
    }
}
