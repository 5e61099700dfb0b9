//! `stake create`.

use crate::economy::{
    ChangeArgs, Deed, Facts, Governance, Hand, Percent, Source, Staking, Version, free_part,
    returned, von,
};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key;
use crate::output::Report;
use crate::tx::{self, Amount};
use clap::Args;
use std::path::PathBuf;
use troupe_staking::contract;
use troupe_staking::registration::Registration;
use troupe_types::{Address, NodeId};

/// What a candidate begins with.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// What `troupe key register` made: a file of hexadecimal digits, or the digits after 0x
    #[arg(long, value_name = "HEX", env = "TROUPE_STAKE_REGISTRATION")]
    registration: Option<String>,
    /// The node's key file instead, of kind certificate; its password is asked for as the account's is
    #[arg(long, value_name = "FILE", env = "TROUPE_STAKE_NODE_KEY")]
    node_key: Option<PathBuf>,
    /// And the key file for votes, of kind validator
    #[arg(long, value_name = "FILE", env = "TROUPE_STAKE_VALIDATOR_KEY")]
    validator_key: Option<PathBuf>,
    /// How much is staked, such as "100000 LAT"
    #[arg(long, value_name = "AMOUNT", env = "TROUPE_STAKE_AMOUNT")]
    amount: Amount,
    /// Where that comes from
    #[arg(long, value_enum, default_value_t, env = "TROUPE_STAKE_SOURCE")]
    source: Source,
    /// Who gets what the candidate earns; without it, the account that stakes
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_STAKE_BENEFIT")]
    benefit: Option<Address>,
    /// What delegators get of its rewards, in percent
    #[arg(long, value_name = "PERCENT", default_value = "0", env = "TROUPE_STAKE_SHARE")]
    share: Percent,
    /// The version that the node runs; without it, the one in force
    #[arg(long, value_name = "VERSION", env = "TROUPE_STAKE_RUNS")]
    runs: Option<Version>,
    /// What the candidate is called, up to 30 bytes
    #[arg(long, value_name = "TEXT", default_value = "", env = "TROUPE_STAKE_NAME")]
    name: String,
    /// Its home page, up to 140 bytes
    #[arg(long, value_name = "TEXT", default_value = "", env = "TROUPE_STAKE_WEBSITE")]
    website: String,
    /// What else it says, up to 280 bytes
    #[arg(long, value_name = "TEXT", default_value = "", env = "TROUPE_STAKE_DETAILS")]
    details: String,
    /// Its name elsewhere, up to 70 bytes
    #[arg(long, value_name = "TEXT", default_value = "", env = "TROUPE_STAKE_EXTERNAL_ID")]
    external_id: String,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Makes a candidate.
pub(super) fn create(args: &CreateArgs) -> Outcome<Report> {
    let amount = von("--amount", args.amount)?;
    let hand = args.change.hand()?;
    troupe_runtime::run(async {
        let chain_id = hand.chain_id().await?;
        let (registration, node) = registration(args, &hand, chain_id)?;
        let call = Staking::createStakingCall {
            registration: registration.to_bytes().to_vec().into(),
            source: args.source.number(),
            amount,
            benefit: args.benefit.unwrap_or_else(|| hand.address()).0.into(),
            share: args.share.0,
            version: version(args, &hand).await?.0,
            description: Staking::Description {
                externalId: args.external_id.clone(),
                name: args.name.clone(),
                website: args.website.clone(),
                details: args.details.clone(),
            },
        };
        let what = format!("stake {} from {} for node 0x{node}", args.amount, args.source);
        let free = free_part(&hand, args.source, amount).await?;
        let deed = Deed::new(contract::STAKING, &call, what).paying(free).giving(|bytes| {
            let id = returned::<Staking::createStakingCall>(bytes).ok()?;
            Some(Facts::default().number("candidate", id))
        });
        hand.carry_out(deed).await
    })
}

/// What shows that the keys are the node's, checked as every node will.
fn registration(
    args: &CreateArgs,
    hand: &Hand<'_>,
    chain_id: u64,
) -> Outcome<(Registration, NodeId)> {
    const NAME: &str = "--registration";
    let staker = hand.address();
    let registration = match (&args.registration, &args.node_key, &args.validator_key) {
        (Some(text), None, None) => {
            let bytes = tx::digits(NAME, "registration", text)?;
            Registration::from_bytes(&bytes)
                .map_err(|error| Failure::about(ExitCode::Usage, NAME, error))?
        }
        (None, Some(node), Some(votes)) => {
            let password = args.change.password();
            let identity = key::node_identity(node, password)?;
            key::sign(&identity, &key::validator_key(votes, password)?, chain_id, staker)?
        }
        (None, None, None) => {
            let text =
                "missing, wants what `troupe key register` made, or --node-key and --validator-key";
            return Err(Failure::about(ExitCode::Usage, NAME, text));
        }
        (Some(_), _, _) | (None, Some(_), None) | (None, None, Some(_)) => {
            let text = "wants --registration alone, or --node-key and --validator-key";
            return Err(Failure::about(ExitCode::Usage, NAME, text));
        }
    };
    let node = registration.check(chain_id, staker).map_err(|error| {
        let staker = staker.to_checksum();
        let text = format!("not for account {staker} on chain {chain_id}: {error}");
        Failure::about(ExitCode::Usage, NAME, text)
    })?;
    Ok((registration, node))
}

async fn version(args: &CreateArgs, hand: &Hand<'_>) -> Outcome<Version> {
    if let Some(version) = args.runs {
        return Ok(version);
    }
    let asker = hand.asker("the version in force (--runs)")?;
    let known = asker.ask(contract::GOVERNANCE, Governance::getVersionCall {}).await?;
    Ok(Version(known.active))
}
