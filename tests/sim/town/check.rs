//! What must be true of a town in the end.

use super::rumours::Known;
use super::watch::Watch;
use crate::kit::entries;
use std::collections::{BTreeMap, BTreeSet};
use troupe_runtime::Node;
use troupe_runtime::sim::World;
use troupe_types::Millis;

impl Watch {
    /// Nothing was seen that must not be: no message after its deadline, no beat twice or out of
    /// order, no wrong sum.
    pub(crate) fn nothing_was_amiss(&self) {
        let seen = self.see();
        assert!(seen.complaints.is_empty(), "{:#?}", &seen.complaints);
        assert!(seen.beats_heard <= seen.beats_told, "a beat was heard that nobody told");
    }

    /// Ledgers hold all that they promised, nothing that did not run, nothing twice, and are never
    /// smaller than they said.
    pub(crate) fn ledgers_keep_their_promises(&self, world: &World, nodes: usize) {
        let seen = self.see();
        let (none, no_total) = (BTreeSet::new(), 0);
        for ledger in 0..nodes {
            let list = entries(world.disk(ledger));
            let set: BTreeSet<u64> = list.iter().copied().collect();
            let promised = seen.promised.get(&ledger).unwrap_or(&none);
            let open = seen.open.get(&ledger).unwrap_or(&none);
            assert_eq!(set.len(), list.len(), "ledger {ledger} holds a number twice");
            assert!(promised.is_subset(&set), "ledger {ledger} broke a promise");
            assert!(set.is_disjoint(&seen.not_run), "ledger {ledger} kept what did not run");
            let accounted =
                set.iter().all(|number| promised.contains(number) || open.contains(number));
            assert!(accounted, "ledger {ledger} holds a number from nowhere");
            let told = seen.largest_total.get(&ledger).unwrap_or(&no_total);
            assert!(*told <= list.len() as u64, "ledger {ledger} went back from {told}");
        }
    }

    /// Everybody knows the newest rumour of everybody. All nodes must run.
    pub(crate) fn everybody_knows_everything(&self, world: &mut World, nodes: usize) {
        let known: Vec<BTreeMap<u32, u64>> = (0..nodes).map(|node| known(world, node)).collect();
        for (node, here) in known.iter().enumerate() {
            assert_eq!(here.len(), nodes, "node {node} never heard of some");
            assert_eq!(here, &known[0], "nodes 0 and {node} know different things");
        }
    }
}

fn known(world: &mut World, node: usize) -> BTreeMap<u32, u64> {
    let ask = |node: Node| async move { node.link::<Known>("rumours").ask(Known).await };
    let known = world.call(node, Millis::secs(5), ask).expect("the node runs");
    known.expect("it answers")
}
