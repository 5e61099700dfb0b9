//! Signatures that were made elsewhere.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use troupe_consensus::{
    Error, Kind, Place, PublicKey, Signature, Statement, public_bytes, sign, verify_statement,
};
use troupe_crypto::{Bls, Keyed, Scheme};
use troupe_types::{Hash, Height};
use troupe_wire::Seed;

const CHAIN: Hash = Hash([9; 32]);

fn vote() -> Statement {
    Statement {
        kind: Kind::Vote,
        place: Place::new(1, 2),
        height: Height(3),
        index: 0,
        hash: Hash([1; 32]),
        certified: None,
    }
}

fn only_the_signature_itself_is_good<S: Scheme>(secret: &S::SecretKey, other: &S::SecretKey) {
    let key = public_bytes::<S>(&S::public_key(secret)).unwrap();
    let others = public_bytes::<S>(&S::public_key(other)).unwrap();
    let signature = sign::<S>(secret, &vote(), &CHAIN).unwrap();
    assert_eq!(verify_statement::<S>(&key, &vote(), &signature, &CHAIN), Ok(()));
    let bad = Err(Error::BadSignature);
    assert_eq!(verify_statement::<S>(&others, &vote(), &signature, &CHAIN), bad);
    assert_eq!(verify_statement::<S>(&key, &vote(), &signature, &Hash([8; 32])), bad);
    let further = Statement { height: Height(4), ..vote() };
    assert_eq!(verify_statement::<S>(&key, &further, &signature, &CHAIN), bad);
    for noise in [[0; 96], [0xff; 96]] {
        assert_eq!(verify_statement::<S>(&key, &vote(), &Signature(noise), &CHAIN), bad);
    }
}

#[test]
fn a_signature_of_another_key_statement_or_chain_is_refused() {
    let keyed = |number| Keyed::generate(&mut Seed::from_number(number).stream("validator"));
    only_the_signature_itself_is_good::<Keyed>(&keyed(1), &keyed(2));
    let bls = |byte| Bls::derive(&[byte; 32]).unwrap();
    only_the_signature_itself_is_good::<Bls>(&bls(1), &bls(2));
    let signature = sign::<Bls>(&bls(1), &vote(), &CHAIN).unwrap();
    let no_point = verify_statement::<Bls>(&PublicKey([0; 48]), &vote(), &signature, &CHAIN);
    assert_eq!(no_point, Err(Error::BadSignature));
}
