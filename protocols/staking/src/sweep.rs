//! What nobody asks for any more is cleared away, so much in each block.
//!
//! Of a proposal that is no longer voted on the tally stays, and the votes that locked something, until who locked it takes
//! it back.

use crate::governance::{self, HolderVote};
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::Address;

/// What there is of a proposal while it is voted on; all keys begin with its number.
const TABLES: [Table; 4] = [Table::Vote, Table::Overridden, Table::Seen, Table::VoteLock];

/// How far the votes of a proposal are cleared away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
struct Progress {
    /// So many of the tables are done.
    tables: u8,
    /// Whose vote was the last one that was left.
    left: Option<Address>,
}

fn key(number: u64) -> Key {
    Key::new(Table::Closed, number.to_be_bytes())
}

/// Has the votes of a proposal cleared away.
pub(crate) fn add(world: &mut impl World, number: u64) {
    Progress::default().save(world, &key(number));
}

/// Looks at so many records at most.
pub(crate) fn work(world: &mut impl World, most: usize) {
    let mut left = most;
    while left > 0
        && let Some((queued, value)) = world.next(Table::Closed, None)
    {
        let Some(mut progress) = Progress::read(world, &value) else { return };
        let is_over = clear(world, queued.number(0), &mut progress, &mut left);
        if is_over {
            world.remove(&queued);
        } else {
            progress.save(world, &queued);
        }
    }
}

/// Clears away what there is of a proposal; whether that was all.
fn clear(world: &mut impl World, number: u64, progress: &mut Progress, left: &mut usize) -> bool {
    while let Some(table) = TABLES.get(usize::from(progress.tables)) {
        let after = match progress.left {
            Some(holder) => governance::vote_key(number, holder),
            None => Key::new(*table, number.to_be_bytes()),
        };
        let found = world.next(*table, Some(&after)).filter(|(key, _)| key.number(0) == number);
        let Some((key, value)) = found else {
            progress.tables = progress.tables.saturating_add(1);
            progress.left = None;
            continue;
        };
        let Some(rest) = left.checked_sub(1) else { return false };
        *left = rest;
        if *table == Table::VoteLock && is_kept(world, &value) {
            progress.left = key.bytes().last_chunk().map(|holder| Address(*holder));
        } else {
            world.remove(&key);
        }
    }
    true
}

/// Whether somebody has something to take back.
fn is_kept(world: &mut impl World, value: &[u8]) -> bool {
    HolderVote::read(world, value).is_some_and(|vote| vote.locked > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::governance::Choice;
    use crate::world::Memory;
    use troupe_wire::List;

    fn vote(locked: u128) -> HolderVote {
        HolderVote { choice: Choice::Yes, locked, delegated: List::default() }
    }

    fn holder(number: u64, who: u8) -> Key {
        let mut key = [who; 28];
        key[..8].copy_from_slice(&number.to_be_bytes());
        Key::new(Table::VoteLock, key)
    }

    /// Proposals with votes of nodes, what delegators took from these, and holders, of which each second one locked something.
    fn voted(proposals: &[u64]) -> Memory {
        let mut world = Memory::default();
        for number in proposals {
            for id in 0..5 {
                Choice::Yes.save(&mut world, &Key::pair(Table::Vote, *number, id));
                7u128.save(&mut world, &Key::pair(Table::Overridden, *number, id));
                world.put(&Key::pair(Table::Seen, *number, id), &[]);
            }
            for who in 0..6 {
                vote(u128::from(who % 2)).save(&mut world, &holder(*number, who));
            }
        }
        world
    }

    #[test]
    fn of_a_closed_proposal_what_was_locked_is_left_and_nothing_of_others_is_touched() {
        let mut world = voted(&[6, 7, 8]);
        add(&mut world, 7);
        work(&mut world, 1_000);
        let mut want = voted(&[6, 8]);
        for who in [1, 3, 5] {
            vote(1).save(&mut want, &holder(7, who));
        }
        assert_eq!(world, want);
    }

    #[test]
    fn no_block_looks_at_more_than_it_should() {
        for most in 1..10 {
            let mut world = voted(&[6, 7]);
            add(&mut world, 6);
            add(&mut world, 7);
            let mut blocks = 0;
            while world.next(Table::Closed, None).is_some() {
                let before = world.records.len();
                work(&mut world, most);
                // The two that say what is to be done are not counted.
                assert!(before - world.records.len() <= most + 2);
                blocks += 1;
            }
            assert!(blocks >= 42 / most, "{blocks} of {most}");
            assert_eq!(world.records.len(), 6);
        }
    }
}
