//! The chain of a development network: what it begins with, and whether it goes on.

use super::accounts::{self, accounts};
use super::files::Prepared;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::rpc::Client;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use troupe_config::{Account, Amount, NetworkFile, Term, Validator};
use troupe_types::{Address, Epoch};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

/// A draft with validators of its own, and the funded accounts and those of nodes beside those that it has.
pub(super) fn genesis(
    draft: &NetworkFile,
    validators: Vec<Validator>,
    nodes: impl Iterator<Item = (Address, Amount)>,
) -> Outcome<NetworkFile> {
    let mut network = draft.clone();
    network.terms = vec![Term { from: Epoch(0), validators }];
    let funded = accounts().map(|account| (account.address, accounts::BALANCE));
    for (address, balance) in funded.chain(nodes) {
        network.accounts.insert(address, Account { balance, ..Account::default() });
    }
    // A draft of somebody else may not go with so many validators, or with so much money.
    NetworkFile::load(&network.write())
        .map_err(|errors| Failure::new(ExitCode::BadManifest, format!("network file: {errors}")))
}

/// Waits until the blocks of a node's chain go on, as its clients see it.
pub(super) async fn goes_on(node: &Prepared, until: Instant) -> Outcome<()> {
    let Some(url) = node.planned.rpc_url() else { return Ok(()) };
    let client = Client::new(&url, PATIENCE)?;
    let mut first = None;
    let mut last = "it has not answered".to_owned();
    while Instant::now() < until {
        match client.block_number().await {
            Ok(height) if first.is_some_and(|first| height > first) => return Ok(()),
            Ok(height) => {
                first.get_or_insert(height);
                last = format!("the last committed block is {height}");
            }
            Err(error) => last = error.to_string(),
        }
        sleep(LOOK).await;
    }
    let log = node.dir.join("log");
    let text = format!("its chain does not go on: {last}; its log is {}", log.display());
    Err(Failure::about(ExitCode::Unreachable, &node.planned.name, text))
}
