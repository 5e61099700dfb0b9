//! `gov submit`: proposing.

use crate::economy::{ChangeArgs, Deed, Facts, Governance, Version, returned};
use crate::exit::Outcome;
use crate::output::Report;
use crate::tx::Amount;
use alloy_sol_types::SolCall;
use clap::{Args, Subcommand};
use std::str::FromStr;
use troupe_staking::contract::GOVERNANCE;
use troupe_types::{Hash, Millis, NodeId};

#[derive(Debug, Subcommand)]
pub(crate) enum SubmitCommand {
    /// Proposes a text that is found elsewhere under its number
    #[command(after_help = "Example: troupe gov submit text \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 --pip PIP-7 --from staker.json")]
    Text(TextArgs),
    /// Proposes a newer program
    #[command(after_help = "Example: troupe gov submit version \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 1.1.0 --pip PIP-8 \
                            --voting 7d --from staker.json")]
    Version(VersionArgs),
    /// Proposes another value of a parameter
    #[command(after_help = "Example: troupe gov submit parameter \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 staking/operatingThreshold 20LAT \
                            --pip PIP-9 --from staker.json")]
    Parameter(ParameterArgs),
    /// Proposes to drop a proposal of a version or of a parameter
    #[command(after_help = "Example: troupe gov submit cancel \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 \
                            0x81e6e0c2e4b0d7a8d5d3a2f1908f7e6d5c4b3a29181706f5e4d3c2b1a0998877 --pip PIP-10 \
                            --voting 3d --from staker.json")]
    Cancel(CancelArgs),
}

/// A text.
#[derive(Debug, Args)]
pub(crate) struct TextArgs {
    #[command(flatten)]
    about: AboutArgs,
}

/// A newer program.
#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    #[command(flatten)]
    about: AboutArgs,
    /// Its version, such as 1.1.0
    version: Version,
    /// How long the vote takes, such as 7d
    #[arg(long, value_name = "TIME", env = "TROUPE_GOV_VOTING")]
    voting: Millis,
}

/// Another value.
#[derive(Debug, Args)]
pub(crate) struct ParameterArgs {
    #[command(flatten)]
    about: AboutArgs,
    /// The parameter, as `troupe gov params` names it
    parameter: Name,
    /// Its value: digits in the parameter's unit, or an amount such as "20 LAT"
    value: Amount,
}

/// What is to be dropped.
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    #[command(flatten)]
    about: AboutArgs,
    /// The proposal to drop
    target: Hash,
    /// How long the vote takes, such as 3d
    #[arg(long, value_name = "TIME", env = "TROUPE_GOV_VOTING")]
    voting: Millis,
}

/// Who proposes, and about what.
#[derive(Debug, Args)]
struct AboutArgs {
    /// The alternative validator's node
    node: NodeId,
    /// The number of the text that it is about, up to 128 bytes; no two proposals have the same
    #[arg(long, value_name = "TEXT", env = "TROUPE_GOV_PIP")]
    pip: String,
    #[command(flatten)]
    change: ChangeArgs,
}

/// `MODULE/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    module: String,
    name: String,
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((module, name)) if !module.is_empty() && !name.is_empty() => {
                Ok(Self { module: module.to_owned(), name: name.to_owned() })
            }
            Some(_) | None => {
                Err("wants MODULE/NAME, such as staking/operatingThreshold".to_owned())
            }
        }
    }
}

/// Does what was asked of `troupe gov submit`.
pub(super) fn run(command: &SubmitCommand) -> Outcome<Report> {
    match command {
        SubmitCommand::Text(args) => {
            let (node, pip) = args.about.whom();
            let call = Governance::submitTextCall { node, pip };
            args.about.submit(&call, format!("propose the text {}", args.about.pip))
        }
        SubmitCommand::Version(args) => {
            let (node, pip) = args.about.whom();
            let (version, voting) = (args.version.0, args.voting.0);
            let call = Governance::submitVersionCall { node, pip, version, voting };
            args.about.submit(&call, format!("propose version {}", args.version))
        }
        SubmitCommand::Parameter(args) => {
            let (node, pip) = args.about.whom();
            let Name { module, name } = args.parameter.clone();
            let value = args.value.0.to_string();
            let what = format!("propose {value} for {module}/{name}");
            let call = Governance::submitParamCall { node, pip, module, name, value };
            args.about.submit(&call, what)
        }
        SubmitCommand::Cancel(args) => {
            let (node, pip) = args.about.whom();
            let (target, voting) = (args.target.0.into(), args.voting.0);
            let call = Governance::submitCancelCall { node, pip, target, voting };
            args.about.submit(&call, format!("propose to drop 0x{}", args.target))
        }
    }
}

impl AboutArgs {
    fn whom(&self) -> (alloy_primitives::B256, String) {
        (self.node.0.into(), self.pip.clone())
    }

    fn submit<C: SolCall>(&self, call: &C, what: String) -> Outcome<Report> {
        let hand = self.change.hand()?;
        let what = format!("{what} for node 0x{}", self.node);
        // A proposal is named by its transaction: the name that a trial gives is that of no proposal.
        let deed = Deed::new(GOVERNANCE, call, what).giving(|bytes| {
            returned::<Governance::submitTextCall>(bytes).ok().map(|_| Facts::default())
        });
        troupe_runtime::run(hand.carry_out(deed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_a_module_and_a_name() {
        let name: Name = "staking/operatingThreshold".parse().unwrap();
        assert_eq!((&*name.module, &*name.name), ("staking", "operatingThreshold"));
        for text in ["", "staking", "staking/", "/x"] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }
}
