//! TLS 1.3 between two processes that prove their keys to each other.
//!
//! No authority signs certificates here. The verifiers read which key the other side claims, refuse
//! it where another node was expected, and check the handshake's signature by it; that signature is
//! the proof. There are no session tickets and no early data, so that every connection proves both
//! keys anew.

use crate::Error;
use crate::identity::{Identity, node_id};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, ServerConfig,
    SignatureScheme,
};
use std::sync::{Arc, OnceLock};
use troupe_types::NodeId;

/// The protocol's name in the handshake.
pub(crate) const ALPN: &[u8] = b"troupe/1";

/// The name in the client's greeting; it means nothing, because keys are names here.
pub(crate) const SERVER_NAME: &str = "troupe";

/// The settings of one process's side of every handshake.
pub(crate) struct Tls {
    provider: Arc<CryptoProvider>,
    /// Our certificate and the key that signs for it.
    certified: Arc<CertifiedKey>,
}

impl Tls {
    pub(crate) fn new(identity: &Identity) -> Result<Self, Error> {
        let provider = rustls::crypto::ring::default_provider();
        let key = any_eddsa_type(&identity.private_key())?;
        let certified = CertifiedKey::new(vec![identity.certificate()], key);
        Ok(Self { provider: Arc::new(provider), certified: Arc::new(certified) })
    }

    /// For connections that others open: any key is admitted, none is assumed.
    pub(crate) fn server(&self) -> Result<Arc<QuicServerConfig>, Error> {
        let config = self.stream_server(ALPN)?;
        let quic = QuicServerConfig::try_from(config).map_err(no_initial_suite)?;
        Ok(Arc::new(quic))
    }

    /// For connections over streams that others open, as [`Tls::server`].
    pub(crate) fn stream_server(&self, protocol: &[u8]) -> Result<ServerConfig, Error> {
        let verifier = Arc::new(AnyClient(Proof::new(&self.provider)));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&self.certified))));
        config.alpn_protocols = vec![protocol.to_vec()];
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_early_data_size = 0;
        Ok(config)
    }

    /// For connections over streams to `expected`, as [`Tls::client`].
    pub(crate) fn stream_client(
        &self,
        expected: NodeId,
        protocol: &[u8],
    ) -> Result<ClientConfig, Error> {
        Ok(self.to_one(expected, protocol)?.0)
    }

    /// For one connection to `expected`. The cell learns which node answered instead.
    pub(crate) fn client(
        &self,
        expected: NodeId,
    ) -> Result<(Arc<QuicClientConfig>, Arc<OnceLock<NodeId>>), Error> {
        let (config, met) = self.to_one(expected, ALPN)?;
        let quic = QuicClientConfig::try_from(config).map_err(no_initial_suite)?;
        Ok((Arc::new(quic), met))
    }

    fn to_one(
        &self,
        expected: NodeId,
        protocol: &[u8],
    ) -> Result<(ClientConfig, Arc<OnceLock<NodeId>>), Error> {
        let met = Arc::new(OnceLock::new());
        let proof = Proof::new(&self.provider);
        let verifier = Arc::new(OneServer { expected, met: Arc::clone(&met), proof });
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(
                &self.certified,
            ))));
        config.alpn_protocols = vec![protocol.to_vec()];
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        config.enable_sni = false;
        Ok((config, met))
    }
}

fn no_initial_suite(_: quinn::crypto::rustls::NoInitialCipherSuite) -> Error {
    Error::Tls(rustls::Error::General("no cipher suite for the first packets".to_owned()))
}

/// The node at the other end of an established connection.
pub(crate) fn peer_of(connection: &quinn::Connection) -> Option<NodeId> {
    let identity = connection.peer_identity()?;
    let chain = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    node_id(chain.first()?)
}

/// The check of the handshake's signature, by Ed25519 and nothing else.
#[derive(Debug)]
struct Proof(WebPkiSupportedAlgorithms);

impl Proof {
    fn new(provider: &CryptoProvider) -> Self {
        Self(provider.signature_verification_algorithms)
    }

    fn claimed(
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
    ) -> Result<NodeId, rustls::Error> {
        let refused = rustls::Error::InvalidCertificate(CertificateError::BadEncoding);
        // One certificate says it all; more are bytes to parse for nothing.
        if !others.is_empty() {
            return Err(refused);
        }
        node_id(certificate).ok_or(refused)
    }

    fn verify(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if signature.scheme != SignatureScheme::ED25519 {
            return Err(rustls::PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        verify_tls13_signature(message, certificate, signature, &self.0)
    }
}

/// TLS 1.2 is not offered; should it be spoken all the same, it is refused.
fn refuse_tls12() -> Result<HandshakeSignatureValid, rustls::Error> {
    Err(rustls::PeerIncompatible::Tls12NotOffered.into())
}

#[derive(Debug)]
struct AnyClient(Proof);

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Proof::claimed(certificate, others)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

#[derive(Debug)]
struct OneServer {
    expected: NodeId,
    met: Arc<OnceLock<NodeId>>,
    proof: Proof,
}

impl ServerCertVerifier for OneServer {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let met = Proof::claimed(certificate, others)?;
        if met != self.expected {
            let _ = self.met.set(met);
            return Err(CertificateError::NotValidForName.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.proof.verify(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}
