//! `stake edit`, `increase` and `withdraw`: what a candidate's account changes.

use super::entry::candidate_of;
use crate::economy::{ChangeArgs, Deed, Hand, Percent, Source, Staking, free_part, von};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::tx::Amount;
use clap::Args;
use troupe_staking::contract::STAKING;
use troupe_types::{Address, NodeId};

/// What is to be different.
#[derive(Debug, Args)]
pub(crate) struct EditArgs {
    /// The candidate's node
    node: NodeId,
    /// Who gets what it earns from now on
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_STAKE_BENEFIT")]
    benefit: Option<Address>,
    /// What delegators get from the next settlement epoch on, in percent
    #[arg(long, value_name = "PERCENT", env = "TROUPE_STAKE_SHARE")]
    share: Option<Percent>,
    /// What it is called, up to 30 bytes
    #[arg(long, value_name = "TEXT", env = "TROUPE_STAKE_NAME")]
    name: Option<String>,
    /// Its home page, up to 140 bytes
    #[arg(long, value_name = "TEXT", env = "TROUPE_STAKE_WEBSITE")]
    website: Option<String>,
    /// What else it says, up to 280 bytes
    #[arg(long, value_name = "TEXT", env = "TROUPE_STAKE_DETAILS")]
    details: Option<String>,
    /// Its name elsewhere, up to 70 bytes
    #[arg(long, value_name = "TEXT", env = "TROUPE_STAKE_EXTERNAL_ID")]
    external_id: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// How much more.
#[derive(Debug, Args)]
pub(crate) struct IncreaseArgs {
    /// The candidate's node
    node: NodeId,
    /// How much, such as "500 LAT"
    amount: Amount,
    /// Where that comes from
    #[arg(long, value_enum, default_value_t, env = "TROUPE_STAKE_SOURCE")]
    source: Source,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Who leaves.
#[derive(Debug, Args)]
pub(crate) struct WithdrawArgs {
    /// The candidate's node
    node: NodeId,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Changes one thing.
pub(super) fn edit(args: &EditArgs) -> Outcome<Report> {
    let texts = [&args.name, &args.website, &args.details, &args.external_id];
    let describes = texts.iter().any(|text| text.is_some());
    let node = args.node.0.into();
    let hand = args.change.hand()?;
    troupe_runtime::run(async {
        let deed = match (args.benefit, args.share, describes) {
            (Some(benefit), None, false) => {
                let what = format!("pay {} what node 0x{} earns", benefit.to_checksum(), args.node);
                let call = Staking::setBenefitCall { node, benefit: benefit.0.into() };
                Deed::new(STAKING, &call, what)
            }
            (None, Some(share), false) => {
                let percent = crate::economy::percent(share.0);
                let what = format!("give {percent} to delegators of node 0x{}", args.node);
                Deed::new(STAKING, &Staking::setShareCall { node, share: share.0 }, what)
            }
            (None, None, true) => {
                let description = description(args, &hand).await?;
                let what = format!("describe node 0x{}", args.node);
                Deed::new(STAKING, &Staking::describeCall { node, description }, what)
            }
            (None, None, false) | (Some(_), _, _) | (None, Some(_), true) => {
                let text =
                    "wants one of --benefit, --share, and texts, each in a transaction of its own";
                return Err(Failure::about(ExitCode::Usage, "stake edit", text));
            }
        };
        hand.carry_out(deed).await
    })
}

/// All four texts: those that are not given stay.
async fn description(args: &EditArgs, hand: &Hand<'_>) -> Outcome<Staking::Description> {
    if let (Some(name), Some(website), Some(details), Some(external_id)) =
        (&args.name, &args.website, &args.details, &args.external_id)
    {
        let [name, website, details, external_id] =
            [name, website, details, external_id].map(String::clone);
        return Ok(Staking::Description { externalId: external_id, name, website, details });
    }
    let asker = hand.asker("what stays of the description")?;
    let now = candidate_of(&asker, args.node).await?.description;
    let or = |given: &Option<String>, now: String| given.clone().unwrap_or(now);
    Ok(Staking::Description {
        externalId: or(&args.external_id, now.externalId),
        name: or(&args.name, now.name),
        website: or(&args.website, now.website),
        details: or(&args.details, now.details),
    })
}

/// Stakes more.
pub(super) fn increase(args: &IncreaseArgs) -> Outcome<Report> {
    let amount = von("AMOUNT", args.amount)?;
    let hand = args.change.hand()?;
    troupe_runtime::run(async {
        let (node, source) = (args.node.0.into(), args.source.number());
        let call = Staking::increaseStakingCall { node, source, amount };
        let what =
            format!("stake {} more from {} for node 0x{}", args.amount, args.source, args.node);
        let free = free_part(&hand, args.source, amount).await?;
        hand.carry_out(Deed::new(STAKING, &call, what).paying(free)).await
    })
}

/// Leaves.
pub(super) fn withdraw(args: &WithdrawArgs) -> Outcome<Report> {
    let hand = args.change.hand()?;
    let call = Staking::withdrawStakingCall { node: args.node.0.into() };
    let what = format!("withdraw the stake for node 0x{}", args.node);
    troupe_runtime::run(hand.carry_out(Deed::new(STAKING, &call, what)))
}
