//! The gate in front of every actor: messages, bytes, lanes.

use crate::common::{Heavy, Note, Puppet, Urgent, later, on_bench, settle, spec, tell_to, until};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use troupe_runtime::{Queue, Thread};
use troupe_types::Bytes;
use troupe_wire::CallError;

fn queue(messages: u32, bytes: u64) -> Queue {
    Queue { messages, bytes: Bytes(bytes) }
}

#[test]
fn a_queue_holds_no_more_than_it_may_however_many_links_there_are() {
    on_bench(|bench| async move {
        bench.node.spawn(spec::<0>(&bench).queue(queue(10, 1 << 20))).accept::<Note>();
        #[expect(clippy::redundant_clone, reason = "a fresh clone is what is tested")]
        let send = |n| bench.node.link::<Note>("anna").clone().tell(Note(n));
        let taken = (0..100).filter(|n| send(*n).is_ok()).count();
        assert_eq!(taken, 9, "nine tenths of ten");
        let refused = send(100).expect_err("the queue is full");
        assert_eq!((refused.why, refused.message), (CallError::Busy, Note(100)));
        settle().await;
        let ran = bench.log.take();
        assert_eq!(ran.len(), 1 + 9, "the start and what was taken: {ran:?}");
        assert!(send(101).is_ok(), "there is room again");
    });
}

#[test]
fn bulk_is_refused_first_then_the_ordinary_and_what_keeps_the_system_going_last() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench).queue(queue(20, 1 << 20)));
        let fill = |send: &dyn Fn() -> bool| std::iter::from_fn(|| send().then_some(())).count();
        let (heavy, note, urgent) =
            (anna.link::<Heavy>(), anna.link::<Note>(), anna.link::<Urgent>());
        assert_eq!(fill(&|| heavy.tell(Heavy(1)).is_ok()), 10);
        assert_eq!(fill(&|| note.tell(Note(1)).is_ok()), 8);
        assert_eq!(fill(&|| urgent.tell(Urgent(1)).is_ok()), 2);
    });
}

#[test]
fn bytes_are_bounded_as_messages_are() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench).queue(queue(100, 1_000)));
        let heavy = anna.link::<Heavy>();
        assert!(heavy.tell(Heavy(400)).is_ok());
        assert_eq!(heavy.tell(Heavy(101)).expect_err("too much").why, CallError::Busy);
        assert!(heavy.tell(Heavy(100)).is_ok());
        settle().await;
        assert!(heavy.tell(Heavy(500)).is_ok(), "what ran weighs nothing any more");
    });
}

#[test]
fn a_message_that_no_queue_could_hold_is_not_called_busy() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench).queue(queue(100, 1_000)));
        let heavy = anna.link::<Heavy>();
        assert_eq!(heavy.tell(Heavy(501)).expect_err("never").why, CallError::Unsupported);
        let ready = later(async move { heavy.ready(Bytes(501)).await });
        settle().await;
        assert_eq!(ready.get(), Some(()), "there is nothing to wait for");
    });
}

#[test]
fn a_sender_that_waits_for_room_is_woken_when_there_is_some() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench).queue(queue(10, 1 << 20)));
        let note = anna.link::<Note>();
        (0..9).for_each(|n| note.tell(Note(n)).expect("there is room"));
        let sent = later(async move {
            note.ready(Bytes(8)).await;
            note.tell(Note(9)).is_ok()
        });
        settle().await;
        assert_eq!(sent.get(), Some(true));
        assert!(bench.log.take().contains(&"note 9".to_owned()));
    });
}

#[test]
fn a_sender_that_waits_for_room_is_woken_when_the_actor_ends() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench).queue(queue(10, 1 << 20)));
        let note = anna.link::<Note>();
        // Its pause after a fall keeps the queue full.
        tell_to(&anna.link(), |_, _| panic!("on purpose"));
        settle().await;
        while note.tell(Note(0)).is_ok() {}
        let waiting = note.clone();
        let ready = later(async move { waiting.ready(Bytes(8)).await });
        settle().await;
        assert_eq!(ready.get(), None);
        anna.stop();
        bench.clock.advance(troupe_types::Millis(50));
        settle().await;
        assert_eq!(ready.get(), Some(()));
        assert_eq!(note.tell(Note(1)).expect_err("it is gone").why, CallError::Closing);
    });
}

#[test]
fn racing_senders_of_many_threads_never_overfill_a_queue() {
    on_bench(|bench| async move {
        let thread = Thread::start();
        let spec = spec::<0>(&bench).queue(queue(100, 1 << 20)).on(&thread);
        let anna = bench.node.spawn::<Puppet>(spec);
        let (let_go, held) = mpsc::sync_channel::<()>(0);
        let (begun, has_begun) = mpsc::sync_channel(1);
        tell_to(&anna.link(), move |_, _| {
            begun.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        });
        has_begun.recv().unwrap();
        let taken = Arc::new(AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (link, taken) = (anna.link::<Note>(), Arc::clone(&taken));
                scope.spawn(move || {
                    for n in 0..2_000 {
                        if link.clone().tell(Note(n)).is_ok() {
                            taken.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let taken = taken.load(Ordering::Relaxed);
        // The message being handled is still held. Racing senders may refuse each other near the end.
        assert!((80..=89).contains(&taken), "{taken} were taken");
        drop(let_go);
        let all = usize::try_from(taken).unwrap() + 1;
        until("all have run", || bench.log.len() == all).await;
    });
}
