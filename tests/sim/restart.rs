//! A fall at message k, for every k: what it takes with it and what it leaves.

use std::sync::{Arc, Mutex};
use troupe_runtime::sim::Scenario;
use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Pool, Queue, Reply, RestartPolicy, Spec};
use troupe_tests::seeds::fall;
use troupe_types::Millis;
use troupe_wire::{CallError, Message};

/// So many messages in all.
const MESSAGES: u64 = 150;

/// How the actor falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Panics,
    Faults,
    /// In the continuation of a job that the message began.
    AfterAJob,
    /// In the continuation of a write that the message began.
    AfterAWrite,
    /// In a timer that the message set.
    InATimer,
}

const WAYS: [Way; 5] = [Way::Panics, Way::Faults, Way::AfterAJob, Way::AfterAWrite, Way::InATimer];

/// A step of work, answered with its number.
struct Step(u64);

impl Message for Step {
    type Reply = u64;
    const NAME: &'static str = "step";
    const DEADLINE: Millis = Millis::secs(60);
}

/// What outlives the worker: the steps it took and when it was built.
#[derive(Debug, Default)]
struct Seen {
    steps: Vec<u64>,
    built: u64,
    has_fallen: bool,
}

struct Worker {
    seen: Arc<Mutex<Seen>>,
    falls_at: u64,
    way: Way,
}

impl Actor for Worker {
    const KIND: &'static str = "worker";
}

impl Worker {
    /// Falls the first time only: the message that did it is gone.
    fn is_to_fall(&self, step: u64) -> bool {
        let mut seen = self.seen.lock().expect("one thread");
        step == self.falls_at && !std::mem::replace(&mut seen.has_fallen, true)
    }
}

impl Handle<Step> for Worker {
    fn handle(
        &mut self,
        Step(step): Step,
        reply: Reply<Step>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.seen.lock().expect("one thread").steps.push(step);
        if step != self.falls_at || !self.is_to_fall(step) {
            reply.send(step, cx);
            return Ok(());
        }
        match self.way {
            Way::Panics => fall("a panic"),
            Way::Faults => return Err(Fault::Restart("a fault".to_owned())),
            Way::AfterAJob => cx
                .pool(
                    Pool::Jobs,
                    || (),
                    move |_, _, _| {
                        let _held = reply;
                        fall("after a job")
                    },
                )
                .expect("room in the pool"),
            Way::AfterAWrite => {
                cx.persist("log", vec![1]);
                reply.send(step, cx);
                cx.pool(Pool::Jobs, || (), |_, _, _| fall("after a write")).expect("room");
            }
            Way::InATimer => {
                cx.after(Millis(1), move |_, _| {
                    let _held = reply;
                    fall("in a timer")
                });
            }
        }
        Ok(())
    }
}

#[test]
fn a_fall_at_any_message_loses_that_one_and_no_other() {
    for way in WAYS {
        for falls_at in 0..MESSAGES {
            let seen = Arc::new(Mutex::new(Seen::default()));
            let kept = Arc::clone(&seen);
            let mut world = Scenario::seed(falls_at)
                .nodes(1)
                .run_actors(move |stage| {
                    let kept = Arc::clone(&kept);
                    let worker = Spec::new(move |_| {
                        kept.lock().expect("one thread").built += 1;
                        Ok(Worker { seen: Arc::clone(&kept), falls_at, way })
                    });
                    let queue = Queue { messages: 1_000, ..Queue::default() };
                    let worker = worker.queue(queue).restart(RestartPolicy::default());
                    stage.node().spawn(worker).accept::<Step>();
                    Ok(())
                })
                .open();
            // All are queued at once, so that most of them wait through the restart.
            let ask_all = |node: Node| async move {
                let worker = node.link::<Step>("worker");
                let asks =
                    (0..MESSAGES).map(|step| tokio::task::spawn_local(worker.ask(Step(step))));
                let mut outcomes = Vec::new();
                for ask in asks.collect::<Vec<_>>() {
                    outcomes.push(ask.await.expect("no panic"));
                }
                node.clock().alarm(Millis::secs(1)).await;
                outcomes
            };
            let outcomes = world.call(0, Millis::secs(90), ask_all).expect("the node lives");
            let context = format!("{way:?} at {falls_at}");
            for (step, outcome) in (0..MESSAGES).zip(outcomes) {
                match outcome {
                    Ok(answer) => assert_eq!(answer, step, "{context}"),
                    Err(why) => {
                        assert_eq!(step, falls_at, "{context}: an innocent message failed: {why}");
                        assert!(matches!(why, CallError::Crashed | CallError::Lost), "{context}");
                        assert_ne!(way, Way::AfterAWrite, "its answer had left");
                    }
                }
            }
            let seen = seen.lock().expect("one thread");
            assert_eq!(seen.steps, (0..MESSAGES).collect::<Vec<_>>(), "{context}: each once");
            assert_eq!(seen.built, 2, "{context}");
            assert_eq!(world.stops(), [], "{context}");
        }
    }
}
