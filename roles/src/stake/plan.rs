//! `stake plan`: LAT that are released settlement epoch by settlement epoch.

use crate::economy::{Asker, ChangeArgs, Clock, Deed, Facts, Release, Restricting, table, von};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::rpc::data;
use crate::tx::{Amount, PlaceArgs};
use alloy_primitives::U256;
use clap::{Args, Subcommand};
use troupe_staking::contract::RESTRICTING;
use troupe_types::Address;

#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// Plans releases for an account, and pays them
    #[command(
        after_help = "Example: troupe stake plan create lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm \
                            --release 1=100LAT --release 2=100LAT --account 0"
    )]
    Create(Box<PlanArgs>),
    /// Shows the releases of an account, and what of it is staked
    #[command(
        after_help = "Example: troupe stake plan show lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm"
    )]
    Show(ShowArgs),
}

/// What is planned.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// For whom: 0x... or lat1...
    to: Address,
    /// A release, such as 3=100LAT: 1 is when the settlement epoch that goes on ends; up to 36 of them
    #[arg(long, value_name = "EPOCHS=AMOUNT", required = true, env = "TROUPE_STAKE_RELEASE")]
    release: Vec<Release>,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Whose.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The account: 0x... or lat1...
    account: Address,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Does what was asked of `troupe stake plan`.
pub(super) fn run(command: &PlanCommand) -> Outcome<Report> {
    match command {
        PlanCommand::Create(args) => create(args),
        PlanCommand::Show(args) => show(args),
    }
}

fn create(args: &PlanArgs) -> Outcome<Report> {
    let mut plans = Vec::with_capacity(args.release.len());
    let mut sum = 0u128;
    for Release { epochs, amount } in &args.release {
        let amount = von("--release", *amount)?;
        sum = sum.checked_add(amount).ok_or_else(|| {
            Failure::about(ExitCode::Usage, "--release", "the sum has more than 128 bits of von")
        })?;
        plans.push(Restricting::Plan { epochs: *epochs, amount });
    }
    let hand = args.change.hand()?;
    let shown = Amount(U256::from(sum));
    let what = format!("plan {shown} in {} releases for {}", plans.len(), args.to.to_checksum());
    let call = Restricting::createPlanCall { account: args.to.0.into(), plans };
    troupe_runtime::run(hand.carry_out(Deed::new(RESTRICTING, &call, what).paying(sum)))
}

fn show(args: &ShowArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let account = args.account.0.into();
        let plan = asker.ask(RESTRICTING, Restricting::getPlanCall { account }).await?;
        let clock = Clock::read(&asker).await?;
        let head = Facts::default()
            .put("account", args.account.to_checksum(), data(args.account))
            .number("epoch", clock.epoch)
            .amount("balance", plan.balance)
            .amount("staked", plan.pledged)
            .amount("owed", plan.debt);
        let releases = plan.releases.iter().map(|release| {
            let when = clock.when(release.epoch);
            Facts::default().put("release", when, release.epoch).amount("amount", release.amount)
        });
        let releases: Vec<Facts> = releases.collect();
        let mut json = head.json();
        json["releases"] = releases.iter().map(Facts::json).collect();
        let parts = [head.lines(), table(&releases)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Ok(Report::new(parts.join("\n\n"), json))
    })
}
