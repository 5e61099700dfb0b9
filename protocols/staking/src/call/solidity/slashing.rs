//! Evidence.

use super::super::abi::Slashing;
use super::super::perform::{Payment, perform};
use super::super::refused::Failure;
use super::super::wish::{Done, Wish};
use super::super::{Call, Offence, Outside, Refused, gas};
use crate::world::World;
use Slashing::SlashingCalls;
use alloy_sol_types::SolCall;
use troupe_types::Epoch;

pub(super) fn answer<W: World + Outside>(
    world: &mut W,
    call: &Call<'_>,
    asked: SlashingCalls,
) -> Result<Vec<u8>, Failure> {
    match asked {
        SlashingCalls::reportDuplicateSign(asked) => {
            let wish = Wish::Report { evidence: asked.evidence.into() };
            let Done::Punished(lost) = perform(world, call, Payment::Sent, wish)? else {
                return Ok(Vec::new());
            };
            Ok(Slashing::reportDuplicateSignCall::abi_encode_returns(&lost))
        }
        SlashingCalls::isPunished(asked) => {
            super::answer::question(call)?;
            world.charge(gas::RECORD)?;
            let got = asked.voteKey.len();
            let vote_key = <[u8; 48]>::try_from(asked.voteKey.as_ref());
            let no_key = |_| Refused::Arguments(format!("a vote key of {got} bytes, not 48"));
            let offence =
                Offence { vote_key: vote_key.map_err(no_key)?, round: Epoch(asked.round) };
            let is_punished = world.is_punished(&offence);
            Ok(Slashing::isPunishedCall::abi_encode_returns(&is_punished))
        }
    }
}
