//! Which sessions take bulk streams, and from whom.

use crate::common::{Bench, Puppet, later, on_bench, settle, spec};
use std::sync::Arc;
use troupe_runtime::{BulkEvent, BulkKind, Cx, Fault, Handle, Link, Peer, Queue, Reply};
use troupe_types::{Bytes, Incarnation, NodeId, SessionId};
use troupe_wire::{CallError, Version};

impl Handle<BulkEvent> for Puppet {
    fn handle(
        &mut self,
        event: BulkEvent,
        _reply: Reply<BulkEvent>,
        _cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.log.add(format!("{} from {}", event.session.0[0], event.peer.0[0]));
        Ok(())
    }
}

const SESSION: SessionId = SessionId([5; 16]);

fn peer(number: u8) -> Peer {
    Peer { id: NodeId([number; 32]), incarnation: Incarnation(1), role: None, version: Version(1) }
}

fn events(bench: &Bench) -> Link<BulkEvent> {
    bench.node.spawn(spec::<0>(bench)).link()
}

fn chunk(bytes: usize) -> BulkEvent {
    let kind = BulkKind::Chunk(vec![0; bytes].into());
    BulkEvent { session: SESSION, peer: peer(1).id, lane: 0, kind }
}

#[test]
fn a_session_takes_streams_of_those_it_named_and_of_nobody_else() {
    on_bench(|bench| async move {
        let table = bench.node.bulk();
        assert_eq!(table.admit(SESSION, &peer(1)).map(drop), Err(CallError::NotHere));
        let from = vec![peer(1).id, peer(2).id];
        let registration = table.register(SESSION, from, events(&bench)).expect("it is free");
        let admitted = table.admit(SESSION, &peer(1)).expect("it was named");
        assert_eq!(table.admit(SESSION, &peer(3)).map(drop), Err(CallError::Unsupported));
        admitted.tell(chunk(10)).expect("there is room");
        settle().await;
        assert_eq!(bench.log.take(), ["anna 0 started", "5 from 1"]);
        drop(registration);
        assert_eq!(table.admit(SESSION, &peer(1)).map(drop), Err(CallError::NotHere));
    });
}

#[test]
fn a_session_is_registered_once_at_a_time() {
    on_bench(|bench| async move {
        let (table, events) = (bench.node.bulk(), events(&bench));
        let register = || table.register(SESSION, vec![peer(1).id], events.clone());
        let first = register().expect("it is free");
        assert_eq!(register().map(drop), Err(CallError::Busy));
        assert!(table.admit(SESSION, &peer(1)).is_ok(), "the refused one changed nothing");
        drop(first);
        assert!(register().is_ok());
    });
}

#[test]
fn a_stream_that_comes_before_its_session_waits_for_it() {
    on_bench(|bench| async move {
        let waiting = |number: u8| {
            let table = bench.node.bulk().clone();
            let peer = Arc::new(peer(number));
            later(async move { table.admitted(SESSION, &peer).await.map(drop) })
        };
        let (named, stranger) = (waiting(1), waiting(2));
        settle().await;
        assert_eq!((named.get(), stranger.get()), (None, None));
        let other = SessionId([6; 16]);
        let _other = bench.node.bulk().register(other, vec![peer(1).id], events(&bench));
        settle().await;
        assert_eq!(named.get(), None, "another session is not this one");
        let _this = bench.node.bulk().register(SESSION, vec![peer(1).id], events(&bench));
        settle().await;
        assert_eq!(named.get(), Some(Ok(())));
        assert_eq!(stranger.get(), Some(Err(CallError::Unsupported)));
    });
}

#[test]
fn chunks_weigh_what_they_hold() {
    on_bench(|bench| async move {
        let queue = Queue { messages: 100, bytes: Bytes::kib(64) };
        let events = bench.node.spawn(spec::<0>(&bench).queue(queue)).link::<BulkEvent>();
        assert!(events.tell(chunk(30_000)).is_ok());
        assert_eq!(events.tell(chunk(3_000)).expect_err("half is full").why, CallError::Busy);
    });
}
