//! Processes that are frozen, drained, killed and started again, with clocks that are wrong.

use crate::kit::{Diary, Note, Ping};
use troupe_runtime::sim::{Scenario, node_id};
use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Reply, RestartPolicy, Spec, StopCause};
use troupe_tests::seeds::fall;
use troupe_types::Millis;
use troupe_wire::{CallError, Message};

fn recorders(seed: u64, count: usize) -> (Scenario, Diary) {
    let diary = Diary::default();
    let kept = diary.clone();
    (Scenario::seed(seed).nodes(count).run_actors(move |stage| kept.keep(stage)), diary)
}

/// Tells node 1 the number of every tenth of a second, for ten seconds.
async fn tell_tenths(node: Node) {
    let link = node.remote::<Note>(node_id(1)).expect("a network");
    for tenth in 0..100 {
        let _ = link.tell(Note(tenth));
        node.clock().alarm(Millis(100 * (tenth + 1))).await;
    }
}

#[test]
fn a_short_freeze_delays_what_comes_in_and_loses_nothing() {
    let (story, diary) = recorders(1, 2);
    let mut world = story.at(Millis(1_050)).pause(1).resume_after(Millis::secs(2)).open();
    world.call(0, Millis::secs(60), tell_tenths).expect("it lives");
    world.run_for(Millis::secs(1));
    assert_eq!(diary.numbers(1), (0..100).collect::<Vec<_>>());
    let lines = diary.lines();
    assert!(lines[10].at < Millis(1_050) && lines[11].at >= Millis(3_050));
}

#[test]
fn a_long_freeze_costs_the_connection_and_what_was_on_it() {
    let (story, diary) = recorders(2, 2);
    let mut world = story.at(Millis(1_050)).pause(1).resume_after(Millis::secs(5)).open();
    world.call(0, Millis::secs(60), tell_tenths).expect("it lives");
    world.run_for(Millis::secs(1));
    let heard = diary.numbers(1);
    assert!(heard.is_sorted() && heard.contains(&10) && heard.contains(&99), "{heard:?}");
    assert!(!heard.contains(&20), "sent into the silence");
    // What was told while the dial went on came through with it.
    assert!(heard.contains(&55), "{heard:?}");
}

/// Starts a clock that counts its own seconds.
struct Start;

impl Message for Start {
    type Reply = ();
    const NAME: &'static str = "start";
}

struct Ticker {
    ticks: u64,
}

impl Actor for Ticker {
    const KIND: &'static str = "ticker";
    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.after(Millis::secs(1), Self::tick);
        Ok(())
    }
}

impl Ticker {
    fn tick(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.ticks += 1;
        assert_eq!(cx.now().mono, Millis::secs(self.ticks), "its own seconds");
        cx.after(Millis::secs(1), Self::tick);
        Ok(())
    }
}

/// Asked for the ticks so far.
struct Ticks;

impl Message for Ticks {
    type Reply = u64;
    const NAME: &'static str = "ticks";
}

impl Handle<Ticks> for Ticker {
    fn handle(
        &mut self,
        _: Ticks,
        reply: Reply<Ticks>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.ticks, cx);
        Ok(())
    }
}

#[test]
fn wrong_clocks_run_at_their_own_rate_and_jump_as_told() {
    let mut world = Scenario::seed(3)
        .nodes(3)
        .run_actors(|stage| {
            stage.node().spawn(Spec::new(|_| Ok(Ticker { ticks: 0 }))).accept::<Ticks>();
            Ok(())
        })
        .clock_gains(1, 100_000)
        .clock_gains(2, -100_000)
        .at(Millis::secs(50))
        .wall_clock_ahead(1, -3_600_000)
        .run_for(Millis(100_500));
    let mut look = |node| {
        let look = |node: Node| async move {
            (node.link::<Ticks>("ticker").ask(Ticks).await.expect("it ticks"), node.now().wall.0)
        };
        world.call(node, Millis::secs(1), look).expect("it lives")
    };
    let (right, fast, slow) = (look(0), look(1), look(2));
    assert_eq!((right.0, fast.0, slow.0), (100, 110, 90));
    assert_eq!((right.1 - fast.1, right.1), (3_600_000, slow.1));
}

#[test]
fn a_drained_node_finishes_what_it_took_and_is_gone() {
    let (story, diary) = recorders(4, 2);
    let mut world =
        story.at(Millis::secs(10)).stop(1, Millis::secs(5)).restart_after(Millis::secs(60)).open();
    world.run_for(Millis(9_000));
    let burst = |node: Node| async move {
        let link = node.remote::<Ping>(node_id(1)).expect("a network");
        link.ask(Ping(1)).await.expect("answered");
        node.clock().alarm(Millis::secs(10)).await;
        // These meet a node that closes.
        link.ask(Ping(2)).await
    };
    let outcome = world.call(0, Millis::secs(30), burst).expect("it lives");
    assert_eq!(outcome, Err(CallError::Closing));
    world.run_for(Millis::secs(10));
    assert!(world.node(1).is_none());
    let drained = world.drained();
    assert!(drained.len() == 1 && drained[0].0 == 1 && drained[0].1.is_clean(), "{drained:?}");
    assert_eq!(world.stops(), []);
    world.run_for(Millis::secs(60));
    assert!(world.node(1).is_some(), "it was started again");
    assert_eq!(diary.numbers(1), [1]);
}

/// Falls whenever it is told anything.
struct Weakling;

impl Actor for Weakling {
    const KIND: &'static str = "weakling";
}

impl Handle<Start> for Weakling {
    fn handle(&mut self, _: Start, _: Reply<Start>, _: &mut Cx<'_, Self>) -> Result<(), Fault> {
        fall("as always")
    }
}

#[test]
fn a_node_that_gives_itself_up_is_named_with_its_cause_and_started_again() {
    let mut world = Scenario::seed(5)
        .nodes(2)
        .run_actors(|stage| {
            let policy = RestartPolicy { limit: 2, ..RestartPolicy::default() };
            stage.node().spawn(Spec::new(|_| Ok(Weakling)).restart(policy)).accept::<Start>();
            Ok(())
        })
        .supervised(Millis::secs(3))
        .open();
    let three = |node: Node| async move {
        for _ in 0..3 {
            node.link::<Start>("weakling").tell(Start).map_err(|refused| refused.why)?;
        }
        node.clock().alarm(Millis::secs(60)).await;
        Ok::<(), CallError>(())
    };
    assert_eq!(world.call(1, Millis::secs(30), three), None, "the task ends with its process");
    let [stop] = world.stops() else { panic!("{:?}", world.stops()) };
    assert_eq!(stop.node, 1);
    assert_eq!(stop.cause, StopCause::CrashLoop { kind: "weakling", last: "as always".to_owned() });
    // Two falls, with pauses of 50 and 100 ms, and one too many.
    assert_eq!(stop.at, Millis(150));
    assert!(world.node(1).is_some() && world.now() >= Millis::secs(3));
}
