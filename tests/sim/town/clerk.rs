//! Has numbers entered into ledgers: sums into the one at home, others into those of its neighbours.

use super::watch::Watch;
use crate::kit::Enter;
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Reply};
use troupe_types::Millis;
use troupe_wire::{Message, Stream};

/// Told by the heart of the same node when it has worked out a sum.
#[derive(Debug)]
pub(crate) struct Sum;

impl Message for Sum {
    type Reply = ();
    const NAME: &'static str = "sum";
}

pub(crate) struct Clerk {
    pub(crate) node: usize,
    pub(crate) every: Millis,
    pub(crate) luck: Stream,
    pub(crate) home: Link<Enter>,
    /// The ledgers of other nodes.
    pub(crate) others: Vec<(usize, Link<Enter>)>,
    pub(crate) watch: Watch,
}

impl Actor for Clerk {
    const KIND: &'static str = "clerk";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let phase = Millis(self.luck.below(self.every.0));
        cx.after(phase, Self::visit);
        Ok(())
    }
}

impl Clerk {
    fn visit(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.after(self.every, Self::visit);
        let chosen = self.luck.below(self.others.len() as u64) as usize;
        let Some((ledger, link)) = self.others.get(chosen).cloned() else { return Ok(()) };
        self.enter(ledger, &link, cx);
        Ok(())
    }

    fn enter(&mut self, ledger: usize, link: &Link<Enter>, cx: &mut Cx<'_, Self>) {
        let number = self.watch.number_for(ledger);
        cx.ask(link, Enter(number), move |clerk: &mut Self, outcome, _| {
            clerk.watch.entered(ledger, number, outcome);
            Ok(())
        });
    }
}

impl Handle<Sum> for Clerk {
    fn handle(&mut self, _: Sum, _: Reply<Sum>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.watch.on_time(cx, "sum");
        let (node, home) = (self.node, self.home.clone());
        self.enter(node, &home, cx);
        Ok(())
    }
}
