//! Input, output, what calls returned, events.

use crate::crossing::{Seat, Stop, cross};
use crate::host::Host;
use crate::outcome::Trap;
use crate::prices;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

/// Topics of one event. Yellow paper, LOG4
pub(super) const TOPICS: u32 = 4;

/// A length that the contract is told; nothing longer than its memory could hold is ever handed in.
pub(super) fn size(length: usize) -> Result<i32, Stop> {
    i32::try_from(length).map_err(|_| Trap::Range.into())
}

pub(super) fn input_size<H: Host>(mut env: Env<'_, H>) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| size(crossing.run.input.len()))
}

pub(super) fn input_copy<H: Host>(
    mut env: Env<'_, H>,
    to: i32,
    offset: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let input = crossing.run.input.clone();
        crossing.write_part(&input, to, offset, length)
    })
}

pub(super) fn output_set<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.run.output = crossing.read(from, length)?.into();
        Ok(())
    })
}

/// As setting the output and returning 1, from within any function. Comes back to the contract never.
pub(super) fn revert<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.run.output = crossing.read(from, length)?.into();
        Err(Stop::Reverted)
    })
}

pub(super) fn returned_size<H: Host>(mut env: Env<'_, H>) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| size(crossing.run.returned.len()))
}

pub(super) fn returned_copy<H: Host>(
    mut env: Env<'_, H>,
    to: i32,
    offset: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let returned = crossing.run.returned.clone();
        crossing.write_part(&returned, to, offset, length)
    })
}

pub(super) fn log<H: Host>(
    mut env: Env<'_, H>,
    topics: i32,
    count: i32,
    data: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let count = count.cast_unsigned();
        if count > TOPICS {
            return Err(Trap::Topics.into());
        }
        let mut taken = Vec::new();
        for at in 0..count {
            let place = topics.cast_unsigned().checked_add(32 * at).ok_or(Trap::Memory)?;
            taken.push(crossing.hash(place.cast_signed())?);
        }
        let data = crossing.read(data, length)?.into();
        Ok(crossing.run.host.log(&mut crossing.gas, taken, data)?)
    })
}

pub(super) fn debug<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let bytes = crossing.read(from, length)?;
        crossing.pay(prices::words(bytes.len()).saturating_mul(prices::DEBUG_WORD))?;
        crossing.run.host.debug(&String::from_utf8_lossy(&bytes));
        Ok(())
    })
}
