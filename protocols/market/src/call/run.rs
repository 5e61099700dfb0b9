//! Taking a call.

use super::tasks::Follows;
use super::{abi, data, gas, tasks};
use crate::{Error, Moment, contract};
use alloy_primitives::U256;
use alloy_sol_types::SolError;
use troupe_records::{Call, Error as Unread, LONGEST_INPUT, Meter, OutOfGas, Stop, World, read};

/// Why a call comes to nothing, before anybody asks for bytes.
#[derive(Debug)]
pub(super) enum Failure {
    OutOfGas,
    Static,
    Refused(Error),
}

impl From<OutOfGas> for Failure {
    fn from(_: OutOfGas) -> Self {
        Self::OutOfGas
    }
}

impl From<Error> for Failure {
    fn from(refused: Error) -> Self {
        Self::Refused(refused)
    }
}

impl From<Unread> for Failure {
    fn from(unread: Unread) -> Self {
        Self::Refused(unread.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::OutOfGas => Self::OutOfGas,
            Failure::Static => Self::Static,
            Failure::Refused(refused) => {
                let (code, reason) = (refused.code(), refused.to_string());
                Self::Reverted(abi::TaskMarket::Refused { code, reason }.abi_encode())
            }
        }
    }
}

/// Answers a call: what it returns, or why it comes to nothing. Then whoever called takes back what was written and
/// told, and what was sent.
pub fn call<W: World + Meter + Follows>(world: &mut W, call: &Call<'_>) -> Result<Vec<u8>, Stop> {
    answer(world, call).map_err(Stop::from)
}

/// Answers a call after the call that it [had made](Follows), which has succeeded or not.
pub fn followed<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    has_succeeded: bool,
) -> Result<Vec<u8>, Stop> {
    tasks::followed(world, call, has_succeeded).map_err(Stop::from)
}

fn answer<W: World + Meter + Follows>(world: &mut W, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    world.charge(gas::base(call.contract))?;
    let (got, most) = (call.input.len(), LONGEST_INPUT);
    if got > most {
        return Err(Error::Input { got, most }.into());
    }
    match call.contract {
        contract::DATA => data::answer(world, call, read(call.input)?),
        contract::TASKS => tasks::answer(world, call, read(call.input)?),
        _ => Err(Unread::Function { got }.into()),
    }
}

/// Where the chain is.
pub(super) const fn moment(call: &Call<'_>) -> Moment {
    let Call { chain_id, height, time, .. } = *call;
    Moment { chain_id, height, time }
}

/// Takes the price of a change, which may be none in a call that only asks. What is sent has to be just what the rules take: it
/// goes back to the caller, from whom they take it.
pub(super) fn change<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    (price, want): (u64, u128),
) -> Result<(), Failure> {
    if call.is_static {
        return Err(Failure::Static);
    }
    world.charge(price)?;
    let got = call.value;
    if got != U256::from(want) {
        return Err(Error::Value { got, want }.into());
    }
    if want > 0 {
        world.pay(call.contract, call.caller, want);
    }
    Ok(())
}

/// Takes the price of looking at so many records; nothing is sent with a question.
pub(super) fn question<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    records: u64,
) -> Result<(), Failure> {
    world.charge(records.saturating_mul(gas::RECORD))?;
    if !call.value.is_zero() {
        return Err(Error::Value { got: call.value, want: 0 }.into());
    }
    Ok(())
}

/// What is sent, as the rules count it.
pub(super) fn sent(call: &Call<'_>) -> Result<u128, Failure> {
    let amount = u128::try_from(call.value).unwrap_or(u128::MAX);
    if amount > crate::task::MAX_AMOUNT {
        return Err(Error::Amount { got: amount }.into());
    }
    Ok(amount)
}

/// What a byte of an input costs that is kept.
pub(super) fn kept(call: &Call<'_>) -> u64 {
    gas::KEPT.saturating_mul(call.input.len() as u64)
}
