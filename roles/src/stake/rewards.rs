//! `stake rewards`: what an account delegates, what that earned, and what is locked.

use super::delegate::{facts, total};
use crate::economy::{Asker, Clock, Facts, Staking, purse, purse_json, table};
use crate::exit::Outcome;
use crate::output::Report;
use crate::rpc::data;
use crate::tx::PlaceArgs;
use clap::Args;
use troupe_staking::contract::STAKING;
use troupe_types::Address;

/// Whose.
#[derive(Debug, Args)]
pub(crate) struct RewardsArgs {
    /// The account: 0x... or lat1...
    account: Address,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Shows it.
pub(super) fn rewards(args: &RewardsArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let clock = Clock::read(&asker).await?;
        let delegator = args.account.0.into();
        let all = asker.ask(STAKING, Staking::getDelegationsCall { delegator }).await?;
        let locks = asker.ask(STAKING, Staking::getLocksCall { account: delegator }).await?;
        let sum =
            |of: fn(&Staking::Delegation) -> u128| all.iter().map(of).fold(0, u128::saturating_add);
        let redeemable = purse(locks.redeemable.free, locks.redeemable.restricted);
        let head = Facts::default()
            .put("account", args.account.to_checksum(), data(args.account))
            .number("epoch", clock.epoch)
            .amount("delegated", sum(total))
            .amount("claimable", sum(|one| one.claimable))
            .put("redeemable", redeemable, purse_json(&locks.redeemable));
        let later = locks.later.iter().map(|lock| {
            Facts::default()
                .put(
                    "locked",
                    purse(lock.amount.free, lock.amount.restricted),
                    purse_json(&lock.amount),
                )
                .put("until", clock.when(lock.until), lock.until)
        });
        let later: Vec<Facts> = later.collect();
        let lines: Vec<Facts> = all.iter().map(|one| facts(one, &clock)).collect();
        let mut json = head.json();
        json["delegations"] = lines.iter().map(Facts::json).collect();
        json["locks"] = later.iter().map(Facts::json).collect();
        let parts = [head.lines(), table(&lines), table(&later)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Ok(Report::new(parts.join("\n\n"), json))
    })
}
