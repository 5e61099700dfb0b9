//! Reading calls, and who answers them.

use super::super::refused::Failure;
use super::super::{Call, Outside, Refused, abi};
use super::{governance, rewards, slashing, staking};
use crate::contract;
use crate::world::World;
use troupe_records::read;

/// Reads a call and answers it.
pub(in super::super) fn answer<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
) -> Result<Vec<u8>, Failure> {
    match call.contract {
        contract::RESTRICTING => rewards::restricting(world, call, read(call.input)?),
        contract::STAKING => staking::answer(world, call, read(call.input)?),
        contract::SLASHING => slashing::answer(world, call, read(call.input)?),
        contract::GOVERNANCE => governance::answer(world, call, read(call.input)?),
        contract::DELEGATE_REWARD => rewards::delegate_reward(world, call, read(call.input)?),
        _ => Err(Refused::Function { got: call.input.len() }.into()),
    }
}

/// Nothing is sent with a question.
pub(super) fn question(call: &Call<'_>) -> Result<(), Refused> {
    if call.value.is_zero() { Ok(()) } else { Err(Refused::Value { got: call.value, want: 0 }) }
}

/// How a call of PlatON's form begins that names one of its functions: a list with a length of up to three bytes, and in it the
/// three bytes of a number between 256 and 65,535.
const fn may_be_a_list(selector: [u8; 4]) -> bool {
    let [first, second, third, last] = selector;
    match first {
        0xc0..=0xf7 => second == 0x83 && third == 0x82,
        0xf8 => third == 0x83 && last == 0x82,
        0xf9 => last == 0x83,
        0xfa..=0xff => true,
        _ => false,
    }
}

const fn are_apart(selectors: &[[u8; 4]]) -> bool {
    let mut at = 0;
    while at < selectors.len() {
        if may_be_a_list(selectors[at]) {
            return false;
        }
        at += 1;
    }
    true
}

const _: () = {
    assert!(are_apart(abi::Restricting::RestrictingCalls::SELECTORS));
    assert!(are_apart(abi::Staking::StakingCalls::SELECTORS));
    assert!(are_apart(abi::Slashing::SlashingCalls::SELECTORS));
    assert!(are_apart(abi::Governance::GovernanceCalls::SELECTORS));
    assert!(are_apart(abi::DelegateReward::DelegateRewardCalls::SELECTORS));
};
