//! Nothing that can run is skipped: however long a chain of work is, time does not move before it ends.

use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use troupe_runtime::sim::{Scenario, World};
use troupe_runtime::{
    Actor, Cx, Fault, Handle, Link, Node, Pool, Queue, Reply, RestartPolicy, Spec,
};
use troupe_tests::seeds::fall;
use troupe_types::{Bytes, Millis};
use troupe_wire::Message;

/// How a piece of work reaches the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hop {
    /// Told to itself.
    Myself,
    /// Told to the other actor.
    Other,
    /// Asked of the other actor; the answer goes on.
    Asked,
    /// Told by a task that yields a few times first.
    Task,
    /// Told by a task that waits for room.
    Ready,
    /// Told by a child, which ends then.
    Child,
    /// Told by whoever hears of the child's end.
    Exit,
}

const HOPS: [Hop; 7] =
    [Hop::Myself, Hop::Other, Hop::Asked, Hop::Task, Hop::Ready, Hop::Child, Hop::Exit];

/// Goes on with the rest of a chain.
#[derive(Debug)]
struct Go {
    chain: Arc<[Hop]>,
    at: usize,
}

impl Message for Go {
    type Reply = ();
    const NAME: &'static str = "go";
}

/// Is answered at once.
#[derive(Debug)]
struct Nod;

impl Message for Nod {
    type Reply = ();
    const NAME: &'static str = "nod";
}

/// The instants at which hops ran, and marks that a test made in between.
type Diary = Arc<Mutex<Vec<u64>>>;

struct Left(Diary);
struct Right(Diary);
struct Young;

impl Actor for Left {
    const KIND: &'static str = "left";
}
impl Actor for Right {
    const KIND: &'static str = "right";
}
impl Actor for Young {
    const KIND: &'static str = "young";
}

/// Does one hop in an actor whose opposite is `other`.
fn hop<A: Handle<Go>>(
    diary: &Diary,
    Go { chain, at }: Go,
    other: &'static str,
    cx: &mut Cx<'_, A>,
) -> Result<(), Fault> {
    diary.lock().expect("one thread").push(cx.node().clock().nanos());
    let Some(kind) = chain.get(at).copied() else { return Ok(()) };
    let next = Go { chain, at: at + 1 };
    let other_link = cx.node().link::<Go>(other);
    let myself = cx.myself::<Go>();
    match kind {
        Hop::Myself => cx.tell(&myself, next).expect("room"),
        Hop::Other => cx.tell(&other_link, next).expect("room"),
        Hop::Asked => {
            let nod = cx.node().link::<Nod>(other);
            cx.ask(&nod, Nod, move |_, answer, cx| {
                answer.expect("answered");
                cx.tell(&other_link, next).expect("room");
                Ok(())
            });
        }
        Hop::Task => cx.task(async move {
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            other_link.tell(next).expect("room");
        }),
        Hop::Ready => cx.task(async move {
            other_link.ready(Bytes(64)).await;
            other_link.tell(next).expect("room");
        }),
        Hop::Child => {
            let child = cx.child(Young, Queue::default(), None, |_, _, _| Ok(()));
            let link: Link<Speak> = child.link();
            link.tell(Speak(Some(next), other)).expect("room");
        }
        Hop::Exit => {
            let child = cx.child(Young, Queue::default(), None, move |_, _, cx| {
                cx.tell(&other_link, next).expect("room");
                Ok(())
            });
            let link: Link<Speak> = child.link();
            link.tell(Speak(None, other)).expect("room");
        }
    }
    Ok(())
}

/// Makes a child pass something on and end.
#[derive(Debug)]
struct Speak(Option<Go>, &'static str);

impl Message for Speak {
    type Reply = ();
    const NAME: &'static str = "speak";
}

impl Handle<Speak> for Young {
    fn handle(
        &mut self,
        Speak(go, to): Speak,
        _: Reply<Speak>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Some(go) = go {
            let link = cx.node().link::<Go>(to);
            cx.tell(&link, go).expect("room");
        }
        cx.stop();
        Ok(())
    }
}

impl Handle<Go> for Left {
    fn handle(&mut self, go: Go, _: Reply<Go>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        hop(&Arc::clone(&self.0), go, "right", cx)
    }
}
impl Handle<Go> for Right {
    fn handle(&mut self, go: Go, _: Reply<Go>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        hop(&Arc::clone(&self.0), go, "left", cx)
    }
}
impl Handle<Nod> for Left {
    fn handle(&mut self, _: Nod, reply: Reply<Nod>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        reply.send((), cx);
        Ok(())
    }
}
impl Handle<Nod> for Right {
    fn handle(&mut self, _: Nod, reply: Reply<Nod>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        reply.send((), cx);
        Ok(())
    }
}

/// A world of one node with both actors.
fn pair(diary: &Diary) -> World {
    let diary = Arc::clone(diary);
    let actors = move |node: &Node| {
        let (left, right) = (Arc::clone(&diary), Arc::clone(&diary));
        let left = node.spawn(Spec::new(move |_| Ok(Left(Arc::clone(&left)))));
        left.accept::<Go>().accept::<Nod>();
        let right = node.spawn(Spec::new(move |_| Ok(Right(Arc::clone(&right)))));
        right.accept::<Go>().accept::<Nod>();
    };
    Scenario::seed(1)
        .nodes(1)
        .run_actors(move |stage| {
            actors(stage.node());
            Ok(())
        })
        .open()
}

/// Starts a chain at an instant at which alarms are close by, and says when its hops ran.
fn instants(chain: &[Hop]) -> Vec<u64> {
    let diary = Diary::default();
    let mut world = pair(&diary);
    let go = Go { chain: chain.into(), at: 0 };
    world.call(0, Millis(100), |node| async move {
        node.clock().alarm(Millis(10)).await;
        node.link::<Go>("left").tell(go).expect("room");
        // An event right behind the instant: were anything skipped, this would overtake it.
        node.clock().alarm(Millis(11)).await;
    });
    diary.lock().expect("one thread").clone()
}

fn assert_one_instant(chain: &[Hop]) {
    let instants = instants(chain);
    assert_eq!(instants.len(), chain.len() + 1, "every hop ran before the next event: {chain:?}");
    assert!(instants.iter().all(|at| *at == 10_000_000), "no hop took time: {chain:?}");
}

#[test]
fn a_thousand_hops_of_every_kind_take_no_time() {
    for kind in HOPS {
        for length in [0, 1, 2, 60, 61, 62, 63, 64, 65, 127, 128, 129, 1_000] {
            assert_one_instant(&vec![kind; length]);
        }
    }
}

#[test]
fn every_length_of_a_chain_up_to_a_thousand_takes_no_time() {
    for length in 0..=1_000 {
        let chain: Vec<Hop> = HOPS.into_iter().cycle().take(length).collect();
        assert_one_instant(&chain);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_chain_of_mixed_work_takes_no_time(
        chain in proptest::collection::vec(proptest::sample::select(HOPS.to_vec()), 0..300),
    ) {
        assert_one_instant(&chain);
    }
}

#[test]
fn ten_thousand_queued_messages_are_handled_at_one_instant() {
    let diary = Diary::default();
    let mut world = pair(&diary);
    world.call(0, Millis(1_000), |node| async move {
        let left = node.link::<Go>("left");
        for _ in 0..10_000 {
            left.ready(Bytes(1_024)).await;
            left.tell(Go { chain: Arc::new([]), at: 0 }).expect("there was room");
        }
    });
    assert_eq!(diary.lock().expect("one thread").len(), 10_000);
    assert_eq!(world.now(), Millis::ZERO);
}

/// Works in a pool so many times in a row.
#[derive(Debug)]
struct Work(u32);

impl Message for Work {
    type Reply = ();
    const NAME: &'static str = "work";
}

impl Handle<Work> for Left {
    fn handle(
        &mut self,
        Work(left): Work,
        reply: Reply<Work>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if left == 0 {
            reply.send((), cx);
            return Ok(());
        }
        let job = || 6 * 7;
        cx.pool(Pool::Urgent, job, move |actor, result, cx| {
            assert_eq!(result, Ok(42));
            actor.handle(Work(left - 1), reply, cx)
        })
        .expect("room in the pool");
        Ok(())
    }
}

#[test]
fn a_job_takes_the_time_that_the_seed_draws_and_what_follows_takes_none() {
    let diary = Diary::default();
    let mut world = Scenario::seed(3)
        .nodes(1)
        .run_actors(move |stage| {
            let diary = Arc::clone(&diary);
            let spec = Spec::new(move |_| Ok(Left(Arc::clone(&diary))));
            stage.node().spawn(spec).accept::<Work>();
            Ok(())
        })
        .open();
    let ask = |node: Node| async move { node.link::<Work>("left").ask(Work(100)).await };
    assert_eq!(world.call(0, Millis(5_000), ask), Some(Ok(())));
    // A hundred jobs of 100 to 1,000 us each, one after the other.
    assert!(world.now() >= Millis(10) && world.now() <= Millis(100), "{}", world.now());
    // One event for each job, one for the step in which the node started.
    assert_eq!(world.events(), 100);
}

/// Falls, or says when it was handled.
#[derive(Debug)]
struct Poke(bool);

impl Message for Poke {
    type Reply = u64;
    const NAME: &'static str = "poke";
}

impl Handle<Poke> for Left {
    fn handle(
        &mut self,
        Poke(falls): Poke,
        reply: Reply<Poke>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if falls {
            fall("poked");
        }
        let now = cx.node().clock().nanos();
        reply.send(now, cx);
        Ok(())
    }
}

#[test]
fn a_restart_takes_its_pause_and_the_queued_messages_run_at_its_end() {
    let diary = Diary::default();
    let mut world = Scenario::seed(4)
        .nodes(1)
        .run_actors(move |stage| {
            let diary = Arc::clone(&diary);
            let policy = RestartPolicy { first_pause: Millis(70), ..RestartPolicy::default() };
            let spec = Spec::new(move |_| Ok(Left(Arc::clone(&diary)))).restart(policy);
            stage.node().spawn(spec).accept::<Poke>();
            Ok(())
        })
        .open();
    let handled = world.call(0, Millis(5_000), |node| async move {
        let left = node.link::<Poke>("left");
        left.tell(Poke(true)).expect("room");
        let queued: Vec<_> = (0..200).map(|_| left.ask(Poke(false))).collect();
        let mut handled = Vec::new();
        for ask in queued {
            handled.push(ask.await);
        }
        handled
    });
    assert!(handled.expect("in time").iter().all(|at| *at == Ok(70_000_000)));
}

/// Tells itself for ever.
#[derive(Debug)]
struct Spin;

impl Message for Spin {
    type Reply = ();
    const NAME: &'static str = "spin";
}

impl Handle<Spin> for Left {
    fn handle(&mut self, _: Spin, _: Reply<Spin>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let myself = cx.myself::<Spin>();
        cx.tell(&myself, Spin).expect("room for one");
        Ok(())
    }
}

#[test]
#[should_panic(expected = "node 0 keeps running without time moving, at 0ms")]
fn an_actor_that_never_rests_is_found_out() {
    let diary = Diary::default();
    let mut world = Scenario::seed(5)
        .nodes(1)
        .run_actors(move |stage| {
            let diary = Arc::clone(&diary);
            let spec = Spec::new(move |_| Ok(Left(Arc::clone(&diary))));
            let left = stage.node().spawn(spec);
            left.link::<Spin>().tell(Spin).expect("room");
            Ok(())
        })
        .open();
    world.run_for(Millis(1));
}
