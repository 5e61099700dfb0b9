//! A fall, the pause after it, and what survives.

use crate::common::{Bench, Do, Note, Puppet, later, on_bench, settle, spec, tell_to};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use troupe_runtime::{Fault, Link, RestartPolicy, Spawned, Spec, StopCause};
use troupe_types::Millis;

fn fall(link: &Link<Do>, by_panic: bool) {
    tell_to(link, move |_, _| {
        assert!(!by_panic, "on purpose");
        Err(Fault::Restart("on purpose".into()))
    });
}

async fn anna(bench: &Bench) -> Spawned<Puppet> {
    let spawned = bench.node.spawn(spec::<0>(bench));
    settle().await;
    bench.log.take();
    spawned
}

#[test]
fn queued_messages_survive_a_panic_and_a_fault_in_their_order() {
    for by_panic in [true, false] {
        on_bench(|bench| async move {
            let anna = anna(&bench).await;
            let note = anna.link::<Note>();
            fall(&anna.link(), by_panic);
            (0..3).for_each(|n| note.tell(Note(n)).expect("there is room"));
            settle().await;
            let during = later(note.ask(Note(3)));
            settle().await;
            assert_eq!(bench.log.take(), [""; 0], "nothing runs during the pause");
            bench.clock.advance(Millis(49));
            settle().await;
            assert_eq!(bench.log.take(), [""; 0]);
            bench.clock.advance(Millis(1));
            settle().await;
            let ran = ["anna 1 started", "note 0", "note 1", "note 2", "note 3"];
            assert_eq!(bench.log.take(), ran);
            assert_eq!(during.get(), Some(Ok(3)));
            assert_eq!(bench.node.stop_cause(), None);
        });
    }
}

#[test]
fn the_pause_doubles_with_every_fall_and_is_forgotten_after_a_quiet_window() {
    on_bench(|bench| async move {
        let policy = RestartPolicy {
            first_pause: Millis(100),
            longest_pause: Millis(350),
            window: Millis::secs(60),
            limit: 5,
        };
        let anna = bench.node.spawn(spec::<0>(&bench).restart(policy)).link::<Do>();
        settle().await;
        let mut pauses = Vec::new();
        for quiet in [0, 0, 0, 0, 61_000] {
            bench.clock.advance(Millis(quiet));
            settle().await;
            let now = bench.clock_now();
            fall(&anna, true);
            settle().await;
            pauses.push(bench.clock.next().expect("it pauses").0 - now.0);
            bench.clock.advance(Millis(350));
            settle().await;
        }
        assert_eq!(pauses, [100, 200, 350, 350, 100]);
        assert_eq!(bench.log.take().last().map(String::as_str), Some("anna 5 started"));
    });
}

#[test]
fn one_fall_too_many_within_the_window_stops_the_node() {
    on_bench(|bench| async move {
        let policy = RestartPolicy { limit: 2, ..RestartPolicy::default() };
        let spawned = bench.node.spawn(spec::<0>(&bench).restart(policy));
        for falls in 0..3 {
            settle().await;
            assert_eq!(bench.node.stop_cause(), None, "after {falls} falls");
            fall(&spawned.link(), false);
            settle().await;
            bench.clock.advance(Millis::secs(1));
        }
        settle().await;
        let cause = StopCause::CrashLoop { kind: "anna", last: "on purpose".into() };
        assert_eq!(bench.node.stop_cause(), Some(cause.clone()));
        assert_eq!(bench.node.stopped().await, cause);
        let refused = spawned.link::<Note>().tell(Note(1)).expect_err("it is gone");
        assert_eq!(refused.why, troupe_wire::CallError::Closing);
    });
}

#[test]
fn a_fault_that_no_restart_mends_stops_the_node_at_once() {
    for fault in [Fault::Fatal("no use".into()), Fault::Storage("gone".into())] {
        on_bench(|bench| async move {
            let anna = anna(&bench).await;
            let returned = fault.clone();
            tell_to(&anna.link::<Do>(), move |_, _| Err(returned));
            settle().await;
            assert_eq!(bench.node.stop_cause(), Some(StopCause::Fault { kind: "anna", fault }));
            bench.clock.advance(Millis::secs(60));
            settle().await;
            assert_eq!(bench.log.take(), [""; 0], "it is not rebuilt");
        });
    }
}

#[test]
fn a_factory_that_fails_or_panics_is_tried_again_after_the_pause() {
    on_bench(|bench| async move {
        let tries = Arc::new(AtomicU32::new(0));
        let (log, counted) = (bench.log.clone(), Arc::clone(&tries));
        let spawned = bench.node.spawn(Spec::new(move |build| {
            match counted.fetch_add(1, Ordering::Relaxed) {
                0 => Err(Fault::Restart("not yet".into())),
                1 => panic!("not yet"),
                _ => Ok(Puppet::<0>::new(&log, build.incarnation)),
            }
        }));
        let asked = later(spawned.link::<Note>().ask(Note(1)));
        for pause in [50, 100] {
            settle().await;
            assert_eq!(asked.get(), None);
            bench.clock.advance(Millis(pause));
        }
        settle().await;
        assert_eq!(tries.load(Ordering::Relaxed), 3);
        assert_eq!(asked.get(), Some(Ok(1)), "what was sent before the first success waited");
        assert_eq!(bench.log.take(), ["anna 2 started", "note 1"]);
    });
}

#[test]
fn a_panic_in_a_task_of_the_actor_is_a_fall_of_the_actor() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        tell_to(&anna.link::<Do>(), |_, cx| {
            cx.task(async { panic!("on purpose") });
            Ok(())
        });
        settle().await;
        bench.clock.advance(Millis(50));
        settle().await;
        assert_eq!(bench.log.take(), ["anna 1 started"]);
    });
}

#[test]
fn a_value_that_panics_when_it_is_dropped_is_replaced_all_the_same() {
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        tell_to(&anna.link::<Do>(), |_, cx| {
            let grenade = Grenade;
            cx.after(Millis::secs(9), move |_, _| {
                std::mem::forget(grenade);
                Ok(())
            });
            Err(Fault::Restart("on purpose".into()))
        });
        settle().await;
        bench.clock.advance(Millis(50));
        let asked = later(anna.link::<Note>().ask(Note(1)));
        settle().await;
        assert_eq!(asked.get(), Some(Ok(1)));
    });
}
