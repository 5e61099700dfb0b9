//! Between what travels and what it means.

use crate::call;
use crate::proto;
use crate::refusal::{Failure, Refusal};
use bytes::Bytes;
use troupe_consensus::{Kind, Mark, Place, PublicKey, Signature, Statement};
use troupe_types::{Hash, Height};

const fn kind_to(kind: Kind) -> proto::Kind {
    match kind {
        Kind::Proposal => proto::Kind::Proposal,
        Kind::Vote => proto::Kind::Vote,
        Kind::ViewChange => proto::Kind::ViewChange,
    }
}

fn kind_of(number: i32) -> Result<Kind, &'static str> {
    match proto::Kind::try_from(number) {
        Ok(proto::Kind::Proposal) => Ok(Kind::Proposal),
        Ok(proto::Kind::Vote) => Ok(Kind::Vote),
        Ok(proto::Kind::ViewChange) => Ok(Kind::ViewChange),
        Ok(proto::Kind::Unspecified) | Err(_) => Err("kind is none that is known"),
    }
}

fn hash(bytes: &[u8]) -> Result<Hash, &'static str> {
    bytes.try_into().map(Hash).map_err(|_| "a hash wants 32 bytes")
}

/// What a node asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The chain, by the hash of its genesis block.
    pub chain: Hash,
    /// The public key that is to sign.
    pub key: PublicKey,
    /// What is to be signed.
    pub statement: Statement,
}

impl Asked {
    /// The body of a call.
    #[must_use]
    pub fn body(&self) -> Bytes {
        let Self { chain, key, statement: said } = self;
        let place = |place: Place| proto::Place { epoch: place.epoch.0, view: place.view.0 };
        call::frame(&proto::SignRequest {
            genesis: chain.0.to_vec(),
            vote_key: key.0.to_vec(),
            kind: kind_to(said.kind).into(),
            epoch: said.place.epoch.0,
            view: said.place.view.0,
            height: said.height.0,
            index: said.index,
            hash: said.hash.0.to_vec(),
            certified: said.certified.map(place),
        })
    }

    /// Reads the body of a call, strictly: what has no meaning under the signature must not be there.
    pub fn read_body(body: &[u8]) -> Result<Self, &'static str> {
        let request: proto::SignRequest = call::unframe(body)?;
        let key = request.vote_key.as_slice().try_into();
        let key = key.map(PublicKey).map_err(|_| "a vote key wants 48 bytes")?;
        let certified = request.certified.as_ref();
        let statement = Statement {
            kind: kind_of(request.kind)?,
            place: Place::new(request.epoch, request.view),
            height: Height(request.height),
            index: request.index,
            hash: hash(&request.hash)?,
            certified: certified.map(|place| Place::new(place.epoch, place.view)),
        };
        if !statement.is_canonical() {
            return Err("parts that this kind does not have");
        }
        Ok(Self { chain: hash(&request.genesis)?, key, statement })
    }
}

/// The body of an answer.
pub(crate) fn answer(outcome: Result<Signature, Refusal>) -> Bytes {
    use proto::sign_response::Outcome;
    let outcome = match outcome {
        Ok(signature) => Outcome::Signature(signature.0.to_vec()),
        Err(refusal) => Outcome::Refusal(refused(&refusal)),
    };
    call::frame(&proto::SignResponse { outcome: Some(outcome) })
}

fn refused(refusal: &Refusal) -> proto::Refusal {
    let (reason, last) = match refusal {
        Refusal::NotLater(mark) => (proto::Reason::NotLater, Some(signed(mark))),
        Refusal::OtherChain { .. } => (proto::Reason::OtherChain, None),
        Refusal::OtherKey => (proto::Reason::OtherKey, None),
        Refusal::Storage(_) => (proto::Reason::Storage, None),
    };
    let genesis = match refusal {
        Refusal::OtherChain { got } => got.0.to_vec(),
        Refusal::NotLater(_) | Refusal::OtherKey | Refusal::Storage(_) => Vec::new(),
    };
    let text = match refusal {
        Refusal::Storage(reason) => reason.clone(),
        Refusal::NotLater(_) | Refusal::OtherChain { .. } | Refusal::OtherKey => {
            refusal.to_string()
        }
    };
    proto::Refusal { reason: reason.into(), text, last, genesis }
}

fn signed(mark: &Mark) -> proto::Signed {
    proto::Signed {
        kind: kind_to(mark.kind).into(),
        epoch: mark.place.epoch.0,
        view: mark.place.view.0,
        height: mark.height.0,
        index: mark.index,
        digest: mark.digest.0.to_vec(),
    }
}

/// Reads the body of an answer. What is none is [`Failure::Unreachable`]; the signature is not checked.
pub fn read_answer(body: &[u8]) -> Result<Signature, Failure> {
    use proto::sign_response::Outcome;
    let odd = |what: &str| Failure::Unreachable(format!("an answer without sense: {what}"));
    let response: proto::SignResponse = call::unframe(body).map_err(odd)?;
    match response.outcome {
        Some(Outcome::Signature(bytes)) => {
            bytes.as_slice().try_into().map(Signature).map_err(|_| odd("a signature of its own"))
        }
        Some(Outcome::Refusal(refusal)) => Err(Failure::Refused(refusal_of(refusal).map_err(odd)?)),
        None => Err(odd("neither signature nor refusal")),
    }
}

fn refusal_of(refusal: proto::Refusal) -> Result<Refusal, &'static str> {
    match proto::Reason::try_from(refusal.reason) {
        Ok(proto::Reason::NotLater) => {
            let last = refusal.last.ok_or("a refusal that names nothing")?;
            let mark = Mark {
                place: Place::new(last.epoch, last.view),
                index: last.index,
                height: Height(last.height),
                kind: kind_of(last.kind)?,
                digest: hash(&last.digest)?,
            };
            Ok(Refusal::NotLater(mark))
        }
        Ok(proto::Reason::OtherChain) => Ok(Refusal::OtherChain { got: hash(&refusal.genesis)? }),
        Ok(proto::Reason::OtherKey) => Ok(Refusal::OtherKey),
        Ok(proto::Reason::Storage) => {
            Ok(Refusal::Storage(refusal.text.chars().take(200).collect()))
        }
        Ok(proto::Reason::Unspecified) | Err(_) => Err("a refusal without a reason"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_asked_and_answered_arrives(
            kind in 0usize..3, numbers in any::<[u64; 5]>(), index in any::<u32>(),
            bytes in any::<[u8; 32]>(), is_certified in any::<bool>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let kind = Kind::ALL[kind];
            let [epoch, view, height, e, v] = numbers;
            let is_change = kind == Kind::ViewChange;
            let said = Statement {
                kind,
                place: Place::new(epoch, view),
                height: Height(height),
                index: if is_change { 0 } else { index },
                hash: Hash(bytes),
                certified: (is_change && is_certified).then(|| Place::new(e.max(1), v)),
            };
            let (genesis, key) = (Hash([1; 32]), PublicKey([2; 48]));
            let wish = Asked { chain: genesis, key, statement: said };
            let body = wish.body();
            prop_assert_eq!(Asked::read_body(&body), Ok(wish));
            prop_assert!(Asked::read_body(&body[..cut.index(body.len())]).is_err());
            let signature = Signature([3; 96]);
            prop_assert_eq!(read_answer(&answer(Ok(signature))), Ok(signature));
            let refusals = [
                Refusal::NotLater(Mark::of(&said, &genesis)),
                Refusal::OtherChain { got: genesis },
                Refusal::OtherKey,
                Refusal::Storage("no space".to_owned()),
            ];
            for refusal in refusals {
                let body = answer(Err(refusal.clone()));
                prop_assert_eq!(read_answer(&body), Err(Failure::Refused(refusal)));
                let cut = read_answer(&body[..cut.index(body.len())]);
                prop_assert!(matches!(cut, Err(Failure::Unreachable(_))));
            }
        }
    }

    #[test]
    fn what_has_no_meaning_is_refused_by_name() {
        let said = Statement {
            kind: Kind::Vote,
            place: Place::new(1, 2),
            height: Height(3),
            index: 0,
            hash: Hash([4; 32]),
            certified: None,
        };
        let good = Asked { chain: Hash([1; 32]), key: PublicKey([2; 48]), statement: said };
        let with = |statement| Asked::read_body(&Asked { statement, ..good }.body());
        assert!(with(said).is_ok());
        let certified = Some(Place::new(1, 1));
        let odd = Err("parts that this kind does not have");
        assert_eq!(with(Statement { certified, ..said }), odd);
        let change = Statement { kind: Kind::ViewChange, certified, ..said };
        assert!(with(change).is_ok());
        assert_eq!(with(Statement { index: 1, ..change }), odd);
        let none = call::frame(&proto::SignRequest {
            vote_key: vec![0; 48],
            genesis: vec![0; 32],
            hash: vec![0; 32],
            ..Default::default()
        });
        assert_eq!(Asked::read_body(&none), Err("kind is none that is known"));
        let short =
            call::frame(&proto::SignRequest { vote_key: vec![0; 47], ..Default::default() });
        assert_eq!(Asked::read_body(&short), Err("a vote key wants 48 bytes"));
    }
}
