//! EIP-2718 envelopes.

use super::Native;
use crate::error::Unsupported;
use crate::rlp::reason;
use crate::{Error, Invalid};
use alloy_consensus::transaction::{RlpEcdsaDecodableTx, RlpEcdsaEncodableTx};
use alloy_consensus::{Signed, TxEip1559, TxEip2930, TxLegacy};
use alloy_primitives::B256;
use alloy_rlp::Header;
use troupe_crypto::ecdsa;
use troupe_crypto::hash::keccak256;
use troupe_types::{Bytes, Hash};

/// The largest transaction, encoded: 128 KiB, as Ethereum's pools have it.
pub const MAX_TRANSACTION: usize = 128 << 10;

/// A type of transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Without envelope; bound to the chain by EIP-155.
    Legacy,
    /// EIP-2930.
    AccessList,
    /// EIP-1559.
    DynamicFee,
    /// Signed with sr25519; this chain's own.
    Native,
}

/// A transaction whose signature is well formed.
// The variants are of one size to within a few words; boxing would cost an allocation each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transaction {
    /// Without envelope.
    Legacy(Signed<TxLegacy>),
    /// EIP-2930.
    AccessList(Signed<TxEip2930>),
    /// EIP-1559.
    DynamicFee(Signed<TxEip1559>),
    /// Signed with sr25519.
    Native(Native),
}

impl Kind {
    /// The type byte of native transactions.
    pub const NATIVE: u8 = 0x78;

    /// The type byte; 0 for legacy transactions, which do not write it.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Legacy => 0,
            Self::AccessList => 1,
            Self::DynamicFee => 2,
            Self::Native => Self::NATIVE,
        }
    }
}

impl Transaction {
    /// Reads the one transaction that `bytes` are: its envelope, or its list for a legacy one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Invalid> {
        if bytes.len() > MAX_TRANSACTION {
            let (got, limit) = (Bytes::of(bytes.len()), Bytes::of(MAX_TRANSACTION));
            return Err(Invalid::Oversized { got, limit });
        }
        let (first, body) =
            bytes.split_first().ok_or(Invalid::Malformed("the bytes end too early"))?;
        let hash = keccak256(bytes);
        let transaction = match *first {
            0xc0.. => Self::Legacy(signed(bytes, hash)?),
            0 => return Err(Invalid::Unsupported(Unsupported::Other(0))),
            byte => match Kind::of_byte(byte).map_err(Invalid::Unsupported)? {
                Kind::Legacy => return Err(Invalid::Unsupported(Unsupported::Other(0))),
                Kind::AccessList => Self::AccessList(signed(body, hash)?),
                Kind::DynamicFee => Self::DynamicFee(signed(body, hash)?),
                Kind::Native => Self::Native(Native::read(body, hash)?),
            },
        };
        // The library's reader is strict in what it checks; this holds it to one encoding a value.
        let mut again = Vec::with_capacity(bytes.len());
        transaction.encode(&mut again);
        if again != bytes {
            return Err(Invalid::Malformed("not the encoding of its value"));
        }
        Ok(transaction)
    }

    /// Appends the envelope, which is also what is hashed.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Legacy(signed) => signed.rlp_encode(out),
            Self::AccessList(signed) => signed.eip2718_encode(out),
            Self::DynamicFee(signed) => signed.eip2718_encode(out),
            Self::Native(native) => native.encode(out),
        }
    }

    /// The envelope.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_length());
        self.encode(&mut bytes);
        bytes
    }

    /// Bytes in the envelope.
    #[must_use]
    pub fn encoded_length(&self) -> usize {
        match self {
            Self::Legacy(signed) => signed.rlp_encoded_length(),
            Self::AccessList(signed) => signed.eip2718_encoded_length(),
            Self::DynamicFee(signed) => signed.eip2718_encoded_length(),
            Self::Native(native) => native.encoded_length(),
        }
    }

    /// Appends the item that stands for it in a block's list: the envelope as a string, the list of
    /// a legacy one as it is.
    pub(crate) fn encode_item(&self, out: &mut Vec<u8>) {
        if !matches!(self, Self::Legacy(_)) {
            Header { list: false, payload_length: self.encoded_length() }.encode(out);
        }
        self.encode(out);
    }

    /// Reads an item of a block's list.
    pub(crate) fn decode_item(item: &mut crate::rlp::Reader<'_>) -> Result<Self, Invalid> {
        if item.is_at_list() {
            return Self::decode(item.raw()?);
        }
        let envelope = item.bytes(MAX_TRANSACTION).map_err(oversized)?;
        if envelope.first().is_some_and(|first| *first >= 0xc0) {
            return Err(Invalid::Malformed("a legacy transaction as a string"));
        }
        Self::decode(envelope)
    }

    /// The type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Legacy(_) => Kind::Legacy,
            Self::AccessList(_) => Kind::AccessList,
            Self::DynamicFee(_) => Kind::DynamicFee,
            Self::Native(_) => Kind::Native,
        }
    }

    /// The Keccak-256 of the envelope, by which everybody calls it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        match self {
            Self::Legacy(signed) => Hash(signed.hash().0),
            Self::AccessList(signed) => Hash(signed.hash().0),
            Self::DynamicFee(signed) => Hash(signed.hash().0),
            Self::Native(native) => native.hash(),
        }
    }
}

fn oversized(error: Error) -> Invalid {
    match error {
        Error::TooLong { got, limit, .. } => {
            Invalid::Oversized { got: Bytes::of(got), limit: Bytes::of(limit) }
        }
        other => Invalid::from(other),
    }
}

/// Reads fields and signature, and checks that the signature is in range and has the lower `s`.
fn signed<T: RlpEcdsaEncodableTx + RlpEcdsaDecodableTx>(
    mut bytes: &[u8],
    hash: Hash,
) -> Result<Signed<T>, Invalid> {
    let (fields, signature) = T::rlp_decode_with_signature(&mut bytes)
        .map_err(|error| Invalid::Malformed(reason(&error)))?;
    if !bytes.is_empty() {
        return Err(Invalid::Malformed("something follows its end"));
    }
    checked(&signature)?;
    Ok(Signed::new_unchecked(fields, signature, B256::new(hash.0)))
}

/// The signature in the form that recovers, if it is one.
pub(super) fn checked(
    signature: &alloy_primitives::Signature,
) -> Result<ecdsa::Signature, Invalid> {
    let mut numbers = [0; 64];
    numbers[..32].copy_from_slice(&signature.r().to_be_bytes::<32>());
    numbers[32..].copy_from_slice(&signature.s().to_be_bytes::<32>());
    let parity = ecdsa::Parity::from_bit(signature.v().into()).map_err(|_| Invalid::Signature)?;
    ecdsa::Signature::new(numbers, parity).map_err(|_| Invalid::Signature)
}
