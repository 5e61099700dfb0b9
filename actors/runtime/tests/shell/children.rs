//! Child actors: a queue and a fate of their own, under their parent.

use crate::common::{Bench, Do, Log, Note, Puppet, later, on_bench, settle, spec, tell_to};
use std::sync::{Arc, Mutex};
use troupe_runtime::{Disk, Fault, Link, Queue, Spawned, StopCause};
use troupe_types::{Bytes, Millis};
use troupe_wire::CallError;

/// A parent (anna) and its child (bert).
struct Family {
    parent: Spawned<Puppet>,
    links: Arc<Mutex<Option<Links>>>,
}

#[derive(Clone)]
struct Links {
    act: Link<Do<1>>,
    note: Link<Note>,
}

impl Family {
    fn child(&self) -> Links {
        self.links.lock().unwrap().clone().expect("the child was started")
    }

    fn give_birth(&self, log: &Log, queue: Queue, lifetime: Option<Millis>) {
        let (log, links) = (log.clone(), Arc::clone(&self.links));
        tell_to(&self.parent.link(), move |_, cx| {
            let child = Puppet::<1>::new(&log, 0);
            let spawned = cx.child(child, queue, lifetime, |puppet, exit, _| {
                puppet.log.add(format!("exit {exit:?}"));
                Ok(())
            });
            *links.lock().unwrap() = Some(Links { act: spawned.link(), note: spawned.link() });
            Ok(())
        });
    }
}

async fn family(bench: &Bench, queue: Queue, lifetime: Option<Millis>) -> Family {
    let family = Family { parent: bench.node.spawn(spec::<0>(bench)), links: Arc::default() };
    family.give_birth(&bench.log, queue, lifetime);
    settle().await;
    assert_eq!(bench.log.take(), ["anna 0 started", "bert 0 started"]);
    family
}

async fn plain(bench: &Bench) -> Family {
    family(bench, Queue::default(), None).await
}

#[test]
fn a_child_has_a_queue_of_its_own() {
    on_bench(|bench| async move {
        let small = Queue { messages: 2, bytes: Bytes::mib(1) };
        let family = family(&bench, small, None).await;
        let note = family.child().note;
        let sent: Vec<bool> = (0..3).map(|n| note.tell(Note(n)).is_ok()).collect();
        assert_eq!(sent, [true, true, false]);
        assert!(family.parent.link::<Note>().tell(Note(9)).is_ok());
        settle().await;
        let mut ran = bench.log.take();
        ran.sort();
        assert_eq!(ran, ["note 0", "note 1", "note 9"]);
    });
}

#[test]
fn the_parent_hears_how_a_life_ended() {
    let end = |cause: fn() -> Result<bool, Fault>| {
        let heard = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&heard);
        on_bench(|bench| async move {
            let family = plain(&bench).await;
            tell_to(&family.child().act, move |_, cx| {
                if cause()? {
                    cx.stop();
                }
                Ok(())
            });
            settle().await;
            *kept.lock().unwrap() = bench.log.take().join("; ");
            let refused = family.child().note.tell(Note(1)).expect_err("it is gone");
            assert_eq!(refused.why, CallError::Closing);
            assert_eq!(bench.node.stop_cause(), None, "its parent lives on");
        });
        heard.lock().unwrap().clone()
    };
    assert_eq!(end(|| Ok(true)), "exit Stopped");
    assert_eq!(end(|| panic!("on purpose")), "exit Panicked(\"on purpose\")");
    let faulted = "exit Faulted(Restart(\"on purpose\"))";
    assert_eq!(end(|| Err(Fault::Restart("on purpose".into()))), faulted);
}

#[test]
fn a_life_is_no_longer_than_it_may_be() {
    on_bench(|bench| async move {
        let family = family(&bench, Queue::default(), Some(Millis(100))).await;
        bench.clock.advance(Millis(99));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
        let queued = later(family.child().note.ask(Note(1)));
        bench.clock.advance(Millis(1));
        settle().await;
        assert_eq!(bench.log.take().last().map(String::as_str), Some("exit DeadlinePassed"));
        assert!(queued.get().is_some(), "nobody waits for it any more");
        assert_eq!(bench.clock.armed(), 0);
    });
}

#[test]
fn a_child_that_ends_early_leaves_no_timer_behind() {
    on_bench(|bench| async move {
        let family = family(&bench, Queue::default(), Some(Millis::secs(3_600))).await;
        tell_to(&family.child().act, |_, cx| {
            cx.stop();
            Ok(())
        });
        settle().await;
        assert_eq!(bench.log.take(), ["exit Stopped"]);
        // The alarm that was armed for it rings once more at most.
        bench.clock.advance(Millis::secs(3_600));
        settle().await;
        assert_eq!((bench.clock.armed(), bench.log.take().len()), (0, 0));
    });
}

#[test]
fn children_end_with_their_parent() {
    on_bench(|bench| async move {
        let family = plain(&bench).await;
        family.parent.stop();
        settle().await;
        let refused = family.child().note.tell(Note(1)).expect_err("it is gone");
        assert_eq!(refused.why, CallError::Closing);
        assert_eq!(bench.log.take(), [""; 0]);
    });
}

#[test]
fn a_parent_is_rebuilt_after_its_children_have_ended_and_does_not_hear_of_them() {
    on_bench(|bench| async move {
        let family = plain(&bench).await;
        // The child writes, and its queue is not empty.
        tell_to(&family.child().act, |_, cx| {
            cx.persist("child", b"x".to_vec());
            Ok(())
        });
        settle().await;
        family.child().note.tell(Note(1)).expect("there is room");
        tell_to(&family.parent.link::<Do>(), |_, _| Err(Fault::Restart("on purpose".into())));
        settle().await;
        let queued = later(family.child().note.ask(Note(2)));
        bench.clock.advance(Millis::secs(1));
        settle().await;
        assert_eq!(bench.log.take(), ["note 1"], "its parent waits for the child's bytes");
        assert_eq!(queued.get(), Some(Err(CallError::Closing)));
        bench.urgent.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["anna 1 started"]);
        assert_eq!(bench.disk.text("child"), "x");
    });
}

#[test]
fn an_exit_is_told_when_the_bytes_of_the_child_are_on_disk() {
    on_bench(|bench| async move {
        let family = plain(&bench).await;
        tell_to(&family.child().act, |_, cx| {
            cx.persist("child", b"x".to_vec());
            Ok(())
        });
        settle().await;
        tell_to(&family.child().act, |_, _| panic!("on purpose"));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
        bench.urgent.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["exit Panicked(\"on purpose\")"]);
    });
}

#[test]
fn a_child_that_stops_answers_first_what_waits_for_its_disk() {
    on_bench(|bench| async move {
        let family = plain(&bench).await;
        let asked = later(family.child().act.ask(crate::common::act(|_, reply, cx| {
            cx.persist("child", b"x".to_vec());
            reply.send(1, cx);
            cx.stop();
            Ok(())
        })));
        let too_late = later(family.child().note.ask(Note(1)));
        settle().await;
        assert_eq!(too_late.get(), Some(Err(CallError::Closing)));
        assert_eq!(asked.get(), None);
        bench.urgent.run_one();
        settle().await;
        assert_eq!(asked.get(), Some(Ok(1)));
        assert_eq!(bench.log.take(), ["exit Stopped"]);
    });
}

#[test]
fn a_failed_write_of_a_child_stops_the_node() {
    on_bench(|bench| async move {
        let family = plain(&bench).await;
        bench.disk.fail();
        tell_to(&family.child().act, |_, cx| {
            cx.persist("child", b"x".to_vec());
            Ok(())
        });
        settle().await;
        bench.urgent.run_one();
        settle().await;
        let fault = Fault::Storage("the disk is broken".into());
        assert_eq!(bench.node.stop_cause(), Some(StopCause::Fault { kind: "bert", fault }));
        assert!(bench.disk.read("child").expect("read").is_empty());
    });
}

#[test]
fn a_thousand_short_lives_leave_nothing_behind() {
    on_bench(|bench| async move {
        let family = plain(&bench).await;
        for _ in 0..1_000 {
            family.give_birth(&bench.log, Queue::default(), Some(Millis::secs(60)));
            for _ in 0..6 {
                tokio::task::yield_now().await;
            }
            tell_to(&family.child().act, |_, cx| {
                cx.stop();
                Ok(())
            });
            for _ in 0..6 {
                tokio::task::yield_now().await;
            }
        }
        settle().await;
        let exits = bench.log.take().iter().filter(|line| *line == "exit Stopped").count();
        assert_eq!(exits, 1_000);
        let shown = format!("{:?}", bench.node);
        assert_eq!(shown, "Node(2 actors)", "the parent and the first child");
        assert!(bench.clock.armed() <= 1);
    });
}
