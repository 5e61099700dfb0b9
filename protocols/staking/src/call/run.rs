//! Taking a call.

use super::perform::is_called;
use super::refused::Failure;
use super::{Call, LONGEST_INPUT, Outside, Refused, Stop, gas, platon, solidity};
use crate::world::World;

/// Answers a call: what it returns, or why it comes to nothing. Then whoever called takes back what was written and
/// told, and what was sent.
pub fn call<W: World + Outside>(world: &mut W, call: &Call<'_>) -> Result<Vec<u8>, Stop> {
    answer(world, call).map_err(Stop::from)
}

fn answer<W: World + Outside>(world: &mut W, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    world.charge(gas::base(call.contract))?;
    let (got, most) = (call.input.len(), LONGEST_INPUT);
    if !is_called(call.contract) {
        return Err(Refused::Function { got }.into());
    }
    if got > most {
        return Err(Refused::Input { got, most }.into());
    }
    match platon::function(call.input) {
        Some((code, arguments)) => platon::answer(world, call, code, arguments),
        None => solidity::answer(world, call),
    }
}
