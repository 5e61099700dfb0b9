//! Contracts that a contract makes: others, and the one that succeeds it.

use super::calls::{Range, gas};
use crate::crossing::{Crossing, Seat, Stop, cross};
use crate::host::{Born, Host, Offspring, Role};
use crate::outcome::Trap;
use crate::platon::platon_deployment;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

/// The contract is told that nothing was begun, and goes on.
const NOT_BEGUN: i32 = -1;

/// What a contract says of a new one, beside its code.
struct Wish {
    role: Role,
    to: i32,
    value: Range,
    gas: Range,
}

/// A constructor that reverts or fails takes the contract that made it along.
fn bear<H: Host>(crossing: &mut Crossing<'_, H>, wish: &Wish, code: Vec<u8>) -> Result<i32, Stop> {
    crossing.must_not_be_static()?;
    crossing.must_fit(wish.to, 20)?;
    let value = crossing.number(wish.value.0, wish.value.1)?;
    let gas = gas(crossing, wish.gas)?;
    let offspring = Offspring { role: wish.role, value, code: code.into(), gas };
    match crossing.run.host.bear(&mut crossing.gas, offspring)? {
        Born::At(address) => {
            crossing.write(wish.to, &address.0)?;
            Ok(0)
        }
        Born::NotBegun => Ok(NOT_BEGUN),
        Born::Reverted(output) => {
            crossing.run.output = output;
            Err(Stop::Reverted)
        }
        Born::Failed => Err(Trap::Creation.into()),
    }
}

/// Creation data with the code of a contract that is there, and a constructor's call; `None` where there is
/// no code.
fn copied<H: Host>(
    crossing: &mut Crossing<'_, H>,
    address: i32,
    call: Range,
) -> Result<Option<Vec<u8>>, Stop> {
    crossing.must_not_be_static()?;
    let address = crossing.address(address)?;
    let code = crossing.run.host.code(&mut crossing.gas, address)?;
    if code.is_empty() {
        return Ok(None);
    }
    crossing.pay_copy(code.len())?;
    let call = crossing.read(call.0, call.1)?;
    Ok(Some(platon_deployment(&code, &call)))
}

/// Contracts of code that the contract has.
macro_rules! new {
    ($($name:ident => $role:expr),* $(,)?) => {$(
        #[expect(clippy::too_many_arguments, reason = "the convention has them")]
        pub(super) fn $name<H: Host>(
            mut env: Env<'_, H>,
            to: i32,
            data: i32,
            length: i32,
            value: i32,
            value_length: i32,
            most: i32,
            most_length: i32,
        ) -> Result<i32, RuntimeError> {
            let (value, gas) = (Range(value, value_length), Range(most, most_length));
            let wish = Wish { role: $role, to, value, gas };
            cross(&mut env, |crossing| {
                let code = crossing.read(data, length)?;
                bear(crossing, &wish, code)
            })
        }
    )*};
}

new! {
    deploy => Role::Child,
    migrate => Role::Successor,
}

/// Contracts of the code of another one.
macro_rules! copy {
    ($($name:ident => $role:expr),* $(,)?) => {$(
        #[expect(clippy::too_many_arguments, reason = "the convention has them")]
        pub(super) fn $name<H: Host>(
            mut env: Env<'_, H>,
            of: i32,
            to: i32,
            call: i32,
            length: i32,
            value: i32,
            value_length: i32,
            most: i32,
            most_length: i32,
        ) -> Result<i32, RuntimeError> {
            let (value, gas) = (Range(value, value_length), Range(most, most_length));
            let wish = Wish { role: $role, to, value, gas };
            cross(&mut env, |crossing| match copied(crossing, of, Range(call, length))? {
                Some(code) => bear(crossing, &wish, code),
                None => Ok(NOT_BEGUN),
            })
        }
    )*};
}

copy! {
    clone => Role::Child,
    clone_migrate => Role::Successor,
}
