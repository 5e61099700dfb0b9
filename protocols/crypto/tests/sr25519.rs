//! Schnorr signatures, alone and in batches: one verdict, wherever in the batch, whatever is wrong.
//!
//! Sources: RFC 9496 A.2 (encodings that are no ristretto255 point); the key of Substrate's
//! development phrase; a signature of `@polkadot/util-crypto`'s tests.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::scalar::Scalar;
use merlin::Transcript;
use proptest::prelude::*;
use rand_core::{CryptoRng, RngCore};
use troupe_crypto::sr25519::{
    PublicKey, Purpose, SecretKey, Signature, Signed, bad_signatures, verify_all,
};
use troupe_crypto::{Error, Fixed};
use troupe_wire::{Limit, codec};

const PURPOSE: Purpose = Purpose::new("test");

/// RFC 9496 A.2, in its order.
const NO_POINTS: [&str; 29] = [
    // Not below the field's modulus.
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // The negative one of two.
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
    "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
    "87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
    // No square root.
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
    "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
    "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
    "f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
    "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
    "2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
    // A negative product.
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
    "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
    "8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
    "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
    "227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
    "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
    "445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
    // y is zero.
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// The edwards25519 points of small order, compressed as Ed25519 does (RFC 7748 7, and their other forms).
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

fn bytes<const N: usize>(digits: &str) -> [u8; N] {
    hex::decode(digits).unwrap().try_into().unwrap()
}

#[test]
fn the_key_of_a_known_seed_is_the_known_one() {
    let seed = bytes("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e");
    let expected = "46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a";
    let secret = SecretKey::from_seed(&seed);
    assert_eq!(secret.public_key().to_string(), expected);
    assert_eq!(*secret.to_seed(), seed);
}

#[test]
fn somebody_elses_signature_verifies() {
    let key = "4ccb70b12eb845976ed0d08b391b1b9681e9b5858bf46b826bb85caa5395d525";
    let key: PublicKey = key.parse().unwrap();
    let signature: Signature = "ca01419b5a17219f7b78335658cab3b126db523a5df7be4bfc2bef76c2eb3b1dcf4ca86eb877d0a6cf6df12db5995c51d13b00e005d053b892bd09c594434288".parse().unwrap();
    let substrate = Purpose::new("substrate");
    assert_eq!(key.verify(substrate, b"hello world", &signature), Ok(()));
    assert_eq!(key.verify(substrate, b"hello", &signature), Err(Error::BadSignature));
    assert_eq!(key.verify(PURPOSE, b"hello world", &signature), Err(Error::BadSignature));
}

#[test]
fn keys_that_are_no_points_or_written_another_way_are_refused() {
    let what = "public key";
    for digits in NO_POINTS {
        let verdict = PublicKey::from_bytes(&bytes::<32>(digits));
        assert_eq!(verdict, Err(Error::NotCanonical { what }), "{digits}");
    }
    assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(Error::Identity { what }));
    for digits in SMALL_ORDER {
        assert!(PublicKey::from_bytes(&bytes::<32>(digits)).is_err(), "{digits}");
    }
    for length in [0, 31, 33, 64] {
        let refused = Error::Length { what, want: 32, got: length };
        assert_eq!(PublicKey::from_bytes(&vec![0; length]), Err(refused));
    }
}

/// A scalar written in another way: with the group order added.
fn plus_order(scalar: &[u8; 32]) -> [u8; 32] {
    let order = (-Scalar::ONE).to_bytes();
    let mut carry = 1u16;
    core::array::from_fn(|at| {
        carry += u16::from(scalar[at]) + u16::from(order[at]);
        let byte = carry.to_le_bytes()[0];
        carry >>= 8;
        byte
    })
}

/// Everything that can be wrong with a signature, by name.
fn spoilt(secret: &SecretKey, message: &[u8]) -> Vec<(String, Signature)> {
    let good = secret.sign(PURPOSE, message);
    let mut all = Vec::new();
    let mut push = |name: &str, change: &dyn Fn(&mut [u8; 64])| {
        let mut signature = good;
        change(&mut signature.0);
        all.push((name.to_owned(), signature));
    };
    push("a bit of the point", &|bytes| bytes[3] ^= 4);
    push("a bit of the number", &|bytes| bytes[35] ^= 4);
    push("no mark", &|bytes| bytes[63] &= 0x7f);
    push("all zero", &|bytes| *bytes = [0; 64]);
    push("all zero but the mark", &|bytes| {
        *bytes = [0; 64];
        bytes[63] = 0x80;
    });
    push("the number plus the group order", &|bytes| {
        let mut number: [u8; 32] = *bytes.last_chunk().unwrap();
        number[31] &= 0x7f;
        let larger = plus_order(&number);
        assert_eq!(larger[31] & 0x80, 0, "it still fits below the mark");
        bytes[32..].copy_from_slice(&larger);
        bytes[63] |= 0x80;
    });
    push("the largest number", &|bytes| bytes[32..].fill(0xff));
    for digits in NO_POINTS.iter().chain(&SMALL_ORDER) {
        push(digits, &|bytes| bytes[..32].copy_from_slice(&bytes_of(digits)));
    }
    all.push(("another purpose".into(), secret.sign(Purpose::new("other"), message)));
    all.push(("another message".into(), secret.sign(PURPOSE, b"another")));
    all.push(("another key".into(), SecretKey::from_seed(&[99; 32]).sign(PURPOSE, message)));
    all
}

fn bytes_of(digits: &str) -> [u8; 32] {
    bytes(digits)
}

struct Signers {
    secrets: Vec<SecretKey>,
    keys: Vec<PublicKey>,
    messages: Vec<Vec<u8>>,
    signatures: Vec<Signature>,
}

impl Signers {
    fn new(number: u8) -> Self {
        let secrets: Vec<_> = (0..number).map(|at| SecretKey::from_seed(&[at + 1; 32])).collect();
        let messages: Vec<_> = (0..number).map(|at| vec![at; usize::from(at)]).collect();
        let signatures = secrets.iter().zip(&messages);
        Self {
            keys: secrets.iter().map(SecretKey::public_key).collect(),
            signatures: signatures.map(|(key, message)| key.sign(PURPOSE, message)).collect(),
            secrets,
            messages,
        }
    }

    fn batch(&self) -> Vec<Signed<'_>> {
        (0..self.keys.len())
            .map(|at| Signed {
                key: &self.keys[at],
                message: &self.messages[at],
                signature: &self.signatures[at],
            })
            .collect()
    }

    /// The verdicts of single checks.
    fn bad_singly(&self) -> Vec<usize> {
        let verdict = |at: &usize| {
            self.keys[*at].verify(PURPOSE, &self.messages[*at], &self.signatures[*at]).is_err()
        };
        (0..self.keys.len()).filter(verdict).collect()
    }
}

#[test]
fn batch_and_single_verdicts_agree_on_every_flaw_in_every_position() {
    let mut signers = Signers::new(5);
    assert_eq!(verify_all(PURPOSE, &signers.batch()), Ok(()));
    assert!(bad_signatures(PURPOSE, &signers.batch()).is_empty());
    for at in 0..5 {
        let good = signers.signatures[at];
        for (flaw, signature) in spoilt(&signers.secrets[at], &signers.messages[at]) {
            signers.signatures[at] = signature;
            assert_eq!(signers.bad_singly(), [at], "{flaw} at {at}");
            assert!(verify_all(PURPOSE, &signers.batch()).is_err(), "{flaw} at {at}");
            assert_eq!(bad_signatures(PURPOSE, &signers.batch()), [at], "{flaw} at {at}");
        }
        signers.signatures[at] = good;
    }
}

#[test]
fn a_batch_of_none_is_good() {
    assert_eq!(verify_all(PURPOSE, &[]), Ok(()));
    assert!(bad_signatures(PURPOSE, &[]).is_empty());
}

/// Zeros in the place of randomness, as the library has for its deterministic batch.
struct Zeros;

impl RngCore for Zeros {
    fn next_u32(&mut self) -> u32 {
        0
    }
    fn next_u64(&mut self) -> u64 {
        0
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        bytes.fill(0);
        Ok(())
    }
}

impl CryptoRng for Zeros {}

/// The weights of the library's deterministic batch: of the keys, the nonce points and the messages.
fn weights_of_the_library(signers: &Signers) -> Vec<Scalar> {
    let mut all = Transcript::new(b"V-RNG");
    for key in &signers.keys {
        all.append_message(b"", &key.to_bytes());
    }
    for signature in &signers.signatures {
        all.append_message(b"", &signature.0[..32]);
    }
    for message in &signers.messages {
        let one = schnorrkel::signing_context(b"test").bytes(message);
        let mut digest = [0; 16];
        let nonce = one.build_rng().rekey_with_witness_bytes(b"", &[]);
        nonce.finalize(&mut Zeros).fill_bytes(&mut digest);
        all.append_message(b"", &digest);
    }
    let mut rng = all.build_rng().finalize(&mut Zeros);
    let draw = |_| {
        let mut weight = [0; 16];
        rng.fill_bytes(&mut weight);
        Scalar::from(u128::from_le_bytes(weight))
    };
    signers.keys.iter().map(draw).collect()
}

fn library_accepts(signers: &Signers) -> bool {
    let transcripts =
        signers.messages.iter().map(|message| schnorrkel::signing_context(b"test").bytes(message));
    let signatures: Vec<_> = signers
        .signatures
        .iter()
        .map(|signature| schnorrkel::Signature::from_bytes(&signature.0).unwrap())
        .collect();
    let keys: Vec<_> = signers
        .keys
        .iter()
        .map(|key| schnorrkel::PublicKey::from_bytes(&key.to_bytes()).unwrap())
        .collect();
    schnorrkel::verify_batch_deterministic(transcripts, &signatures, &keys, false).is_ok()
}

/// Adds to the number of a signature.
fn add(signature: &mut Signature, error: Scalar) {
    let mut number: [u8; 32] = *signature.0.last_chunk().unwrap();
    number[31] &= 0x7f;
    let sum = Scalar::from_canonical_bytes(number).unwrap() + error;
    signature.0[32..].copy_from_slice(&sum.to_bytes());
    signature.0[63] |= 0x80;
}

#[test]
fn errors_that_cancel_under_the_librarys_own_weights_are_found() {
    let mut signers = Signers::new(2);
    let weights = weights_of_the_library(&signers);
    add(&mut signers.signatures[0], weights[1]);
    add(&mut signers.signatures[1], -weights[0]);
    assert_eq!(signers.bad_singly(), [0, 1], "neither is a signature");
    assert!(library_accepts(&signers), "its own batch does not see it");
    assert_eq!(verify_all(PURPOSE, &signers.batch()), Err(Error::BadSignature));
    assert_eq!(bad_signatures(PURPOSE, &signers.batch()), [0, 1]);
}

#[test]
fn plain_sums_that_cancel_are_found() {
    let mut signers = Signers::new(4);
    add(&mut signers.signatures[1], Scalar::ONE);
    add(&mut signers.signatures[2], -Scalar::ONE);
    assert_eq!(bad_signatures(PURPOSE, &signers.batch()), [1, 2]);
}

#[test]
fn nonces_differ_whenever_anything_signed_differs_and_repeat_otherwise() {
    let secret = SecretKey::from_seed(&[7; 32]);
    let other = SecretKey::from_seed(&[8; 32]);
    let point = |signature: Signature| signature.0[..32].to_vec();
    let nonce_points = [
        point(secret.sign(PURPOSE, b"a")),
        point(secret.sign(PURPOSE, b"b")),
        point(secret.sign(PURPOSE, b"")),
        point(secret.sign(Purpose::new("other"), b"a")),
        point(other.sign(PURPOSE, b"a")),
    ];
    for (at, left) in nonce_points.iter().enumerate() {
        assert!(nonce_points[..at].iter().all(|right| left != right));
    }
    assert_eq!(secret.sign(PURPOSE, b"a"), secret.sign(PURPOSE, b"a"));
}

#[test]
fn the_identity_would_sign_anything_which_is_why_it_is_no_key() {
    // With the key 0, (s G, s) is a signature of everything.
    let mut signature = Signature([0; 64]);
    signature.0[..32].copy_from_slice(RISTRETTO_BASEPOINT_POINT.compress().as_bytes());
    signature.0[32] = 1;
    signature.0[63] = 0x80;
    let raw = schnorrkel::PublicKey::from_bytes(&[0; 32]).expect("the library takes it");
    let parsed = schnorrkel::Signature::from_bytes(&signature.0).unwrap();
    assert!(raw.verify_simple(b"test", b"anything", &parsed).is_ok());
    assert!(PublicKey::from_bytes(&[0; 32]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_signature_verifies_and_its_bytes_round_trip(
        seed in any::<[u8; 32]>(),
        message in proptest::collection::vec(any::<u8>(), 0..100),
        at in 0usize..64,
        bit in 0u8..8,
    ) {
        let secret = SecretKey::from_seed(&seed);
        let key = secret.public_key();
        let signature = secret.sign(PURPOSE, &message);
        prop_assert_eq!(key.verify(PURPOSE, &message, &signature), Ok(()));

        let encoded = codec::encode(&(key, signature), Limit::KiB1).expect("96 bytes");
        prop_assert_eq!(encoded.len(), 96);
        prop_assert_eq!(codec::decode(&encoded, Limit::KiB1), Ok((key, signature)));
        for cut in 0..encoded.len() {
            prop_assert!(codec::decode::<(PublicKey, Signature)>(&encoded[..cut], Limit::KiB1).is_err());
        }

        let mut changed = signature;
        changed.0[at] ^= 1 << bit;
        prop_assert!(key.verify(PURPOSE, &message, &changed).is_err());
    }

    #[test]
    fn batch_and_single_verdicts_agree_on_any_mixture(
        flaws in proptest::collection::vec(proptest::option::of(any::<prop::sample::Index>()), 1..20),
    ) {
        let mut signers = Signers::new(u8::try_from(flaws.len()).unwrap());
        for (at, flaw) in flaws.iter().enumerate() {
            if let Some(flaw) = flaw {
                let all = spoilt(&signers.secrets[at], &signers.messages[at]);
                signers.signatures[at] = all[flaw.index(all.len())].1;
            }
        }
        let expected: Vec<usize> = (0..flaws.len()).filter(|at| flaws[*at].is_some()).collect();
        prop_assert_eq!(&signers.bad_singly(), &expected);
        prop_assert_eq!(&bad_signatures(PURPOSE, &signers.batch()), &expected);
        prop_assert_eq!(verify_all(PURPOSE, &signers.batch()).is_ok(), expected.is_empty());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
        let key = SecretKey::from_seed(&[7; 32]).public_key();
        if let Ok(signature) = Signature::read(&bytes) {
            prop_assert!(key.verify(PURPOSE, b"", &signature).is_err());
        }
        if let Ok(key) = PublicKey::from_bytes(&bytes) {
            prop_assert_eq!(&key.to_bytes()[..], &bytes[..]);
        }
    }
}
