//! `0x02` and `0x03`: digests.

use crate::error::Error;
use ripemd::{Digest, Ripemd160};

/// SHA-256: 32 bytes.
pub(crate) fn sha256(input: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(troupe_crypto::hash::sha256(input).0.to_vec())
}

/// RIPEMD-160: a word that ends in its 20 bytes.
pub(crate) fn ripemd160(input: &[u8]) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; 12];
    bytes.extend(Ripemd160::digest(input));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests() {
        // Dobbertin, Bosselaers, Preneel 1996, appendix B.
        for (text, want) in [
            ("", "9c1185a5c5e9fc54612808977ee8f548b2258d31"),
            ("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            ("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"),
        ] {
            let bytes = ripemd160(text.as_bytes()).unwrap();
            assert_eq!(hex::encode(bytes), format!("{:0>64}", want));
        }
    }
}
