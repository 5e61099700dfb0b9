//! Taking over blocks that others have made final, one after the other.

use super::{Executor, Import, Imported};
use std::collections::VecDeque;
use troupe_consensus::Anchor;
use troupe_ledger::Job;
use troupe_runtime::{Cx, Fault, Handle, Reply};
use troupe_types::Height;

/// Blocks on their way. A run is over when its last block is durable; then the next one begins.
#[derive(Default)]
pub(super) struct Imports {
    runs: VecDeque<Run>,
    /// A block is with the ledger, or the anchor is asked for.
    is_busy: bool,
}

struct Run {
    blocks: VecDeque<Imported>,
    last: Height,
    reply: Reply<Import>,
}

impl Executor {
    /// Goes on with the first run, wherever it is.
    pub(super) fn import(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if self.imports.is_busy {
            return Ok(());
        }
        let Some(run) = self.imports.runs.front_mut() else { return Ok(()) };
        let last = run.last;
        let job = match run.blocks.pop_front() {
            Some(Imported { block, proof }) => Job::Import { block, proof },
            None if self.head()?.height >= last => Job::Anchor { id: 0 },
            None => return Ok(()),
        };
        self.imports.is_busy = true;
        let weight = match &job {
            Job::Import { block, .. } => block.body().transactions.len() * 128,
            _ => 64,
        };
        self.give(job, weight, cx)
    }

    pub(super) fn imported(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.imports.is_busy = false;
        self.import(cx)
    }

    pub(super) fn anchored(
        &mut self,
        anchor: Box<Anchor>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.imports.is_busy = false;
        if let Some(run) = self.imports.runs.pop_front() {
            run.reply.send(anchor, cx);
        }
        self.import(cx)
    }
}

impl Handle<Import> for Executor {
    fn handle(
        &mut self,
        Import(blocks): Import,
        reply: Reply<Import>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        // Of none at all the caller hears that nobody answered.
        let Some(last) = blocks.last().map(|last| last.block.header().height) else {
            return Ok(());
        };
        self.imports.runs.push_back(Run { blocks: blocks.into(), last, reply });
        self.import(cx)
    }
}
