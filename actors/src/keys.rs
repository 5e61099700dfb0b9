//! What a node's own key is good for besides its connections.

use troupe_crypto::sr25519;
use troupe_net::Identity;

/// The key of a node's random words. It is derived from the node's key: there is nothing to keep.
#[must_use]
pub fn vrf_secret(identity: &Identity) -> sr25519::SecretKey {
    sr25519::SecretKey::from_seed(&identity.derive("random words"))
}
