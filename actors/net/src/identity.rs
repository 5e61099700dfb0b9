//! Who this process is: an Ed25519 key, the certificate made from it, and the hash that names it.

use crate::Error;
use hmac::{Hmac, Mac};
use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ED25519, SigningKey};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::ParsedCertificate;
use sha2::Sha256;
use std::fmt;
use troupe_types::NodeId;
use zeroize::Zeroizing;

/// What stands right before the 32 secret bytes of an Ed25519 key in every PKCS#8 document.
/// RFC 8410 7: the algorithm, then an octet string within an octet string.
const SECRET_PREFIX: [u8; 11] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// Where that stands: behind the head of the document and its version.
const SECRET_PREFIX_AT: usize = 5;

/// A certificate larger than this is not looked at.
pub(crate) const MAX_CERTIFICATE: usize = 4 << 10;

/// The key of a node. Its bytes are wiped when it is dropped and never printed.
///
/// The copy inside the TLS library lives as long as the connections that sign with it.
pub struct Identity {
    pkcs8: Zeroizing<Vec<u8>>,
    secret: Zeroizing<[u8; 32]>,
    public: [u8; 32],
    certificate: CertificateDer<'static>,
    id: NodeId,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.id.short())
    }
}

impl Identity {
    /// Makes a new key from the machine's entropy.
    pub fn generate() -> Result<Self, Error> {
        let pair = Wiped(KeyPair::generate_for(&PKCS_ED25519)?);
        Self::from_pair(&pair.0)
    }

    /// Takes a key as [`Identity::pkcs8`] gave it.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, Error> {
        let refused = || Error::Key { got: bytes.len() };
        if bytes.len() > 256 {
            return Err(refused());
        }
        let document = PrivatePkcs8KeyDer::from(bytes);
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&document, &PKCS_ED25519)
            .map_err(|_| refused())?;
        Self::from_pair(&Wiped(pair).0)
    }

    fn from_pair(pair: &KeyPair) -> Result<Self, Error> {
        let pkcs8 = Zeroizing::new(pair.serialize_der());
        let secret = secret(&pkcs8).ok_or(Error::Key { got: pkcs8.len() })?;
        let mut params = CertificateParams::default();
        // Nothing in the certificate but its key means anything; nobody should learn more from it.
        params.distinguished_name = DistinguishedName::new();
        let certificate = params.self_signed(pair)?.der().clone();
        let public = public_key(&certificate).ok_or(Error::Key { got: pkcs8.len() })?;
        let id = troupe_wire::node_id(&public);
        Ok(Self { pkcs8, secret, public, certificate, id })
    }

    /// The hash of the public key.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// The Ed25519 key that the name is the hash of.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.public
    }

    /// Signs bytes. They begin with a word that says what for: nobody may get a signature of what
    /// somebody else chose.
    pub fn sign(&self, bytes: &[u8]) -> Result<[u8; 64], Error> {
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&self.private_key(), &PKCS_ED25519)?;
        let signature = Wiped(pair).0.sign(bytes)?;
        signature.try_into().map_err(|_| Error::Key { got: self.pkcs8.len() })
    }

    /// The key as a PKCS#8 document, for a keystore. Wiped when dropped.
    #[must_use]
    pub fn pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// A secret of this node for one purpose: always the same 32 bytes, whichever document the key
    /// was read from. It tells nothing about the key, nor about the secret of another purpose.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&*self.secret)
            .expect("HMAC takes keys of any length");
        mac.update(b"troupe node secret:");
        mac.update(purpose.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    pub(crate) fn private_key(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.pkcs8.as_slice())
    }
}

/// The number that an Ed25519 key was made of.
fn secret(pkcs8: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let rest = pkcs8.get(SECRET_PREFIX_AT..)?.strip_prefix(&SECRET_PREFIX)?;
    rest.first_chunk().map(|bytes| Zeroizing::new(*bytes))
}

/// The node that a certificate's key names; `None` where it is no certificate of an Ed25519 key.
///
/// The date, the names and the signature of the certificate are not looked at: it says which key
/// the peer claims, and the handshake proves that the peer holds it. Requiring the one encoding of
/// an Ed25519 key gives every key exactly one name.
#[must_use]
pub fn node_id(certificate: &CertificateDer<'_>) -> Option<NodeId> {
    public_key(certificate).map(|key| troupe_wire::node_id(&key))
}

fn public_key(certificate: &CertificateDer<'_>) -> Option<[u8; 32]> {
    if certificate.len() > MAX_CERTIFICATE {
        return None;
    }
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    let info = parsed.subject_public_key_info();
    let key = info.strip_prefix(&troupe_wire::ED25519_INFO)?;
    key.try_into().ok()
}

/// Wipes the library's copy of the document.
struct Wiped(KeyPair);

impl Drop for Wiped {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Digest;

    #[test]
    fn a_key_keeps_its_name_through_its_bytes() {
        let identity = Identity::generate().unwrap();
        let again = Identity::from_pkcs8(&identity.pkcs8()).unwrap();
        assert_eq!(again.id(), identity.id());
        assert_ne!(Identity::generate().unwrap().id(), identity.id());
    }

    #[test]
    fn the_name_is_the_hash_of_the_public_key() {
        let identity = Identity::generate().unwrap();
        let document = PrivatePkcs8KeyDer::from(identity.pkcs8().to_vec());
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&document, &PKCS_ED25519).unwrap();
        let mut key = troupe_wire::ED25519_INFO.to_vec();
        key.extend(rcgen::PublicKeyData::der_bytes(&pair));
        assert_eq!(identity.id().0, <[u8; 32]>::from(Sha256::digest(&key)));
    }

    #[test]
    fn other_keys_and_certificates_are_refused() {
        let p256 = KeyPair::generate().unwrap();
        assert!(matches!(
            Identity::from_pkcs8(&p256.serialize_der()),
            Err(Error::Key { got }) if got == p256.serialize_der().len()
        ));
        let certificate = CertificateParams::default().self_signed(&p256).unwrap();
        assert_eq!(node_id(certificate.der()), None);
        assert_eq!(node_id(&CertificateDer::from(vec![0x30; MAX_CERTIFICATE + 1])), None);
        assert!(Identity::from_pkcs8(&[]).is_err());
    }

    #[test]
    fn a_key_does_not_print() {
        let identity = Identity::generate().unwrap();
        assert_eq!(format!("{identity:?}"), format!("Identity({})", identity.id().short()));
    }

    #[test]
    fn a_purpose_has_one_secret_and_another_purpose_and_node_another() {
        let identity = Identity::generate().unwrap();
        let election = identity.derive("election");
        assert_eq!(election, Identity::from_pkcs8(&identity.pkcs8()).unwrap().derive("election"));
        assert_ne!(election, identity.derive("electio"));
        assert_ne!(election, Identity::generate().unwrap().derive("election"));
        assert!(!identity.pkcs8().windows(32).any(|bytes| bytes == *election));
    }

    #[test]
    fn a_secret_is_of_the_key_and_not_of_the_document() {
        // The longer form of RFC 5958 has the public key behind the same secret.
        let public = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        let mut longer = TEST_KEY.to_vec();
        (longer[1], longer[4]) = (0x51, 1);
        longer.extend([0x81, 0x21, 0x00]);
        longer
            .extend((0..32).map(|at| u8::from_str_radix(&public[2 * at..2 * at + 2], 16).unwrap()));
        let [short, long] = [&TEST_KEY[..], &longer].map(|key| Identity::from_pkcs8(key).unwrap());
        assert_eq!(short.id(), long.id());
        assert_eq!(short.derive("a purpose"), long.derive("a purpose"));
        // HMAC-SHA256 of "troupe node secret:a purpose" under the key of RFC 8410 10.3.
        let expected = "99e0ca4cfaa68cf7a9bd21173cfa518ba4763cfed98ed95765a78b843476ad27";
        let hex: String = short.derive("a purpose").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, expected);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(Identity::from_pkcs8(&bytes).is_err());
            prop_assert_eq!(node_id(&CertificateDer::from(bytes)), None);
        }

        #[test]
        fn a_damaged_certificate_never_panics(at in any::<prop::sample::Index>(), change in 1u8..) {
            let identity = Identity::from_pkcs8(&TEST_KEY).unwrap();
            let mut bytes = identity.certificate().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            let _ = node_id(&CertificateDer::from(bytes));
        }
    }

    /// RFC 8410 10.3, the key without its optional attributes.
    const TEST_KEY: [u8; 48] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20, 0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a, 0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69,
        0xf8, 0xad, 0x3a, 0xfe, 0x7c, 0x28, 0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44,
        0x75, 0x58, 0x42,
    ];

    #[test]
    fn a_key_of_the_standard_gives_the_public_key_of_the_standard() {
        let identity = Identity::from_pkcs8(&TEST_KEY).unwrap();
        let public = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        let mut key = troupe_wire::ED25519_INFO.to_vec();
        key.extend((0..32).map(|at| u8::from_str_radix(&public[2 * at..2 * at + 2], 16).unwrap()));
        assert_eq!(identity.id().0, <[u8; 32]>::from(Sha256::digest(&key)));
    }
}
