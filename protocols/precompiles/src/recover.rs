//! `0x01`: who signed a digest. Yellow Paper, appendix E.

use crate::error::Error;
use crate::input::read;
use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use troupe_crypto::hash::keccak256;

/// The digest, `v`, `r` and `s`, a word each: a word that ends in the signer's address, or nothing if
/// nobody signed this. Unlike in transactions the higher `s` counts too (EIP-2 leaves this contract alone).
pub(crate) fn run(input: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(signer(input).unwrap_or_default())
}

fn signer(input: &[u8]) -> Option<Vec<u8>> {
    let (digest, v) = (read::<32>(input, 0), read::<32>(input, 32));
    let [zeros @ .., v] = v;
    let recovery = match v {
        27 => RecoveryId::Zero,
        28 => RecoveryId::One,
        _ => return None,
    };
    if zeros != [0; 31] {
        return None;
    }
    let signature = RecoverableSignature::from_compact(&read::<64>(input, 64), recovery).ok()?;
    let key = signature.recover(Message::from_digest(digest)).ok()?;
    let [_, point @ ..] = key.serialize_uncompressed();
    let mut word = keccak256(point).0;
    word[..12].fill(0);
    Some(word.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_crypto::ecdsa::SecretKey;
    use troupe_types::Hash;

    fn input(digest: &[u8; 32], v: u8, numbers: &[u8]) -> Vec<u8> {
        let mut v_word = [0; 32];
        v_word[31] = v;
        [digest, &v_word, numbers].concat()
    }

    /// The group order less a number. SEC 2 2.4.1
    fn negate(number: &[u8; 32]) -> [u8; 32] {
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        let order = num_bigint::BigUint::from_bytes_be(&hex::decode(order).unwrap());
        let digits = (order - num_bigint::BigUint::from_bytes_be(number)).to_bytes_be();
        let mut bytes = [0; 32];
        bytes[32 - digits.len()..].copy_from_slice(&digits);
        bytes
    }

    proptest! {
        #[test]
        fn whoever_signed_is_recovered_from_both_signatures(
            secret in 1..=u64::MAX, digest in any::<[u8; 32]>(), tail in any::<[u8; 7]>(),
        ) {
            let mut bytes = [0; 32];
            bytes[24..].copy_from_slice(&secret.to_be_bytes());
            let secret = SecretKey::from_bytes(&bytes).unwrap();
            let signature = secret.sign(&Hash(digest));
            let v = 27 + signature.parity().bit();
            let numbers = [signature.r(), signature.s()].concat();
            let mut want = vec![0; 12];
            want.extend(secret.public_key().address());

            let low = input(&digest, v, &numbers);
            prop_assert_eq!(run(&low).unwrap(), want.clone());
            let longer = [&low[..], &tail].concat();
            prop_assert_eq!(run(&longer).unwrap(), want.clone(), "what follows does not count");
            let numbers = [signature.r(), negate(&signature.s())].concat();
            prop_assert_eq!(run(&input(&digest, 55 - v, &numbers)).unwrap(), want);
        }

        #[test]
        fn what_nobody_signed_gives_nothing(
            digest in any::<[u8; 32]>(), v in any::<u8>(), at in 0usize..31, r in any::<[u8; 32]>(),
        ) {
            let numbers = [r, [1; 32]].concat();
            if v != 27 && v != 28 {
                prop_assert!(run(&input(&digest, v, &numbers)).unwrap().is_empty());
            }
            let mut large_v = input(&digest, 27, &numbers);
            large_v[32 + at] = 1;
            prop_assert!(run(&large_v).unwrap().is_empty());
            for numbers in [[r, [0; 32]], [[0; 32], r], [r, [0xff; 32]], [[0xff; 32], r]] {
                prop_assert!(run(&input(&digest, 28, &numbers.concat())).unwrap().is_empty());
            }
            prop_assert!(run(&digest).unwrap().is_empty());
        }
    }

    #[test]
    fn an_empty_input_gives_nothing() {
        assert!(run(&[]).unwrap().is_empty());
    }
}
