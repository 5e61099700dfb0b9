//! Telling the contract that declared a task how it ended.
//!
//! The task ends as any other one; that it is told is another thing, and done afterwards by a transaction of anybody, who gets what
//! the contract put up for it. So nothing that the contract does can hold up a task, and it costs no block more than transactions do.

use super::declare::declare;
use super::{Declaration, End, MAX_AMOUNT, Phase, Task};
use crate::money::{pay, take};
use crate::{Error, Event, Moment};
use alloy_sol_types::{SolCall, sol};
use bincode::{Decode, Encode};
use troupe_records::{Key, Stored, Table, World};
use troupe_types::{Address, Hash};

/// The most gas that a callback may use.
pub const MOST_GAS: u64 = 2_000_000;
/// What the transaction uses at most that brings it about, besides.
pub const DELIVERY: u64 = 64_000;

sol!("../../clients/abi/TaskReceiver.sol");

/// What a contract wants done when its task is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Callback {
    /// What the call may use.
    pub gas: u64,
    /// What whoever brings it about gets, in von. It is held until then.
    pub tip: u128,
}

/// A call of the contract that declared a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who is called.
    pub to: Address,
    /// With what.
    pub input: Vec<u8>,
    /// What it may use.
    pub gas: u64,
}

fn key(number: u64) -> Key {
    Key::new(Table::TaskCall, number.to_be_bytes())
}

impl Callback {
    /// What is still to be done for a task.
    pub fn of(world: &mut impl World, number: u64) -> Option<Self> {
        Self::load(world, &key(number))
    }

    /// Whether whoever brings it about loses nothing by it, whatever the contract does, at a price of gas in von.
    #[must_use]
    pub const fn is_worth_it(&self, price: u128) -> bool {
        let gas = self.gas.saturating_add(DELIVERY) as u128;
        self.tip >= price.saturating_mul(gas)
    }
}

/// Declares a task whose sender is called when it is over.
pub fn declare_with(
    world: &mut impl World,
    sender: Address,
    wanted: Declaration,
    callback: Callback,
    now: &Moment,
) -> Result<u64, Error> {
    if callback.gas == 0 || callback.gas > MOST_GAS {
        return Err(Error::Declaration {
            what: "a callback without gas, or with more than 2,000,000",
        });
    }
    if callback.tip > MAX_AMOUNT {
        return Err(Error::Amount { got: callback.tip });
    }
    let number = declare(world, sender, wanted, now)?;
    take(world, sender, callback.tip)?;
    callback.save(world, &key(number));
    Ok(number)
}

/// Pays who brings a callback about, and gives the call that is to be made: once, whatever comes of it.
pub fn deliver(world: &mut impl World, caller: Address, number: u64) -> Result<Delivery, Error> {
    let task = Task::of(world, number).ok_or(Error::NoTask { task: number })?;
    let Some(ending) = task.ending.filter(|_| task.phase == Phase::Ended) else {
        return Err(Error::Phase { got: task.phase });
    };
    let callback = Callback::of(world, number).ok_or(Error::NoCallback)?;
    // Before anything of somebody else runs.
    world.remove(&key(number));
    pay(world, caller, callback.tip);
    let said = task.seats.first().and_then(|seat| seat.word.done());
    let result = match (ending.end, said) {
        (End::Paid, Some((result, _))) => result,
        (_, _) => Hash::default(),
    };
    let told = TaskReceiver::onTaskCall {
        task: alloy_primitives::U256::from(number),
        ending: ending.end as u8,
        result: result.0.into(),
    };
    Ok(Delivery { to: task.sender, input: told.abi_encode(), gas: callback.gas })
}

/// A callback was made.
pub fn delivered(world: &mut impl World, by: Address, number: u64, has_succeeded: bool) {
    world.log(Event::Delivered { task: number, by, has_succeeded }.into());
}
