//! The arithmetic in C and assembly, by `blst`: the safe part of its interface, one thread.

use super::{Backend, SecretKey};
use crate::Error;
use blst::min_pk::{self, AggregatePublicKey, AggregateSignature};
use blst::{BLST_ERROR, MultiPoint};

/// `blst`: faster, and not Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Native;

/// `blst` hashes while it checks, so the message stays what it is until then.
#[derive(Debug)]
pub struct Message {
    tag: &'static [u8],
    bytes: Vec<u8>,
}

const IDENTITY_KEY: [u8; 48] = identity();
const IDENTITY_SIGNATURE: [u8; 96] = identity();

impl Backend for Native {
    const NAME: &'static str = "bls-blst";

    type Key = min_pk::PublicKey;
    type Signature = min_pk::Signature;
    type Message = Message;

    fn hash(tag: &'static [u8], message: &[u8]) -> Message {
        Message { tag, bytes: message.to_vec() }
    }

    fn public_key(secret: &SecretKey) -> [u8; 48] {
        native(secret).sk_to_pk().compress()
    }

    fn sign(secret: &SecretKey, message: &Message) -> [u8; 96] {
        native(secret).sign(&message.bytes, message.tag, &[]).compress()
    }

    fn read_key(what: &'static str, bytes: &[u8; 48]) -> Result<min_pk::PublicKey, Error> {
        let checked =
            min_pk::PublicKey::uncompress(bytes).and_then(|key| key.validate().map(|()| key));
        checked.map_err(|error| refusal(what, error))
    }

    fn read_signature(what: &'static str, bytes: &[u8; 96]) -> Result<min_pk::Signature, Error> {
        let checked = min_pk::Signature::uncompress(bytes)
            .and_then(|signature| signature.validate(true).map(|()| signature));
        checked.map_err(|error| refusal(what, error))
    }

    fn write_signature(signature: &min_pk::Signature) -> [u8; 96] {
        signature.compress()
    }

    fn sum_keys(keys: &[min_pk::PublicKey]) -> Option<min_pk::PublicKey> {
        let (first, rest) = keys.split_first()?;
        let mut sum = AggregatePublicKey::from_public_key(first);
        for key in rest {
            sum.add_public_key(key, false).ok()?;
        }
        finish_key(&sum)
    }

    fn sum_signatures(signatures: &[min_pk::Signature]) -> Option<min_pk::Signature> {
        let (first, rest) = signatures.split_first()?;
        let mut sum = AggregateSignature::from_signature(first);
        for signature in rest {
            sum.add_signature(signature, false).ok()?;
        }
        finish_signature(&sum)
    }

    fn weigh_keys(keys: &[min_pk::PublicKey], weights: &[u128]) -> Option<min_pk::PublicKey> {
        if keys.is_empty() {
            return None;
        }
        finish_key(&keys.mult(&little_endian(weights), 128))
    }

    fn weigh_signatures(
        signatures: &[min_pk::Signature],
        weights: &[u128],
    ) -> Option<min_pk::Signature> {
        if signatures.is_empty() {
            return None;
        }
        finish_signature(&signatures.mult(&little_endian(weights), 128))
    }

    fn holds(signed: &[(min_pk::PublicKey, &Message)], signature: &min_pk::Signature) -> bool {
        let Some((_, Message { tag, .. })) = signed.first() else {
            return false;
        };
        let keys: Vec<&min_pk::PublicKey> = signed.iter().map(|(key, _)| key).collect();
        let messages: Vec<&[u8]> = signed.iter().map(|(_, message)| &message.bytes[..]).collect();
        let verdict = signature.aggregate_verify(false, &messages, tag, &keys, false);
        verdict == BLST_ERROR::BLST_SUCCESS
    }
}

fn native(secret: &SecretKey) -> min_pk::SecretKey {
    min_pk::SecretKey::from_bytes(&*secret.to_bytes()).expect("the number is in range")
}

fn refusal(what: &'static str, error: BLST_ERROR) -> Error {
    match error {
        BLST_ERROR::BLST_PK_IS_INFINITY => Error::Identity { what },
        BLST_ERROR::BLST_POINT_NOT_IN_GROUP => Error::WrongSubgroup { what },
        BLST_ERROR::BLST_SUCCESS
        | BLST_ERROR::BLST_BAD_ENCODING
        | BLST_ERROR::BLST_POINT_NOT_ON_CURVE
        | BLST_ERROR::BLST_AGGR_TYPE_MISMATCH
        | BLST_ERROR::BLST_VERIFY_FAIL
        | BLST_ERROR::BLST_BAD_SCALAR => Error::NotCanonical { what },
    }
}

/// The compressed identity: the flags for "compressed" and "infinity", nothing else.
const fn identity<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    bytes[0] = 0xc0;
    bytes
}

fn finish_key(sum: &AggregatePublicKey) -> Option<min_pk::PublicKey> {
    let key = sum.to_public_key();
    (key.compress() != IDENTITY_KEY).then_some(key)
}

fn finish_signature(sum: &AggregateSignature) -> Option<min_pk::Signature> {
    let signature = sum.to_signature();
    (signature.compress() != IDENTITY_SIGNATURE).then_some(signature)
}

fn little_endian(weights: &[u128]) -> Vec<u8> {
    weights.iter().flat_map(|weight| weight.to_le_bytes()).collect()
}
