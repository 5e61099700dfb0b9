//! A peer that speaks QUIC and TLS correctly and is otherwise free to send what it likes.

use crate::world::NETWORK;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{Connection, Endpoint, RecvStream, SendStream};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::SignatureScheme;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::net::SocketAddr;
use std::sync::Arc;
use troupe_net::{Close, Hello, Identity, frame};
use troupe_types::{Incarnation, Millis, NodeId};
use troupe_wire::{Text, Version, VersionRange};

/// What the peer shows of itself in the handshake.
pub(crate) struct Papers {
    pub(crate) certificates: Vec<CertificateDer<'static>>,
    pub(crate) key: KeyPair,
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(crate) fn key_of(identity: &Identity) -> KeyPair {
    let document = PrivatePkcs8KeyDer::from(identity.pkcs8().to_vec());
    KeyPair::from_pkcs8_der_and_sign_algo(&document, &PKCS_ED25519).unwrap()
}

impl Papers {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self::dated(identity, |_| {})
    }

    /// A certificate of this key that says something else besides.
    pub(crate) fn dated(identity: &Identity, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = key_of(identity);
        let mut params = CertificateParams::default();
        change(&mut params);
        let certificates = vec![params.self_signed(&key).unwrap().der().clone()];
        Self { certificates, key }
    }

    /// The certificates of one and the key of another.
    pub(crate) fn stolen(victim: &Identity, thief: &Identity) -> Self {
        Self { certificates: Self::of(victim).certificates, key: key_of(thief) }
    }

    fn certified(&self) -> Arc<SingleCertAndKey> {
        let document = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let key = provider().key_provider.load_private_key(document.into()).unwrap();
        Arc::new(SingleCertAndKey::from(CertifiedKey::new(self.certificates.clone(), key)))
    }
}

pub(crate) fn client_config(papers: &Papers) -> ClientConfig {
    let mut config = unproven_config().with_client_cert_resolver(papers.certified());
    config.alpn_protocols = vec![b"troupe/1".to_vec()];
    config.resumption = Resumption::disabled();
    config
}

/// A client that still has to say whether it shows papers.
pub(crate) fn unproven_config()
-> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer(provider())))
}

/// A raw peer and its connection.
pub(crate) struct Raw {
    _endpoint: Endpoint,
    pub(crate) connection: Connection,
}

pub(crate) async fn connect(config: ClientConfig, to: SocketAddr) -> Result<Raw, String> {
    let endpoint = Endpoint::client(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let quic = QuicClientConfig::try_from(config).unwrap();
    let config = quinn::ClientConfig::new(Arc::new(quic));
    let connecting = endpoint.connect_with(config, to, "anything").unwrap();
    let connection = connecting.await.map_err(|error| error.to_string())?;
    Ok(Raw { _endpoint: endpoint, connection })
}

pub(crate) fn hello() -> Hello {
    Hello {
        versions: VersionRange::CURRENT,
        network: NETWORK,
        incarnation: Incarnation(1),
        role: Text::new("raw").unwrap(),
        listen: None,
        services: Default::default(),
    }
}

impl Raw {
    /// Connects with a key and says nothing yet.
    pub(crate) async fn silent(identity: &Identity, to: SocketAddr) -> Self {
        connect(client_config(&Papers::of(identity)), to).await.unwrap()
    }

    /// Connects and says a hello; the answer, or why the connection was closed.
    pub(crate) async fn greet(
        identity: &Identity,
        to: SocketAddr,
        hello: &Hello,
    ) -> Result<(Self, Hello), Close> {
        let raw = Self::silent(identity, to).await;
        let answer = raw.say(&hello.frame().unwrap()).await;
        match answer {
            Some(bytes) => {
                let (_, used) = frame::read_two_way(&bytes).unwrap().unwrap();
                Ok((raw, Hello::read(&bytes[used..]).unwrap()))
            }
            None => Err(raw.closed().await),
        }
    }

    /// A stranger of the right network.
    pub(crate) async fn stranger(to: SocketAddr) -> Self {
        Self::known(&Identity::generate().unwrap(), to).await
    }

    /// A peer with this key that has said hello.
    pub(crate) async fn known(identity: &Identity, to: SocketAddr) -> Self {
        Self::greet(identity, to, &hello()).await.unwrap().0
    }

    /// Sends these bytes on a two-way stream, and all that comes back.
    pub(crate) async fn say(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (mut send, mut recv) = self.connection.open_bi().await.ok()?;
        // Where the peer stops reading, its answer still says why.
        let _ = send.write_all(bytes).await;
        let _ = send.finish();
        recv.read_to_end(1 << 20).await.ok()
    }

    /// Sends these bytes on a two-way stream and leaves it open.
    pub(crate) async fn begin(&self, bytes: &[u8]) -> (SendStream, RecvStream) {
        let (mut send, recv) = self.connection.open_bi().await.unwrap();
        send.write_all(bytes).await.unwrap();
        (send, recv)
    }

    /// Sends these bytes on a one-way stream and leaves it open.
    pub(crate) async fn begin_one_way(&self, bytes: &[u8]) -> SendStream {
        let mut send = self.connection.open_uni().await.unwrap();
        send.write_all(bytes).await.unwrap();
        send
    }

    /// The number with which the other side closes the connection.
    pub(crate) async fn closed(&self) -> Close {
        let error = crate::world::soon("the connection's end", self.connection.closed()).await;
        match error {
            quinn::ConnectionError::ApplicationClosed(closed) => {
                Close::from_code(closed.error_code.into_inner()).expect("a known number")
            }
            other => panic!("ended otherwise: {other}"),
        }
    }
}

/// A call of the test service: header and body.
pub(crate) fn call(tag: u16, announced: usize, body: &[u8]) -> Vec<u8> {
    named_call("test.desk", tag, announced, body)
}

pub(crate) fn named_call(service: &str, tag: u16, announced: usize, body: &[u8]) -> Vec<u8> {
    let header = frame::Call {
        service,
        tag,
        within: Millis::secs(20),
        since: Version(1),
        length: announced,
    };
    let mut bytes = Vec::new();
    frame::call_onto(&header, &mut bytes).unwrap();
    bytes.extend(body);
    bytes
}

/// An ask of the test service.
pub(crate) fn ask(tag: u16, announced: usize, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::ask_onto(&mut bytes);
    bytes.extend(call(tag, announced, body));
    bytes
}

/// A server with these papers that takes connections and never says anything.
pub(crate) fn mute_server(papers: &Papers) -> Endpoint {
    let mut config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(papers.certified());
    config.alpn_protocols = vec![b"troupe/1".to_vec()];
    let quic = QuicServerConfig::try_from(config).unwrap();
    let config = quinn::ServerConfig::with_crypto(Arc::new(quic));
    let endpoint = Endpoint::server(config, SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let accepting = endpoint.clone();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Some(incoming) = accepting.accept().await {
            if let Ok(connection) = incoming.await {
                kept.push(connection);
            }
        }
    });
    endpoint
}

pub(crate) fn identity() -> (Identity, NodeId) {
    let identity = Identity::generate().unwrap();
    let id = identity.id();
    (identity, id)
}

#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}
