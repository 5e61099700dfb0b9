//! Votes for one message: which are bad, what the others add up to, and what it costs to know.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use bls12_381::{G2Affine, G2Projective};
use core::cell::Cell;
use group::Curve;
use proptest::prelude::*;
use troupe_crypto::bls::{Backend, Pure, SecretKey, Signature, Suite};
use troupe_crypto::scheme::{Combined, Vote};
use troupe_crypto::{Bls, Error, Keyed, Scheme};
use troupe_wire::Seed;

thread_local! {
    static CHECKS: Cell<usize> = const { Cell::new(0) };
}

/// The pure arithmetic, with a count of pairing checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counting;

impl Backend for Counting {
    const NAME: &'static str = "counting";
    type Key = <Pure as Backend>::Key;
    type Signature = <Pure as Backend>::Signature;
    type Message = <Pure as Backend>::Message;

    fn hash(tag: &'static [u8], message: &[u8]) -> Self::Message {
        Pure::hash(tag, message)
    }
    fn public_key(secret: &SecretKey) -> [u8; 48] {
        Pure::public_key(secret)
    }
    fn sign(secret: &SecretKey, message: &Self::Message) -> [u8; 96] {
        Pure::sign(secret, message)
    }
    fn read_key(what: &'static str, bytes: &[u8; 48]) -> Result<Self::Key, Error> {
        Pure::read_key(what, bytes)
    }
    fn read_signature(what: &'static str, bytes: &[u8; 96]) -> Result<Self::Signature, Error> {
        Pure::read_signature(what, bytes)
    }
    fn write_signature(signature: &Self::Signature) -> [u8; 96] {
        Pure::write_signature(signature)
    }
    fn sum_keys(keys: &[Self::Key]) -> Option<Self::Key> {
        Pure::sum_keys(keys)
    }
    fn sum_signatures(signatures: &[Self::Signature]) -> Option<Self::Signature> {
        Pure::sum_signatures(signatures)
    }
    fn weigh_keys(keys: &[Self::Key], weights: &[u128]) -> Option<Self::Key> {
        Pure::weigh_keys(keys, weights)
    }
    fn weigh_signatures(
        signatures: &[Self::Signature],
        weights: &[u128],
    ) -> Option<Self::Signature> {
        Pure::weigh_signatures(signatures, weights)
    }
    fn holds(signed: &[(Self::Key, &Self::Message)], signature: &Self::Signature) -> bool {
        CHECKS.set(CHECKS.get() + 1);
        Pure::holds(signed, signature)
    }
}

type Counted = Suite<Counting>;

const MESSAGE: &[u8] = b"block 7";

struct Voters<S: Scheme> {
    secrets: Vec<S::SecretKey>,
    keys: Vec<S::Key>,
    signatures: Vec<S::Signature>,
}

impl<S: Scheme> Voters<S> {
    fn new(number: usize) -> Self {
        let mut entropy = Seed::from_number(3).stream("voters");
        let secrets: Vec<_> = (0..number).map(|_| S::generate(&mut entropy)).collect();
        let keys = secrets.iter().map(|secret| S::readmit(&S::public_key(secret)).unwrap());
        let signatures = secrets.iter().map(|secret| S::sign(secret, MESSAGE));
        Self { keys: keys.collect(), signatures: signatures.collect(), secrets }
    }

    fn combine(&self) -> Combined<S> {
        let votes: Vec<Vote<'_, S>> = self
            .keys
            .iter()
            .zip(&self.signatures)
            .map(|(key, signature)| Vote { key, signature: *signature })
            .collect();
        S::combine(MESSAGE, &votes)
    }

    fn good_except(&self, bad: &[usize]) -> (Vec<&S::Key>, Vec<S::Signature>) {
        (0..self.keys.len())
            .filter(|at| !bad.contains(at))
            .map(|at| (&self.keys[at], self.signatures[at]))
            .unzip()
    }
}

fn counted<T>(run: impl FnOnce() -> T) -> (T, usize) {
    CHECKS.set(0);
    let result = run();
    (result, CHECKS.get())
}

#[test]
fn all_good_votes_cost_one_pairing_check() {
    for number in [1, 2, 25] {
        let voters = Voters::<Counted>::new(number);
        let (combined, checks) = counted(|| voters.combine());
        assert_eq!(checks, 1, "{number} voters");
        assert!(combined.bad.is_empty());
        let certificate = combined.aggregate.expect("all are good");
        assert_eq!(certificate, Counted::aggregate(&voters.signatures).unwrap());
        let (keys, _) = voters.good_except(&[]);
        assert_eq!(Counted::verify_same(&keys, MESSAGE, &certificate), Ok(()));
    }
}

#[test]
fn no_votes_cost_nothing() {
    let (combined, checks) = counted(|| Counted::combine(MESSAGE, &[]));
    assert_eq!((combined.aggregate, combined.bad, checks), (None, vec![], 0));
}

#[test]
fn one_bad_vote_among_many_is_found_in_a_few_checks_wherever_it_is() {
    let mut voters = Voters::<Counted>::new(16);
    let another = Counted::sign(&voters.secrets[0], b"block 8");
    for at in 0..16 {
        let good = core::mem::replace(&mut voters.signatures[at], another);
        let (combined, checks) = counted(|| voters.combine());
        assert_eq!(combined.bad, [at]);
        assert!(checks <= 9, "{checks} checks for the bad vote at {at}");
        voters.signatures[at] = good;
    }
}

#[test]
fn malformed_votes_cost_no_pairing_check_at_all() {
    let mut voters = Voters::<Counted>::new(4);
    voters.signatures[1] = Signature([0; 96]);
    voters.signatures[3].0[0] ^= 0x80;
    let (combined, checks) = counted(|| voters.combine());
    assert_eq!(combined.bad, [1, 3]);
    assert_eq!(checks, 1);
}

/// Two colluding signers: what one adds the other takes away.
// As in `ethereum/bls12-381-tests`, batch_verify_invalid_forged_signature_set.
#[test]
fn errors_that_cancel_in_the_sum_are_found_all_the_same() {
    let mut voters = Voters::<Bls>::new(5);
    let honest = Bls::aggregate(&voters.signatures).unwrap();
    let read = |signature: Signature| G2Affine::from_compressed(&signature.0).unwrap();
    let error = read(Bls::sign(&voters.secrets[4], b"anything"));
    for (at, error) in [(1, error), (3, -error)] {
        let shifted = G2Projective::from(read(voters.signatures[at])) + error;
        voters.signatures[at] = Signature(shifted.to_affine().to_compressed());
    }
    let (keys, _) = voters.good_except(&[]);
    let sum = Bls::aggregate(&voters.signatures).unwrap();
    assert_eq!(sum, honest, "the plain sum shows nothing");
    assert_eq!(Bls::verify_same(&keys, MESSAGE, &sum), Ok(()));

    let combined = voters.combine();
    assert_eq!(combined.bad, [1, 3]);
    let (keys, signatures) = voters.good_except(&[1, 3]);
    let certificate = combined.aggregate.expect("three are good");
    assert_eq!(certificate, Bls::aggregate(&signatures).unwrap());
    assert_eq!(Bls::verify_same(&keys, MESSAGE, &certificate), Ok(()));
}

/// Ways for a vote to be bad.
fn spoil<S: Scheme>(voters: &mut Voters<S>, at: usize, way: u8) {
    let next = (at + 1) % voters.keys.len();
    let own = S::sign(&voters.secrets[at], MESSAGE);
    let signature = match way % 4 {
        0 => S::sign(&voters.secrets[at], b"block 8"),
        1 => S::sign(&voters.secrets[next], MESSAGE),
        2 => S::aggregate(&[own, own]).unwrap(),
        _ => troupe_crypto::Fixed::read(&[0x5a; 96]).unwrap(),
    };
    voters.signatures[at] = signature;
}

/// Combining and single checks agree on every vote; the aggregate is that of the good ones.
fn agrees<S: Scheme>(number: usize, spoilt: &[(usize, u8)]) -> Result<(), TestCaseError> {
    let mut voters = Voters::<S>::new(number);
    for (at, way) in spoilt {
        spoil(&mut voters, at % number, *way);
    }
    let combined = voters.combine();
    let singly: Vec<usize> = (0..number)
        .filter(|at| S::verify(&voters.keys[*at], MESSAGE, &voters.signatures[*at]).is_err())
        .collect();
    prop_assert_eq!(&combined.bad, &singly);
    let (keys, signatures) = voters.good_except(&singly);
    prop_assert_eq!(combined.aggregate, S::aggregate(&signatures).ok());
    if let Some(certificate) = combined.aggregate {
        prop_assert_eq!(S::verify_same(&keys, MESSAGE, &certificate), Ok(()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn combining_and_single_checks_agree(
        number in 2usize..9,
        spoilt in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
    ) {
        agrees::<Bls>(number, &spoilt)?;
        #[cfg(feature = "blst")]
        agrees::<troupe_crypto::BlsNative>(number, &spoilt)?;
    }
}

proptest! {
    #[test]
    fn combining_and_single_checks_agree_in_the_simulators_scheme(
        number in 2usize..40,
        spoilt in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..20),
    ) {
        agrees::<Keyed>(number, &spoilt)?;
    }
}
