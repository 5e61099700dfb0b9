//! The economy that a network file describes, as the chain understands it.

use std::fmt::Display;
use troupe_chain::genesis::Fault;
use troupe_config::{NetworkFile, Staking, Weighing};
use troupe_ledger::Economy;
use troupe_staking::Constitution;
use troupe_staking::election;
use troupe_staking::genesis::Founder;
use troupe_staking::params::{Param, Params};

fn fault(field: impl Display, value: impl Display, limit: impl Display) -> Fault {
    let (field, value, limit) = (field.to_string(), value.to_string(), limit.to_string());
    Fault { field, value, limit }
}

/// What is said in `[staking]`, with the validators of the first term as its founders.
pub(super) fn economy(file: &NetworkFile, staking: &Staking) -> Result<Economy, Fault> {
    let short = |field: &str, value: u64| {
        u32::try_from(value).map_err(|_| fault(field, value, "below 2^32"))
    };
    let constitution = Constitution {
        seats: staking.seats,
        blocks_per_view: short("blocks_per_view", file.blocks_per_view)?,
        election_distance: short("election_distance", file.election_distance)?,
        weighing: match staking.weighing {
            Weighing::Votes => election::Weighing::Votes,
            Weighing::SquareRoot => election::Weighing::SquareRoot,
        },
        period: staking.epoch,
        cycle: staking.cycle,
        producers_percent: u8::try_from(staking.producers).unwrap_or(100),
        developers: staking.developers,
        foundation: staking.foundation,
        foundation_from: staking.foundation_from,
        voting: staking.voting,
    };
    let params = params(staking)?;
    let least = params.get(Param::StakeThreshold);
    if staking.stake.0 < least {
        let limit = format!("at least {least} von ({})", Param::StakeThreshold);
        return Err(fault("staking.stake", format!("{} von", staking.stake.0), limit));
    }
    let founders = founders(file, staking)?;
    Ok(Economy { constitution, params, founders, pool: staking.pool.0 })
}

/// The usual values, with those that are said otherwise. They bound each other, so they are set until none of them moves.
fn params(staking: &Staking) -> Result<Params, Fault> {
    let mut params = Params::new(staking.seats);
    let mut wanted = Vec::with_capacity(staking.params.len());
    for (name, value) in &staking.params {
        let Some(param) = Param::ALL.into_iter().find(|param| param.key() == name) else {
            let known: Vec<&str> = Param::ALL.iter().map(|param| param.key()).collect();
            return Err(fault(format_args!("staking.params.{name}"), name, known.join(", ")));
        };
        wanted.push((param, value.0));
    }
    for _ in 0..wanted.len() {
        wanted.retain(|(param, value)| params.set(*param, *value).is_err());
    }
    match wanted.first() {
        None => Ok(params),
        Some((param, value)) => {
            let (least, most) = params.range(*param).into_inner();
            let field = format!("staking.params.{}", param.key());
            Err(fault(field, value, format_args!("{least} to {most}")))
        }
    }
}

fn founders(file: &NetworkFile, staking: &Staking) -> Result<Vec<Founder>, Fault> {
    let mut founders = Vec::new();
    let all = file.terms.iter().flat_map(|term| &term.validators);
    for (at, validator) in all.enumerate() {
        let field = |name: &str| format!("term.0.validator.{at}.{name}");
        let key = <[u8; 48]>::try_from(validator.key.as_slice());
        let vote_key = key.map_err(|_| fault(field("key"), validator.key.len(), "48 bytes"))?;
        let is_known = |one: &Founder| one.staker == validator.address;
        if founders.iter().any(is_known) {
            let address = validator.address.to_checksum();
            return Err(fault(field("address"), address, "an account for each, which staked"));
        }
        founders.push(Founder {
            node: validator.node_id,
            vote_key,
            vrf_key: validator.vrf,
            staker: validator.address,
            benefit: validator.address,
            stake: staking.stake.0,
            share: 0,
            name: format!("founder {}", at + 1),
        });
    }
    Ok(founders)
}
