//! Several actors of one kind behind one link.

use crate::common::{Do, Puppet, act, on_bench, settle};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use troupe_runtime::{Node, Spawned, Spec};
use troupe_wire::CallError;

/// A replica that answers with its number.
fn replica(bench: &crate::common::Bench) -> Spawned<Puppet> {
    let log = bench.log.clone();
    bench.node.spawn(Spec::new(move |_| Ok(Puppet::new(&log, 0))))
}

async fn who(node: &Node, seen: &Arc<AtomicU64>) -> Result<u64, CallError> {
    let seen = Arc::clone(seen);
    // A puppet is told apart by the answers that it owes: one more with every call.
    let ask = act(move |puppet: &mut Puppet, reply, cx| {
        let mark = puppet.incarnation;
        if mark == 0 {
            puppet.incarnation = seen.fetch_add(1, Ordering::Relaxed) + 1;
        }
        reply.send(puppet.incarnation, cx);
        Ok(())
    });
    node.link::<Do>("anna").ask(ask).await
}

#[test]
fn replicas_take_turns() {
    on_bench(|bench| async move {
        for _ in 0..3 {
            replica(&bench).accept::<Do>();
        }
        let seen = Arc::new(AtomicU64::new(0));
        let mut answers = Vec::new();
        for _ in 0..9 {
            answers.push(who(&bench.node, &seen).await.expect("answered"));
        }
        assert_eq!(answers, [1, 2, 3, 1, 2, 3, 1, 2, 3]);
    });
}

#[test]
fn a_replica_that_has_ended_gives_its_turn_to_the_others() {
    on_bench(|bench| async move {
        let replicas: Vec<_> = (0..3).map(|_| replica(&bench)).collect();
        replicas.iter().for_each(|replica| {
            replica.accept::<Do>();
        });
        let seen = Arc::new(AtomicU64::new(0));
        for gone in [0, 2] {
            replicas[gone].stop();
            settle().await;
            for _ in 0..6 {
                assert!(who(&bench.node, &seen).await.is_ok(), "after {gone} has ended");
            }
        }
        replicas[1].stop();
        settle().await;
        assert_eq!(who(&bench.node, &seen).await, Err(CallError::Closing));
    });
}
