//! What keys signed last, for whoever has to go on without contradicting it elsewhere.
//!
//! Of each key and kind only the latest is kept. That is less than what a machine remembers of itself,
//! and enough: nothing is signed that is not later than all of it.

use crate::{Kind, Place, PublicKey, Record, Statement};
use bincode::{Decode, Encode};
use std::collections::BTreeMap;
use troupe_types::{Hash, Height};

/// The latest that a key signed of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Mark {
    /// In which view.
    pub place: Place,
    /// The block's number in the view.
    pub index: u32,
    /// How high the block is.
    pub height: Height,
    /// What.
    pub kind: Kind,
    /// The digest under the signature.
    pub digest: Hash,
}

impl Mark {
    /// The mark that a signed statement leaves.
    #[must_use]
    pub fn of(statement: &Statement, genesis: &Hash) -> Self {
        let Statement { kind, place, height, index, .. } = *statement;
        Self { place, index, height, kind, digest: statement.digest(genesis) }
    }
}

/// What may be done with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It is later than everything signed before.
    New,
    /// It is what was signed last of its kind; signing it again says nothing new.
    Again,
    /// It is not later than this.
    Refused(Mark),
}

/// The latest of each key and kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(BTreeMap<(PublicKey, Kind), Mark>);

impl History {
    /// Whether a key may sign a statement.
    #[must_use]
    pub fn ask(&self, key: &PublicKey, statement: &Statement, genesis: &Hash) -> Permission {
        let new = Mark::of(statement, genesis);
        let past = |kind| self.0.get(&(*key, kind)).copied();
        let same = past(new.kind);
        if same.is_some_and(|same| same.digest == new.digest) {
            return Permission::Again;
        }
        // Time does not run backwards: nobody goes back to a view before one in which it signed.
        let later = Kind::ALL.into_iter().filter_map(past).find(|mark| mark.place > new.place);
        let given_up = past(Kind::ViewChange).filter(|change| change.place >= new.place);
        let beside = same.filter(|same| {
            same.place == new.place && (same.index >= new.index || same.height >= new.height)
        });
        match later.or(given_up).or(beside) {
            Some(mark) => Permission::Refused(mark),
            None => Permission::New,
        }
    }

    /// Takes a mark down, unless a later one of its kind is there; whether it was taken.
    pub fn note(&mut self, key: PublicKey, mark: Mark) -> bool {
        let slot = self.0.entry((key, mark.kind));
        let mut is_new = false;
        let kept = slot.or_insert_with(|| {
            is_new = true;
            mark
        });
        let order = |mark: &Mark| (mark.place, mark.index, mark.height);
        if order(&mark) > order(kept) {
            *kept = mark;
            is_new = true;
        }
        is_new
    }

    /// Takes in what another history has; it never lowers anything. The marks that were new.
    pub fn merge(&mut self, other: &Self) -> Vec<(PublicKey, Mark)> {
        let all = other.iter();
        all.filter(|(key, mark)| self.note(*key, *mark)).collect()
    }

    /// Every mark with its key, by key and kind.
    pub fn iter(&self) -> impl Iterator<Item = (PublicKey, Mark)> {
        self.0.iter().map(|((key, _), mark)| (*key, *mark))
    }

    /// What the records of a log say, in their order: whose key signs is written down before it does.
    #[must_use]
    pub fn of_records(records: &[Record], genesis: &Hash) -> Self {
        let (mut history, mut holder) = (Self::default(), None);
        for record in records {
            let statement = match record {
                Record::Holder(key) => {
                    holder = Some(*key);
                    continue;
                }
                Record::Barred(key, mark) => {
                    history.note(*key, *mark);
                    continue;
                }
                Record::Vote(vote) => vote.statement(),
                Record::Proposal(proposed) => proposed.statement,
                Record::ViewChange(change) => change.statement(genesis),
                Record::Block(_) | Record::Entry(_) => continue,
            };
            if let Some(key) = holder {
                history.note(key, Mark::of(&statement, genesis));
            }
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GENESIS: Hash = Hash([9; 32]);
    const KEY: PublicKey = PublicKey([1; 48]);

    fn statement() -> impl Strategy<Value = Statement> {
        (0usize..3, 1u64..3, 0u64..3, 1u64..4, 0u32..3, 0u8..2).prop_map(
            |(kind, epoch, view, height, index, hash)| {
                let kind = Kind::ALL[kind];
                Statement {
                    kind,
                    place: Place::new(epoch, view),
                    height: Height(height),
                    index: if kind == Kind::ViewChange { 0 } else { index },
                    hash: Hash([hash; 32]),
                    certified: None,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn nothing_that_is_permitted_contradicts_what_was(
            wishes in proptest::collection::vec(statement(), 0..60),
        ) {
            let mut history = History::default();
            let mut permitted: Vec<Statement> = Vec::new();
            for wish in wishes {
                match history.ask(&KEY, &wish, &GENESIS) {
                    Permission::New => {}
                    Permission::Again => {
                        prop_assert!(permitted.contains(&wish));
                        continue;
                    }
                    Permission::Refused(mark) => {
                        let known = permitted.iter().any(|past| Mark::of(past, &GENESIS) == mark);
                        prop_assert!(known, "a refusal names what was signed");
                        continue;
                    }
                }
                for past in &permitted {
                    prop_assert!(!past.excludes(&wish), "{past:?} then {wish:?}");
                    let gave_up = past.kind == Kind::ViewChange && past.place >= wish.place;
                    prop_assert!(!gave_up, "{past:?} then {wish:?}");
                    prop_assert!(past.place <= wish.place);
                }
                prop_assert!(history.note(KEY, Mark::of(&wish, &GENESIS)));
                permitted.push(wish);
            }
        }

        #[test]
        fn merging_keeps_the_later_of_each_and_lowers_nothing(
            ours in proptest::collection::vec(statement(), 0..20),
            theirs in proptest::collection::vec(statement(), 0..20),
        ) {
            let history = |wishes: &[Statement]| {
                let mut history = History::default();
                for wish in wishes {
                    history.note(KEY, Mark::of(wish, &GENESIS));
                }
                history
            };
            let (mut merged, other) = (history(&ours), history(&theirs));
            let before = merged.clone();
            merged.merge(&other);
            for wish in ours.iter().chain(&theirs) {
                let answer = merged.ask(&KEY, wish, &GENESIS);
                prop_assert_ne!(answer, Permission::New);
            }
            prop_assert!(merged.clone().merge(&before).is_empty());
            prop_assert!(merged.clone().merge(&other).is_empty());
        }
    }

    #[test]
    fn another_key_is_another_matter() {
        let vote = Statement {
            kind: Kind::Vote,
            place: Place::new(1, 2),
            height: Height(3),
            index: 0,
            hash: Hash([1; 32]),
            certified: None,
        };
        let mut history = History::default();
        let mark = Mark::of(&vote, &GENESIS);
        history.note(KEY, mark);
        let other = Statement { hash: Hash([2; 32]), ..vote };
        assert_eq!(history.ask(&KEY, &vote, &GENESIS), Permission::Again);
        assert_eq!(history.ask(&KEY, &other, &GENESIS), Permission::Refused(mark));
        assert_eq!(history.ask(&PublicKey([2; 48]), &other, &GENESIS), Permission::New);
        // The same words on another network are other words.
        assert_eq!(history.ask(&KEY, &vote, &Hash([8; 32])), Permission::Refused(mark));
    }
}
