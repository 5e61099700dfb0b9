//! The contracts of the market, as the machine calls them, and what the chain does for them.

use crate::called::{self, Besides, Called};
use crate::economy::Economy;
use crate::founding::put_records;
use crate::hooks::Facts;
use alloy_primitives::{Bytes, U256};
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::state::StateView;
use troupe_market::contract::{DATA, TASKS};
use troupe_market::task::Delivery;
use troupe_market::{Moment, Rules, block, call};
use troupe_records::{Call, Memory, OutOfGas, World as _};
use troupe_types::{Address, Hash};
use troupe_vm::{Executor, Follow, Native, NativeCall, NativeHost, Observer, Refusal, Vm};

/// Gives a chain a market.
#[must_use]
pub fn found_market(mut genesis: Genesis, rules: &Rules) -> Genesis {
    let mut world = Memory::default();
    rules.lay_down(&mut world);
    put_records(genesis.alloc.entry(TASKS).or_default(), &world);
    genesis
}

/// What executions share on a chain: where its genesis begins a market, with the contracts of that.
pub(crate) fn join(vm: Vm, genesis: &Genesis) -> Vm {
    let records = genesis.alloc.get(&TASKS);
    if records.is_none_or(|records| records.storage.is_empty()) {
        return vm;
    }
    let native: Arc<dyn Native> = Arc::new(Contracts);
    [DATA, TASKS].into_iter().fold(vm, |vm, address| vm.with(address, Arc::clone(&native)))
}

struct Contracts;

impl Native for Contracts {
    fn call(&self, host: &mut NativeHost<'_>, asked: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        called::answer(host, asked, TASKS, Nothing, |world, asked| call::call(world, asked))
    }

    fn followed(
        &self,
        host: &mut NativeHost<'_>,
        asked: &NativeCall<'_>,
        has_succeeded: bool,
    ) -> Result<Bytes, Refusal> {
        let told = |world: &mut Called<'_, '_, Nothing>, asked: &Call<'_>| {
            call::followed(world, asked, has_succeeded)
        };
        called::answer(host, asked, TASKS, Nothing, told)
    }
}

impl call::Follows for Called<'_, '_, Nothing> {
    fn follow(&mut self, delivery: Delivery) -> Result<(), OutOfGas> {
        let Delivery { to, input, gas } = delivery;
        // Nothing but gas can be missing in a call that may change something.
        self.host.follow(Follow { to, input: input.into(), gas }).map_err(|_| OutOfGas)
    }
}

struct Nothing;

impl Besides for Nothing {
    fn first(self) -> Vec<(Address, Vec<u8>)> {
        Vec::new()
    }
}

/// Does something in the name of a market, if there is one.
fn work<V, O>(executor: &mut Executor<V, O>, work: impl FnOnce(&mut Economy<'_, '_>, u64))
where
    V: StateView + Send + 'static,
    O: Observer,
{
    executor.work(TASKS, |free| {
        let is_callable = free.env().vm.has(&TASKS);
        let chain_id = free.env().chain_id;
        let mut world = Economy(free);
        if Rules::of(&mut world).is_none() {
            return;
        }
        if !is_callable {
            world.broken("the contracts of the market are not at hand");
        }
        work(&mut world, chain_id);
    });
}

/// Begins a block: counts it if a view begins with it.
pub(crate) fn begin<V, O>(executor: &mut Executor<V, O>, facts: &Facts<'_>)
where
    V: StateView + Send + 'static,
    O: Observer,
{
    if facts.header.index == 0 {
        work(executor, |world, _| block::begin(world, true));
    }
}

/// Ends a block: elects parties of tasks by the word of the view, and ends what is overdue.
pub(crate) fn end<V, O>(executor: &mut Executor<V, O>, facts: &Facts<'_>, word: U256)
where
    V: StateView + Send + 'static,
    O: Observer,
{
    let (height, time) = (facts.header.height, facts.parent_time);
    let word = Hash(word.to_be_bytes());
    work(executor, |world, chain_id| {
        let now = Moment { chain_id, height, time };
        block::end(world, &block::Facts { now, word });
    });
}
