//! What a node has to do with the chain, as its role says.

use crate::exit::{ExitCode, Failure, Outcome};
use std::path::PathBuf;
use troupe_config::{Amount, Manifest, MarketSettings, Overrides};

/// What an account of a node begins with for fees: a transaction costs some thousandths of a LAT.
const FEES: Amount = Amount::lat(100);
/// What an account that pays for jobs begins with besides: a job costs 3 LAT, and the prices of the data.
const JOBS: Amount = Amount::lat(10_000);

/// What a network has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Has {
    /// No validators, so no chain.
    NoChain,
    /// A chain on which nobody is paid for computing.
    Chain,
    /// A chain with a market.
    Market,
}

/// A role on a network that has a chain, or on one that has none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// The role's manifest; without a chain, without all that needs one.
    pub(crate) text: String,
    /// Whether it reads the network file.
    pub(crate) has_chain: bool,
    /// Whether it follows the chain by headers alone.
    pub(crate) is_light: bool,
    /// Whether it answers its owner.
    pub(crate) has_control: bool,
    /// The key file of the account that it acts by.
    pub(crate) account: Option<PathBuf>,
    /// What that account begins with.
    pub(crate) funds: Amount,
}

impl Part {
    /// Reads a shipped role, for a network that has this.
    pub(crate) fn of(role: &str, network: Has) -> Outcome<Self> {
        let internal = |error: &dyn std::fmt::Display| Failure::new(ExitCode::Internal, error);
        let text = troupe_config::role(role).map_err(|error| internal(&error))?;
        let loaded = Manifest::load(text, &Overrides::default(), &crate::kinds::known());
        let mut manifest = loaded.map_err(|errors| internal(&errors))?.manifest;
        let mut text = text.to_owned();
        let of_market = ["market", "jobs"];
        let is_in_market = manifest.kinds().any(|name| of_market.contains(&name.as_str()));
        let can = match network {
            Has::NoChain => false,
            Has::Chain => !is_in_market,
            Has::Market => true,
        };
        if manifest.chain.is_some() && !can {
            manifest = manifest.without_chain();
            text = manifest.write();
        }
        let has = |kind: &str| manifest.kinds().any(|name| name.as_str() == kind);
        let account = manifest.chain.as_ref().and_then(|chain| chain.account.clone());
        let settings = manifest.actor("market").settings;
        let market = troupe_config::read(&settings, "settings", MarketSettings::read)
            .map_err(|errors| internal(&errors))?;
        let stake = if has("market") && market.register { market.stake } else { Amount(0) };
        let spends = if has("jobs") { JOBS } else { Amount(0) };
        let all = FEES.plus(stake).and_then(|funds| funds.plus(spends));
        let funds = if account.is_some() { all } else { Some(Amount(0)) };
        let funds = funds.ok_or_else(|| internal(&"a stake beyond all money"))?;
        let (has_chain, is_light) = (manifest.chain.is_some(), has("light"));
        let has_control = has("control");
        Ok(Self { text, has_chain, is_light, has_control, account, funds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_acts_on_a_chain_has_an_account_and_who_stakes_has_more() {
        for role in ["bootstrap", "validator", "full", "archive", "light"] {
            let part = Part::of(role, Has::Market).unwrap();
            assert_eq!(part, Part::of(role, Has::Chain).unwrap());
            assert_eq!((part.account, part.funds), (None, Amount(0)), "{role}");
            assert_eq!(part.has_chain, role != "bootstrap");
        }
        let [data, compute, requester] =
            ["data", "compute", "requester"].map(|role| Part::of(role, Has::Market).unwrap());
        assert!(requester.has_chain && requester.is_light && requester.has_control);
        assert_eq!(
            (requester.funds, requester.account),
            (Amount::lat(10_100), data.account.clone())
        );
        assert!(data.has_chain && data.is_light && data.account.is_some());
        assert_eq!((data.funds, compute.funds), (FEES, Amount::lat(1_100)));
    }

    #[test]
    fn where_nobody_is_paid_for_computing_nodes_that_take_part_have_no_chain() {
        for (role, has) in [
            ("data", Has::NoChain),
            ("compute", Has::NoChain),
            ("data", Has::Chain),
            ("compute", Has::Chain),
            ("requester", Has::NoChain),
            ("requester", Has::Chain),
        ] {
            let part = Part::of(role, has).unwrap();
            assert!(!part.has_chain && !part.is_light && part.account.is_none(), "{role}");
            assert_eq!(part.funds, Amount(0));
            assert!(!part.text.contains("market"), "{}", part.text);
        }
    }
}
