//! Sends what is no message, and answers what is no answer.

use crate::kit::{Note, Ping};
use crate::victim::{BAD, HONEST, VICTIM, ask, request, three};
use bytes::Bytes;
use proptest::prelude::*;
use rand_core::RngCore;
use std::sync::{Arc, Mutex};
use troupe_runtime::sim::{Adversary, Scenario, Sent, Wants, World, node_id};
use troupe_runtime::{
    Actor, BulkEvent, BulkHeader, BulkKind, Cx, Fault, Handle, Node, Reply, Request, Spec,
};
use troupe_tests::seeds;
use troupe_types::{Millis, NodeId, SessionId};
use troupe_wire::{CallError, Seed, Stream};

/// In what way a message is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    /// Bytes without sense.
    Noise,
    /// The last byte is missing.
    Short,
    /// There is one byte more.
    Long,
    /// A number is written in more bytes than it needs.
    Padded,
    /// More bytes than the message may have.
    Oversized,
}

impl Spoil {
    pub(crate) const ALL: [Self; 5] =
        [Self::Noise, Self::Short, Self::Long, Self::Padded, Self::Oversized];

    fn apply(self, body: &[u8], luck: &mut Stream) -> Bytes {
        let mut body = body.to_vec();
        match self {
            // The first byte announces a number that is too wide for its field.
            Self::Noise => {
                body.resize(24, 0);
                luck.fill_bytes(&mut body);
                body[0] = 254;
            }
            Self::Short => drop(body.pop()),
            Self::Long => body.push(0),
            Self::Padded => body = vec![251, 7, 0],
            Self::Oversized => body.resize((256 << 10) + 1, 0),
        }
        body.into()
    }
}

/// Spoils everything that its node sends or answers.
pub(crate) struct Garbler {
    spoil: Spoil,
    luck: Stream,
}

impl Garbler {
    pub(crate) fn new(spoil: Spoil, seed: u64) -> Self {
        Self { spoil, luck: Seed::from_number(seed).stream("garbler") }
    }
}

impl Adversary for Garbler {
    fn sends(&mut self, _: Millis, mut sent: Sent, out: &mut Vec<Sent>) {
        sent.request.body = self.spoil.apply(&sent.request.body, &mut self.luck);
        out.push(sent);
    }

    fn answers(
        &mut self,
        _: &'static str,
        _: u16,
        answer: Result<Bytes, CallError>,
    ) -> Option<Result<Bytes, CallError>> {
        Some(answer.map(|body| self.spoil.apply(&body, &mut self.luck)))
    }

    /// A chunk keeps its length; a stream has no other form that could be broken.
    fn streams(&mut self, _: NodeId, _: BulkHeader, chunk: Bytes) -> Option<Bytes> {
        let mut spoiled = chunk.to_vec();
        self.luck.fill_bytes(&mut spoiled);
        Some(spoiled.into())
    }
}

/// What arrives on bulk streams.
struct Listener(Arc<Mutex<Vec<BulkKind>>>);

impl Actor for Listener {
    const KIND: &'static str = "listener";
}

impl Handle<BulkEvent> for Listener {
    fn handle(
        &mut self,
        event: BulkEvent,
        _: Reply<BulkEvent>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.0.lock().expect("one thread").push(event.kind);
        Ok(())
    }
}

#[test]
fn a_spoiled_stream_arrives_as_it_is_and_only_its_session_can_tell() {
    let (heard, session) = (Arc::new(Mutex::new(Vec::new())), SessionId([1; 16]));
    let kept = Arc::clone(&heard);
    let mut world = Scenario::seed(1)
        .nodes(3)
        .run_actors(move |stage| {
            let kept = Arc::clone(&kept);
            let listener = Spec::new(move |_| Ok(Listener(Arc::clone(&kept))));
            stage.node().spawn(listener).accept::<BulkEvent>();
            Ok(())
        })
        .byzantine(BAD, Garbler::new(Spoil::Noise, 1))
        .open();
    let victim = world.node(VICTIM).expect("it runs");
    let events = victim.link::<BulkEvent>("listener");
    let kept = victim.bulk().register(session, vec![node_id(BAD)], events).expect("it is free");
    let stream = move |node: Node| async move {
        let events = node.link::<BulkEvent>("listener");
        let header = BulkHeader { session, lane: 0 };
        let transport = node.transport().expect("a network");
        let mut sink = transport.open_bulk(node_id(VICTIM), header, events).expect("it opens");
        sink.send(Bytes::from_static(&[7; 64])).expect("there is credit");
        sink.finish();
    };
    world.call(BAD, Millis::ZERO, stream).expect("it lives");
    world.run_for(Millis::secs(1));
    let heard = heard.lock().expect("one thread");
    let [BulkKind::Opened, BulkKind::Chunk(chunk), BulkKind::Finished] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert!(chunk.len() == 64 && chunk[..] != [7; 64]);
    drop(kept);
}

#[test]
fn a_spoiled_message_never_runs_is_counted_and_costs_the_connection() {
    for spoil in Spoil::ALL {
        seeds::each(1..=20, |seed| {
            let (story, diary) = three(seed);
            let mut world = story.byzantine(BAD, Garbler::new(spoil, seed)).open();
            for violation in 1..=3 {
                let (outcome, _) = ask(&mut world, BAD, VICTIM, 1);
                assert_eq!(outcome, Err(CallError::Lost), "{spoil:?}");
                assert_eq!(world.network().burden(VICTIM).violations[&BAD], violation);
                assert!(!world.network().is_connected(VICTIM, BAD));
                assert_eq!(ask(&mut world, HONEST, VICTIM, 7).0, Ok(7));
            }
            // Three are a habit: for a minute there is no talking to this peer.
            assert!(world.network().is_refused(VICTIM, BAD));
            assert_eq!(ask(&mut world, BAD, VICTIM, 1).0, Err(CallError::NotHere));
            world.run_for(Millis::secs(61));
            assert_eq!(ask(&mut world, BAD, VICTIM, 1).0, Err(CallError::Lost));
            assert_eq!(diary.numbers(VICTIM), [7, 7, 7], "only honest asks ran");
            assert_eq!(world.stops(), []);
        });
    }
}

#[test]
fn a_spoiled_answer_is_no_answer() {
    for spoil in Spoil::ALL {
        let (story, diary) = three(1);
        let mut world = story.byzantine(BAD, Garbler::new(spoil, 1)).open();
        let (outcome, _) = ask(&mut world, HONEST, BAD, 7);
        assert_eq!(outcome, Err(CallError::Lost), "{spoil:?}: it ran, and nobody knows with what");
        assert_eq!(diary.numbers(BAD), [7], "the node itself is honest");
        let violations = world.network().burden(HONEST).violations;
        assert_eq!(violations.contains_key(&BAD), spoil == Spoil::Oversized, "{spoil:?}");
    }
}

/// Says any bytes to any service.
struct Babbler(Vec<(Request, Wants)>);

impl Adversary for Babbler {
    fn acts(&mut self, now: Millis, out: &mut Vec<Sent>) -> Option<Millis> {
        let (request, wants) = self.0.pop()?;
        out.push(Sent { after: Millis::ZERO, to: node_id(VICTIM), request, wants });
        // Long enough for the connection to come back.
        Some(now.plus(Millis::secs(90)))
    }
}

fn babble() -> impl Strategy<Value = (Request, Wants)> {
    let service = prop_oneof![
        4 => Just("test.recorder"),
        1 => Just("test.nowhere"),
        1 => Just(""),
    ];
    let body = proptest::collection::vec(any::<u8>(), 0..40);
    (service, 0u16..4, body, any::<u64>(), any::<bool>()).prop_map(
        |(service, tag, body, within, asks)| {
            let request = Request {
                service,
                tag,
                body: body.into(),
                within: Millis(within.max(1)),
                ..request(&Ping(0))
            };
            (request, if asks { Wants::Answer } else { Wants::Nothing })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_from_a_peer_stop_a_node(said in proptest::collection::vec(babble(), 1..8)) {
        let (story, diary) = three(1);
        let spans = Millis::secs(90 * said.len() as u64 + 10);
        let sensible = said.iter().filter(|(request, _)| is_sensible(request)).count();
        let mut world: World = story.byzantine(BAD, Babbler(said)).run_for(spans);
        prop_assert_eq!(diary.numbers(VICTIM).len(), sensible);
        prop_assert_eq!(ask(&mut world, HONEST, VICTIM, 7).0, Ok(7));
        prop_assert_eq!(world.stops(), &[]);
    }
}

/// Whether the bytes are a message that the victim serves.
fn is_sensible(request: &Request) -> bool {
    use troupe_wire::{Limit, codec};
    request.service == "test.recorder"
        && match request.tag {
            1 => codec::decode::<Note>(&request.body, Limit::KiB1).is_ok(),
            2 => codec::decode::<Ping>(&request.body, Limit::KiB1).is_ok(),
            _ => false,
        }
}
