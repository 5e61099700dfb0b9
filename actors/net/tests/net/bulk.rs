//! Bulk streams: order, credit, back-pressure, ends.

use crate::raw::Raw;
use crate::relay::Relay;
use crate::world::{Plan, Process, brisk, entry, pair, soon, until};
use bytes::Bytes;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use troupe_net::frame::{self, OneWay};
use troupe_net::{Close, Dial, Identity, outcome_code};
use troupe_runtime::{
    Actor, Build, BulkEvent, BulkHeader, BulkKind, BulkSink, Cx, FIRST_CREDIT, Fault, Handle, Link,
    MAX_CHUNK, Queue, Registration, Reply, Spec, run,
};
use troupe_types::{Bytes as Size, SessionId};
use troupe_wire::CallError;

const SESSION: SessionId = SessionId([5; 16]);
const HEADER: BulkHeader = BulkHeader { session: SESSION, lane: 1 };

/// What one end of a session has seen.
#[derive(Default)]
struct Record {
    opened: usize,
    bytes: u64,
    sum: u64,
    largest: usize,
    credit: u64,
    ends: Vec<Result<(), CallError>>,
}

/// An end of a session. It can be made to send, and to be slow.
#[derive(Default)]
struct End {
    record: Arc<Mutex<Record>>,
    sends: Option<Sending>,
    pause: Duration,
}

struct Sending {
    sink: Option<Box<dyn BulkSink>>,
    left: u64,
    next: u64,
    credit: u64,
    chunk: u64,
}

/// The sum that the receiver must come to: each byte by its place.
fn byte(at: u64) -> u8 {
    (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

impl Sending {
    /// Sends what the credit allows; finishes when all credit has come back.
    fn go_on(&mut self) {
        while self.left > 0 {
            let length = self.left.min(self.chunk);
            let Some(sink) = self.sink.as_mut().filter(|_| length <= self.credit) else { return };
            let chunk: Vec<u8> = (self.next..self.next + length).map(byte).collect();
            match sink.send(Bytes::from(chunk)) {
                Ok(()) => {
                    self.next += length;
                    self.left -= length;
                    self.credit -= length;
                }
                // As many chunks wait as may, and credit will come for them; or the stream is broken.
                Err(CallError::Busy | CallError::Lost) => return,
                Err(why) => panic!("{why}"),
            }
        }
        if self.credit == FIRST_CREDIT
            && let Some(sink) = self.sink.take()
        {
            sink.finish();
        }
    }
}

impl Actor for End {
    const KIND: &'static str = "end";

    fn started(&mut self, _: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if let Some(sending) = &mut self.sends {
            sending.go_on();
        }
        Ok(())
    }
}

impl Handle<BulkEvent> for End {
    #[expect(clippy::disallowed_methods, reason = "an actor that takes its time on its own thread")]
    fn handle(
        &mut self,
        event: BulkEvent,
        _: Reply<BulkEvent>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        assert_eq!((event.session, event.lane), (SESSION, 1));
        let mut record = self.record.lock().unwrap();
        match event.kind {
            BulkKind::Opened => record.opened += 1,
            BulkKind::Chunk(bytes) => {
                for (at, got) in (record.bytes..).zip(&bytes) {
                    assert_eq!(*got, byte(at), "byte {at}");
                }
                record.bytes += bytes.len() as u64;
                record.sum += bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
                record.largest = record.largest.max(bytes.len());
                if !self.pause.is_zero() {
                    std::thread::sleep(self.pause);
                }
            }
            BulkKind::Finished => record.ends.push(Ok(())),
            BulkKind::Lost(why) => record.ends.push(Err(why)),
            BulkKind::Credit(bytes) => {
                record.credit += bytes;
                if let Some(sending) = &mut self.sends {
                    sending.credit += bytes;
                    sending.go_on();
                }
            }
        }
        Ok(())
    }
}

const WIDE: Queue = Queue { messages: 1_000, bytes: Size::mib(8) };
/// Two chunks of the largest size at half its fill, and few events.
const NARROW: Queue = Queue { messages: 4, bytes: Size::kib(1_100) };

fn spawn(process: &Process, end: End, queue: Queue) -> (Link<BulkEvent>, Arc<Mutex<Record>>) {
    let record = Arc::clone(&end.record);
    let mut once = Some(end);
    let make = move |_: &Build<'_>| Ok(once.take().expect("these actors do not fall"));
    let spec = Spec::new(make).queue(queue).on(&troupe_runtime::Thread::start());
    (process.node.spawn(spec).link(), record)
}

/// A session's end that takes streams from `from`.
fn receiver(
    process: &Process,
    from: &Process,
    pause: Duration,
    queue: Queue,
) -> (Arc<Mutex<Record>>, Registration) {
    let (link, record) = spawn(process, End { pause, ..End::default() }, queue);
    let registration = process.node.bulk().register(SESSION, vec![from.id()], link).unwrap();
    (record, registration)
}

/// An end that sends so many bytes in chunks of this size, one after another, as credit allows.
fn send(
    from: &Process,
    to: &Process,
    total: u64,
    chunk: usize,
    queue: Queue,
) -> Arc<Mutex<Record>> {
    let (link, events) = spawn(from, End::default(), WIDE);
    drop(link);
    drop(events);
    let (hand, catch) = std::sync::mpsc::sync_channel(1);
    let record = Arc::<Mutex<Record>>::default();
    let its_record = Arc::clone(&record);
    let make = move |_: &Build<'_>| {
        let sink = catch.recv().expect("the test hands a sink over");
        let sends = Sending {
            sink: Some(sink),
            left: total,
            next: 0,
            credit: FIRST_CREDIT,
            chunk: chunk as u64,
        };
        Ok(End { record: Arc::clone(&its_record), sends: Some(sends), pause: Duration::ZERO })
    };
    let spec = Spec::new(make).queue(queue).on(&troupe_runtime::Thread::start());
    let link = from.node.spawn(spec).link();
    hand.send(from.net.transport().open_bulk(to.id(), HEADER, link).unwrap()).unwrap();
    record
}

async fn finished(what: &str, record: &Mutex<Record>) {
    until(what, || !record.lock().unwrap().ends.is_empty()).await;
}

#[test]
fn megabytes_arrive_in_order_and_credit_comes_back_for_every_byte() {
    run(async {
        let (to, from) = pair();
        let (received, _door) = receiver(&to, &from, Duration::ZERO, WIDE);
        let total = (24 << 20) + 7;
        let sent = send(&from, &to, total, MAX_CHUNK, WIDE);
        finished("the end", &received).await;
        let received = received.lock().unwrap();
        assert_eq!((received.opened, received.bytes), (1, total));
        assert_eq!(received.ends, [Ok(())]);
        assert!(received.largest <= MAX_CHUNK);
        let sent = sent.lock().unwrap();
        assert_eq!((sent.credit, sent.ends.len()), (total, 0));
    });
}

#[test]
fn a_slow_receiver_slows_the_sender_and_loses_nothing() {
    run(async {
        let (to, from) = pair();
        let (received, _door) = receiver(&to, &from, Duration::from_millis(2), NARROW);
        let total = 12 << 20;
        let sent = send(&from, &to, total, MAX_CHUNK, NARROW);
        // Asks go past a stream that is not read.
        from.echo(&to, 100_000).await.unwrap();
        finished("the end", &received).await;
        let received = received.lock().unwrap();
        assert_eq!((received.bytes, &received.ends[..]), (total, &[Ok(())][..]));
        assert_eq!(sent.lock().unwrap().credit, total);
    });
}

#[test]
fn small_chunks_come_through_queues_that_hold_few_events() {
    run(async {
        let (to, from) = pair();
        let (received, _door) = receiver(&to, &from, Duration::ZERO, NARROW);
        let total = 300_000;
        let sent = send(&from, &to, total, 17, NARROW);
        finished("the end", &received).await;
        assert_eq!(received.lock().unwrap().bytes, total);
        assert_eq!(sent.lock().unwrap().credit, total);
    });
}

#[test]
fn more_than_the_credit_and_chunks_over_the_limit_are_refused() {
    run(async {
        let (to, from) = pair();
        let relay = Relay::before(to.net.address()).await;
        relay.cut();
        from.net.learn(vec![entry(to.id(), relay.address, "compute", Dial::OnDemand)]).unwrap();
        let (link, _) = spawn(&from, End::default(), WIDE);
        let mut sink = from.net.transport().open_bulk(to.id(), HEADER, link).unwrap();
        let largest = Bytes::from(vec![0; MAX_CHUNK]);
        let over = Bytes::from(vec![0; MAX_CHUNK + 1]);
        assert_eq!(sink.send(over), Err(CallError::Unsupported));
        for _ in 0..FIRST_CREDIT / MAX_CHUNK as u64 {
            sink.send(largest.clone()).unwrap();
        }
        assert_eq!(sink.send(Bytes::from_static(&[1])), Err(CallError::Busy));
    });
}

#[test]
fn a_stream_may_come_before_its_session_is_declared() {
    run(async {
        let (to, from) = pair();
        let sent = send(&from, &to, 3 << 20, MAX_CHUNK, WIDE);
        until("the stream to arrive", || sent.lock().unwrap().credit > 0).await;
        let (received, _door) = receiver(&to, &from, Duration::ZERO, WIDE);
        finished("the end", &received).await;
        assert_eq!(received.lock().unwrap().bytes, 3 << 20);
    });
}

#[test]
fn a_session_that_never_comes_and_one_that_is_not_the_peers_are_refused() {
    run(async {
        let (to, from) = pair();
        let sent = send(&from, &to, 3 << 20, MAX_CHUNK, WIDE);
        finished("the refusal", &sent).await;
        assert_eq!(sent.lock().unwrap().ends, [Err(CallError::NotHere)]);

        let (received, _door) = receiver(&to, &to, Duration::ZERO, WIDE);
        let sent = send(&from, &to, 3 << 20, MAX_CHUNK, WIDE);
        finished("the refusal", &sent).await;
        assert_eq!(sent.lock().unwrap().ends, [Err(CallError::Unsupported)]);
        assert_eq!(received.lock().unwrap().opened, 0);
        assert_eq!(to.metric("troupe_net_violations_total{kind=\"foreign_bulk\"}"), 1);
        // A single one does not cost the line.
        from.echo(&to, 1).await.unwrap();
    });
}

#[test]
fn a_sink_that_is_dropped_and_an_actor_that_ends_break_the_stream() {
    run(async {
        let (to, from) = pair();
        let (received, door) = receiver(&to, &from, Duration::ZERO, WIDE);
        let (link, _) = spawn(&from, End::default(), WIDE);
        let transport = from.net.transport();
        let mut sink = transport.open_bulk(to.id(), HEADER, link).unwrap();
        sink.send(Bytes::from(vec![byte(0)])).unwrap();
        until("the first byte", || received.lock().unwrap().bytes == 1).await;
        drop(sink);
        finished("the loss", &received).await;
        assert_eq!(received.lock().unwrap().ends, [Err(CallError::Lost)]);
        drop(door);

        let (link, _) = spawn(&to, End::default(), WIDE);
        let mut once = Some(End::default());
        let gone = to.node.spawn(Spec::new(move |_: &Build<'_>| Ok(once.take().expect("once"))));
        let _door = to.node.bulk().register(SESSION, vec![from.id()], gone.link()).unwrap();
        gone.stop();
        until("the actor's end", || gone.link().tell(chunk()).is_err()).await;
        drop(link);
        let sent = send(&from, &to, 3 << 20, MAX_CHUNK, WIDE);
        finished("the loss", &sent).await;
        assert_eq!(sent.lock().unwrap().ends, [Err(CallError::NotHere)]);
    });
}

#[test]
fn what_an_actor_finished_arrives_after_its_end_and_what_it_did_not_is_lost() {
    run(async {
        let (to, from) = pair();
        for is_finished in [true, false, true, false] {
            let (received, _door) = receiver(&to, &from, Duration::ZERO, WIDE);
            let mut once = Some(End::default());
            let spawned = from.node.spawn(Spec::new(move |_: &Build<'_>| {
                Ok(once.take().expect("these actors do not fall"))
            }));
            let transport = from.net.transport();
            let mut sink = transport.open_bulk(to.id(), HEADER, spawned.link()).unwrap();
            for part in 0..4 {
                let bytes = (part * 100_000..(part + 1) * 100_000).map(byte);
                sink.send(bytes.collect::<Vec<u8>>().into()).unwrap();
            }
            spawned.stop();
            until("the actor's end", || spawned.link().tell(chunk()).is_err()).await;
            if is_finished {
                sink.finish();
            } else {
                drop(sink);
            }
            finished("the end", &received).await;
            let received = received.lock().unwrap();
            if is_finished {
                assert_eq!((received.bytes, &received.ends[..]), (400_000, &[Ok(())][..]));
            } else {
                assert_eq!(received.ends, [Err(CallError::Lost)]);
            }
        }
    });
}

fn chunk() -> BulkEvent {
    let peer = troupe_types::NodeId([0; 32]);
    BulkEvent { session: SESSION, peer, lane: 1, kind: BulkKind::Opened }
}

#[test]
fn both_ends_hear_once_that_the_other_process_is_gone() {
    run(async {
        let to = Plan::new("compute").limits(|limits| *limits = brisk()).start();
        let relay = Relay::before(to.net.address()).await;
        let from = Plan::new("data")
            .limits(|limits| *limits = brisk())
            .peer(entry(to.id(), relay.address, "compute", Dial::OnDemand))
            .start();
        let (received, _door) = receiver(&to, &from, Duration::ZERO, WIDE);
        let sent = send(&from, &to, 4 << 30, MAX_CHUNK, WIDE);
        until("some bytes", || received.lock().unwrap().bytes > 1 << 20).await;
        relay.cut();
        finished("the loss here", &sent).await;
        finished("the loss there", &received).await;
        assert_eq!(sent.lock().unwrap().ends, [Err(CallError::Lost)]);
        assert_eq!(received.lock().unwrap().ends, [Err(CallError::Lost)]);
    });
}

#[test]
fn a_second_stream_of_the_same_name_is_refused_and_the_first_goes_on() {
    run(async {
        let to = Plan::new("compute").start();
        let identity = Identity::generate().unwrap();
        let (link, record) = spawn(&to, End::default(), WIDE);
        let _door = to.node.bulk().register(SESSION, vec![identity.id()], link).unwrap();
        let raw = Raw::known(&identity, to.net.address()).await;
        let mut opening = Vec::new();
        frame::one_way_onto(OneWay::Bulk(HEADER), &mut opening);
        let mut first = raw.begin_one_way(&opening).await;
        until("the first", || record.lock().unwrap().opened == 1).await;
        let second = raw.begin_one_way(&opening).await;
        let stopped = soon("the refusal", second.stopped()).await.unwrap().unwrap();
        assert_eq!(stopped.into_inner(), u64::from(outcome_code(CallError::Busy)));
        first.write_all(&[byte(0), byte(1)]).await.unwrap();
        first.finish().unwrap();
        finished("the end", &record).await;
        assert_eq!(record.lock().unwrap().bytes, 2);
    });
}

#[test]
fn a_habit_of_streams_to_other_peoples_sessions_costs_the_line() {
    run(async {
        let to = Plan::new("compute").start();
        let (link, record) = spawn(&to, End::default(), WIDE);
        let _door = to.node.bulk().register(SESSION, Vec::new(), link).unwrap();
        let raw = Raw::stranger(to.net.address()).await;
        let mut streams = Vec::new();
        for lane in 0..20 {
            let mut opening = Vec::new();
            let header = BulkHeader { session: SESSION, lane };
            frame::one_way_onto(OneWay::Bulk(header), &mut opening);
            let Ok(mut stream) = raw.connection.open_uni().await else { break };
            let _ = stream.write_all(&opening).await;
            streams.push(stream);
        }
        assert_eq!(raw.closed().await, Close::Refused);
        assert_eq!(record.lock().unwrap().opened, 0);
    });
}

#[test]
fn more_streams_than_allowed_are_busy() {
    run(async {
        let to = Plan::new("compute").start();
        let from = Plan::new("data")
            .limits(|limits| limits.bulk = 2)
            .peer(to.entry("compute", Dial::Keep))
            .start();
        let (link, _) = spawn(&from, End::default(), WIDE);
        let transport = from.net.transport();
        let open = |lane| {
            let header = BulkHeader { session: SESSION, lane };
            transport.open_bulk(to.id(), header, link.clone())
        };
        let (first, _second) = (open(1).unwrap(), open(2).unwrap());
        assert_eq!(open(3).unwrap_err(), CallError::Busy);
        drop(first);
        until("a free place", || open(3).is_ok()).await;
    });
}
