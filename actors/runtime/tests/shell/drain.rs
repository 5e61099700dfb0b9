//! Ending in good order.

use crate::common::{Bench, Do, Note, Puppet, Wire2, act, later, on_bench, settle, spec, tell_to};
use troupe_runtime::{Actor, Cx, Drained, Fault, Handle, Pool, Reply, Spec};
use troupe_types::Millis;
use troupe_wire::CallError;

/// Moves time, jobs and the disk until the drain is over; at most so long.
async fn drain(bench: &Bench, span: Millis) -> Option<Drained> {
    let node = bench.node.clone();
    let drained = later(async move { node.drain(span).await });
    for _ in 0..1_000 {
        settle_a_little().await;
        if let Some(drained) = drained.get() {
            return Some(drained);
        }
        bench.clock.advance(Millis(5));
    }
    None
}

/// An actor whose last words are bytes.
struct Saver<const N: usize>;

impl<const N: usize> Actor for Saver<N> {
    const KIND: &'static str = if N == 0 { "saver" } else { "second saver" };

    fn stopping(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.persist("log", b"last".to_vec());
        Ok(())
    }
}

impl Handle<Note> for Saver<0> {
    fn handle(
        &mut self,
        Note(n): Note,
        reply: Reply<Note>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        cx.persist("log", b"note,".to_vec());
        reply.send(n, cx);
        Ok(())
    }
}

async fn settle_a_little() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn queues_are_finished_and_last_hooks_run_in_reverse_order_of_start() {
    on_bench(|bench| async move {
        bench.node.spawn(spec::<0>(&bench)).accept::<Note>();
        bench.node.spawn(spec::<1>(&bench)).accept::<Note>();
        settle().await;
        bench.log.take();
        let (anna, bert) = (bench.node.link::<Note>("anna"), bench.node.link::<Note>("bert"));
        for n in 0..3 {
            anna.tell(Note(n)).expect("there is room");
        }
        bert.tell(Note(3)).expect("there is room");
        let drained = drain(&bench, Millis::secs(10)).await.expect("it ends");
        assert!(drained.is_clean(), "{drained:?}");
        let mut ran = bench.log.take();
        assert_eq!(ran.split_off(4), ["bert stopping", "anna stopping"]);
        ran.sort();
        assert_eq!(ran, ["note 0", "note 1", "note 2", "note 3"]);
        assert_eq!(anna.tell(Note(4)).expect_err("the gates are closed").why, CallError::Closing);
        assert!(bench.node.is_draining());
    });
}

#[test]
fn conversations_among_our_own_actors_go_on_to_their_end() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench)).link::<Do>();
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Do<1>>();
        settle().await;
        bench.log.take();
        // An ask, a job behind it, and a tell behind that: none is in a queue when the drain begins.
        let anna_too = anna.clone();
        tell_to(&anna, move |_, cx| {
            let long = act::<1>(move |_, reply, cx| {
                cx.pool(
                    Pool::Jobs,
                    || 7,
                    move |_, result, cx| {
                        reply.send(result.expect("it ran"), cx);
                        Ok(())
                    },
                )
                .expect("the pool has room");
                Ok(())
            });
            cx.ask(&bert, long, move |puppet, answer, cx| {
                puppet.hear("heard", answer);
                let last = act(|puppet: &mut Puppet, _, _| {
                    puppet.log.add("the last word");
                    Ok(())
                });
                cx.tell(&anna_too, last).expect("there is room");
                Ok(())
            });
            Ok(())
        });
        settle().await;
        let node = bench.node.clone();
        let drained = later(async move { node.drain(Millis::secs(10)).await });
        for _ in 0..50 {
            settle_a_little().await;
            bench.clock.advance(Millis(5));
        }
        assert_eq!(drained.get(), None, "a job is under way");
        bench.jobs.run_one();
        for _ in 0..10 {
            settle_a_little().await;
            bench.clock.advance(Millis(5));
        }
        assert_eq!(drained.get(), Some(Drained::default()));
        let said = ["heard 7", "the last word", "bert stopping", "anna stopping"];
        assert_eq!(bench.log.take(), said);
    });
}

#[test]
fn messages_from_other_processes_are_refused_from_the_beginning() {
    on_bench(|bench| async move {
        let net = Wire2::between(&bench.node, &bench.node);
        bench.node.spawn(spec::<0>(&bench)).serve::<crate::remote::Echo>().expect("it is free");
        let link = net.link::<crate::remote::Echo>();
        assert_eq!(link.ask(crate::remote::Echo::number(1)).await, Ok(1));
        // A conversation keeps the drain from ending.
        let keep = act(|puppet: &mut Puppet, reply, _| {
            puppet.owed.push(reply);
            Ok(())
        });
        bench.node.spawn(spec::<0>(&bench)).accept::<Do>();
        let anna = bench.node.link::<Do>("anna");
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Do<1>>();
        tell_to(&bert, move |_, cx| {
            cx.ask(&anna, keep, |_, _, _| Ok(()));
            Ok(())
        });
        settle().await;
        let node = bench.node.clone();
        let drained = later(async move { node.drain(Millis::secs(60)).await });
        settle().await;
        assert_eq!(drained.get(), None);
        assert_eq!(link.ask(crate::remote::Echo::number(2)).await, Err(CallError::Closing));
    });
}

#[test]
fn what_the_last_hook_persists_is_durable_even_behind_a_sync_under_way() {
    on_bench(|bench| async move {
        let saver = bench.node.spawn(Spec::new(|_| Ok(Saver::<0>)));
        let asked = later(saver.link::<Note>().ask(Note(1)));
        settle().await;
        let node = bench.node.clone();
        // No time for queues, so the hook runs while the first bytes are on their way.
        let drained = later(async move { node.drain(Millis::ZERO).await });
        settle().await;
        assert_eq!(drained.get(), None);
        for _ in 0..2 {
            bench.urgent.run_one();
            settle().await;
            bench.clock.advance(Millis(5));
            settle().await;
        }
        assert_eq!(bench.disk.text("log"), "note,last");
        assert_eq!(asked.get(), Some(Ok(1)));
        let unfinished = drained.get().expect("it is over").unfinished;
        assert_eq!(unfinished, [("saver", 0)], "it was not quiet when the time was up");
    });
}

#[test]
fn a_last_hook_that_never_ends_takes_no_time_from_the_others() {
    on_bench(|bench| async move {
        // Started last, so it is first to go; its bytes wait for a disk that nobody moves.
        bench.node.spawn(Spec::new(|_| Ok(Saver::<0>)));
        bench.node.spawn(spec::<0>(&bench));
        bench.node.spawn(Spec::new(|_| Ok(Saver::<1>)));
        settle().await;
        bench.log.take();
        let drained = drain(&bench, Millis(20)).await.expect("it ends");
        assert_eq!(drained.unfinished, [("saver", 0), ("second saver", 0)]);
        assert_eq!(bench.log.take(), ["anna stopping"]);
    });
}

#[test]
fn a_last_hook_may_use_what_is_left_of_the_time() {
    on_bench(|bench| async move {
        bench.node.spawn(Spec::new(|_| Ok(Saver::<0>)));
        settle().await;
        let node = bench.node.clone();
        let drained = later(async move { node.drain(Millis::secs(10)).await });
        // A disk that takes nine seconds.
        for _ in 0..1_800 {
            settle_a_little().await;
            bench.clock.advance(Millis(5));
        }
        assert_eq!(drained.get(), None);
        bench.urgent.run_one();
        for _ in 0..10 {
            settle_a_little().await;
            bench.clock.advance(Millis(5));
        }
        assert_eq!(drained.get(), Some(Drained::default()));
        assert_eq!(bench.disk.text("log"), "last");
    });
}

#[test]
fn whoever_is_not_finished_in_time_is_named() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench));
        bench.node.spawn(spec::<1>(&bench));
        settle().await;
        // It pauses for longer than the drain waits, with messages in its queue.
        tell_to(&anna.link::<Do>(), |_, _| panic!("on purpose"));
        settle().await;
        let note = anna.link::<Note>();
        (0..3).for_each(|n| note.tell(Note(n)).expect("there is room"));
        let drained = drain(&bench, Millis(20)).await.expect("it ends");
        assert_eq!(drained.unfinished, [("anna", 3)]);
        assert!(!drained.is_clean());
    });
}

#[test]
fn a_drain_ends_children_with_their_parents() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench));
        let log = bench.log.clone();
        tell_to(&anna.link::<Do>(), move |_, cx| {
            cx.child(
                Puppet::<1>::new(&log, 0),
                troupe_runtime::Queue::default(),
                None,
                |_, _, _| Ok(()),
            );
            Ok(())
        });
        settle().await;
        // A child that lives is a conversation that is not over.
        let drained = drain(&bench, Millis(100)).await.expect("it ends");
        assert_eq!(drained.unfinished, [("anna", 0)]);
        assert_eq!(format!("{:?}", bench.node), "Node(0 actors)");
    });
}

#[test]
fn a_fault_in_the_last_hook_ends_the_actor_all_the_same() {
    struct Stubborn;

    impl Actor for Stubborn {
        const KIND: &'static str = "stubborn";

        fn stopping(&mut self, _cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
            Err(Fault::Restart("not yet".into()))
        }
    }

    on_bench(|bench| async move {
        bench.node.spawn(Spec::new(|_| Ok(Stubborn)));
        settle().await;
        let drained = drain(&bench, Millis::secs(1)).await.expect("it ends");
        assert!(drained.is_clean(), "{drained:?}");
    });
}
