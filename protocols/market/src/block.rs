//! What a block does before its first transaction and after its last one.

use crate::counters::count;
use crate::{Moment, Rules, task};
use troupe_records::World;
use troupe_types::Hash;

/// So many deadlines are looked at in the end of a block.
const DEADLINES: usize = 64;
/// So many tasks get parties in the end of a block. Others wait for the next one.
const ELECTIONS: usize = 8;

/// Which block it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Where the chain is.
    pub now: Moment,
    /// The word of the first block of its view.
    pub word: Hash,
}

/// What comes before the first transaction: views are counted, so that whoever knows the word of this one is in it.
pub fn begin(world: &mut impl World, is_first_of_view: bool) {
    if is_first_of_view && Rules::of(world).is_some() {
        count(world, |counters| &mut counters.views);
    }
}

/// What comes after the last transaction: deadlines that have passed, and elections.
pub fn end(world: &mut impl World, facts: &Facts) {
    if Rules::of(world).is_none() {
        return;
    }
    task::pass(world, &facts.now, DEADLINES);
    task::draw(world, facts.word, &facts.now, ELECTIONS);
}
