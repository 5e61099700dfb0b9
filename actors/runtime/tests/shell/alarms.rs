//! Alarms that answered asks leave to later ones change nothing but the cost.

use crate::common::{Bench, Do, Note, Puppet, act, later, on_bench, settle, spec};
use proptest::prelude::*;
use troupe_runtime::{Clock, Link};
use troupe_types::Millis;
use troupe_wire::CallError;

fn keep() -> Do {
    act(|puppet: &mut Puppet, reply, _| {
        puppet.owed.push(reply);
        Ok(())
    })
}

fn puppet(bench: &Bench) -> (Link<Note>, Link<Do>) {
    let anna = bench.node.spawn(spec::<0>(bench));
    (anna.link(), anna.link())
}

#[test]
fn asks_of_one_task_that_are_answered_in_time_share_one_alarm() {
    on_bench(|bench| async move {
        bench.clock.keep_alarms();
        let (note, _) = puppet(&bench);
        let asked = later(async move {
            for n in 0..100 {
                assert_eq!(note.ask(Note(n)).await, Ok(n));
            }
        });
        settle().await;
        settle().await;
        assert_eq!(asked.get(), Some(()));
        assert_eq!(bench.clock.made(), 1);
    });
}

#[test]
fn an_alarm_taken_over_makes_no_ask_wait_longer_or_shorter() {
    on_bench(|bench| async move {
        bench.clock.keep_alarms();
        let (note, wish) = puppet(&bench);
        let asked = later(async move {
            // Leaves an alarm for 100 behind, at 0.
            assert_eq!(note.ask(Note(1)).within(Millis(100)).await, Ok(1));
            // Takes it over and needs it again at 150.
            let first = wish.ask(keep()).within(Millis(150)).await;
            // Cannot use any that rings later than 160.
            let second = wish.ask(keep()).within(Millis(10)).await;
            (first, second)
        });
        settle().await;
        for (at, is_over) in [(100, false), (149, false), (150, false), (159, false), (160, true)] {
            bench.clock.advance(Millis(at).since(bench.clock.mono()));
            settle().await;
            assert_eq!(asked.get().is_some(), is_over, "at {at}");
        }
        let timed_out = Err(CallError::TimedOut);
        assert_eq!(asked.get(), Some((timed_out, timed_out)));
    });
}

#[test]
fn alarms_of_one_node_are_of_no_use_to_another() {
    on_bench(|bench| async move {
        let other = Bench::new();
        let ((near, _), (_, far)) = (puppet(&bench), puppet(&other));
        bench.clock.keep_alarms();
        other.clock.keep_alarms();
        let asked = later(async move {
            assert_eq!(near.ask(Note(1)).within(Millis(100)).await, Ok(1));
            far.ask(keep()).within(Millis(100)).await
        });
        settle().await;
        bench.clock.advance(Millis(1_000));
        settle().await;
        assert_eq!(asked.get(), None, "it is not the other node's time");
        other.clock.advance(Millis(100));
        settle().await;
        assert_eq!(asked.get(), Some(Err(CallError::TimedOut)));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Many tasks ask, some in vain, and all are woken exactly at their deadlines.
    #[test]
    fn whoever_asks_in_vain_hears_it_at_the_deadline_and_not_before(
        tasks in proptest::collection::vec(proptest::collection::vec((any::<bool>(), 1u64..40), 1..6), 1..6),
    ) {
        on_bench(|bench| async move {
            bench.clock.keep_alarms();
            let (note, wish) = puppet(&bench);
            let mut running = Vec::new();
            let mut expected = Vec::new();
            for steps in tasks {
                expected.push(steps.iter().filter(|(is_vain, _)| *is_vain).scan(0, |at, (_, span)| {
                    *at += span;
                    Some(Millis(*at))
                }).collect::<Vec<_>>());
                let (note, wish, node) = (note.clone(), wish.clone(), bench.node.clone());
                running.push(later(async move {
                    let mut heard = Vec::new();
                    for (is_vain, span) in steps {
                        if is_vain {
                            let outcome = wish.ask(keep()).within(Millis(span)).await;
                            assert_eq!(outcome, Err(CallError::TimedOut));
                            heard.push(node.now().mono);
                        } else {
                            assert_eq!(note.ask(Note(1)).within(Millis(span)).await, Ok(1));
                        }
                    }
                    heard
                }));
            }
            for _ in 0..250 {
                for _ in 0..12 {
                    tokio::task::yield_now().await;
                }
                bench.clock.advance(Millis(1));
            }
            let heard: Vec<_> = running.iter().map(|task| task.get().expect("it has ended")).collect();
            assert_eq!(heard, expected);
        });
    }
}
