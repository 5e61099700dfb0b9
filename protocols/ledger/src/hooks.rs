//! What the chain itself does in a block, before the first transaction and after the last one.
//!
//! No transaction is charged for it and no receipt tells of it, but the state root holds it. Whoever executes a
//! block, for whatever reason, goes through here: to vote on it, to make it, to show how it went.

use crate::economy::Economy;
use crate::evidence::Offences;
use alloy_primitives::U256;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_chain::state::StateView;
use troupe_staking::block;
use troupe_staking::call::Offence;
pub use troupe_staking::contract::SLASHING;
use troupe_staking::contract::STAKING;
use troupe_staking::world::World as _;
use troupe_staking::{Constitution, slash, stake};
use troupe_types::{Hash, UnixMillis};
use troupe_vm::{Error, Executor, Observer, RANDOMNESS, remembered, word_of_view};

/// What the chain goes by.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The block's header, as far as it is known before its transactions are executed: not its roots, its gas,
    /// its bloom, nor the term that it elects.
    pub header: &'a Header,
    /// When the block before was made.
    pub parent_time: UnixMillis,
    /// What the block's evidence proves.
    pub offences: &'a Offences,
}

impl Facts<'_> {
    fn of_block(&self, output: Hash) -> block::Facts {
        let Header { height, epoch: round, view, coinbase, .. } = *self.header;
        let parent_time = self.parent_time;
        block::Facts { height, round, view, coinbase, parent_time, output }
    }
}

/// Begins a block, before its first transaction: records offences and punishes them, counts the block for its proposer,
/// remembers the block's word. An error says that the state could not be read.
pub fn begin<V, O>(executor: &mut Executor<V, O>, facts: &Facts<'_>) -> Result<(), Error>
where
    V: StateView + Send + 'static,
    O: Observer,
{
    let height = facts.header.height;
    for slot in facts.offences.keys() {
        executor.write(SLASHING, *slot, U256::from(height.0));
    }
    let output = executor.env().randomness;
    for (slot, value) in remembered(height, output) {
        executor.write(RANDOMNESS, slot, value);
    }
    // Consensus sees to it that the first block of a view, and no other, has this number.
    if facts.header.index == 0 {
        executor.write(RANDOMNESS, word_of_view(), U256::from_be_bytes(output.0));
    }
    executor.work(STAKING, |free| {
        let is_callable = free.env().vm.has(&STAKING);
        let mut world = Economy(free);
        if Constitution::of(&mut world).is_none() {
            return;
        }
        if !is_callable {
            // Its transactions would do nothing here, and something elsewhere.
            world.broken("the contracts of the economy are not at hand");
        }
        let mut offenders = Vec::with_capacity(facts.offences.len());
        for offender in facts.offences.values() {
            let offence = Offence { vote_key: offender.key.0, round: offender.epoch };
            if slash::remember(&mut world, &offence, offender.view) {
                offenders.extend(stake::by_vote_key(&mut world, &offence.vote_key));
            }
        }
        block::begin(&mut world, &facts.of_block(output), &offenders);
    });
    crate::market::begin(executor, facts);
    executor.check()
}

/// Ends a block, after its last transaction. Gives the validators that stakes elect in it, if they do. An error says that
/// the state could not be read.
pub fn end<V, O>(executor: &mut Executor<V, O>, facts: &Facts<'_>) -> Result<Option<Roster>, Error>
where
    V: StateView + Send + 'static,
    O: Observer,
{
    // Not the block's own: how many blocks a proposer makes in a view would be his choice among elections.
    let word = executor.work(RANDOMNESS, |free| free.word(word_of_view()));
    let output = Hash(word.to_be_bytes());
    crate::market::end(executor, facts, word);
    let elected =
        executor.work(STAKING, |free| block::end(&mut Economy(free), &facts.of_block(output)));
    executor.check()?;
    Ok(elected.as_ref().map(crate::economy::roster))
}
