//! How a node is called.

use sha2::{Digest, Sha256};
use troupe_types::NodeId;

/// What every `SubjectPublicKeyInfo` of an Ed25519 key begins with; 32 bytes of key follow.
// RFC 8410 4: the algorithm 1.3.101.112 without parameters
pub const ED25519_INFO: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The name of the node with this Ed25519 key: the SHA-256 of the key as certificates carry it.
///
/// Any 32 bytes have a name; whether they are a key is not asked.
#[must_use]
pub fn node_id(key: &[u8; 32]) -> NodeId {
    NodeId(Sha256::new_with_prefix(ED25519_INFO).chain_update(key).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_key_in_the_standard_is_known() {
        // The key of RFC 8410 10.1; the digest by `openssl pkey -pubin -outform DER | sha256sum`.
        let key = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        let key: [u8; 32] = hex::decode(key).unwrap().try_into().unwrap();
        assert_eq!(
            node_id(&key).to_string(),
            "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f"
        );
    }
}
