//! Storage under keys of any length, balances, code, the end of a contract.

use crate::crossing::{Crossing, Seat, Stop, cross};
use crate::host::Host;
use crate::outcome::Trap;
use crate::platon::storage::{self, PREFIX, Place, Words};
use crate::prices;
use alloy_primitives::U256;
use troupe_types::Hash;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

impl<H: Host> Words for Crossing<'_, H> {
    type Error = Stop;

    fn load(&mut self, slot: Hash) -> Result<U256, Stop> {
        Ok(self.run.host.storage_load(&mut self.gas, slot)?)
    }

    fn store(&mut self, slot: Hash, value: U256) -> Result<(), Stop> {
        Ok(self.run.host.storage_store(&mut self.gas, slot, value)?)
    }

    fn malformed(&self) -> Stop {
        Trap::Storage.into()
    }
}

/// Where the value of a key in memory lies.
fn place<H: Host>(crossing: &mut Crossing<'_, H>, key: i32, length: i32) -> Result<Place, Stop> {
    let key = crossing.read(key, length)?;
    let prefixed = [PREFIX, &key].concat();
    crossing.pay(prices::by_words(prices::KECCAK, prefixed.len()))?;
    Ok(Place::of(&prefixed))
}

pub(super) fn set_state<H: Host>(
    mut env: Env<'_, H>,
    key: i32,
    key_length: i32,
    value: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let place = place(crossing, key, key_length)?;
        let value = crossing.read(value, length)?;
        storage::set(crossing, place, &value)
    })
}

/// A length, which the first word of a value limits to what has 32 bits; no longer one can be written.
fn told(length: usize) -> Result<i32, Stop> {
    i32::try_from(length).map_err(|_| Trap::Storage.into())
}

pub(super) fn get_state_length<H: Host>(
    mut env: Env<'_, H>,
    key: i32,
    key_length: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let place = place(crossing, key, key_length)?;
        told(storage::find(crossing, place)?.length)
    })
}

/// The length, or -1 where there is not room enough.
pub(super) fn get_state<H: Host>(
    mut env: Env<'_, H>,
    key: i32,
    key_length: i32,
    to: i32,
    room: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let place = place(crossing, key, key_length)?;
        let found = storage::find(crossing, place)?;
        let length = told(found.length)?;
        if found.length > room.cast_unsigned() as usize {
            return Ok(-1);
        }
        crossing.must_fit(to, length)?;
        crossing.pay_copy(found.length)?;
        let bytes = found.read(crossing)?;
        crossing.write(to, &bytes)?;
        Ok(length)
    })
}

pub(super) fn balance<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    to: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let address = crossing.address(address)?;
        let balance = crossing.run.host.balance(&mut crossing.gas, address)?;
        crossing.write_number(to, balance)
    })
}

pub(super) fn caller_nonce<H: Host>(mut env: Env<'_, H>) -> Result<i64, RuntimeError> {
    cross(&mut env, |crossing| {
        let caller = crossing.run.host.context().caller;
        Ok(crossing.run.host.nonce(&mut crossing.gas, caller)?.cast_signed())
    })
}

/// The length, or 0 where there is no code or not room enough.
pub(super) fn contract_code<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    to: i32,
    room: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let address = crossing.address(address)?;
        let code = crossing.run.host.code(&mut crossing.gas, address)?;
        if code.is_empty() || code.len() > room.cast_unsigned() as usize {
            return Ok(0);
        }
        let length = i32::try_from(code.len()).map_err(|_| Trap::Range)?;
        crossing.write_part(&code, to, 0, length)?;
        Ok(length)
    })
}

/// Comes back to the contract, unlike ours.
pub(super) fn destroy<H: Host>(mut env: Env<'_, H>, heir: i32) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let heir = crossing.address(heir)?;
        crossing.run.host.destroy(&mut crossing.gas, heir)?;
        Ok(0)
    })
}
