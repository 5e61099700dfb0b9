//! What must hold over everything that honest nodes ever said of blocks, as functions.
//!
//! These are the three statements of the Coq model of Giskard (prepared, precommitted, committed),
//! and that heights commit in order. Tests and simulators call them with what all nodes reached.

use crate::Place;
use std::collections::BTreeMap;
use troupe_types::{Hash, Height};

/// How settled a block is at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// It has a certificate. A block of a higher view may still replace it.
    Prepared,
    /// Its child has one too, of the same view or the next: nothing can replace it.
    Locked,
    /// It is final.
    Committed,
}

/// A block reached a stage at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reached {
    /// The stage.
    pub stage: Stage,
    /// The block's height.
    pub height: Height,
    /// The view of the block.
    pub place: Place,
    /// The block.
    pub hash: Hash,
}

/// Two blocks that exclude each other reached a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{stage:?} at height {height}: {first} and {second}")]
pub struct Violation {
    /// The stage.
    pub stage: Stage,
    /// The height of both.
    pub height: Height,
    /// The one seen first.
    pub first: Hash,
    /// The other.
    pub second: Hash,
}

/// At most one block is prepared for each height and view.
pub fn one_prepared_per_height_and_view(reached: &[Reached]) -> Result<(), Violation> {
    unique(reached, Stage::Prepared, |one| (one.height, Some(one.place)))
}

/// At most one block is locked (precommitted) for each height.
pub fn one_locked_per_height(reached: &[Reached]) -> Result<(), Violation> {
    unique(reached, Stage::Locked, |one| (one.height, None))
}

/// At most one block is committed for each height.
pub fn one_committed_per_height(reached: &[Reached]) -> Result<(), Violation> {
    unique(reached, Stage::Committed, |one| (one.height, None))
}

/// All three.
pub fn all(reached: &[Reached]) -> Result<(), Violation> {
    one_prepared_per_height_and_view(reached)?;
    one_locked_per_height(reached)?;
    one_committed_per_height(reached)
}

fn unique(
    reached: &[Reached],
    stage: Stage,
    key: impl Fn(&Reached) -> (Height, Option<Place>),
) -> Result<(), Violation> {
    let mut seen: BTreeMap<(Height, Option<Place>), Hash> = BTreeMap::new();
    for one in reached.iter().filter(|one| one.stage == stage) {
        let first = *seen.entry(key(one)).or_insert(one.hash);
        if first != one.hash {
            return Err(Violation { stage, height: one.height, first, second: one.hash });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(stage: Stage, view: u64, hash: u8) -> Reached {
        Reached { stage, height: Height(3), place: Place::new(1, view), hash: Hash([hash; 32]) }
    }

    #[test]
    fn another_block_of_the_same_height_is_a_violation_at_each_stage() {
        let prepared = [reached(Stage::Prepared, 1, 1), reached(Stage::Prepared, 2, 2)];
        assert_eq!(all(&prepared), Ok(()), "two views");
        let again = [prepared[0], prepared[1], reached(Stage::Prepared, 2, 3)];
        assert!(one_prepared_per_height_and_view(&again).is_err());
        for stage in [Stage::Locked, Stage::Committed] {
            assert_eq!(all(&[reached(stage, 1, 1), reached(stage, 2, 1)]), Ok(()));
            let fork = all(&[reached(stage, 1, 1), reached(stage, 2, 2)]).expect_err("a fork");
            assert_eq!((fork.stage, fork.height), (stage, Height(3)));
        }
    }
}
