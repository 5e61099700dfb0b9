//! Hashes, signatures and RLP: functions of their arguments, which the engine computes itself.

use super::super::crypto::recover;
use crate::crossing::{Crossing, Seat, Stop, cross};
use crate::host::Host;
use crate::outcome::Trap;
use crate::platon::rlp;
use crate::prices;
use ripemd::{Digest, Ripemd160};
use troupe_crypto::hash::keccak256;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

pub(super) fn sha3<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
    to: i32,
    room: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        if room.cast_unsigned() < 32 {
            return Err(Trap::Size.into());
        }
        crossing.must_fit(to, 32)?;
        crossing.pay(prices::by_words(prices::KECCAK, length.cast_unsigned() as usize))?;
        let bytes = crossing.read(from, length)?;
        crossing.write(to, &keccak256(bytes).0)
    })
}

pub(super) fn ripemd160<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_fit(to, 20)?;
        crossing.pay(prices::by_words(prices::RIPEMD160, length.cast_unsigned() as usize))?;
        let bytes = crossing.read(from, length)?;
        crossing.write(to, &Ripemd160::digest(bytes))
    })
}

/// A signature is r, s and 0 or 1; 0, or -1 where nobody signed.
pub(super) fn ecrecover<H: Host>(
    mut env: Env<'_, H>,
    digest: i32,
    signature: i32,
    length: i32,
    to: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.pay(prices::ECRECOVER)?;
        let digest = crossing.hash(digest)?;
        crossing.must_fit(signature, length)?;
        crossing.must_fit(to, 20)?;
        if length != 65 {
            return Ok(-1);
        }
        let signature = crossing.array::<65>(signature)?;
        let signer = if signature[64] < 2 { recover(digest, &signature) } else { None };
        match signer {
            Some(address) => {
                crossing.write(to, &address.0)?;
                Ok(0)
            }
            None => Ok(-1),
        }
    })
}

/// A number's two halves.
fn whole(high: i64, low: i64) -> u128 {
    u128::from(high.cast_unsigned()) << 64 | u128::from(low.cast_unsigned())
}

/// A length that fits what the contract can be told.
fn told(length: u64) -> Result<i32, Stop> {
    let length = u32::try_from(length).map_err(|_| Trap::Size)?;
    Ok(length.cast_signed())
}

pub(super) fn u128_size<H: Host>(
    mut env: Env<'_, H>,
    high: i64,
    low: i64,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |_| told(rlp::number(whole(high, low)).len() as u64))
}

pub(super) fn u128<H: Host>(
    mut env: Env<'_, H>,
    high: i64,
    low: i64,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| crossing.write(to, &rlp::number(whole(high, low))))
}

/// Writes bytes of the contract's memory elsewhere in it, with something before them.
fn framed<H: Host>(
    crossing: &mut Crossing<'_, H>,
    bytes: &[u8],
    before: &[u8],
    to: i32,
) -> Result<(), Stop> {
    let framed = [before, bytes].concat();
    crossing.pay_copy(framed.len())?;
    crossing.write(to, &framed)
}

pub(super) fn bytes_size<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let first = if length == 1 { crossing.array::<1>(from)?[0] } else { 0 };
        let length = u64::from(length.cast_unsigned());
        told(length + rlp::before_string(length, first).len() as u64)
    })
}

pub(super) fn bytes<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let bytes = crossing.read(from, length)?;
        let first = bytes.first().copied().unwrap_or_default();
        let before = rlp::before_string(bytes.len() as u64, first);
        framed(crossing, &bytes, &before, to)
    })
}

pub(super) fn list_size<H: Host>(mut env: Env<'_, H>, length: i32) -> Result<i32, RuntimeError> {
    cross(&mut env, |_| {
        let length = u64::from(length.cast_unsigned());
        told(length + rlp::before_list(length).len() as u64)
    })
}

pub(super) fn list<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let items = crossing.read(from, length)?;
        framed(crossing, &items, &rlp::before_list(items.len() as u64), to)
    })
}
