//! What an asker hears, and what it may conclude.

use crate::common::{
    Bench, Do, Heavy, Note, Puppet, act, later, on_bench, settle, spec, tell_to, until,
};
use std::future::Future;
use std::sync::mpsc;
use troupe_runtime::{Fault, Link, Queue, Thread};
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Certainty};

fn anna(bench: &Bench) -> Link<Do> {
    bench.node.spawn(spec::<0>(bench)).link()
}

#[test]
fn an_answer_is_given_now_or_later() {
    on_bench(|bench| async move {
        let anna = anna(&bench);
        let now = act(|_, reply, cx| {
            reply.send(1, cx);
            Ok(())
        });
        assert_eq!(anna.ask(now).await, Ok(1));
        let later_on = later(anna.ask(act(|puppet: &mut Puppet, reply, _| {
            puppet.owed.push(reply);
            Ok(())
        })));
        settle().await;
        assert_eq!(later_on.get(), None);
        tell_to(&anna, |puppet, cx| {
            let owed = puppet.owed.pop().expect("it was kept");
            assert!(owed.is_wanted());
            owed.send(2, cx);
            Ok(())
        });
        settle().await;
        assert_eq!(later_on.get(), Some(Ok(2)));
    });
}

#[test]
fn a_full_queue_is_busy_and_the_message_did_not_run() {
    on_bench(|bench| async move {
        let small = Queue { messages: 2, ..Queue::default() };
        let note = bench.node.spawn(spec::<0>(&bench).queue(small)).link::<Note>();
        settle().await;
        bench.log.take();
        assert!(note.tell(Note(1)).is_ok() && note.tell(Note(2)).is_ok());
        let refused = note.ask(Note(3)).await;
        assert_eq!(refused, Err(CallError::Busy));
        settle().await;
        assert_eq!(bench.log.take(), ["note 1", "note 2"]);
    });
}

#[test]
fn nobody_there_is_not_here_until_the_actor_starts() {
    on_bench(|bench| async move {
        let note = bench.node.link::<Note>("anna");
        assert_eq!(note.ask(Note(1)).await, Err(CallError::NotHere));
        bench.node.spawn(spec::<0>(&bench)).accept::<Note>();
        assert_eq!(note.ask(Note(2)).await, Ok(2));
    });
}

#[test]
fn what_was_queued_when_an_actor_ended_is_closing_and_did_not_run() {
    on_bench(|bench| async move {
        let spawned = bench.node.spawn(spec::<0>(&bench));
        let note = spawned.link::<Note>();
        settle().await;
        bench.log.take();
        let queued: Vec<_> = (0..3).map(|n| later(note.ask(Note(n)))).collect();
        let caller = bench.node.spawn(spec::<1>(&bench)).link::<Do<1>>();
        let from_actor = note.clone();
        tell_to(&caller, move |_, cx| {
            cx.ask(&from_actor, Note(9), |puppet, answer, _| {
                puppet.hear("heard", answer);
                Ok(())
            });
            Ok(())
        });
        // Stopped ahead of everything in its queue.
        spawned.stop();
        settle().await;
        for asked in queued {
            assert_eq!(asked.get(), Some(Err(CallError::Closing)));
        }
        assert_eq!(note.ask(Note(4)).await, Err(CallError::Closing));
        assert_eq!(bench.log.take(), ["bert 0 started", "heard closing"]);
    });
}

#[test]
fn what_is_larger_than_any_queue_is_unsupported() {
    on_bench(|bench| async move {
        let small = Queue { bytes: Bytes(100), ..Queue::default() };
        let heavy = bench.node.spawn(spec::<0>(&bench).queue(small)).link::<Heavy>();
        assert_eq!(heavy.ask(Heavy(51)).await, Err(CallError::Unsupported));
    });
}

#[test]
fn a_reply_dropped_by_an_actor_that_goes_on_is_lost() {
    on_bench(|bench| async move {
        let anna = anna(&bench);
        assert_eq!(anna.ask(act(|_, _, _| Ok(()))).await, Err(CallError::Lost));
        let kept = later(anna.ask(act(|puppet: &mut Puppet, reply, _| {
            puppet.owed.push(reply);
            Ok(())
        })));
        settle().await;
        tell_to(&anna, |puppet, _| {
            puppet.owed.clear();
            Ok(())
        });
        settle().await;
        assert_eq!(kept.get(), Some(Err(CallError::Lost)));
    });
}

#[test]
fn a_reply_of_an_actor_that_falls_is_crashed_however_it_falls() {
    on_bench(|bench| async move {
        let anna = anna(&bench);
        let owed = later(anna.ask(act(|puppet: &mut Puppet, reply, _| {
            puppet.owed.push(reply);
            Ok(())
        })));
        settle().await;
        let panicked = later(anna.ask(act(|_, _, _| panic!("on purpose"))));
        settle().await;
        assert_eq!(panicked.get(), Some(Err(CallError::Crashed)), "its handler panicked");
        assert_eq!(owed.get(), Some(Err(CallError::Crashed)), "the actor that owed it fell");
        bench.clock.advance(Millis::secs(1));
        let faulted = later(anna.ask(act(|_, _, _| Err(Fault::Restart("on purpose".into())))));
        settle().await;
        assert_eq!(faulted.get(), Some(Err(CallError::Crashed)), "its handler returned a fault");
    });
}

#[test]
fn an_answer_that_does_not_come_in_time_is_timed_out() {
    on_bench(|bench| async move {
        let anna = anna(&bench);
        let keep = || {
            act(|puppet: &mut Puppet, reply, _| {
                puppet.owed.push(reply);
                Ok(())
            })
        };
        let by_default = later(anna.ask(keep()));
        let sooner = later(anna.ask(keep()).within(Millis(20)));
        let soonest = later(anna.ask(keep()).by(Millis(10)));
        settle().await;
        bench.clock.advance(Millis(10));
        settle().await;
        assert_eq!(soonest.get(), Some(Err(CallError::TimedOut)));
        bench.clock.advance(Millis(9));
        settle().await;
        assert_eq!(sooner.get(), None);
        bench.clock.advance(Millis(1));
        settle().await;
        assert_eq!(sooner.get(), Some(Err(CallError::TimedOut)));
        bench.clock.advance(Millis(4_979));
        settle().await;
        assert_eq!(by_default.get(), None);
        bench.clock.advance(Millis(1));
        settle().await;
        assert_eq!(by_default.get(), Some(Err(CallError::TimedOut)));
        assert_eq!(bench.clock.armed(), 0, "no alarm is left behind");
    });
}

#[test]
fn an_ask_that_is_dropped_runs_all_the_same() {
    on_bench(|bench| async move {
        let note = bench.node.spawn(spec::<0>(&bench)).link::<Note>();
        settle().await;
        bench.log.take();
        let mut ask = Box::pin(note.ask(Note(1)));
        let polled =
            std::future::poll_fn(|task| std::task::Poll::Ready(ask.as_mut().poll(task))).await;
        assert!(polled.is_pending());
        drop(ask);
        let never_polled = note.ask(Note(2));
        drop(never_polled);
        settle().await;
        assert_eq!(bench.log.take(), ["note 1"], "an ask is sent when first polled");
        assert_eq!(bench.clock.armed(), 0);
    });
}

#[test]
fn a_refused_ask_of_an_actor_is_heard_by_it_like_any_answer() {
    on_bench(|bench| async move {
        let anna = anna(&bench);
        let nobody = bench.node.link::<Note>("dora");
        settle().await;
        bench.log.take();
        tell_to(&anna, move |puppet, cx| {
            cx.ask(&nobody, Note(1), |puppet, answer, _| {
                puppet.hear("heard", answer);
                Ok(())
            });
            puppet.log.add("went on");
            Ok(())
        });
        settle().await;
        assert_eq!(bench.log.take(), ["went on", "heard not_here"]);
    });
}

/// The list in `SEMANTICS.md`: what may have run and what certainly did not.
#[test]
fn outcomes_that_say_not_run_are_given_only_when_nothing_ran() {
    on_bench(|bench| async move {
        let thread = Thread::start();
        let busy = Queue { messages: 2, ..Queue::default() };
        let spawned = bench.node.spawn(spec::<0>(&bench).queue(busy).on(&thread));
        let (anna, note) = (spawned.link::<Do>(), spawned.link::<Note>());
        let (let_go, held) = mpsc::sync_channel::<()>(0);
        let (begun, has_begun) = mpsc::sync_channel(1);
        tell_to(&anna, move |_, _| {
            begun.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        });
        has_begun.recv().unwrap();
        let expires = later(note.ask(Note(1)).within(Millis(10)));
        settle().await;
        let refused = note.ask(Note(2)).await;
        bench.clock.advance(Millis(10));
        settle().await;
        // It gave up while the message lay in the queue, so it cannot know.
        assert_eq!(expires.get(), Some(Err(CallError::TimedOut)));
        drop(let_go);
        let outcome = |name: &str| {
            let text = bench.node.metrics().text();
            let line = format!(
                "troupe_actor_messages_total{{actor=\"anna\",message=\"note\",outcome=\"{name}\"}} 1"
            );
            text.contains(&line)
        };
        until("the message was found expired", || outcome("expired")).await;
        assert_eq!(refused.map_err(CallError::certainty), Err(Certainty::NotRun));
        assert!(outcome("busy"));
        assert_eq!(bench.log.take(), ["anna 0 started"], "neither ran");
    });
}
