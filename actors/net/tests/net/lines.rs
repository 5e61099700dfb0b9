//! Lines between processes: one each, kept, renewed.

use crate::relay::Relay;
use crate::world::{Echo, Plan, Process, brisk, entry, load, soon, until};
use std::net::UdpSocket;
use std::time::Duration;
use troupe_net::{Close, Dial, DialError, Identity, PeerState};
use troupe_runtime::{Contact, run};
use troupe_types::{Incarnation, Millis};
use troupe_wire::CallError;

#[test]
fn processes_that_all_dial_each_other_end_up_with_one_line_a_pair() {
    run(async {
        let processes: Vec<Process> = (0..5).map(|_| Plan::new("compute").start()).collect();
        for process in &processes {
            let others = processes.iter().filter(|other| other.id() != process.id());
            process
                .net
                .learn(others.map(|other| other.entry("compute", Dial::Keep)).collect())
                .unwrap();
        }
        until("all lines", || {
            processes.iter().all(|process| process.net.transport().peers().len() == 4)
        })
        .await;
        // Nothing is lost on lines that were dialed by both.
        for process in &processes {
            for other in processes.iter().filter(|other| other.id() != process.id()) {
                process.echo(other, 100).await.unwrap();
                let (PeerState::Connected(here), PeerState::Connected(there)) =
                    (process.state(other.id()), other.state(process.id()))
                else {
                    panic!("not connected")
                };
                assert_ne!(here.is_dialed, there.is_dialed);
            }
        }
    });
}

#[test]
fn a_kept_peer_is_dialed_until_it_is_there_and_again_when_it_was_lost() {
    run(async {
        let identity = Identity::generate().unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let client = Plan::new("data")
            .limits(|limits| limits.hello = Millis(400))
            .peer(entry(identity.id(), address, "compute", Dial::Keep))
            .start();
        until("a failure", || client.net.status()[0].failures >= 2).await;
        let status = client.net.status().remove(0);
        assert_eq!(status.last_error, Some(DialError::TimedOut));
        assert_eq!(status.role.as_deref(), Some("compute"));
        drop(socket);

        for incarnation in 1..=3 {
            let mut plan =
                Plan::new("compute").identity(&identity.pkcs8()).incarnation(incarnation);
            plan.config.listen = address;
            let process = plan.start();
            until("the line", || client.is_connected(identity.id())).await;
            let PeerState::Connected(line) = client.state(identity.id()) else { panic!("lost") };
            assert_eq!(line.peer.incarnation, Incarnation(incarnation));
            assert_eq!(client.net.status()[0].last_error, None);
            client.echo(&process, 10).await.unwrap();
            assert!(process.net.close(Millis::secs(5)).await);
            until("the loss", || !client.is_connected(identity.id())).await;
            let last = client.net.status().remove(0).last_error;
            assert!(last.is_some());
        }
    });
}

#[test]
fn a_second_start_of_a_node_takes_the_place_of_the_first() {
    run(async {
        let desk = Plan::new("compute").start();
        let identity = Identity::generate().unwrap();
        let plan = |incarnation| {
            Plan::new("data")
                .identity(&identity.pkcs8())
                .incarnation(incarnation)
                .peer(desk.entry("compute", Dial::Keep))
        };
        let first = plan(1).start();
        until("the first", || desk.is_connected(first.id())).await;
        let second = plan(2).start();
        until("the second", || {
            matches!(desk.state(second.id()), PeerState::Connected(line)
                if line.peer.incarnation == Incarnation(2))
        })
        .await;
        second.echo(&desk, 10).await.unwrap();
        until("the first to learn it", || {
            first.net.status()[0].last_error == Some(DialError::Closed(Close::Stale))
        })
        .await;
    });
}

#[test]
fn a_silent_peer_is_given_up_and_found_again() {
    run(async {
        let desk = Plan::new("compute").limits(|limits| *limits = brisk()).start();
        let relay = Relay::before(desk.net.address()).await;
        let client = Plan::new("data")
            .limits(|limits| *limits = brisk())
            .peer(entry(desk.id(), relay.address, "compute", Dial::Keep))
            .start();
        until("a line", || client.is_connected(desk.id()) && desk.is_connected(client.id())).await;
        relay.cut();
        until("its end on both sides", || {
            !client.is_connected(desk.id()) && !desk.is_connected(client.id())
        })
        .await;
        relay.mend();
        until("a line", || client.is_connected(desk.id())).await;
        client.echo(&desk, 10).await.unwrap();
    });
}

#[test]
fn an_address_that_was_told_is_dialed_and_gives_no_role() {
    run(async {
        let (desk, client) = (Plan::new("compute").start(), Plan::new("data").start());
        assert_eq!(client.echo(&desk, 1).await, Err(CallError::NotHere));
        let address = desk.net.address().to_string();
        client.net.transport().learn(vec![
            Contact { id: desk.id(), address },
            Contact { id: client.id(), address: "127.0.0.1:1".to_owned() },
            Contact { id: Identity::generate().unwrap().id(), address: "no address".to_owned() },
        ]);
        client.echo(&desk, 1).await.unwrap();
        assert_eq!(client.net.status().len(), 1);
        assert_eq!(client.net.transport().peers()[0].role, None);
    });
}

#[test]
fn a_name_is_resolved_at_every_dial() {
    run(async {
        let desk = Plan::new("compute").start();
        let named = format!("localhost:{}", desk.net.address().port());
        let client = Plan::new("data")
            .peer(entry(desk.id(), named, "compute", Dial::Keep))
            .peer(entry(
                Identity::generate().unwrap().id(),
                "no.such.invalid:1",
                "data",
                Dial::Keep,
            ))
            .start();
        until("the one that resolves", || client.is_connected(desk.id())).await;
        until("the one that does not", || {
            client.net.status().iter().any(|peer| peer.last_error == Some(DialError::Address))
        })
        .await;
    });
}

#[test]
fn two_threads_serve_as_well_as_one() {
    run(async {
        let mut plan = Plan::new("compute");
        plan.config.threads = 2;
        let desk = plan.start();
        let mut plan = Plan::new("data").peer(desk.entry("compute", Dial::OnDemand));
        plan.config.threads = 2;
        let client = plan.start();
        let link = client.link::<Echo>(&desk);
        let asks = (0..300).map(|at| {
            let link = link.clone();
            async move { link.ask(Echo(load(at))).await }
        });
        let answers = soon("300 answers", futures_util::future::join_all(asks)).await;
        assert!(answers.iter().all(Result::is_ok));
        assert!(desk.net.close(Millis::secs(5)).await);
    });
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    run(async {
        let first = Plan::new("compute").start();
        let mut plan = Plan::new("compute");
        plan.config.listen = first.net.address();
        let node = troupe_runtime::Node::new(troupe_runtime::Parts::system(1, 1).unwrap());
        let registry = node.metrics().registry();
        let (inbound, bulk) = (node.inbound().clone(), node.bulk().clone());
        let error = troupe_net::Net::start(plan.config, inbound, bulk, registry).unwrap_err();
        assert!(error.to_string().contains(&first.net.address().to_string()), "{error}");
        tokio::time::timeout(Duration::from_secs(5), first.net.close(Millis::ZERO)).await.unwrap();
    });
}
