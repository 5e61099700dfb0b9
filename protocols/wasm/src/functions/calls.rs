//! Calls of other contracts, and creations.

use crate::crossing::{Crossing, Seat, Stop, cross};
use crate::host::{Call, CallKind, Creation, Host, Status};
use alloy_primitives::{Bytes, U256};
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

/// What the contract is told.
fn code(status: Status) -> i32 {
    match status {
        Status::Succeeded => 0,
        Status::Reverted => 1,
        Status::Failed => 2,
    }
}

/// Where a call goes and what it takes along.
struct Request {
    kind: CallKind,
    address: i32,
    gas: i64,
    input: i32,
    length: i32,
}

fn request<H: Host>(
    crossing: &mut Crossing<'_, H>,
    request: &Request,
    value: U256,
) -> Result<i32, Stop> {
    if request.kind == CallKind::Call && !value.is_zero() {
        crossing.must_not_be_static()?;
    }
    let address = crossing.address(request.address)?;
    let input = crossing.read(request.input, request.length)?.into();
    let gas = request.gas.cast_unsigned();
    crossing.run.returned = Bytes::new();
    let call = Call { kind: request.kind, address, value, gas, input };
    let called = crossing.run.host.call(&mut crossing.gas, call)?;
    crossing.run.returned = called.output;
    Ok(code(called.status))
}

pub(super) fn call<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    value: i32,
    gas: i64,
    input: i32,
    length: i32,
) -> Result<i32, RuntimeError> {
    let kind = CallKind::Call;
    cross(&mut env, |crossing| {
        let value = crossing.word(value)?;
        request(crossing, &Request { kind, address, gas, input, length }, value)
    })
}

pub(super) fn call_delegate<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    gas: i64,
    input: i32,
    length: i32,
) -> Result<i32, RuntimeError> {
    let kind = CallKind::Delegate;
    cross(&mut env, |crossing| {
        request(crossing, &Request { kind, address, gas, input, length }, U256::ZERO)
    })
}

pub(super) fn call_static<H: Host>(
    mut env: Env<'_, H>,
    address: i32,
    gas: i64,
    input: i32,
    length: i32,
) -> Result<i32, RuntimeError> {
    let kind = CallKind::Static;
    cross(&mut env, |crossing| {
        request(crossing, &Request { kind, address, gas, input, length }, U256::ZERO)
    })
}

fn creation<H: Host>(
    crossing: &mut Crossing<'_, H>,
    creation: Creation,
    to: i32,
) -> Result<i32, Stop> {
    crossing.must_fit(to, 20)?;
    crossing.run.returned = Bytes::new();
    let created = crossing.run.host.create(&mut crossing.gas, creation)?;
    crossing.run.returned = created.output;
    match created.address {
        Ok(address) => {
            crossing.write(to, &address.0)?;
            Ok(code(Status::Succeeded))
        }
        Err(status) => Ok(code(status)),
    }
}

pub(super) fn create<H: Host>(
    mut env: Env<'_, H>,
    value: i32,
    code: i32,
    length: i32,
    to: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let value = crossing.word(value)?;
        let code = crossing.read(code, length)?.into();
        creation(crossing, Creation { value, salt: None, code }, to)
    })
}

pub(super) fn create2<H: Host>(
    mut env: Env<'_, H>,
    value: i32,
    salt: i32,
    code: i32,
    length: i32,
    to: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let (value, salt) = (crossing.word(value)?, crossing.hash(salt)?);
        let code = crossing.read(code, length)?.into();
        creation(crossing, Creation { value, salt: Some(salt), code }, to)
    })
}
