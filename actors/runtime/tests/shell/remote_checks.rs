//! What comes from other processes is found, checked and decoded before an actor sees it.

use crate::common::{Bench, Puppet, Wire2, on_bench, settle, spec};
use crate::remote::Echo;
use bincode::{Decode, Encode};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use troupe_runtime::{Arrival, Cx, Error, Fault, Handle, Reply, Violation};
use troupe_types::Millis;
use troupe_wire::{CallError, Limit, Message, Sender, Version, Wire, codec};

macro_rules! guarded {
    ($name:ident, $tag:literal, $since:literal, $sender:expr) => {
        #[derive(Debug, Encode, Decode)]
        struct $name(u64);

        impl Message for $name {
            type Reply = u64;
            const NAME: &'static str = stringify!($name);
        }

        impl Wire for $name {
            const SERVICE: &'static str = "test.guarded";
            const TAG: u16 = $tag;
            const SINCE: Version = Version($since);
            const LIMIT: Limit = Limit::KiB1;
            const SENDER: Sender = $sender;
        }

        impl<const N: usize> Handle<$name> for Puppet<N> {
            fn handle(
                &mut self,
                message: $name,
                reply: Reply<$name>,
                cx: &mut Cx<'_, Self>,
            ) -> Result<(), Fault> {
                reply.send(message.0, cx);
                Ok(())
            }
        }
    };
}

guarded!(Anyone, 1, 1, Sender::Anyone);
guarded!(Listed, 2, 1, Sender::Listed);
guarded!(Roles, 3, 1, Sender::Roles(&["compute", "data"]));
guarded!(Newer, 4, 2, Sender::Anyone);

fn serve(bench: &Bench) -> Wire2 {
    let net = Wire2::between(&bench.node, &bench.node);
    let anna = bench.node.spawn(spec::<0>(bench));
    anna.serve::<Anyone>()
        .and_then(|anna| anna.serve::<Listed>())
        .and_then(|anna| anna.serve::<Roles>())
        .and_then(|anna| anna.serve::<Newer>())
        .and_then(|anna| anna.serve::<Echo>())
        .expect("all are free");
    net
}

#[test]
fn only_those_who_may_send_a_message_are_let_in() {
    on_bench(|bench| async move {
        let net = serve(&bench);
        for (role, listed, roles) in
            [(None, false, false), (Some("catalog"), true, false), (Some("data"), true, true)]
        {
            net.listed_as(role);
            assert_eq!(net.link::<Anyone>().ask(Anyone(1)).await, Ok(1), "{role:?}");
            let may = |may: bool| if may { Ok(1) } else { Err(CallError::Unsupported) };
            assert_eq!(net.link::<Listed>().ask(Listed(1)).await, may(listed), "{role:?}");
            assert_eq!(net.link::<Roles>().ask(Roles(1)).await, may(roles), "{role:?}");
        }
    });
}

/// Sends bytes with an answer slot; what was violated and what was answered.
fn send(net: &Wire2, tag: u16, body: &[u8]) -> (Option<Violation>, Option<CallError>) {
    let heard = Arc::new(Mutex::new(None));
    let hear = Arc::clone(&heard);
    let arrival = Arrival { service: "test.guarded", tag, within: Millis(100), body };
    let violation = net.send(
        &arrival,
        Some(Box::new(move |outcome: Result<bytes::Bytes, CallError>| {
            let before = hear.lock().unwrap().replace(outcome.err());
            assert!(before.is_none(), "an answer is given once");
        })),
    );
    let heard = heard.lock().unwrap().take().flatten();
    (violation, heard)
}

#[test]
fn a_violation_is_named_and_answered() {
    on_bench(|bench| async move {
        let net = serve(&bench);
        let service = "test.guarded";
        let unsupported = Some(CallError::Unsupported);
        let oversized = Violation::Oversized { service, tag: 1, got: 1_025, limit: 1_024 };
        assert_eq!(send(&net, 1, &[0; 1_025]), (Some(oversized), unsupported));
        let malformed = Violation::Malformed { service, tag: 1 };
        assert_eq!(send(&net, 1, &[]), (Some(malformed), unsupported));
        let good = codec::encode(&Anyone(1), Limit::KiB1).expect("it fits");
        let trailing = [good.as_slice(), &[0]].concat();
        assert_eq!(send(&net, 1, &trailing), (Some(malformed), unsupported));
        // Who may not send is told so before anything is decoded.
        net.listed_as(None);
        let not_allowed = Violation::NotAllowed { service, tag: 2 };
        assert_eq!(send(&net, 2, &[]), (Some(not_allowed), unsupported));
        settle().await;
        assert_eq!(bench.log.take(), ["anna 0 started"], "no actor saw any of it");
    });
}

#[test]
fn what_nobody_answers_is_not_here_and_no_violation() {
    on_bench(|bench| async move {
        let net = serve(&bench);
        assert_eq!(send(&net, 99, &[1, 2, 3]), (None, Some(CallError::NotHere)));
        assert_eq!(bench.node.inbound().limit("test.guarded", 99), None);
        assert_eq!(bench.node.inbound().limit("test.guarded", 1), Some(1_024));
        let served = bench.node.inbound().served();
        let tags: Vec<u16> = served
            .iter()
            .filter(|(name, _)| *name == "test.guarded")
            .map(|(_, tag)| *tag)
            .collect();
        assert_eq!(tags, [1, 2, 3, 4]);
    });
}

#[test]
fn a_message_newer_than_the_agreed_version_is_unsupported() {
    on_bench(|bench| async move {
        let net = serve(&bench);
        let newer = net.link::<Newer>();
        assert_eq!(newer.ask(Newer(1)).await, Err(CallError::Unsupported));
        net.speaks(Version(2));
        assert_eq!(newer.ask(Newer(1)).await, Ok(1));
    });
}

#[test]
fn a_service_is_answered_by_one_kind_of_actor_and_by_all_its_replicas() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench));
        let replica = bench.node.spawn(spec::<0>(&bench));
        let bert = bench.node.spawn(spec::<1>(&bench));
        assert!(anna.serve::<Anyone>().is_ok() && replica.serve::<Anyone>().is_ok());
        let taken = Error::ServiceTaken { service: "test.guarded", tag: 1 };
        assert_eq!(bert.serve::<Anyone>().map(drop), Err(taken));
        let not_bound = bench.node.link::<Anyone>("bert").ask(Anyone(1)).await;
        assert_eq!(not_bound, Err(CallError::NotHere), "a refused service leaves no link behind");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_of_a_peer_panic_or_go_unanswered(
        tag in 0u16..6,
        body in proptest::collection::vec(any::<u8>(), 0..1_200),
    ) {
        on_bench(|bench| async move {
            let net = serve(&bench);
            let answered = Arc::new(Mutex::new(0));
            let count = Arc::clone(&answered);
            let arrival = Arrival { service: "test.guarded", tag, within: Millis(100), body: &body };
            net.send(&arrival, Some(Box::new(move |_| *count.lock().unwrap() += 1)));
            settle().await;
            assert_eq!(*answered.lock().unwrap(), 1);
        });
    }
}
