//! Digests. Chain objects use Keccak-256, everything else SHA-256.

use sha2::{Digest, Sha256};
use sha3::Keccak256;
use troupe_types::Hash;

/// Keccak-256 as Ethereum uses it (the padding from before FIPS 202).
#[must_use]
pub fn keccak256(bytes: impl AsRef<[u8]>) -> Hash {
    Hash(Keccak256::digest(bytes).into())
}

/// Keccak-256 over parts laid end to end, as Solidity's `abi.encodePacked` lays them.
///
/// The borders of the parts are not part of the digest; where they matter, use [`tagged`].
#[must_use]
pub fn keccak256_concat(parts: &[&[u8]]) -> Hash {
    let mut digest = Keccak256::new();
    for part in parts {
        digest.update(part);
    }
    Hash(digest.finalize().into())
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: impl AsRef<[u8]>) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// SHA-256 of parts under a domain: another domain or another cut of the same bytes is another digest.
///
/// Each of them is preceded by its length as eight little-endian bytes.
#[must_use]
pub fn tagged(domain: &str, parts: &[&[u8]]) -> Hash {
    let mut digest = Sha256::new();
    for part in core::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    Hash(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_digests() {
        // Ethereum yellow paper: the hash of nothing, which is also the code hash of accounts without code.
        let nothing = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(keccak256([]).to_string(), nothing);
        // The ERC-20 event Transfer(address,address,uint256).
        let transfer = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
        assert_eq!(keccak256("Transfer(address,address,uint256)").to_string(), transfer);
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc").to_string(), abc);
    }

    proptest! {
        #[test]
        fn a_tagged_hash_knows_where_its_parts_end(
            bytes in proptest::collection::vec(any::<u8>(), 1..80),
            cut in any::<prop::sample::Index>(),
        ) {
            let (head, tail) = bytes.split_at(cut.index(bytes.len()));
            prop_assert_eq!(keccak256_concat(&[head, tail]), keccak256(&bytes));
            prop_assert_ne!(tagged("a", &[head, tail]), tagged("a", &[&bytes]));
            prop_assert_ne!(tagged("a", &[&bytes]), tagged("b", &[&bytes]));
            prop_assert_ne!(tagged("a", &[&bytes]), tagged("a", &[&bytes, &[]]));
        }
    }
}
