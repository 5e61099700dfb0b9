//! Answering what the executor is asked.

use super::{Build, Commit, Execute, Executor, Head, Headed, Look, Prove, StateAt};
use troupe_ledger::Job;
use troupe_runtime::{Cx, Fault, Handle, Reply};
use troupe_types::Height;

/// The most proofs that wait for the ledger at a time: blocks go first.
const MOST_PROVES: usize = 32;

impl Executor {
    fn at(&self, height: Height) -> Option<&Headed> {
        self.recent.iter().find(|recent| recent.height == height)
    }
}

impl Handle<Build> for Executor {
    fn handle(
        &mut self,
        Build(order): Build,
        reply: Reply<Build>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (id, above) = (self.question(), order.parent);
        self.builds.insert(id, (order, reply));
        self.give(Job::Nonces { id, above }, 64, cx)
    }
}

impl Handle<Execute> for Executor {
    fn handle(
        &mut self,
        Execute(block): Execute,
        reply: Reply<Execute>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (id, weight) = (self.question(), block.body.len());
        self.executes.insert(id, reply);
        self.give(Job::Execute { id, block }, weight, cx)
    }
}

impl Handle<Commit> for Executor {
    fn handle(
        &mut self,
        Commit { hash, proof }: Commit,
        _: Reply<Commit>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.give(Job::Commit { hash, proof }, 1_024, cx)
    }
}

impl Handle<Look> for Executor {
    fn handle(
        &mut self,
        Look(addresses): Look,
        reply: Reply<Look>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let senders = self.senders(addresses)?.into_iter().map(|(_, sender)| sender).collect();
        reply.send(senders, cx);
        Ok(())
    }
}

impl Handle<Head> for Executor {
    fn handle(
        &mut self,
        Head: Head,
        reply: Reply<Head>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.head()?.clone(), cx);
        Ok(())
    }
}

impl Handle<StateAt> for Executor {
    fn handle(
        &mut self,
        StateAt(height): StateAt,
        reply: Reply<StateAt>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.at(height).map(|it| it.state.clone()), cx);
        Ok(())
    }
}

impl Handle<Prove> for Executor {
    fn handle(
        &mut self,
        Prove { height, address, slots }: Prove,
        reply: Reply<Prove>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        // Above the limit the asker hears that nobody answered.
        if self.proves.len() >= MOST_PROVES {
            return Ok(());
        }
        let Some(block) = self.at(height).map(|it| it.hash) else {
            reply.send(None, cx);
            return Ok(());
        };
        let (id, weight) = (self.question(), slots.len() * 1_024);
        self.proves.insert(id, reply);
        self.give(Job::Prove { id, block, address, slots }, weight, cx)
    }
}
