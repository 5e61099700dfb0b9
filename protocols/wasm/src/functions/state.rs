//! Storage, balances and code of accounts, hashes of blocks, the end of a contract.

use crate::crossing::{Seat, cross};
use crate::host::{Halt, Host};
use crate::outcome::Trap;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

/// Bytes of a word.
const WORD: i32 = 32;

pub(super) fn storage_load<H: Host>(
    mut env: Env<'_, H>,
    key: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let key = crossing.hash(key)?;
        crossing.must_fit(to, WORD)?;
        let value = crossing.run.host.storage_load(&mut crossing.gas, key)?;
        crossing.write(to, &value.to_be_bytes::<32>())
    })
}

pub(super) fn storage_store<H: Host>(
    mut env: Env<'_, H>,
    key: i32,
    from: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let (key, value) = (crossing.hash(key)?, crossing.word(from)?);
        Ok(crossing.run.host.storage_store(&mut crossing.gas, key, value)?)
    })
}

pub(super) fn transient_load<H: Host>(
    mut env: Env<'_, H>,
    key: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let key = crossing.hash(key)?;
        crossing.must_fit(to, WORD)?;
        let value = crossing.run.host.transient_load(&mut crossing.gas, key)?;
        crossing.write(to, &value.to_be_bytes::<32>())
    })
}

pub(super) fn transient_store<H: Host>(
    mut env: Env<'_, H>,
    key: i32,
    from: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let (key, value) = (crossing.hash(key)?, crossing.word(from)?);
        Ok(crossing.run.host.transient_store(&mut crossing.gas, key, value)?)
    })
}

pub(super) fn balance<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let address = crossing.address(address)?;
        crossing.must_fit(to, WORD)?;
        let balance = crossing.run.host.balance(&mut crossing.gas, address)?;
        crossing.write(to, &balance.to_be_bytes::<32>())
    })
}

pub(super) fn code_size<H: Host>(mut env: Env<'_, H>, address: i32) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let address = crossing.address(address)?;
        let code = crossing.run.host.code(&mut crossing.gas, address)?;
        i32::try_from(code.len()).map_err(|_| Trap::Range.into())
    })
}

pub(super) fn code_hash<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let address = crossing.address(address)?;
        crossing.must_fit(to, WORD)?;
        let hash = crossing.run.host.code_hash(&mut crossing.gas, address)?;
        crossing.write(to, &hash.0)
    })
}

/// Beyond the end of the code there are zeros, as for the EVM.
pub(super) fn code_copy<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    to: i32,
    offset: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let address = crossing.address(address)?;
        crossing.must_fit(to, length)?;
        let length = length.cast_unsigned() as usize;
        crossing.pay_copy(length)?;
        let code = crossing.run.host.code(&mut crossing.gas, address)?;
        let start = (offset.cast_unsigned() as usize).min(code.len());
        let end = start.saturating_add(length).min(code.len());
        let mut part = code[start..end].to_vec();
        part.resize(length, 0);
        crossing.write(to, &part)
    })
}

pub(super) fn block_hash<H: Host>(
    mut env: Env<'_, H>,
    height: i64,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_fit(to, WORD)?;
        let hash = crossing.run.host.block_hash(&mut crossing.gas, height.cast_unsigned())?;
        crossing.write(to, &hash.0)
    })
}

/// Comes back to the contract never.
pub(super) fn destroy<H: Host>(mut env: Env<'_, H>, heir: i32) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let heir = crossing.address(heir)?;
        crossing.run.host.destroy(&mut crossing.gas, heir)?;
        Err(Halt::Destroyed.into())
    })
}
