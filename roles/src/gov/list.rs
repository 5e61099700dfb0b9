//! `gov list`, `gov show` and `gov tally`.

use super::entry::{everything, line, votes};
use crate::economy::{Asker, Clock, Facts, Governance, PAGE, Staking, Version, choice, table};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::tx::PlaceArgs;
use clap::Args;
use troupe_staking::contract::{GOVERNANCE, STAKING};
use troupe_types::{Address, Hash, NodeId};

/// Which proposals.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// After so many
    #[arg(long, value_name = "N", default_value_t = 0, env = "TROUPE_GOV_AFTER")]
    after: u64,
    /// At most so many, up to 100
    #[arg(long, value_name = "N", default_value_t = 100, env = "TROUPE_GOV_MOST")]
    most: u64,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Which one, and whose votes.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The proposal
    proposal: Hash,
    /// Show what this account voted too: 0x... or lat1...
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_GOV_HOLDER")]
    holder: Option<Address>,
    /// Show what the candidate of this node voted too
    #[arg(long, value_name = "NODE", env = "TROUPE_GOV_NODE")]
    node: Option<NodeId>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Which one.
#[derive(Debug, Args)]
pub(crate) struct TallyArgs {
    /// The proposal
    proposal: Hash,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Shows a page.
pub(super) fn list(args: &ListArgs) -> Outcome<Report> {
    if args.most == 0 || args.most > PAGE as u64 {
        let text = format!("got {}, allowed are 1 to {PAGE}", args.most);
        return Err(Failure::about(ExitCode::Usage, "--most", text));
    }
    let client = args.place.client()?;
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let clock = Clock::read(&asker).await?;
        let version = asker.ask(GOVERNANCE, Governance::getVersionCall {}).await?;
        let call = Governance::getProposalsCall { afterCount: args.after, most: args.most };
        let page = asker.ask(GOVERNANCE, call).await?;
        let lines: Vec<Facts> = page.iter().map(|one| line(one, &clock)).collect();
        let head = Facts::default().text("version", Version(version.active));
        let head = match version.upcoming {
            0 => head,
            upcoming => head.text("upcoming", Version(upcoming)).put(
                "from_round",
                version.fromRound,
                version.fromRound,
            ),
        };
        let mut json = head.clone().and(clock.facts()).json();
        json["proposals"] = lines.iter().map(Facts::json).collect();
        let shown = if lines.is_empty() { "no proposals".to_owned() } else { table(&lines) };
        Ok(Report::new(format!("{}\n\n{shown}", head.lines()), json))
    })
}

/// Shows one.
pub(super) fn show(args: &ShowArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let id = args.proposal.0.into();
        let found = asker.ask(GOVERNANCE, Governance::getProposalCall { id }).await?;
        let tally = asker.ask(GOVERNANCE, Governance::getTallyCall { id }).await?;
        let clock = Clock::read(&asker).await?;
        let mut facts = everything(&found, &clock).and(votes(&found, &tally));
        if let Some(holder) = args.holder {
            let call = Governance::getHolderVoteCall { id, holder: holder.0.into() };
            let vote = asker.ask(GOVERNANCE, call).await?;
            facts = facts
                .text("holder_voted", choice(vote.choice))
                .amount("holder_locked", vote.locked)
                .amount("holder_delegated", vote.delegated);
        }
        if let Some(node) = args.node {
            let call = Staking::getCandidateCall { node: node.0.into() };
            let stake = asker.ask(STAKING, call).await?.id;
            let vote = asker.ask(GOVERNANCE, Governance::getNodeVoteCall { id, stake }).await?;
            facts = facts.text("node_voted", choice(vote));
        }
        Ok(facts.report())
    })
}

/// Counts.
pub(super) fn tally(args: &TallyArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let id = args.proposal.0.into();
        let found = asker.ask(GOVERNANCE, Governance::getProposalCall { id }).await?;
        let tally = asker.ask(GOVERNANCE, Governance::getTallyCall { id }).await?;
        let state = crate::economy::state(found.state);
        let facts = Facts::default().text("proposal", found.id).text("state", state);
        Ok(facts.and(votes(&found, &tally)).report())
    })
}
