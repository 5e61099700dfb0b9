//! Making transactions, for those who hold a secret.

use super::{Native, NativeFields, Transaction};
use crate::Invalid;
use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEip2930, TxLegacy};
use alloy_primitives::{B256, Signature, U256};
use troupe_crypto::hash::keccak256;
use troupe_crypto::{ecdsa, sr25519};

/// What an Ethereum transaction says, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsigned {
    /// Without envelope.
    Legacy(TxLegacy),
    /// EIP-2930.
    AccessList(TxEip2930),
    /// EIP-1559.
    DynamicFee(TxEip1559),
}

impl Transaction {
    /// Signs with an Ethereum account's secret. Refused is what would not be read again: a
    /// transaction that is too long.
    pub fn sign(fields: Unsigned, secret: &ecdsa::SecretKey) -> Result<Self, Invalid> {
        let unhashed = match fields {
            Unsigned::Legacy(fields) => Self::Legacy(signed(fields, secret)),
            Unsigned::AccessList(fields) => Self::AccessList(signed(fields, secret)),
            Unsigned::DynamicFee(fields) => Self::DynamicFee(signed(fields, secret)),
        };
        Self::decode(&unhashed.to_bytes())
    }

    /// What it would be but for a signature, which has zeros for all of its numbers: for answers to questions. Nothing
    /// reads it again.
    #[must_use]
    pub fn unsigned(fields: Unsigned) -> Self {
        let nobody = Signature::new(U256::ZERO, U256::ZERO, false);
        match fields {
            Unsigned::Legacy(fields) => Self::Legacy(Signed::new_unhashed(fields, nobody)),
            Unsigned::AccessList(fields) => Self::AccessList(Signed::new_unhashed(fields, nobody)),
            Unsigned::DynamicFee(fields) => Self::DynamicFee(Signed::new_unhashed(fields, nobody)),
        }
    }

    /// Signs with a native account's secret. Refused is what would not be read again.
    pub fn sign_native(fields: NativeFields, secret: &sr25519::SecretKey) -> Result<Self, Invalid> {
        Self::decode(&Self::Native(Native::sign(fields, secret)).to_bytes())
    }
}

/// With a hash still to be made.
fn signed<T: SignableTransaction<Signature>>(fields: T, secret: &ecdsa::SecretKey) -> Signed<T> {
    let signature = secret.sign(&keccak256(fields.encoded_for_signing()));
    let (r, s) = (signature.r(), signature.s());
    let is_odd = signature.parity() == ecdsa::Parity::Odd;
    let signature = Signature::new(U256::from_be_bytes(r), U256::from_be_bytes(s), is_odd);
    Signed::new_unchecked(fields, signature, B256::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_signed_has_the_hash_of_its_bytes_and_is_not_read() {
        let fields = TxEip1559 { chain_id: 7, nonce: 3, gas_limit: 21_000, ..TxEip1559::default() };
        let unsigned = Transaction::unsigned(Unsigned::DynamicFee(fields));
        let bytes = unsigned.to_bytes();
        assert_eq!(unsigned.hash(), keccak256(&bytes));
        assert_eq!(Transaction::decode(&bytes), Err(Invalid::Signature));
    }
}
