//! What can be asked of `troupe load`.

use super::{idle, run as full};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::tx::Amount;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use troupe_chain::pool::Limits;

/// The most transactions of a run: they are all held in memory, in less than a kilobyte each.
const MOST: u32 = 2_000_000;

#[derive(Debug, Args)]
#[command(
    after_help = "Amounts are moved in a ring among accounts made from the seed; those that lack money are funded\n\
                  by the first accounts of the development network.\n\n\
                  Example: troupe load --txs 20000\n\
                  Example: troupe load --txs 5000 --rate 500 --kind sr25519\n\
                  Example: troupe load --txs 20 --one"
)]
pub(crate) struct LoadArgs {
    /// How many transfers
    #[arg(long, value_name = "N", default_value_t = 10_000, env = "TROUPE_LOAD_TXS",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST)))]
    pub(super) txs: u32,
    /// How many a second; without it, as many as are committed
    #[arg(long, value_name = "R", env = "TROUPE_LOAD_RATE",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) rate: Option<u32>,
    /// How many accounts send them
    #[arg(long, value_name = "S", default_value_t = 500, env = "TROUPE_LOAD_SENDERS",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) senders: u32,
    /// The most transactions that are sent and in no block yet: more of them make longer waits, not
    /// higher rates, once the network is busy
    #[arg(long, value_name = "N", default_value_t = 6_000, env = "TROUPE_LOAD_WINDOW",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) window: u32,
    /// Connections to each node
    #[arg(long, value_name = "N", default_value_t = 2, env = "TROUPE_LOAD_CONNECTIONS",
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) connections: u32,
    /// Which signatures
    #[arg(long, value_enum, default_value_t, env = "TROUPE_LOAD_KIND")]
    pub(super) kind: Kind,
    /// What the accounts are made from; the same ones are funded once
    #[arg(long, value_name = "NUMBER", default_value_t = 0, env = "TROUPE_LOAD_SEED")]
    pub(super) seed: u64,
    /// The most that is paid for a unit of gas; without it, a thousand times the base fee, which rises
    /// while blocks are full
    #[arg(long, value_name = "AMOUNT", env = "TROUPE_LOAD_MAX_FEE")]
    pub(super) max_fee: Option<Amount>,
    /// One after the other with pauses, each waited for the way a wallet does
    #[arg(long, env = "TROUPE_LOAD_ONE")]
    pub(super) one: bool,
    /// JSON-RPC of a node, can be repeated; without it, those of the network in --dir
    #[arg(long, value_name = "URL", env = "TROUPE_RPC", value_delimiter = ',')]
    pub(super) rpc: Vec<String>,
    /// Directory of the development network, which has funded accounts and knows its processes
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    pub(super) dir: PathBuf,
}

/// Who signs, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Kind {
    /// Ethereum's, recovered one by one
    #[default]
    Ecdsa,
    /// This chain's own, verified in batches
    Sr25519,
}

impl LoadArgs {
    /// The network, if there is one; it has to be where no node was named.
    pub(super) fn record(&self) -> Outcome<Option<Record>> {
        match Record::read(&self.dir) {
            Ok(record) => Ok(Some(record)),
            Err(_) if !self.rpc.is_empty() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Where transactions go.
    pub(super) fn urls(&self, record: Option<&Record>) -> Outcome<Vec<String>> {
        match record {
            Some(record) if self.rpc.is_empty() => crate::tx::urls(record, &self.dir),
            Some(_) | None => Ok(self.rpc.clone()),
        }
    }

    /// How many may wait: no more than pools hold for these senders.
    pub(super) fn window(&self) -> u32 {
        let each = u32::try_from(Limits::default().executable).unwrap_or(u32::MAX);
        self.window.min(self.senders.saturating_mul(each))
    }

    /// The most that is paid for a unit of gas under a base fee, in von.
    pub(super) fn max_fee(&self, base: u128, tip: u128) -> Outcome<u128> {
        match self.max_fee {
            None => Ok(base.saturating_mul(1_000).saturating_add(tip)),
            Some(amount) => u128::try_from(amount.0).map_err(|_| {
                let text = format!("got {amount}, allowed are 128 bits of von");
                Failure::about(ExitCode::Usage, "--max-fee", text)
            }),
        }
    }
}

/// Does what was asked of `troupe load`.
pub(crate) fn run(args: &LoadArgs) -> Outcome<Report> {
    if args.one { idle::run(args) } else { full::run(args) }
}
