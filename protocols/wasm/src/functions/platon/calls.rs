//! Calls of other contracts.

use crate::crossing::{Crossing, Seat, Stop, cross};
use crate::host::{Call, CallKind, Called, Host, Status};
use alloy_primitives::{Bytes, U256};
use troupe_types::Address;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

/// Bytes in the contract's memory.
#[derive(Clone, Copy)]
pub(super) struct Range(pub(super) i32, pub(super) i32);

/// Gas that a contract gives: a number of any length, of which zero stands for all.
pub(super) fn gas<H: Host>(crossing: &mut Crossing<'_, H>, range: Range) -> Result<u64, Stop> {
    let gas = crossing.number(range.0, range.1)?;
    Ok(if gas.is_zero() { u64::MAX } else { u64::try_from(gas).unwrap_or(u64::MAX) })
}

/// What the contract is told: it succeeded, or not.
const fn code(status: Status) -> i32 {
    match status {
        Status::Succeeded => 0,
        Status::Reverted | Status::Failed => -1,
    }
}

/// Where a call goes and what it takes along.
struct Request {
    kind: CallKind,
    address: Address,
    value: U256,
    gas: u64,
    input: Bytes,
}

fn request<H: Host>(crossing: &mut Crossing<'_, H>, request: Request) -> Result<Called, Stop> {
    let Request { kind, address, value, gas, input } = request;
    if !value.is_zero() {
        crossing.must_not_be_static()?;
    }
    let call = Call { kind, address, value, gas, input };
    Ok(crossing.run.host.call(&mut crossing.gas, call)?)
}

/// Calls and keeps what came back for `platon_get_call_output`.
fn answer<H: Host>(crossing: &mut Crossing<'_, H>, asked: Request) -> Result<i32, Stop> {
    crossing.run.returned = Bytes::new();
    let called = request(crossing, asked)?;
    crossing.run.returned = called.output;
    Ok(code(called.status))
}

/// A call without input and with all the gas; what it returns is dropped.
pub(super) fn transfer<H: Host>(
    mut env: Env<'_, H>,
    to: i32,
    value: i32,
    value_length: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let (address, value) = (crossing.address(to)?, crossing.number(value, value_length)?);
        let (kind, gas, input) = (CallKind::Call, u64::MAX, Bytes::new());
        let called = request(crossing, Request { kind, address, value, gas, input })?;
        Ok(code(called.status))
    })
}

#[expect(clippy::too_many_arguments, reason = "the convention has them")]
pub(super) fn call<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    input: i32,
    input_length: i32,
    value: i32,
    value_length: i32,
    most: i32,
    most_length: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let address = crossing.address(address)?;
        let input = crossing.read(input, input_length)?.into();
        let value = crossing.number(value, value_length)?;
        let gas = gas(crossing, Range(most, most_length))?;
        answer(crossing, Request { kind: CallKind::Call, address, value, gas, input })
    })
}

/// Calls without a value.
macro_rules! valueless {
    ($($name:ident => $kind:expr),* $(,)?) => {$(
        pub(super) fn $name<H: Host>(
            mut env: Env<'_, H>,
            address: i32,
            input: i32,
            input_length: i32,
            most: i32,
            most_length: i32,
        ) -> Result<i32, RuntimeError> {
            cross(&mut env, |crossing| {
                let address = crossing.address(address)?;
                let input = crossing.read(input, input_length)?.into();
                let gas = gas(crossing, Range(most, most_length))?;
                let (kind, value) = ($kind, U256::ZERO);
                answer(crossing, Request { kind, address, value, gas, input })
            })
        }
    )*};
}

valueless! {
    delegate_call => CallKind::Delegate,
    static_call => CallKind::Static,
}
