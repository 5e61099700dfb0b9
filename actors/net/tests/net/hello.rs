//! The hello: who may stay, and with which number others are sent away.

use crate::raw::{Raw, ask, hello};
use crate::world::{Plan, until};
use troupe_net::frame;
use troupe_net::{Close, Dial, Entry, Identity, PeerState};
use troupe_runtime::run;
use troupe_types::{Incarnation, Millis, NetworkId};
use troupe_wire::{List, Text, Version, VersionRange};

#[test]
fn both_sides_learn_what_the_other_says() {
    run(async {
        let mut plan = Plan::new("catalog").incarnation(4);
        plan.config.services = vec!["ai.catalog".to_owned()];
        let process = plan.start();
        let identity = Identity::generate().unwrap();
        let mut ours = hello();
        ours.listen = Some(Text::new("data-1.example:7000").unwrap());
        ours.incarnation = Incarnation(9);
        let address = process.net.address();
        let (_raw, theirs) = Raw::greet(&identity, address, &ours).await.unwrap();
        assert_eq!(&*theirs.role, "catalog");
        assert_eq!(theirs.incarnation, Incarnation(4));
        assert_eq!(theirs.listen, Some(Text::new(address.to_string()).unwrap()));
        assert_eq!(theirs.services, List::new(vec![Text::new("ai.catalog").unwrap()]).unwrap());

        let PeerState::Connected(connection) = process.state(identity.id()) else {
            panic!("not connected")
        };
        assert_eq!(connection.hello, ours);
        assert_eq!(connection.peer.incarnation, Incarnation(9));
        assert_eq!(connection.peer.version, Version(1));
        // What it says of its role opens nothing.
        assert_eq!(connection.peer.role, None);
    });
}

#[test]
fn another_network_another_version_and_an_older_start_are_sent_away_by_number() {
    run(async {
        let process = Plan::new("compute").start();
        let address = process.net.address();
        let identity = Identity::generate().unwrap();
        let mut other = hello();
        other.network = NetworkId(78);
        assert_eq!(Raw::greet(&identity, address, &other).await.err(), Some(Close::Network));
        let mut other = hello();
        other.versions = VersionRange { min: Version(2), max: Version(5) };
        assert_eq!(Raw::greet(&identity, address, &other).await.err(), Some(Close::Version));

        let mut newer = hello();
        newer.incarnation = Incarnation(5);
        let (raw, _) = Raw::greet(&identity, address, &newer).await.unwrap();
        assert_eq!(Raw::greet(&identity, address, &hello()).await.err(), Some(Close::Stale));
        let mut newest = hello();
        newest.incarnation = Incarnation(6);
        let (_again, _) = Raw::greet(&identity, address, &newest).await.unwrap();
        assert_eq!(raw.closed().await, Close::Replaced);
        assert_eq!(process.net.transport().peers().len(), 1);
    });
}

#[test]
fn a_node_does_not_talk_to_itself() {
    run(async {
        let identity = Identity::generate().unwrap();
        let process = Plan::new("compute").identity(&identity.pkcs8()).start();
        let raw = Raw::greet(&identity, process.net.address(), &hello()).await;
        assert_eq!(raw.err(), Some(Close::Oneself));
    });
}

#[test]
fn a_hello_that_is_none_ends_the_connection() {
    run(async {
        let process = Plan::new("compute").start();
        let spoiled = {
            let mut bytes = hello().frame().unwrap();
            *bytes.last_mut().unwrap() = 0xff;
            bytes
        };
        let mut longer = hello().frame().unwrap();
        longer.push(0);
        let mut endless = b"\0troupe/1".to_vec();
        endless.extend(u16::MAX.to_le_bytes());
        let nothings: [&[u8]; 6] = [
            b"GET / HTTP/1.1\r\n\r\n",
            b"\0troupe/2\0\0",
            &endless,
            &spoiled,
            &longer,
            &ask(1, 3, b"abc"),
        ];
        for nothing in nothings {
            let raw = Raw::silent(&Identity::generate().unwrap(), process.net.address()).await;
            assert_eq!(raw.say(nothing).await, None);
            assert_eq!(raw.closed().await, Close::Malformed, "{nothing:?}");
        }
        assert!(process.net.transport().peers().is_empty());
    });
}

#[test]
fn who_says_nothing_or_says_it_slowly_is_sent_away() {
    run(async {
        let process = Plan::new("compute").limits(|limits| limits.hello = Millis(400)).start();
        let address = process.net.address();
        let silent = Raw::silent(&Identity::generate().unwrap(), address).await;
        let slow = Raw::silent(&Identity::generate().unwrap(), address).await;
        let frame = hello().frame().unwrap();
        let _streams = slow.begin(&frame[..frame.len() - 1]).await;
        assert_eq!(silent.closed().await, Close::SlowHello);
        assert_eq!(slow.closed().await, Close::SlowHello);
    });
}

#[test]
fn before_the_hello_a_peer_has_one_stream_and_little_room() {
    run(async {
        let process = Plan::new("compute").start();
        let raw = Raw::silent(&Identity::generate().unwrap(), process.net.address()).await;
        let (mut send, _recv) = raw.begin(b"\0troupe/1").await;
        let waits = std::time::Duration::from_millis(150);
        let one_way = tokio::time::timeout(waits, raw.connection.open_uni());
        let two_way = tokio::time::timeout(waits, raw.connection.open_bi());
        assert!(one_way.await.is_err() && two_way.await.is_err());
        let flood = tokio::time::timeout(waits, send.write_all(&[0xff; 1 << 20])).await;
        assert!(flood.is_err() || flood.unwrap().is_err());
    });
}

#[test]
fn strangers_are_few_and_listed_peers_have_their_place() {
    run(async {
        let (listed, id) = crate::raw::identity();
        let process = Plan::new("compute")
            .limits(|limits| (limits.peers, limits.strangers) = (3, 1))
            .peer(Entry { id, address: None, role: "data".to_owned(), dial: Dial::Keep })
            .start();
        let address = process.net.address();
        let first = Raw::stranger(address).await;
        let second = Raw::greet(&Identity::generate().unwrap(), address, &hello()).await;
        assert_eq!(second.err(), Some(Close::Full));
        let _listed = Raw::known(&listed, address).await;
        assert_eq!(process.net.transport().peers().len(), 2);
        first.connection.close(0u32.into(), b"");
        until("the stranger to leave", || process.net.transport().peers().len() == 1).await;
        let _third = Raw::stranger(address).await;
        assert_eq!(process.net.status().len(), 2);
    });
}

#[test]
fn the_frames_of_a_hello_are_those_of_the_page() {
    let bytes = hello().frame().unwrap();
    let length = u16::from_le_bytes([bytes[9], bytes[10]]);
    assert_eq!(&bytes[..9], b"\0troupe/1");
    assert_eq!(usize::from(length), bytes.len() - 11);
    assert!(bytes.len() < frame::MAX_HELLO);
}
