//! Keys are proven: by whoever dials and by whoever is dialed.

use crate::raw::{
    Papers, Raw, client_config, connect, hello, identity, mute_server, unproven_config,
};
use crate::world::{Plan, entry, until};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::NamedGroup;
use rustls::client::Tls13ClientSessionValue;
use rustls::client::{ClientSessionStore, Resumption, Tls12ClientSessionValue};
use rustls::pki_types::{CertificateDer, ServerName};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use troupe_net::{Dial, DialError, Identity, PeerState, node_id};
use troupe_runtime::run;

async fn is_refused(config: rustls::ClientConfig, process: &crate::world::Process) -> bool {
    // The dialer's handshake may look finished before the other side has seen its papers.
    match connect(config, process.net.address()).await {
        Err(_) => true,
        Ok(raw) => raw.say(&hello().frame().unwrap()).await.is_none(),
    }
}

#[test]
fn the_right_certificate_with_the_wrong_key_is_refused_by_who_is_dialed() {
    run(async {
        let (victim, thief) = (Identity::generate().unwrap(), Identity::generate().unwrap());
        let listed = entry(victim.id(), "127.0.0.1:9", "data", Dial::OnDemand);
        let process = Plan::new("compute").peer(listed).start();
        assert!(is_refused(client_config(&Papers::stolen(&victim, &thief)), &process).await);
        let failed = "troupe_net_handshakes_total{outcome=\"failed\"}";
        until("the failure", || process.metric(failed) == 1).await;
        assert!(process.net.transport().peers().is_empty());
        // With its own key the same client is let in.
        assert!(!is_refused(client_config(&Papers::of(&victim)), &process).await);
        assert_eq!(process.net.transport().peers()[0].id, victim.id());
    });
}

#[test]
fn the_right_certificate_with_the_wrong_key_is_refused_by_who_dials() {
    run(async {
        let (victim, thief) = (Identity::generate().unwrap(), Identity::generate().unwrap());
        let server = mute_server(&Papers::stolen(&victim, &thief));
        let address = server.local_addr().unwrap();
        let process =
            Plan::new("compute").peer(entry(victim.id(), address, "data", Dial::Keep)).start();
        until("the refusal", || {
            matches!(&process.net.status()[0].last_error, Some(DialError::Handshake(_)))
        })
        .await;
        let failures = "troupe_net_dial_failures_total{reason=\"handshake\"}";
        assert!(process.metric(failures) >= 1);
    });
}

#[test]
fn a_dialer_that_expects_one_node_refuses_another() {
    run(async {
        let (other, expected) = (Plan::new("compute").start(), identity().1);
        let at = entry(expected, other.net.address(), "compute", Dial::Keep);
        let process = Plan::new("data").peer(at).start();
        let got = other.id();
        until("the refusal", || {
            process.net.status()[0].last_error == Some(DialError::WrongPeer { got })
        })
        .await;
        assert!(process.net.status()[0].failures > 0);
        assert!(!matches!(process.state(expected), PeerState::Connected(_)));
        assert!(other.net.transport().peers().is_empty());
    });
}

#[test]
fn only_the_key_of_a_certificate_counts() {
    run(async {
        let process = Plan::new("compute").start();
        let identity = Identity::generate().unwrap();
        let expired = Papers::dated(&identity, |params| {
            params.not_before = date_time_ymd(1975, 1, 1);
            params.not_after = date_time_ymd(1976, 1, 1);
        });
        assert_eq!(node_id(&expired.certificates[0]), Some(identity.id()));
        assert!(!is_refused(client_config(&expired), &process).await);
        let named = Papers::dated(&identity, |params| {
            params.subject_alt_names =
                vec![rcgen::SanType::DnsName("x.example".try_into().unwrap())];
        });
        assert!(!is_refused(client_config(&named), &process).await);
        assert_eq!(process.net.transport().peers()[0].id, identity.id());
    });
}

#[test]
fn rubbish_other_keys_chains_and_no_papers_are_refused() {
    run(async {
        let process = Plan::new("compute").start();
        let identity = Identity::generate().unwrap();
        let rubbish = Papers {
            certificates: vec![CertificateDer::from(vec![0x30, 0x82, 0xff, 0xff, 1, 2, 3])],
            ..Papers::of(&identity)
        };
        assert!(is_refused(client_config(&rubbish), &process).await);

        let mut chain = Papers::of(&identity);
        chain.certificates.push(chain.certificates[0].clone());
        assert!(is_refused(client_config(&chain), &process).await);

        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        let p256 = Papers { certificates: vec![certificate.der().clone()], key };
        assert!(is_refused(client_config(&p256), &process).await);

        let mut nobody = unproven_config().with_no_client_auth();
        nobody.alpn_protocols = vec![b"troupe/1".to_vec()];
        assert!(is_refused(nobody, &process).await);

        let mut other_protocol = client_config(&Papers::of(&identity));
        other_protocol.alpn_protocols = vec![b"h3".to_vec()];
        assert!(is_refused(other_protocol, &process).await);
        assert!(process.net.transport().peers().is_empty());
    });
}

#[test]
fn no_ticket_is_given_out_that_would_spare_the_proof() {
    run(async {
        let process = Plan::new("compute").start();
        let tickets = Arc::<Tickets>::default();
        let mut config = client_config(&Papers::of(&Identity::generate().unwrap()));
        config.resumption = Resumption::store(Arc::clone(&tickets) as Arc<dyn ClientSessionStore>);
        config.enable_early_data = true;
        let raw = connect(config, process.net.address()).await.unwrap();
        assert!(raw.say(&hello().frame().unwrap()).await.is_some());
        // A ticket would have come with the handshake's last flight, long before this answer.
        let raw_again: &Raw = &raw;
        assert!(raw_again.say(&crate::raw::ask(99, 0, b"")).await.is_some());
        assert_eq!(tickets.0.load(Ordering::Relaxed), 0);
    });
}

/// Counts the tickets it is given.
#[derive(Debug, Default)]
struct Tickets(AtomicUsize);

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}
