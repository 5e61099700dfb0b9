//! Transactions signed with sr25519: smaller keys, and checked in batches.
//!
//! `0x78 || rlp([chain id, nonce, max tip, max fee, gas limit, to, value, input, access list, public
//! key, signature])`. What is signed is the Keccak-256 of the same without the signature, for the
//! purpose "troupe transaction".

use super::Kind;
use crate::rlp::{Reader, push_bytes, push_list_header};
use crate::{Error, Invalid};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::U256;
use alloy_rlp::Encodable;
use troupe_crypto::hash::{keccak256, keccak256_concat};
use troupe_crypto::sr25519::{PublicKey, Purpose, SecretKey, Signature};
use troupe_types::{Address, Gas, Hash};

/// What the signatures are for.
pub(super) const PURPOSE: Purpose = Purpose::new("troupe transaction");

/// Keeps these addresses apart from all others that are made by Keccak-256.
const ADDRESS_TAG: &[u8] = b"troupe sr25519 address";

/// What a native transaction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeFields {
    /// The chain it is for.
    pub chain_id: u64,
    /// How many transactions its sender must have sent before.
    pub nonce: u64,
    /// The most it pays above the base fee, in von per gas.
    pub max_tip: u128,
    /// The most it pays, in von per gas.
    pub max_fee: u128,
    /// The most gas it may use.
    pub gas_limit: Gas,
    /// Whom it calls or pays; `None` when it makes a contract.
    pub to: Option<Address>,
    /// What it pays, in von.
    pub value: U256,
    /// Call data, or the code that makes a contract.
    pub input: alloy_primitives::Bytes,
    /// What it says it will touch.
    pub access_list: AccessList,
}

/// A native transaction with its key and signature, which were not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Native {
    fields: NativeFields,
    key: [u8; 32],
    signature: Signature,
    hash: Hash,
}

impl Native {
    /// Signs.
    #[must_use]
    pub fn sign(fields: NativeFields, secret: &SecretKey) -> Self {
        let key = secret.public_key().to_bytes();
        let signature = secret.sign(PURPOSE, &digest(&fields, &key).0);
        let mut native = Self { fields, key, signature, hash: Hash::default() };
        let mut envelope = Vec::new();
        native.encode(&mut envelope);
        native.hash = keccak256(envelope);
        native
    }

    /// The account of a key.
    #[must_use]
    pub fn address_of(key: &[u8; 32]) -> Address {
        let digest = keccak256_concat(&[ADDRESS_TAG, key]);
        Address(*digest.0.last_chunk().expect("20 of 32"))
    }

    /// What it says.
    #[must_use]
    pub const fn fields(&self) -> &NativeFields {
        &self.fields
    }

    /// The public key that is said to have signed.
    #[must_use]
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// What is said to be the signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    pub(super) const fn hash(&self) -> Hash {
        self.hash
    }

    /// The key as a point, if it is one.
    pub(super) fn public_key(&self) -> Result<PublicKey, Invalid> {
        PublicKey::from_bytes(&self.key).map_err(|_| Invalid::Sender)
    }

    /// What is signed.
    pub(super) fn digest(&self) -> Hash {
        digest(&self.fields, &self.key)
    }

    /// Reads what follows the type byte.
    pub(super) fn read(body: &[u8], hash: Hash) -> Result<Self, Error> {
        let mut list = Reader::open("native transaction", body, body.len())?;
        let chain_id = list.value()?;
        let nonce = list.value()?;
        let (max_tip, max_fee) = (list.value()?, list.value()?);
        let gas_limit = Gas(list.value()?);
        let to = match list.bytes(20)? {
            [] => None,
            bytes => {
                let address = bytes.try_into();
                Some(Address(address.map_err(|_| list.refuse("an address of another length"))?))
            }
        };
        let value = list.value()?;
        let input = alloy_primitives::Bytes::copy_from_slice(list.bytes(body.len())?);
        let access_list = list.value()?;
        let (key, signature) = (list.value()?, Signature(list.value()?));
        list.end()?;
        let fields = NativeFields {
            chain_id,
            nonce,
            max_tip,
            max_fee,
            gas_limit,
            to,
            value,
            input,
            access_list,
        };
        Ok(Self { fields, key, signature, hash })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.push(Kind::NATIVE);
        push_list_header(self.payload_length(), out);
        self.fields.push(&self.key, out);
        self.signature.0.encode(out);
    }

    pub(super) fn encoded_length(&self) -> usize {
        let payload = self.payload_length();
        1 + alloy_rlp::length_of_length(payload) + payload
    }

    fn payload_length(&self) -> usize {
        self.fields.length(&self.key) + self.signature.0.length()
    }
}

impl NativeFields {
    fn push(&self, key: &[u8; 32], out: &mut Vec<u8>) {
        self.chain_id.encode(out);
        self.nonce.encode(out);
        self.max_tip.encode(out);
        self.max_fee.encode(out);
        self.gas_limit.0.encode(out);
        push_bytes(self.to.as_ref().map_or(&[], |to| &to.0[..]), out);
        self.value.encode(out);
        self.input.encode(out);
        self.access_list.encode(out);
        key.encode(out);
    }

    fn length(&self, key: &[u8; 32]) -> usize {
        self.chain_id.length()
            + self.nonce.length()
            + self.max_tip.length()
            + self.max_fee.length()
            + self.gas_limit.0.length()
            + self.to.as_ref().map_or(1, |to| to.0.length())
            + self.value.length()
            + self.input.length()
            + self.access_list.length()
            + key.length()
    }
}

fn digest(fields: &NativeFields, key: &[u8; 32]) -> Hash {
    let payload = fields.length(key);
    let mut signed = Vec::with_capacity(payload + 8);
    signed.push(Kind::NATIVE);
    push_list_header(payload, &mut signed);
    fields.push(key, &mut signed);
    keccak256(signed)
}
