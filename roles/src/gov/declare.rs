//! `gov declare`.

use crate::economy::{ChangeArgs, Deed, Governance, Version};
use crate::exit::Outcome;
use crate::output::Report;
use clap::Args;
use troupe_staking::contract::GOVERNANCE;
use troupe_types::NodeId;

/// Which node runs what.
#[derive(Debug, Args)]
pub(crate) struct DeclareArgs {
    /// The candidate's node
    node: NodeId,
    /// The version that it runs, such as 1.1.0
    version: Version,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Says so.
pub(super) fn declare(args: &DeclareArgs) -> Outcome<Report> {
    let hand = args.change.hand()?;
    let what = format!("say that node 0x{} runs version {}", args.node, args.version);
    let (node, version) = (args.node.0.into(), args.version.0);
    let call = Governance::declareVersionCall { node, version };
    troupe_runtime::run(hand.carry_out(Deed::new(GOVERNANCE, &call, what)))
}
