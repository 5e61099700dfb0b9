//! Connections opened and closed: a handshake that proves both keys, and the hello.

use crate::cost::{Cost, report};
use crate::{NETWORK, Outcome, Process};
use quinn::Endpoint;
use quinn::crypto::rustls::QuicClientConfig;
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::SignatureScheme;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use std::net::SocketAddr;
use std::sync::Arc;
use troupe_net::Hello;
use troupe_types::Incarnation;
use troupe_wire::{Text, VersionRange};

/// One client that connects, says hello, hears the answer and closes, again and again.
pub(crate) async fn measure(desk: &Process, count: u64) -> Outcome<()> {
    let endpoint = Endpoint::client(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let config = client()?;
    let hello = Hello {
        versions: VersionRange::CURRENT,
        network: NETWORK,
        incarnation: Incarnation(1),
        role: Text::new("client")?,
        listen: None,
        services: Default::default(),
    };
    let frame = hello.frame()?;
    let cost = Cost::begin();
    for _ in 0..count {
        let connecting = endpoint.connect_with(config.clone(), desk.net.address(), "bench")?;
        let connection = connecting.await?;
        let (mut send, mut recv) = connection.open_bi().await?;
        send.write_all(&frame).await?;
        send.finish()?;
        recv.read_to_end(4 << 10).await?;
        connection.close(0u32.into(), b"");
    }
    report("handshake and hello", "handshake", vec![cost.end(count)]);
    Ok(())
}

fn client() -> Outcome<quinn::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = KeyPair::generate_for(&PKCS_ED25519)?;
    let certificate = CertificateParams::default().self_signed(&key)?.der().clone();
    let document = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Proven(provider)))
        .with_client_auth_cert(vec![certificate], document.into())?;
    config.alpn_protocols = vec![b"troupe/1".to_vec()];
    Ok(quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(config)?)))
}

/// Any server that proves its key.
#[derive(Debug)]
struct Proven(Arc<CryptoProvider>);

impl ServerCertVerifier for Proven {
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
