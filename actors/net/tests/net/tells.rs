//! Tells: order, bounds, loss.

use crate::raw::{Raw, call};
use crate::relay::Relay;
use crate::world::{Echo, Note, Plan, Urgent, entry, load, pair, until};
use std::time::Duration;
use troupe_net::frame::{self, OneWay};
use troupe_net::{Dial, Identity};
use troupe_runtime::{Queue, Request, run};
use troupe_types::{Bytes as Size, Millis};
use troupe_wire::{CallError, Lane, Version, codec};

#[test]
fn tells_of_a_lane_arrive_in_order() {
    run(async {
        let (desk, client) = pair();
        let (notes, urgent) = (client.link::<Note>(&desk), client.link::<Urgent>(&desk));
        for number in 0..1_500 {
            notes.tell(Note(number)).unwrap();
            urgent.tell(Urgent(number)).unwrap();
        }
        until("all tells", || {
            let seen = desk.seen.lock().unwrap();
            seen.notes.len() == 1_500 && seen.urgent.len() == 1_500
        })
        .await;
        let seen = desk.seen.lock().unwrap();
        assert!(seen.notes.iter().copied().eq(0..1_500));
        assert!(seen.urgent.iter().copied().eq(0..1_500));
    });
}

#[test]
fn large_and_small_tells_keep_their_order_too() {
    run(async {
        let (desk, client) = pair();
        let (notes, echoes) = (client.link::<Note>(&desk), client.link::<Echo>(&desk));
        for number in 0..40 {
            notes.tell(Note(number)).unwrap();
            echoes.tell(Echo(load(60_000))).unwrap();
        }
        until("all tells", || {
            let seen = desk.seen.lock().unwrap();
            seen.notes.len() == 40 && seen.peers.len() == 40
        })
        .await;
        assert!(desk.seen.lock().unwrap().notes.iter().copied().eq(0..40));
    });
}

#[test]
fn a_full_lane_is_busy_and_the_others_are_not() {
    run(async {
        let desk = Plan::new("compute").start();
        let relay = Relay::before(desk.net.address()).await;
        relay.cut();
        let client = Plan::new("data")
            .limits(|limits| limits.lane = Queue { messages: 10, bytes: Size::mib(1) })
            .peer(entry(desk.id(), relay.address, "compute", Dial::OnDemand))
            .start();
        let link = client.link::<Note>(&desk);
        let told = (0..30).filter(|number| link.tell(Note(*number)).is_ok()).count();
        assert_eq!(told, 10);
        assert_eq!(link.tell(Note(0)).unwrap_err().why, CallError::Busy);
        assert!(client.link::<Urgent>(&desk).tell(Urgent(0)).is_ok());
        relay.mend();
        until("what was queued", || desk.seen.lock().unwrap().notes.len() == 10).await;
    });
}

#[test]
fn tells_to_a_peer_that_cannot_be_reached_are_dropped_and_counted() {
    run(async {
        let desk = Plan::new("compute").start();
        let client = Plan::new("data").limits(|limits| limits.hello = Millis(400)).start();
        let gone = desk.net.address();
        drop(desk.net);
        let client_entry = entry(Identity::generate().unwrap().id(), gone, "data", Dial::OnDemand);
        let id = client_entry.id;
        client.net.learn(vec![client_entry]).unwrap();
        client.node.remote::<Note>(id).unwrap().tell(Note(1)).unwrap();
        until("the drop", || client.metric("troupe_net_tells_dropped_total") == 1).await;
        let nobody = client.node.remote::<Note>(troupe_types::NodeId([3; 32])).unwrap();
        assert_eq!(nobody.tell(Note(1)).unwrap_err().why, CallError::NotHere);
    });
}

#[test]
fn a_tell_whose_time_is_over_is_not_sent() {
    run(async {
        let desk = Plan::new("compute").start();
        let relay = Relay::before(desk.net.address()).await;
        relay.cut();
        let client = Plan::new("data")
            .peer(entry(desk.id(), relay.address, "compute", Dial::OnDemand))
            .start();
        let body = codec::encode(&Note(1), troupe_wire::Limit::KiB1).unwrap();
        let request = Request {
            service: "test.desk",
            tag: 3,
            lane: Lane::Normal,
            within: Millis(50),
            body: body.into(),
            reply_limit: 0,
            since: Version(1),
        };
        client.net.transport().tell(desk.id(), request).unwrap();
        client.link::<Note>(&desk).tell(Note(2)).unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        relay.mend();
        until("the other", || desk.seen.lock().unwrap().notes == [2]).await;
        assert_eq!(client.metric("troupe_net_tells_dropped_total"), 1);
    });
}

#[test]
fn tells_of_a_new_connection_wait_for_those_of_the_old_one() {
    run(async {
        let desk = Plan::new("compute").start();
        let identity = Identity::generate().unwrap();
        let batch = |from: u64| {
            let mut bytes = Vec::new();
            frame::one_way_onto(OneWay::Tells(Lane::Normal), &mut bytes);
            for number in from..from + 500 {
                let body = codec::encode(&Note(number), troupe_wire::Limit::KiB1).unwrap();
                bytes.extend(call(3, body.len(), &body));
            }
            bytes
        };
        let mut raws = Vec::new();
        for turn in 0..6 {
            let raw = Raw::known(&identity, desk.net.address()).await;
            let mut send = raw.begin_one_way(&batch(turn * 500)).await;
            send.finish().unwrap();
            raws.push((raw, send));
        }
        until("the last tells", || desk.seen.lock().unwrap().notes.last() == Some(&2_999)).await;
        let seen = desk.seen.lock().unwrap();
        assert!(seen.notes.is_sorted(), "{:?}", seen.notes);
    });
}
