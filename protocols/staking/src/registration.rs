//! How a candidate shows that its keys are its own.
//!
//! Its node's key and its vote key both sign what is registered: for which chain, by which account,
//! and all three keys. A proof of possession says only that somebody holds a secret: whoever sees one
//! can send it again as its own. A signature over the account cannot be sent by another account.
//!
//! The key of randomness signs nothing here: whoever registers a foreign one can never propose, for
//! each of its blocks wants a word of that key.

use troupe_crypto::ed25519::{self, PublicKey as NodeKey};
use troupe_crypto::{Bls, Error as Refusal, Scheme, bls, hash, sr25519};
use troupe_types::{Address, Hash, NodeId};

/// What is hashed first, so that no other signature of these keys can stand for a registration.
const DOMAIN: &[u8] = b"troupe registration";

/// The keys of a candidate, and that it holds them. Nothing is checked before [`Registration::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registration {
    /// Ed25519: the key of the node's certificate; the node is named by it.
    pub node_key: [u8; 32],
    /// BLS12-381, compressed in G1: what the node votes with.
    pub vote_key: [u8; 48],
    /// sr25519: what its random words are of.
    pub vrf_key: [u8; 32],
    /// The digest signed with the node's key.
    pub node_sign: [u8; 64],
    /// The digest signed with the vote key.
    pub vote_sign: [u8; 96],
}

/// Which part of a registration is refused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// Too few or too many bytes.
    #[error("a registration of {got} bytes, not {}", Registration::LEN)]
    Length {
        /// Bytes found.
        got: usize,
    },
    /// No key of a node: no point, one written another way, or one of small order.
    #[error("node key: {0}")]
    NodeKey(Refusal),
    /// No vote key: no point, the identity, or outside the subgroup.
    #[error("vote key: {0}")]
    VoteKey(Refusal),
    /// No key of randomness: no point, or the identity.
    #[error("vrf key: {0}")]
    VrfKey(Refusal),
    /// The node's key did not sign this.
    #[error("signature of the node key: {0}")]
    NodeSign(Refusal),
    /// The vote key did not sign this.
    #[error("signature of the vote key: {0}")]
    VoteSign(Refusal),
}

/// What a candidate registers, before it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// Ed25519: the key of the node's certificate.
    pub node_key: [u8; 32],
    /// BLS12-381, compressed in G1.
    pub vote_key: [u8; 48],
    /// sr25519.
    pub vrf_key: [u8; 32],
}

impl Keys {
    /// What both keys sign: the staker's keys on one chain.
    #[must_use]
    pub fn digest(&self, chain_id: u64, staker: Address) -> Hash {
        hash::keccak256_concat(&[
            DOMAIN,
            &chain_id.to_be_bytes(),
            &staker.0,
            &self.node_key,
            &self.vote_key,
            &self.vrf_key,
        ])
    }

    /// The registration with its two signatures; they are not checked.
    #[must_use]
    pub fn signed(self, node_sign: [u8; 64], vote_sign: [u8; 96]) -> Registration {
        let Self { node_key, vote_key, vrf_key } = self;
        Registration { node_key, vote_key, vrf_key, node_sign, vote_sign }
    }
}

impl Registration {
    /// Length of its one encoding in bytes: the fields in their order, nothing between them.
    pub const LEN: usize = 32 + 48 + 32 + 64 + 96;

    /// The keys without the signatures.
    #[must_use]
    pub fn keys(&self) -> Keys {
        Keys { node_key: self.node_key, vote_key: self.vote_key, vrf_key: self.vrf_key }
    }

    /// Checks the keys, then that both signed for this staker on this chain; gives the node's name.
    /// Costs about as much as checking one vote.
    pub fn check(&self, chain_id: u64, staker: Address) -> Result<NodeId, RegistrationError> {
        let node_key = NodeKey(self.node_key);
        node_key.check().map_err(RegistrationError::NodeKey)?;
        sr25519::PublicKey::from_bytes(&self.vrf_key).map_err(RegistrationError::VrfKey)?;
        let vote_key = Bls::readmit(&bls::PublicKey(self.vote_key));
        let vote_key = vote_key.map_err(RegistrationError::VoteKey)?;
        let digest = self.keys().digest(chain_id, staker);
        node_key
            .verify(&digest.0, &ed25519::Signature(self.node_sign))
            .map_err(RegistrationError::NodeSign)?;
        Bls::verify(&vote_key, &digest.0, &bls::Signature(self.vote_sign))
            .map_err(RegistrationError::VoteSign)?;
        Ok(node_key.node_id())
    }

    /// Its one encoding.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut rest = &mut bytes[..];
        for field in
            [&self.node_key[..], &self.vote_key, &self.vrf_key, &self.node_sign, &self.vote_sign]
        {
            let (head, tail) = rest.split_at_mut(field.len());
            head.copy_from_slice(field);
            rest = tail;
        }
        bytes
    }

    /// Reads what [`Registration::to_bytes`] wrote; any other number of bytes is refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RegistrationError> {
        let refused = RegistrationError::Length { got: bytes.len() };
        let mut rest = bytes;
        let registration = Self {
            node_key: *take(&mut rest).ok_or(refused)?,
            vote_key: *take(&mut rest).ok_or(refused)?,
            vrf_key: *take(&mut rest).ok_or(refused)?,
            node_sign: *take(&mut rest).ok_or(refused)?,
            vote_sign: *take(&mut rest).ok_or(refused)?,
        };
        if rest.is_empty() { Ok(registration) } else { Err(refused) }
    }
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    const CHAIN: u64 = 1_120_260;
    const STAKER: Address = Address([7; 20]);

    fn registered(seed: u8, chain_id: u64, staker: Address) -> Registration {
        let node = SigningKey::from_bytes(&[seed; 32]);
        let vote = Bls::derive(&[seed; 32]).unwrap();
        let keys = Keys {
            node_key: node.verifying_key().to_bytes(),
            vote_key: Bls::public_key(&vote).0,
            vrf_key: sr25519::SecretKey::from_seed(&[seed; 32]).public_key().to_bytes(),
        };
        let digest = keys.digest(chain_id, staker).0;
        keys.signed(node.sign(&digest).to_bytes(), Bls::sign(&vote, &digest).0)
    }

    #[test]
    fn a_candidate_with_its_own_keys_is_named_by_its_node_key() {
        let registration = registered(1, CHAIN, STAKER);
        let name = troupe_crypto::ed25519::PublicKey(registration.node_key).node_id();
        assert_eq!(registration.check(CHAIN, STAKER), Ok(name));
    }

    #[test]
    fn a_registration_is_of_one_account_and_one_chain() {
        let registration = registered(1, CHAIN, STAKER);
        let refused = Err(RegistrationError::NodeSign(Refusal::BadSignature));
        assert_eq!(registration.check(CHAIN + 1, STAKER), refused);
        assert_eq!(registration.check(CHAIN, Address([8; 20])), refused);
    }

    #[test]
    fn foreign_keys_cannot_be_registered() {
        let (own, other) = (registered(1, CHAIN, STAKER), registered(2, CHAIN, Address([8; 20])));
        let stolen_vote =
            Registration { vote_key: other.vote_key, vote_sign: other.vote_sign, ..own };
        // Whoever steals a vote key signs again with its own node key.
        let digest = stolen_vote.keys().digest(CHAIN, STAKER).0;
        let node_sign = SigningKey::from_bytes(&[1; 32]).sign(&digest).to_bytes();
        let stolen_vote = Registration { node_sign, ..stolen_vote };
        assert_eq!(
            stolen_vote.check(CHAIN, STAKER),
            Err(RegistrationError::VoteSign(Refusal::BadSignature))
        );
        let stolen_node = Registration { node_key: other.node_key, ..own };
        assert_eq!(
            stolen_node.check(CHAIN, STAKER),
            Err(RegistrationError::NodeSign(Refusal::BadSignature))
        );
        // A proof of possession is no signature of a registration.
        let vote = Bls::derive(&[1; 32]).unwrap();
        let copied = Registration { vote_sign: Bls::prove(&vote).0, ..own };
        assert_eq!(
            copied.check(CHAIN, STAKER),
            Err(RegistrationError::VoteSign(Refusal::BadSignature))
        );
    }

    #[test]
    fn points_that_stand_for_nobody_are_refused_by_name() {
        let good = registered(1, CHAIN, STAKER);
        let check = |bad: Registration| bad.check(CHAIN, STAKER).unwrap_err();
        let mut identity = [0; 48];
        identity[0] = 0xc0;
        assert_eq!(
            check(Registration { vote_key: identity, ..good }),
            RegistrationError::VoteKey(Refusal::Identity { what: "public key" })
        );
        assert_eq!(
            check(Registration { vote_key: [0; 48], ..good }),
            RegistrationError::VoteKey(Refusal::NotCanonical { what: "public key" })
        );
        // A point of the curve with x = 4 that has a factor of the cofactor in its order.
        let mut outside = [0; 48];
        (outside[0], outside[47]) = (0x80, 4);
        assert_eq!(
            check(Registration { vote_key: outside, ..good }),
            RegistrationError::VoteKey(Refusal::WrongSubgroup { what: "public key" })
        );
        let mut neutral = [0; 32];
        assert_eq!(
            check(Registration { vrf_key: neutral, ..good }),
            RegistrationError::VrfKey(Refusal::Identity { what: "public key" })
        );
        assert_eq!(
            check(Registration { node_key: neutral, ..good }),
            RegistrationError::NodeKey(Refusal::WrongSubgroup { what: "node key" })
        );
        neutral[0] = 1;
        assert_eq!(
            check(Registration { node_key: neutral, ..good }),
            RegistrationError::NodeKey(Refusal::WrongSubgroup { what: "node key" })
        );
    }

    #[test]
    fn no_part_of_it_is_a_registration() {
        let bytes = registered(1, CHAIN, STAKER).to_bytes();
        for cut in 0..bytes.len() {
            let refused = Registration::from_bytes(&bytes[..cut]).unwrap_err();
            assert_eq!(refused, RegistrationError::Length { got: cut });
        }
        let mut longer = bytes.to_vec();
        longer.push(0);
        let refused = Registration::from_bytes(&longer).unwrap_err();
        assert_eq!(refused.to_string(), "a registration of 273 bytes, not 272");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bit_of_a_registration_can_change(at in 0..Registration::LEN, bit in 0u8..8) {
            let mut bytes = registered(1, CHAIN, STAKER).to_bytes();
            prop_assert_eq!(Registration::from_bytes(&bytes).unwrap().to_bytes(), bytes);
            bytes[at] ^= 1 << bit;
            let changed = Registration::from_bytes(&bytes).unwrap();
            prop_assert_eq!(changed.to_bytes(), bytes);
            prop_assert!(changed.check(CHAIN, STAKER).is_err());
        }
    }
}
