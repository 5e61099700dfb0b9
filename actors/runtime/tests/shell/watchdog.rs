//! Finding an actor that does not come back from a handler.

use crate::common::{Do, on_bench, settle, spec, tell_to, until};
use std::sync::mpsc;
use troupe_runtime::{Stuck, Thread, Watchdog};
use troupe_types::Millis;

#[test]
fn an_actor_that_stays_in_a_handler_is_found_and_named() {
    on_bench(|bench| async move {
        let thread = Thread::start();
        let anna = bench.node.spawn(spec::<0>(&bench).on(&thread)).link::<Do>();
        bench.node.spawn(spec::<1>(&bench));
        settle().await;
        let (let_go, held) = mpsc::sync_channel::<()>(0);
        let (begun, has_begun) = mpsc::sync_channel(1);
        bench.clock.advance(Millis(1));
        tell_to(&anna, move |_, _| {
            begun.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        });
        has_begun.recv().unwrap();
        let limit = Millis::secs(2);
        bench.clock.advance(limit);
        assert_eq!(bench.node.stuck(limit), [], "not longer than allowed");
        bench.clock.advance(Millis(1));
        let found = Stuck { kind: "anna", busy_for: Millis(2_001) };
        assert_eq!(bench.node.stuck(limit), [found]);

        let watchdog = Watchdog::start(&bench.node, Millis(4)).expect("a thread starts");
        until("the watchdog has warned", || watchdog.warnings() > 0).await;
        drop(watchdog);
        drop(let_go);
        until("the handler is back", || bench.node.stuck(limit).is_empty()).await;
    });
}

#[test]
fn a_factory_that_does_not_come_back_is_found_too() {
    on_bench(|bench| async move {
        let thread = Thread::start();
        let (let_go, held) = mpsc::sync_channel::<()>(0);
        let (begun, has_begun) = mpsc::sync_channel(1);
        let log = bench.log.clone();
        let spec = troupe_runtime::Spec::new(move |_| {
            begun.send(()).unwrap();
            let _ = held.recv();
            Ok(crate::common::Puppet::<0>::new(&log, 0))
        });
        bench.node.spawn(spec.on(&thread));
        has_begun.recv().unwrap();
        bench.clock.advance(Millis::secs(3));
        assert_eq!(bench.node.stuck(Millis::secs(2)).len(), 1);
        drop(let_go);
        until("it is built", || bench.node.stuck(Millis::secs(2)).is_empty()).await;
    });
}
