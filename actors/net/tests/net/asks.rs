//! Asks: answers, outcomes, bounds.

use crate::relay::Relay;
use crate::world::{Crash, Echo, Hold, Inner, Plan, brisk, entry, load, pair, soon, until};
use bytes::Bytes;
use std::time::Instant;
use troupe_net::{Dial, Limits, PeerState};
use troupe_runtime::{Queue, Request, run};
use troupe_types::{Bytes as Size, Millis, NodeId};
use troupe_wire::{CallError, Certainty, Lane, Version};

#[test]
fn an_ask_dials_and_is_answered_whatever_its_size() {
    run(async {
        let (desk, client) = pair();
        assert!(!client.is_connected(desk.id()));
        for length in [0, 1, 1_000, 2_048, 2_049, 65_536, 262_000] {
            assert_eq!(client.echo(&desk, length).await, Ok(()), "{length}");
        }
        let seen = desk.seen.lock().unwrap();
        let peer = &seen.peers[0];
        assert_eq!((peer.id, peer.role.as_deref()), (client.id(), None));
        assert_eq!(client.net.transport().peers()[0].role.as_deref(), Some("compute"));
    });
}

#[test]
fn hundreds_of_asks_at_once_wait_for_places_and_are_all_answered() {
    run(async {
        let (desk, client) = pair();
        let link = client.link::<Echo>(&desk);
        let asks = (0..600).map(|at| {
            let link = link.clone();
            async move { link.ask(Echo(load(at))).await.map(|answer| answer == load(at)) }
        });
        let answers = soon("600 answers", futures_util::future::join_all(asks)).await;
        assert!(answers.into_iter().all(|answer| answer == Ok(true)));
    });
}

#[test]
fn more_asks_than_may_wait_are_busy_at_once() {
    run(async {
        let desk = Plan::new("compute").start();
        let client = Plan::new("data")
            .limits(|limits| {
                limits.asks = 4;
                limits.waiting = Queue { messages: 8, bytes: Size::mib(1) };
            })
            .peer(desk.entry("compute", Dial::Keep))
            .start();
        until("a line", || client.is_connected(desk.id())).await;
        let link = client.link::<Hold>(&desk);
        let mut asks: Vec<_> = (0..20).map(|at| Box::pin(link.ask(Hold(at)))).collect();
        // Polling sends; the first four get places, eight wait.
        let mut busy = 0;
        for (sent, ask) in asks.iter_mut().enumerate() {
            if let Some(answer) = futures_util::FutureExt::now_or_never(ask) {
                assert_eq!(answer, Err(CallError::Busy));
                busy += 1;
            } else if sent < 4 {
                until("an ask to be taken up", || desk.seen.lock().unwrap().held == sent + 1).await;
            }
        }
        assert_eq!(busy, 8);
    });
}

#[test]
fn an_unanswered_ask_times_out_and_its_place_is_free_again() {
    run(async {
        let desk = Plan::new("compute").start();
        let client = Plan::new("data")
            .limits(|limits| limits.asks = 2)
            .peer(desk.entry("compute", Dial::OnDemand))
            .start();
        client.echo(&desk, 1).await.unwrap();
        let link = client.link::<Hold>(&desk);
        let held = (0..2).map(|at| link.ask(Hold(at)).within(Millis(300)));
        let outcomes = futures_util::future::join_all(held).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Err(CallError::TimedOut)));
        soon("a place", client.echo(&desk, 10)).await.unwrap();
    });
}

#[test]
fn what_nobody_answers_was_not_run() {
    run(async {
        let (desk, client) = pair();
        let transport = client.net.transport();
        let ask = |to: NodeId, service: &'static str, tag: u16, since: u16| {
            let (answer, answered) = tokio::sync::oneshot::channel();
            let request = Request {
                service,
                tag,
                lane: Lane::Normal,
                within: Millis::secs(10),
                body: Bytes::from(vec![0; 50_000]),
                reply_limit: 1_000,
                since: Version(since),
            };
            transport.ask(to, request, Box::new(|outcome| answer.send(outcome).unwrap()));
            answered
        };
        let outcome = ask(desk.id(), "test.nothing", 1, 1).await.unwrap();
        assert_eq!(outcome, Err(CallError::NotHere));
        let outcome = ask(desk.id(), "test.desk", 99, 1).await.unwrap();
        assert_eq!(outcome, Err(CallError::NotHere));
        let outcome = ask(desk.id(), "test.desk", 1, 2).await.unwrap();
        assert_eq!(outcome, Err(CallError::Unsupported));
        let outcome = ask(NodeId([9; 32]), "test.desk", 1, 1).await.unwrap();
        assert_eq!(outcome, Err(CallError::NotHere));
        let outcome = ask(desk.id(), "a service with spaces", 1, 1).await.unwrap();
        assert_eq!(outcome, Err(CallError::Unsupported));
        assert!(client.is_connected(desk.id()));
    });
}

#[test]
fn a_panic_over_there_is_crashed_here() {
    run(async {
        let (desk, client) = pair();
        let outcome = client.link::<Crash>(&desk).ask(Crash(1)).await;
        assert_eq!(outcome, Err(CallError::Crashed));
        soon("the restart", client.echo(&desk, 1)).await.unwrap();
    });
}

#[test]
fn an_answer_over_its_limit_ends_the_line_and_may_have_run() {
    run(async {
        let (desk, client) = pair();
        client.echo(&desk, 1).await.unwrap();
        let (answer, answered) = tokio::sync::oneshot::channel();
        let body =
            troupe_wire::codec::encode(&Echo(load(500)), troupe_wire::Limit::KiB256).unwrap();
        let request = Request {
            service: "test.desk",
            tag: 1,
            lane: Lane::Normal,
            within: Millis::secs(10),
            body: body.into(),
            reply_limit: 100,
            since: Version(1),
        };
        let transport = client.net.transport();
        transport.ask(desk.id(), request, Box::new(|outcome| answer.send(outcome).unwrap()));
        assert_eq!(answered.await.unwrap(), Err(CallError::Lost));
        assert_eq!(client.metric("troupe_net_violations_total{kind=\"oversized\"}"), 1);
        until("the line's end", || !client.is_connected(desk.id())).await;
    });
}

#[test]
fn asks_under_way_are_lost_when_the_peer_dies_without_a_word() {
    run(async {
        let desk = Plan::new("compute").start();
        let relay = Relay::before(desk.net.address()).await;
        let client = Plan::new("data")
            .limits(|limits| *limits = Limits { hello: Millis::secs(1), ..brisk() })
            .peer(entry(desk.id(), relay.address, "compute", Dial::OnDemand))
            .start();
        client.echo(&desk, 1).await.unwrap();
        let held = client.link::<Hold>(&desk);
        let held = tokio::spawn(async move { held.ask(Hold(1)).await });
        until("the ask to arrive", || desk.seen.lock().unwrap().held == 1).await;
        relay.cut();
        let begun = Instant::now();
        assert_eq!(soon("the loss", held).await.unwrap(), Err(CallError::Lost));
        // More than a second of silence; the rest is patience with a busy machine.
        assert!(begun.elapsed().as_millis() >= 500, "{:?}", begun.elapsed());
        until("the line's end", || !client.is_connected(desk.id())).await;
        let outcome = client.link::<Inner>(&desk).ask(Inner(1)).within(Millis::secs(7)).await;
        let why = outcome.unwrap_err();
        assert_eq!(why.certainty(), Certainty::NotRun, "{why}");
        relay.mend();
        until("a pause that is over", || {
            !matches!(client.state(desk.id()), PeerState::Connected(_) | PeerState::Dialing)
        })
        .await;
        until_echo(&client, &desk).await;
    });
}

async fn until_echo(client: &crate::world::Process, desk: &crate::world::Process) {
    let tries = async {
        while client.echo(desk, 1).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    soon("an answer", tries).await;
}

#[test]
fn an_ask_without_time_never_leaves() {
    run(async {
        let desk = Plan::new("compute").start();
        let relay = Relay::before(desk.net.address()).await;
        relay.cut();
        let client = Plan::new("data")
            .peer(entry(desk.id(), relay.address, "compute", Dial::OnDemand))
            .start();
        let (answer, answered) = tokio::sync::oneshot::channel();
        let request = Request {
            service: "test.desk",
            tag: 2,
            lane: Lane::Control,
            within: Millis(100),
            body: Bytes::from_static(&[1]),
            reply_limit: 100,
            since: Version(1),
        };
        let transport = client.net.transport();
        transport.ask(desk.id(), request, Box::new(|outcome| answer.send(outcome).unwrap()));
        assert_eq!(answered.await.unwrap(), Err(CallError::Expired));
        assert_eq!(desk.seen.lock().unwrap().held, 0);
    });
}
