//! Those who must not suffer: a node that is attacked and another one that goes about its business.

use crate::kit::{Diary, Ping};
use troupe_runtime::sim::{Scenario, World, node_id};
use troupe_runtime::{Node, Request};
use troupe_types::Millis;
use troupe_wire::{CallError, Limit, Wire, codec};

/// The attacked node.
pub(crate) const VICTIM: usize = 0;
/// A node that uses the attacked one.
pub(crate) const HONEST: usize = 1;
/// The node with an adversary between it and the network.
pub(crate) const BAD: usize = 2;

/// Three nodes with recorders, the last of which is bad.
pub(crate) fn three(seed: u64) -> (Scenario, Diary) {
    let diary = Diary::default();
    let kept = diary.clone();
    (Scenario::seed(seed).nodes(3).run_actors(move |stage| kept.keep(stage)), diary)
}

/// A message as its honest sender encodes it.
pub(crate) fn request<M: Wire>(message: &M) -> Request {
    Request {
        service: M::SERVICE,
        tag: M::TAG,
        lane: M::LANE,
        within: M::DEADLINE,
        body: codec::encode(message, Limit::MAX).expect("it fits").into(),
        reply_limit: M::REPLY_LIMIT.bytes(),
        since: M::SINCE,
    }
}

/// Asks `to` once and says what came of it and after how long.
pub(crate) fn ask(
    world: &mut World,
    from: usize,
    to: usize,
    number: u64,
) -> (Result<u64, CallError>, Millis) {
    let ask = move |node: Node| async move {
        let began = node.now().mono;
        let outcome = node.remote::<Ping>(node_id(to)).expect("a network").ask(Ping(number)).await;
        (outcome, node.now().mono.since(began))
    };
    world.call(from, Millis::secs(60), ask).expect("the asker lives")
}

/// One number of a node's metrics.
pub(crate) fn metric(world: &World, node: usize, name: &str) -> u64 {
    let text = world.node(node).expect("it runs").metrics().text();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("it is counted");
    line.trim().parse().expect("a whole number")
}
