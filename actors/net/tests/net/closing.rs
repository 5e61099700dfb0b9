//! Ending in good order.

use crate::raw::Raw;
use crate::world::{Echo, Hold, Inner, Note, Plan, load, pair, soon, until};
use std::time::{Duration, Instant};
use troupe_net::{Close, Dial, Entry, PeerState};
use troupe_runtime::run;
use troupe_types::Millis;
use troupe_wire::CallError;

#[test]
fn what_was_accepted_is_sent_and_answered_before_the_end() {
    run(async {
        let (desk, client) = pair();
        let link = client.link::<Note>(&desk);
        for number in 0..1_000 {
            link.tell(Note(number)).unwrap();
        }
        let echo = client.link::<Echo>(&desk);
        let mut asks = (0..50).map(|_| Box::pin(echo.ask(Echo(load(100))))).collect::<Vec<_>>();
        for ask in &mut asks {
            assert!(futures_util::FutureExt::now_or_never(ask).is_none());
        }
        assert!(client.net.close(Millis::secs(20)).await);
        for answer in futures_util::future::join_all(asks).await {
            assert_eq!(answer, Ok(load(100)));
        }
        until("all tells", || desk.seen.lock().unwrap().notes.len() == 1_000).await;
        assert_eq!(link.tell(Note(1)).unwrap_err().why, CallError::Closing);
        assert_eq!(client.echo(&desk, 1).await, Err(CallError::Closing));
        assert!(!desk.is_connected(client.id()));
    });
}

#[test]
fn a_closing_process_answers_what_it_has_taken_and_refuses_the_rest() {
    run(async {
        let (desk, client) = pair();
        let held = client.link::<Hold>(&desk);
        let held = tokio::spawn(async move { held.ask(Hold(1)).await });
        until("the ask to arrive", || desk.seen.lock().unwrap().held == 1).await;
        let begun = Instant::now();
        let (is_clean, refused) = tokio::join!(desk.net.close(Millis(700)), async {
            // The line stands while an ask is under way; it takes no new ones.
            tokio::time::sleep(Duration::from_millis(100)).await;
            client.link::<Inner>(&desk).ask(Inner(1)).await
        });
        assert!(!is_clean);
        assert!(begun.elapsed() >= Duration::from_millis(700));
        assert_eq!(refused, Err(CallError::Closing));
        assert_eq!(soon("the loss", held).await.unwrap(), Err(CallError::Lost));
    });
}

#[test]
fn peers_are_told_why_and_idle_ones_do_not_delay_the_end() {
    run(async {
        let process = Plan::new("compute").start();
        let raw = Raw::stranger(process.net.address()).await;
        assert!(process.net.close(Millis::secs(20)).await);
        assert_eq!(raw.closed().await, Close::Drained);
        assert!(process.net.close(Millis::secs(1)).await);
    });
}

#[test]
fn a_dropped_network_frees_its_port_and_forgets_its_peers() {
    run(async {
        let (desk, client) = pair();
        client.echo(&desk, 1).await.unwrap();
        let address = desk.net.address();
        let id = desk.id();
        drop(desk);
        until("the farewell", || !client.is_connected(id)).await;
        assert_eq!(client.state(id), PeerState::Idle);
        until("the port", || std::net::UdpSocket::bind(address).is_ok()).await;
        let entries =
            vec![Entry { id, address: None, role: "compute".to_owned(), dial: Dial::OnDemand }];
        client.net.learn(entries).unwrap();
        client.net.forget(&[id]);
        assert!(client.net.status().is_empty());
    });
}
