//! An owner whose partner stalls, drops, lies in length or sends what is no point.

use crate::common::{CLINIC, LAB, NODES, OPEN, begin, consent, end, start, task, tell};
use sha2::{Digest, Sha256};
use troupe_psi::message::{Assent, Begin, Match, Stage, Task};
use troupe_psi::{Deadlines, Input, Mode, Output, Party, Seat, Set, Side};
use troupe_runtime::sim::{Scenario, World, node_id};
use troupe_runtime::{
    Actor, BulkEvent, BulkHeader, BulkSink, Cx, Fault, Forks, Handle, Registration, Reply, Spec,
};
use troupe_types::Millis;
use troupe_wire::{Machine, Now, Seed};

/// What a cheat does when it is told to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trick {
    /// It takes everything and says nothing.
    Stall,
    /// It says half of its header and is gone.
    Drop,
    /// It announces one item more than it agreed to.
    Length,
    /// Its points are none.
    NoPoint,
    /// It says more than the agreement lets it.
    Endless,
}

struct Cheat {
    trick: Trick,
    task: Option<Task>,
    door: Option<Registration>,
    sink: Option<Box<dyn BulkSink>>,
}

impl Actor for Cheat {
    const KIND: &'static str = "dataset";
}

impl Handle<Match> for Cheat {
    fn handle(
        &mut self,
        Match(task): Match,
        reply: Reply<Match>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let myself = cx.myself();
        let door = cx.node().bulk().register(task.session, vec![node_id(CLINIC)], myself);
        self.door = Some(door.expect("a new session"));
        self.task = Some(task);
        reply.send(Assent::Yes, cx);
        Ok(())
    }
}

impl Handle<Begin> for Cheat {
    fn handle(
        &mut self,
        Begin(session): Begin,
        reply: Reply<Begin>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(Assent::Yes, cx);
        let task = self.task.take().expect("it consented before");
        let (header, first) = honest(&task);
        let bytes = match self.trick {
            Trick::Stall => return Ok(()),
            Trick::Drop => header[..32].to_vec(),
            Trick::Length => {
                let mut header = header;
                header[12] += 1;
                header.to_vec()
            }
            Trick::NoPoint => {
                // With marks that fit: this is no accident.
                let mark = Sha256::new_with_prefix(b"troupe psi stream 1").chain_update(header);
                let frame = vec![0xff; 70 * 32];
                let after = Sha256::new_with_prefix(mark.finalize()).chain_update(&frame);
                [&header[..], &frame, &after.finalize()].concat()
            }
            Trick::Endless => [first, vec![0; 100_000]].concat(),
        };
        let transport = cx.node().transport().expect("a network").clone();
        let myself = cx.myself();
        let bulk = BulkHeader { session, lane: 0 };
        let mut sink = transport.open_bulk(node_id(CLINIC), bulk, myself).expect("room");
        sink.send(bytes.into()).expect("within the first credit");
        // A sink that is dropped is a stream that was given up.
        self.sink = (self.trick != Trick::Drop).then_some(sink);
        Ok(())
    }
}

impl Handle<BulkEvent> for Cheat {
    fn handle(
        &mut self,
        _: BulkEvent,
        _: Reply<BulkEvent>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        Ok(())
    }
}

/// The header and the points of an honest laboratory.
fn honest(task: &Task) -> ([u8; 64], Vec<u8>) {
    let seat = Seat {
        agreement: task.agreement().unwrap(),
        side: Side::Second,
        deadlines: Deadlines::default(),
    };
    let set = Set::new((0u32..70).map(u32::to_le_bytes)).unwrap();
    let seed = Seed::from_number(1);
    let mut party = Party::new(seat, set, &seed, Forks::NONE, Now::default()).unwrap();
    let mut out = Vec::new();
    party.step(Now::default(), Input::Credit(u64::MAX), &mut out);
    party.tick(Now::default(), &mut out);
    let sent = out.iter().filter_map(|output| match output {
        Output::Send(bytes) => Some(bytes),
        _ => None,
    });
    let bytes: Vec<u8> = sent.flatten().copied().collect();
    (*bytes.first_chunk().unwrap(), bytes)
}

fn world(seed: u64, trick: Trick) -> World {
    let scenario = Scenario::seed(seed).nodes(NODES).run_actors(move |stage| {
        match stage.number() {
            CLINIC => start(stage.node(), CLINIC, OPEN)?,
            LAB => {
                let make = move |_: &troupe_runtime::Build<'_>| {
                    Ok(Cheat { trick, task: None, door: None, sink: None })
                };
                let spawned = stage.node().spawn(Spec::new(make));
                spawned.serve::<Match>()?.serve::<Begin>()?;
            }
            _ => {}
        }
        Ok(())
    });
    scenario.run_for(Millis::secs(1))
}

#[test]
fn whatever_a_partner_does_its_owner_ends_in_time_and_says_why() {
    let tricks = [
        (Trick::Stall, "the deadline of phase points passed while waiting for the peer's bytes"),
        (Trick::Drop, "the peer was lost in phase points"),
        (Trick::Length, "71 items where the agreement has 70"),
        (Trick::NoPoint, "point 0 is not in canonical form"),
        (Trick::Endless, "exceed the"),
    ];
    for (trick, why) in tricks {
        let mut world = world(1, trick);
        let over = tell(&mut world, move |node| async move {
            let task = task(1, Mode::Aligned);
            for to in [CLINIC, LAB] {
                consent(&node, to, &task).await.unwrap();
            }
            for to in [LAB, CLINIC] {
                begin(&node, to, task.session).await.unwrap();
            }
            let began = node.now().mono;
            let over = end(&node, CLINIC, task.session).await;
            assert!(node.now().mono < began.plus(task.within), "{trick:?}");
            over
        });
        let Some(Stage::Failed(reason)) = over else { panic!("{trick:?}: {over:?}") };
        assert!(reason.contains(why), "{trick:?}: {}", &*reason);
        // Its room is free again: the next one is refused for no lack of it.
        let next = tell(&mut world, |node| async move {
            consent(&node, CLINIC, &task(2, Mode::Aligned)).await
        });
        assert_eq!(next, Ok(()), "{trick:?}");
    }
}

#[test]
fn a_partner_that_crashes_ends_the_matching_at_the_other_one() {
    for after in [5, 20, 60, 200] {
        let mut world = crate::common::network(9, OPEN)
            .at(Millis(1_000 + after))
            .crash(LAB)
            .restart_after(Millis::secs(5))
            .run_for(Millis(990));
        tell(&mut world, move |node| async move {
            let task = task(1, Mode::Aligned);
            for to in [CLINIC, LAB] {
                if consent(&node, to, &task).await.is_err() {
                    return;
                }
            }
            for to in [CLINIC, LAB] {
                let _ = begin(&node, to, task.session).await;
            }
            let over = end(&node, CLINIC, task.session).await;
            assert!(matches!(over, Some(Stage::Failed(_) | Stage::Finished(_))), "{over:?}");
            // A restart forgets what was matched, and does not match it again.
            node.clock().alarm(node.now().mono.plus(Millis::secs(10))).await;
            let again = consent(&node, LAB, &task).await;
            assert_eq!(again, Err("this session was served before".to_owned()));
        });
    }
}
