//! The accounts that send.

use super::args::Kind;
use troupe_chain::transaction::Signer;
use troupe_crypto::{ecdsa, sr25519};
use troupe_types::Address;
use troupe_wire::Seed;

/// An account, and how far its transactions are.
pub(super) struct Sender {
    pub(super) signer: Signer,
    pub(super) address: Address,
    /// Of its first transaction in this run.
    pub(super) nonce: u64,
}

/// The first `count` accounts of a seed, the same ones every time.
pub(super) fn derive(kind: Kind, seed: u64, count: u32) -> Vec<Sender> {
    let seed = Seed::from_number(seed);
    let senders = (0..count).map(|number| {
        let seed = seed.child("load sender", number.into());
        let signer = match kind {
            Kind::Ecdsa => Signer::Ethereum(ecdsa::SecretKey::generate(&mut seed.stream("ecdsa"))),
            Kind::Sr25519 => {
                let secret = sr25519::SecretKey::generate(&mut seed.stream("sr25519"));
                Signer::Native(Box::new(secret))
            }
        };
        Sender { address: signer.address(), signer, nonce: 0 }
    });
    senders.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_has_accounts_of_its_own_and_always_the_same() {
        let mut seen = BTreeSet::new();
        for kind in [Kind::Ecdsa, Kind::Sr25519] {
            for seed in 0..3 {
                let addresses = |count| -> Vec<Address> {
                    derive(kind, seed, count).iter().map(|sender| sender.address).collect()
                };
                assert_eq!(addresses(2), addresses(4)[..2]);
                seen.extend(addresses(4));
            }
        }
        assert_eq!(seen.len(), 24);
    }
}
