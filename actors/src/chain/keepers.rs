//! `storage`, `executor`, `mempool`, `elector`, `consensus` and `sync`: the kinds, as manifests name them.

use crate::Error;
use crate::kind::{Kind, PLAIN, Start};
use troupe_blocks::Placing;
use troupe_chain::pool::Limits;
use troupe_config::{ConsensusSettings, MempoolSettings, StorageSettings};
use troupe_runtime::{Actor, Spec};
use troupe_types::Bytes;

pub(crate) const KINDS: [Kind; 6] = [
    Kind {
        about: troupe_config::Kind {
            name: "storage",
            summary: "Keeps the blocks that are final, whatever the power does.",
            read: |section| StorageSettings::read(section).memory(),
            ..PLAIN
        },
        start: |start| {
            start.commons.chain(start)?.storage(start);
            Ok(())
        },
    },
    Kind {
        about: troupe_config::Kind {
            name: "executor",
            summary: "Makes and executes blocks, over a state in memory.",
            read: |_| EXECUTOR,
            ..PLAIN
        },
        start: |start| {
            start.commons.chain(start)?.executor(start);
            Ok(())
        },
    },
    Kind {
        about: troupe_config::Kind {
            name: "mempool",
            summary: "Holds transactions that wait for a block.",
            services: &[troupe_chain::message::POOL],
            read: |section| MempoolSettings::read(section).memory,
            ..PLAIN
        },
        start: start_mempool,
    },
    Kind {
        about: troupe_config::Kind {
            name: "elector",
            summary: "Says of every round who validates in it, and what that is to this node.",
            ..PLAIN
        },
        start: |start| {
            start.commons.chain(start)?.elector(start);
            Ok(())
        },
    },
    Kind {
        about: troupe_config::Kind {
            name: "consensus",
            summary: "Agrees with other validators on the next block, or follows what they agree on.",
            services: &[troupe_consensus::message::SERVICE],
            read: |section| {
                ConsensusSettings::read(section);
                CONSENSUS
            },
            ..PLAIN
        },
        start: |start| Ok(start.commons.chain(start)?.consensus(start)?),
    },
    Kind {
        about: troupe_config::Kind {
            name: "sync",
            summary: "Catches up with a chain that others have, and hands it on.",
            services: &[troupe_chain::message::SYNC, troupe_chain::light::LIGHT],
            read: |_| SYNC,
            ..PLAIN
        },
        start: |start| Ok(start.commons.chain(start)?.sync(start)?),
    },
];

/// Blocks that wait for the ledger.
const EXECUTOR: Bytes = Bytes::mib(64);
/// Messages that wait for the machine, and the blocks it holds.
const CONSENSUS: Bytes = Bytes::mib(64);
/// Ranges of blocks that are on their way.
const SYNC: Bytes = Bytes::mib(64);

impl Placing for Start<'_> {
    fn place<A: Actor>(&self, spec: Spec<A>) -> Spec<A> {
        Start::place(self, spec)
    }
}

fn start_mempool(start: &Start<'_>) -> Result<(), Error> {
    let settings = start.read("mempool", MempoolSettings::read)?;
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let limits = Limits {
        executable: count(settings.executable),
        queued: count(settings.queued),
        transactions: count(settings.transactions),
        bytes: settings.memory,
        bump: u8::try_from(settings.bump).unwrap_or(u8::MAX),
        lifetime: settings.lifetime,
    };
    start.commons.chain(start)?.mempool(limits, start)?;
    Ok(())
}
