//! A call from the contract to the host: the fuel becomes gas and becomes fuel again, pointers are
//! checked, copies are paid.

use crate::cost::FUEL_PER_GAS;
use crate::host::{Halt, Host};
use crate::outcome::Trap;
use crate::platon::rlp::trimmed;
use crate::prices;
use alloy_primitives::{Bytes, U256};
use troupe_types::{Address, Hash};
use wasmer::{FunctionEnvMut, Global, Memory, RuntimeError, StoreMut, Value};

/// Gas that fits the fuel of the compiled code; what is beyond waits beside it.
const MOST_GAS: u64 = i64::MAX as u64 / FUEL_PER_GAS - 1;

/// What a running contract has on the engine's side.
pub(crate) struct Run<H> {
    /// The world, until the run is over.
    pub host: H,
    /// What the contract was called with.
    pub input: Bytes,
    /// What it returns.
    pub output: Bytes,
    /// What its last call or creation returned.
    pub returned: Bytes,
    /// Gas beyond what fits the fuel.
    pub beyond: u64,
    /// The fuel and the memory of the instance, once there is one.
    pub instance: Option<(Global, Memory)>,
}

/// Where a run sits in its instance; it is taken out again when the run is over.
pub(crate) struct Seat<H>(pub Option<Run<H>>);

/// Why a function of the host does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("{0}")]
    Halt(#[from] Halt),
    #[error("{0}")]
    Trap(#[from] Trap),
    #[error("reverted")]
    Reverted,
    #[error("the instance has no fuel")]
    NoInstance,
}

/// One call to the host.
pub(crate) struct Crossing<'c, H> {
    pub run: &'c mut Run<H>,
    store: StoreMut<'c>,
    memory: Memory,
    /// All that the contract has left.
    pub gas: u64,
}

/// Gas to give to an instance: what fits, as fuel, and the rest.
pub(crate) fn to_fuel(gas: u64, odd: u64) -> (i64, u64) {
    let fits = gas.min(MOST_GAS);
    let fuel = i64::try_from(fits * FUEL_PER_GAS + odd).expect("MOST_GAS leaves room");
    (fuel, gas - fits)
}

/// Gas in the fuel that is left, and fuel that is no whole gas.
pub(crate) fn to_gas(fuel: i64, beyond: u64) -> (u64, u64) {
    let fuel = u64::try_from(fuel).unwrap_or(0);
    ((fuel / FUEL_PER_GAS).saturating_add(beyond), fuel % FUEL_PER_GAS)
}

/// Answers one call of the contract. The gas is handed back whichever way the call ends.
pub(crate) fn cross<H: Host, T>(
    env: &mut FunctionEnvMut<'_, Seat<H>>,
    answer: impl FnOnce(&mut Crossing<'_, H>) -> Result<T, Stop>,
) -> Result<T, RuntimeError> {
    let (seat, mut store) = env.data_and_store_mut();
    let missing = || RuntimeError::user(Box::new(Stop::NoInstance));
    let run = seat.0.as_mut().ok_or_else(missing)?;
    let (fuel, memory) = run.instance.clone().ok_or_else(missing)?;
    let Value::I64(left) = fuel.get(&mut store) else { return Err(missing()) };
    let (gas, odd) = to_gas(left, run.beyond);
    let mut crossing = Crossing { run, store, memory, gas };
    let answered = crossing.pay(prices::CROSSING).and_then(|()| answer(&mut crossing));
    let (left, beyond) = to_fuel(crossing.gas, odd);
    crossing.run.beyond = beyond;
    fuel.set(&mut crossing.store, Value::I64(left))?;
    answered.map_err(|stop| RuntimeError::user(Box::new(stop)))
}

impl<H: Host> Crossing<'_, H> {
    /// Takes a price off the gas.
    pub(crate) fn pay(&mut self, price: u64) -> Result<(), Stop> {
        match self.gas.checked_sub(price) {
            Some(left) => {
                self.gas = left;
                Ok(())
            }
            None => {
                self.gas = 0;
                Err(Halt::OutOfGas.into())
            }
        }
    }

    /// Takes the price of copying off the gas.
    pub(crate) fn pay_copy(&mut self, bytes: usize) -> Result<(), Stop> {
        self.pay(prices::words(bytes).saturating_mul(prices::COPY_WORD))
    }

    /// Refuses a change in a static call.
    pub(crate) fn must_not_be_static(&self) -> Result<(), Stop> {
        if self.run.host.context().is_static { Err(Trap::Static.into()) } else { Ok(()) }
    }

    /// Looks at a range of the contract's memory before anything is made room for.
    fn range(&self, at: u32, length: u32) -> Result<(u64, usize), Stop> {
        let end = u64::from(at) + u64::from(length);
        let size = self.memory.view(&self.store).data_size();
        if end > size {
            return Err(Trap::Memory.into());
        }
        Ok((u64::from(at), length as usize))
    }

    /// Copies bytes out of the contract's memory, for the price of a copy.
    pub(crate) fn read(&mut self, at: i32, length: i32) -> Result<Vec<u8>, Stop> {
        let (at, length) = self.range(at.cast_unsigned(), length.cast_unsigned())?;
        self.pay_copy(length)?;
        let mut bytes = vec![0; length];
        self.memory.view(&self.store).read(at, &mut bytes).map_err(|_| Trap::Memory)?;
        Ok(bytes)
    }

    /// Copies a fixed number of bytes out of the contract's memory; the crossing has paid for it.
    pub(crate) fn array<const N: usize>(&mut self, at: i32) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        let at = u64::from(at.cast_unsigned());
        self.memory.view(&self.store).read(at, &mut bytes).map_err(|_| Trap::Memory)?;
        Ok(bytes)
    }

    pub(crate) fn hash(&mut self, at: i32) -> Result<Hash, Stop> {
        self.array(at).map(Hash)
    }

    pub(crate) fn address(&mut self, at: i32) -> Result<Address, Stop> {
        self.array(at).map(Address)
    }

    pub(crate) fn word(&mut self, at: i32) -> Result<U256, Stop> {
        self.array::<32>(at).map(U256::from_be_bytes)
    }

    /// A number of any length, most significant byte first; none is zero.
    pub(crate) fn number(&mut self, at: i32, length: i32) -> Result<U256, Stop> {
        let bytes = self.read(at, length)?;
        U256::try_from_be_slice(trimmed(&bytes)).ok_or_else(|| Trap::Size.into())
    }

    /// Writes a number without zeros at its head, and tells how long it is.
    pub(crate) fn write_number(&mut self, at: i32, number: U256) -> Result<i32, Stop> {
        let bytes = number.to_be_bytes::<32>();
        let bytes = trimmed(&bytes);
        self.write(at, bytes)?;
        Ok(i32::try_from(bytes.len()).expect("at most 32"))
    }

    /// Refuses a range that is not in the contract's memory, before its price is known.
    pub(crate) fn must_fit(&self, at: i32, length: i32) -> Result<(), Stop> {
        self.range(at.cast_unsigned(), length.cast_unsigned()).map(drop)
    }

    /// Copies bytes into the contract's memory.
    pub(crate) fn write(&mut self, at: i32, bytes: &[u8]) -> Result<(), Stop> {
        let at = u64::from(at.cast_unsigned());
        self.memory.view(&self.store).write(at, bytes).map_err(|_| Trap::Memory)?;
        Ok(())
    }

    /// Copies a part of something into the contract's memory; beyond its end is a trap.
    pub(crate) fn write_part(
        &mut self,
        source: &Bytes,
        to: i32,
        offset: i32,
        length: i32,
    ) -> Result<(), Stop> {
        let (start, count) = (offset.cast_unsigned() as usize, length.cast_unsigned() as usize);
        let end = start.checked_add(count).ok_or(Trap::Range)?;
        let part = source.get(start..end).ok_or(Trap::Range)?;
        self.pay_copy(count)?;
        self.write(to, part)
    }
}
