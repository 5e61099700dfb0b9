//! Peers that send what no honest peer sends.

use crate::raw::{Raw, ask, call, named_call};
use crate::world::{ForData, Inner, Plan, Process, entry, pair, soon, until};
use std::time::Duration;
use troupe_net::frame::{self, OneWay};
use troupe_net::{Close, Dial, Entry, Identity, outcome_code};
use troupe_runtime::{BulkHeader, run};
use troupe_types::{Bytes, Millis, SessionId};
use troupe_wire::{CallError, Lane};

/// A lane of tells that begins with these bytes.
fn tells(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    frame::one_way_onto(OneWay::Tells(Lane::Normal), &mut all);
    all.extend(bytes);
    all
}

#[test]
fn a_size_over_the_limit_ends_the_connection_before_the_body_comes() {
    run(async {
        let process = Plan::new("compute").start();
        // The message has at most a kibibyte; not one byte of body is sent.
        let raw = Raw::stranger(process.net.address()).await;
        let _streams = raw.begin(&ask(3, 1_025, b"")).await;
        assert_eq!(raw.closed().await, Close::Oversized);

        let raw = Raw::stranger(process.net.address()).await;
        let _stream = raw.begin_one_way(&tells(&call(3, 1_025, b""))).await;
        assert_eq!(raw.closed().await, Close::Oversized);

        // More than any message may have, for a service that does not exist.
        let mut bytes = named_call("nowhere", 1, 524_288, b"");
        let at = bytes.len() - 4;
        bytes[at..].copy_from_slice(&524_289u32.to_le_bytes());
        let raw = Raw::stranger(process.net.address()).await;
        let _stream = raw.begin_one_way(&tells(&bytes)).await;
        assert_eq!(raw.closed().await, Close::Oversized);
        assert_eq!(process.metric("troupe_net_violations_total{kind=\"oversized\"}"), 3);
    });
}

#[test]
fn bytes_that_are_no_frame_or_no_message_end_the_connection() {
    run(async {
        let process = Plan::new("compute").start();
        let address = process.net.address();
        let mut trailing = ask(3, 1, &[7]);
        trailing.push(0);
        let two_way: [&[u8]; 6] = [
            &[9, 9, 9],
            &ask(3, 1, &[7])[..9],
            &ask(3, 2, &[7]),
            &trailing,
            // A number in more bytes than it needs.
            &ask(3, 3, &[251, 7, 0]),
            &crate::raw::hello().frame().unwrap(),
        ];
        for bytes in two_way {
            let raw = Raw::stranger(address).await;
            let _ = raw.say(bytes).await;
            assert_eq!(raw.closed().await, Close::Malformed, "{bytes:?}");
        }
        let one_way: [&[u8]; 4] =
            [&[7], &[2, 9], &tells(&call(3, 2, &[7])), &tells(&call(3, 3, &[251, 7, 0]))];
        for bytes in one_way {
            let raw = Raw::stranger(address).await;
            let mut stream = raw.begin_one_way(bytes).await;
            let _ = stream.finish();
            assert_eq!(raw.closed().await, Close::Malformed, "{bytes:?}");
        }
        assert_eq!(process.metric("troupe_net_violations_total{kind=\"malformed\"}"), 10);
    });
}

#[test]
fn an_unknown_service_is_answered_and_passed_over() {
    run(async {
        let process = Plan::new("compute").start();
        let raw = Raw::stranger(process.net.address()).await;
        let mut bytes = Vec::new();
        frame::ask_onto(&mut bytes);
        bytes.extend(named_call("nowhere", 1, 200_000, &[0; 200_000]));
        let answer = raw.say(&bytes).await.unwrap();
        assert_eq!(answer, [outcome_code(CallError::NotHere)]);
        let mut many = Vec::new();
        for _ in 0..20 {
            many.extend(named_call("nowhere", 1, 100_000, &[0; 100_000]));
        }
        many.extend(call(3, 1, &[42]));
        let _stream = raw.begin_one_way(&tells(&many)).await;
        until("the tell behind them", || process.seen.lock().unwrap().notes == [42]).await;
    });
}

#[test]
fn a_message_from_one_who_may_not_send_it_ends_the_connection() {
    run(async {
        let process = Plan::new("compute").start();
        for tag in [5, 6] {
            let raw = Raw::stranger(process.net.address()).await;
            let answer = raw.say(&ask(tag, 1, &[7])).await;
            assert!(answer.is_none_or(|answer| answer == [outcome_code(CallError::Unsupported)]));
            assert_eq!(raw.closed().await, Close::NotAllowed);
        }
        assert_eq!(process.metric("troupe_net_violations_total{kind=\"not_allowed\"}"), 2);
    });
}

#[test]
fn a_role_opens_what_the_list_says_and_changes_with_the_list() {
    run(async {
        let (desk, client) = pair();
        let as_role = |role: &str| {
            vec![Entry {
                id: client.id(),
                address: None,
                role: role.to_owned(),
                dial: Dial::OnDemand,
            }]
        };
        desk.net.learn(as_role("data")).unwrap();
        let (inner, data) = (client.link::<Inner>(&desk), client.link::<ForData>(&desk));
        assert_eq!(inner.ask(Inner(1)).await, Ok(1));
        assert_eq!(data.ask(ForData(2)).await, Ok(2));
        // The connection stands; only the list has changed.
        desk.net.learn(as_role("compute")).unwrap();
        assert_eq!(inner.ask(Inner(3)).await, Ok(3));
        let refused = data.ask(ForData(4)).await.unwrap_err();
        assert!(matches!(refused, CallError::Unsupported | CallError::Lost), "{refused}");
        until("a new line", || desk.is_connected(client.id()) || !client.is_connected(desk.id()))
            .await;
        desk.net.forget(&[client.id()]);
        let refused = inner.ask(Inner(5)).await.unwrap_err();
        assert_ne!(refused, CallError::TimedOut);
        assert_eq!(desk.metric("troupe_net_peers{kind=\"listed\"}"), 0);
    });
}

#[test]
fn a_habit_of_rubbish_is_refused_for_a_while() {
    run(async {
        let process = Plan::new("compute").limits(|limits| limits.cool_down = Millis(700)).start();
        let address = process.net.address();
        let identity = Identity::generate().unwrap();
        for expected in [Close::Malformed, Close::Malformed, Close::Refused] {
            let raw = Raw::known(&identity, address).await;
            let _ = raw.say(&[9]).await;
            assert_eq!(raw.closed().await, expected);
        }
        let refused = Raw::greet(&identity, address, &crate::raw::hello()).await;
        assert_eq!(refused.err(), Some(Close::Refused));
        let _other = Raw::stranger(address).await;
        let pardon = async {
            while Raw::greet(&identity, address, &crate::raw::hello()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        soon("the pardon", pardon).await;
    });
}

#[test]
fn a_flood_of_streams_stops_at_the_limit_and_harms_nobody_else() {
    run(async {
        let process = Plan::new("compute").limits(|limits| limits.asks = 20).start();
        let raw = Raw::stranger(process.net.address()).await;
        let mut streams = Vec::new();
        let flood = async {
            loop {
                let (mut send, recv) = raw.connection.open_bi().await.unwrap();
                send.write_all(&[1]).await.unwrap();
                streams.push((send, recv));
            }
        };
        assert!(tokio::time::timeout(Duration::from_millis(300), flood).await.is_err());
        // One is the hello's, until its end was acknowledged and the next few were allowed.
        assert!((18..=20).contains(&streams.len()), "{}", streams.len());
        let honest = Raw::stranger(process.net.address()).await;
        assert!(honest.say(&ask(1, 2, &[1, 9])).await.is_some());
        // Reset and opened again and again: places come back only as fast as they are served.
        for (mut send, mut recv) in streams {
            let _ = send.reset(0u32.into());
            let _ = recv.stop(0u32.into());
        }
        for _ in 0..200 {
            let (mut send, _recv) = soon("a place", raw.connection.open_bi()).await.unwrap();
            let _ = send.write_all(&ask(2, 1, &[7])).await;
            let _ = send.reset(0u32.into());
        }
        assert!(honest.say(&ask(1, 2, &[1, 9])).await.is_some());
    });
}

/// Writes on all streams until nothing more is taken, and says how much was.
async fn pour(raw: &Raw, openings: impl Iterator<Item = Vec<u8>>) -> usize {
    let block = vec![0; 64 << 10];
    let mut poured = 0;
    let mut kept = Vec::new();
    for opening in openings {
        let mut stream = soon("a stream", raw.connection.open_uni()).await.unwrap();
        let quiet = Duration::from_millis(150);
        if let Ok(written) = tokio::time::timeout(quiet, stream.write_all(&opening)).await {
            written.unwrap();
            while let Ok(written) = tokio::time::timeout(quiet, stream.write(&block)).await {
                poured += written.unwrap();
            }
        }
        kept.push(stream);
    }
    poured
}

fn bulk(lane: u8) -> Vec<u8> {
    let mut opening = Vec::new();
    let header = BulkHeader { session: SessionId([1; 16]), lane };
    frame::one_way_onto(OneWay::Bulk(header), &mut opening);
    opening
}

fn narrow(plan: Plan) -> Plan {
    plan.limits(|limits| {
        (limits.window, limits.stream_window) = (Bytes::kib(1_536), Bytes::kib(640));
        limits.bulk = 6;
        limits.admission = Millis::secs(60);
    })
}

#[test]
fn a_stranger_that_is_not_read_cannot_pour_in_more_than_the_window() {
    run(async {
        let process = narrow(Plan::new("compute")).start();
        let raw = Raw::stranger(process.net.address()).await;
        let poured = pour(&raw, (0..6).map(bulk)).await;
        assert!((600 << 10..=1_536 << 10).contains(&poured), "{poured}");
    });
}

#[test]
fn a_listed_peer_that_is_not_read_cannot_pour_in_more_than_its_memory() {
    run(async {
        let (identity, id) = crate::raw::identity();
        let plan = narrow(Plan::new("compute").peer(Entry { address: None, ..listed(id) }));
        let most = plan.config.limits.memory_by_peer();
        assert_eq!(most, Bytes::kib(1_536 + 6 * 640));
        let process = plan.start();
        let raw = Raw::known(&identity, process.net.address()).await;
        let poured = pour(&raw, (0..6).map(bulk)).await;
        // Its streams are full, and what is left is for asks.
        assert!(((6 * 600) << 10..=(6 * 640) << 10).contains(&poured), "{poured}");
        assert!(raw.say(&ask(1, 2, &[1, 9])).await.is_some());
        drop(process);
    });
}

fn listed(id: troupe_types::NodeId) -> Entry {
    entry(id, "127.0.0.1:9", "data", Dial::OnDemand)
}

#[test]
fn crowds_at_the_door_must_show_that_they_are_there() {
    run(async {
        let process = Plan::new("compute")
            .limits(|limits| {
                (limits.handshakes, limits.handshakes_by_source) = (4, 4);
                limits.handshake_rate_by_source = 2;
                limits.hello = Millis(500);
            })
            .start();
        // Handshakes that never finish hold their places until their time is up.
        let mut silent = Vec::new();
        for _ in 0..4 {
            silent.push(Raw::silent(&Identity::generate().unwrap(), process.net.address()).await);
        }
        let retried = "troupe_net_handshakes_total{outcome=\"retried\"}";
        assert_eq!(process.metric(retried), 2);
        let is_let_in = |process: &Process| {
            let address = process.net.address();
            async move {
                let papers = crate::raw::Papers::of(&Identity::generate().unwrap());
                crate::raw::connect(crate::raw::client_config(&papers), address).await.is_ok()
            }
        };
        assert!(!is_let_in(&process).await);
        assert!(process.metric("troupe_net_handshakes_total{outcome=\"refused\"}") >= 1);
        for raw in &silent {
            assert_eq!(raw.closed().await, Close::SlowHello);
        }
        let let_in = async {
            while !is_let_in(&process).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        soon("a place at the door", let_in).await;
    });
}
