//! The surroundings of the call: words and numbers that do not change while it runs.

use crate::crossing::{Seat, cross};
use crate::host::Host;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

/// Functions that write some bytes of the context to where the contract wants them.
macro_rules! writes {
    ($($name:ident => |$context:ident| $bytes:expr),* $(,)?) => {$(
        pub(super) fn $name<H: Host>(mut env: Env<'_, H>, to: i32) -> Result<(), RuntimeError> {
            cross(&mut env, |crossing| {
                let $context = crossing.run.host.context();
                let bytes = $bytes;
                crossing.write(to, &bytes)
            })
        }
    )*};
}

writes! {
    address => |context| context.address.0,
    caller => |context| context.caller.0,
    origin => |context| context.origin.0,
    coinbase => |context| context.coinbase.0,
    value => |context| context.value.to_be_bytes::<32>(),
    gas_price => |context| context.gas_price.to_be_bytes::<32>(),
    base_fee => |context| context.base_fee.to_be_bytes::<32>(),
    randomness => |context| context.randomness.0,
}

/// Functions that return a number of the context.
macro_rules! returns {
    ($($name:ident => |$context:ident| $number:expr),* $(,)?) => {$(
        pub(super) fn $name<H: Host>(mut env: Env<'_, H>) -> Result<i64, RuntimeError> {
            cross(&mut env, |crossing| {
                let $context = crossing.run.host.context();
                Ok(u64::cast_signed($number))
            })
        }
    )*};
}

returns! {
    height => |context| context.height,
    time => |context| context.time_millis / 1_000,
    time_millis => |context| context.time_millis,
    gas_limit => |context| context.gas_limit,
    chain_id => |context| context.chain_id,
}

/// What is left after this crossing.
pub(super) fn gas_left<H: Host>(mut env: Env<'_, H>) -> Result<i64, RuntimeError> {
    cross(&mut env, |crossing| Ok(crossing.gas.cast_signed()))
}
