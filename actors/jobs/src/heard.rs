//! What a client is told, as this program knows it. A server is no more believed than anybody else.

use crate::error::{Class, Error, Outcome, Reason, Refusal};
use crate::explain::{Chosen, Explained, Shared};
use crate::found::{Answer, Finished, Onnx, Opening, Settled, Traffic};
use crate::matching::{Matched, MatchedSide};
use crate::step::Step;
use crate::told::{FAILURE, class};
use prost::Message;
use std::fmt;
use std::time::Duration;
use tonic::{Code, Status};
use troupe_door::Details;
use troupe_door::proto::job as wire;
use troupe_learning::task::{Engine, Layout};
use troupe_types::{Address, Bytes, Hash, NodeId, SessionId};

/// Numbers and keys that a job may come to, before a server is not listened to any more.
const MOST: usize = 1 << 27;
/// Reasons of a failure.
const MOST_REASONS: usize = 1 << 10;

pub(crate) fn wrong(what: &str) -> Error {
    Error::new(Class::Unreachable, format!("the node tells of {what} that is none"))
}

pub(crate) fn fixed<const N: usize>(bytes: &[u8], what: &str) -> Outcome<[u8; N]> {
    bytes.try_into().map_err(|_| wrong(what))
}

/// An amount in von.
pub fn amount(bytes: &[u8]) -> Outcome<u128> {
    let mut all = [0; 16];
    let at = all.len().checked_sub(bytes.len()).ok_or_else(|| wrong("an amount"))?;
    all[at..].copy_from_slice(bytes);
    Ok(u128::from_be_bytes(all))
}

/// An address.
pub fn address(bytes: &[u8]) -> Outcome<Address> {
    fixed(bytes, "an address").map(Address)
}

/// A node id.
pub fn node_id(bytes: &[u8]) -> Outcome<NodeId> {
    fixed(bytes, "a node id").map(NodeId)
}

/// What is there, if anything is.
fn some(bytes: &[u8]) -> Option<Vec<u8>> {
    (!bytes.is_empty()).then(|| bytes.to_vec())
}

fn took(seconds: f64) -> Outcome<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong("a time"))
}

fn three(all: &[u64]) -> Outcome<[Bytes; 3]> {
    let three: [u64; 3] = all.try_into().map_err(|_| wrong("three parties"))?;
    Ok(three.map(Bytes))
}

pub(crate) fn explained(told: wire::ExplainResponse) -> Outcome<Explained> {
    let engine = match told.engine() {
        wire::Engine::Malicious => Engine::Malicious,
        wire::Engine::SemiHonest => Engine::SemiHonest,
        wire::Engine::Unspecified => return Err(wrong("an engine")),
    };
    let layout = match told.layout() {
        wire::Layout::Aligned => Layout::Aligned,
        wire::Layout::Matched => Layout::Matched,
        wire::Layout::Joined => Layout::Joined,
        wire::Layout::Pooled => Layout::Pooled,
        wire::Layout::Unspecified => return Err(wrong("a layout")),
    };
    let shares = told.shares.into_iter();
    let parties = match told.hostile_majority {
        Some(hostile_majority) => Chosen::Elected { hostile_majority },
        None => {
            let model = Hash(fixed(&told.model, "a model's name")?);
            Chosen::Keepers { model, names: told.keepers }
        }
    };
    Ok(Explained {
        job: told.job,
        engine,
        layout,
        shares: shares.map(|one| Shared { input: one.input, formulas: one.formulas }).collect(),
        results: told.results.into_iter().map(|one| (one.name, one.error)).collect(),
        algorithms: told.algorithms,
        rows: told.rows,
        rounds: told.rounds,
        checks: told.checks,
        sent: three(&told.party_sends_bytes)?,
        memory: three(&told.party_memory_bytes)?,
        keeps: told.keeps,
        parties,
    })
}

/// How far a job is; `number` is its task's on the chain.
pub(crate) fn step(told: wire::Step, number: u64) -> Outcome<Step> {
    let (done, sent) = (u64::from(told.done), told.sent_bytes);
    Ok(match told.phase() {
        wire::Phase::Asking => Step::Asking,
        wire::Phase::Declaring => Step::Declaring { terms: Hash(fixed(&told.terms, "terms")?) },
        wire::Phase::Agreeing => Step::Agreeing { number },
        wire::Phase::Electing => Step::Electing { number },
        wire::Phase::Seating => Step::Seating { parties: told.parties },
        wire::Phase::Matching => Step::Matching { what: told.doing, done, sent },
        wire::Phase::Contributing => Step::Contributing,
        wire::Phase::Working => Step::Working { what: told.doing, done, sent },
        wire::Phase::Settling => Step::Settling { number },
        wire::Phase::Following => Step::Following { number },
        wire::Phase::Unspecified => return Err(wrong("a step")),
    })
}

/// Portions, put together again.
#[derive(Default)]
pub(crate) struct Portions {
    answers: Vec<Answer>,
    keys: Vec<Vec<String>>,
    count: usize,
}

impl fmt::Debug for Portions {
    /// Without what was found.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portions({} parts)", self.count)
    }
}

impl Portions {
    fn counted(&mut self, more: usize) -> Outcome<()> {
        self.count = self.count.saturating_add(more);
        if self.count > MOST {
            return Err(wrong(&format!("an answer of more than {MOST} parts")));
        }
        Ok(())
    }

    pub(crate) fn answer(&mut self, told: wire::Answer) -> Outcome<()> {
        self.counted(told.values.len().max(1))?;
        let index = usize::try_from(told.index).unwrap_or(usize::MAX);
        let next = self.answers.len();
        match self.answers.get_mut(index) {
            Some(answer) if index + 1 == next && answer.name == told.name => {
                answer.values.extend(told.values);
            }
            None if index == next => {
                let wire::Answer { name, values, error: bound, .. } = told;
                self.answers.push(Answer { name, values, bound });
            }
            Some(_) | None => return Err(wrong("a part of an answer")),
        }
        Ok(())
    }

    pub(crate) fn keys(&mut self, told: wire::Keys) -> Outcome<()> {
        self.counted(told.keys.len())?;
        self.keys.extend(told.keys.into_iter().map(|key| key.values));
        Ok(())
    }

    pub(crate) fn finished(self, told: wire::Finished) -> Outcome<Finished> {
        let parties = told.parties.into_iter().map(|party| {
            let (sent, received) = (party.sent_bytes, party.received_bytes);
            Ok((party.name, Traffic { party: node_id(&party.node_id)?, sent, received }))
        });
        Ok(Finished {
            name: told.job,
            session: SessionId(fixed(&told.session, "a session")?),
            rows: told.rows,
            answers: self.answers,
            traffic: parties.collect::<Outcome<_>>()?,
            settled: told.settled.map(settled).transpose()?,
            took: took(told.seconds)?,
            kept: Some(told.kept).filter(|kept| !kept.is_empty()),
            model: match told.model.is_empty() {
                true => None,
                false => Some(Hash(fixed(&told.model, "a model's name")?)),
            },
            opening: some(&told.opening).map(Opening).map(Box::new),
            onnx: some(&told.onnx).map(Onnx).map(Box::new),
        })
    }

    pub(crate) fn matched(self, told: wire::Matched) -> Outcome<Matched> {
        let sides = told.owners.into_iter().map(|side| MatchedSide {
            owner: side.name,
            dataset: side.dataset,
            items: side.keys,
            sent: side.sent_bytes,
            is_receiver: side.learned,
        });
        let sides: Vec<MatchedSide> = sides.collect();
        Ok(Matched {
            name: told.job,
            session: SessionId(fixed(&told.session, "a session")?),
            sides: sides.try_into().map_err(|_| wrong("two owners"))?,
            count: told.count,
            keys: self.keys,
            columns: told.columns,
            took: took(told.seconds)?,
        })
    }
}

fn settled(told: wire::Settled) -> Outcome<Settled> {
    Ok(Settled {
        number: told.task,
        payer: address(&told.payer)?,
        fee: amount(&told.fee)?,
        prices: amount(&told.prices)?,
    })
}

pub(crate) fn failure(told: wire::Failure) -> Error {
    let class = class(told.class());
    let reasons = told.reasons.into_iter().take(MOST_REASONS);
    let reasons = reasons.map(|reason| Reason { text: reason.text, field: reason.field });
    let refusal = told.refusal.map(|one| Refusal { code: one.code, reason: one.reason });
    Error { refusal, ..Error::all(class, reasons.collect()) }
}

/// Why a call failed, as the service says it, or as the connection does.
pub(crate) fn failed(status: &Status) -> Error {
    let detail = Details::decode(status.details()).ok().and_then(|details| {
        let all = details.details.into_iter();
        let found = all.into_iter().find(|any| any.type_url.ends_with(FAILURE))?;
        wire::Failure::decode(found.value.as_slice()).ok()
    });
    if let Some(told) = detail.filter(|told| !told.reasons.is_empty()) {
        return failure(told);
    }
    if status.code() == Code::Unimplemented {
        let text = "the node runs no jobs: its manifest lists no actor \"jobs\"";
        return Error::new(Class::Unreachable, text);
    }
    let class = match status.code() {
        Code::InvalidArgument | Code::OutOfRange | Code::NotFound => Class::Usage,
        Code::DeadlineExceeded => Class::TimedOut,
        Code::Unavailable | Code::Cancelled | Code::Unimplemented | Code::Unknown => {
            Class::Unreachable
        }
        Code::AlreadyExists
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::ResourceExhausted
        | Code::FailedPrecondition => Class::Refused,
        Code::Aborted => Class::Failed,
        Code::Ok | Code::Internal | Code::DataLoss => Class::Internal,
    };
    Error::new(class, status.message())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Found;
    use crate::told::{self, Cursor, KEYS, VALUES};
    use proptest::prelude::*;

    fn finished(lengths: &[usize]) -> Finished {
        let answers = lengths.iter().enumerate().map(|(index, length)| Answer {
            name: format!("answer {index}"),
            values: (0..*length).map(|at| at as f64 / 3.0).collect(),
            bound: (index % 2 == 0).then_some(1e-9),
        });
        Finished {
            name: "job".into(),
            session: SessionId([1; 16]),
            rows: vec![569, 380],
            answers: answers.collect(),
            traffic: vec![(
                "compute-1".into(),
                Traffic { party: NodeId([2; 32]), sent: 3, received: 4 },
            )],
            settled: Some(Settled {
                number: 7,
                payer: Address([5; 20]),
                fee: 3_000_000_000_000_000_000,
                prices: 0,
            }),
            took: Duration::from_millis(1_250),
            kept: Some("here".into()),
            model: (lengths.len() == 2).then_some(Hash([6; 32])),
            opening: (lengths.len() == 1).then_some(Box::new(Opening(vec![7; 100]))),
            onnx: (lengths.len() == 3).then_some(Box::new(Onnx(vec![8; 90]))),
        }
    }

    fn told_and_heard(found: &Found) -> Outcome<Found> {
        let ended = Ok(found.clone());
        let (mut at, mut portions) = (Cursor::default(), Portions::default());
        loop {
            match told::end(&ended, &mut at).expect("an end comes") {
                wire::event::What::Answer(answer) => portions.answer(answer)?,
                wire::event::What::Keys(keys) => portions.keys(keys)?,
                wire::event::What::Finished(last) => {
                    assert!(told::end(&ended, &mut at).is_none(), "nothing comes after it");
                    return portions.finished(last).map(Found::Finished);
                }
                wire::event::What::Matched(last) => {
                    assert!(told::end(&ended, &mut at).is_none(), "nothing comes after it");
                    return portions.matched(last).map(Found::Matched);
                }
                wire::event::What::Step(_) | wire::event::What::Failure(_) => {
                    panic!("it ended well")
                }
            }
        }
    }

    #[test]
    fn what_was_found_arrives_whole_in_however_many_portions_it_comes() {
        for lengths in [&[][..], &[1, 1], &[0, 3], &[VALUES, 1], &[2 * VALUES + 1, 0, 5]] {
            let found = Found::Finished(finished(lengths));
            let heard = told_and_heard(&found).unwrap();
            assert!(format!("{heard:?}") == format!("{found:?}"), "{lengths:?}");
        }
        for many in [0, 1, KEYS, 2 * KEYS + 1] {
            let side = |name: &str| MatchedSide {
                owner: name.into(),
                dataset: "d".into(),
                items: 9,
                sent: 10,
                is_receiver: true,
            };
            let found = Found::Matched(Matched {
                name: "job".into(),
                session: SessionId([1; 16]),
                sides: [side("a"), side("b")],
                count: u32::try_from(many).ok(),
                keys: (0..many).map(|at| vec![at.to_string()]).collect(),
                columns: vec!["id".into()],
                took: Duration::from_millis(500),
            });
            let heard = told_and_heard(&found).unwrap();
            assert!(format!("{heard:?}") == format!("{found:?}"), "{many}");
        }
    }

    #[test]
    fn parts_out_of_order_and_things_that_are_none_are_refused() {
        let part = |index, name: &str| wire::Answer {
            index,
            name: name.into(),
            values: vec![1.0],
            error: None,
        };
        let mut portions = Portions::default();
        assert!(portions.answer(part(1, "b")).is_err(), "there is no first one");
        portions.answer(part(0, "a")).unwrap();
        assert!(portions.answer(part(0, "other")).is_err());
        portions.answer(part(1, "b")).unwrap();
        assert!(portions.answer(part(0, "a")).is_err(), "that one was over");
        let good = told::finished(&finished(&[]));
        let bad = [
            wire::Finished { session: vec![0; 15].into(), ..good.clone() },
            wire::Finished { seconds: f64::NAN, ..good.clone() },
            wire::Finished { seconds: -1.0, ..good.clone() },
            wire::Finished { model: vec![0; 31].into(), ..good.clone() },
            wire::Finished {
                settled: Some(wire::Settled { fee: vec![1; 17].into(), ..Default::default() }),
                ..good.clone()
            },
        ];
        for bad in bad {
            assert!(Portions::default().finished(bad).is_err());
        }
        assert!(Portions::default().finished(good).is_ok());
        assert!(step(wire::Step::default(), 0).is_err());
        assert!(explained(wire::ExplainResponse::default()).is_err());
    }

    #[test]
    fn who_computes_arrives_whether_they_are_elected_or_have_a_model() {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        for parties in [
            Chosen::Elected { hostile_majority: 0.0 },
            Chosen::Keepers { model: Hash([3; 32]), names },
        ] {
            let explained = Explained {
                job: "job".into(),
                engine: Engine::Malicious,
                layout: Layout::Pooled,
                shares: vec![Shared { input: "a".into(), formulas: vec!["x".into()] }],
                results: vec![("auc".into(), None), ("sum".into(), Some(0.5))],
                algorithms: vec!["evaluation".into()],
                rows: 9,
                rounds: 3,
                checks: 4,
                sent: [1, 2, 3].map(Bytes),
                memory: [4, 5, 6].map(Bytes),
                keeps: true,
                parties,
            };
            assert_eq!(super::explained(told::explained(explained.clone())), Ok(explained));
        }
    }

    #[test]
    fn a_failure_arrives_with_its_class_its_lines_and_a_contracts_words() {
        let refusal = Refusal { code: 313_006, reason: "no".into() };
        for class in [
            Class::Usage,
            Class::File,
            Class::Unreachable,
            Class::TimedOut,
            Class::Refused,
            Class::Failed,
            Class::Reverted,
            Class::Internal,
        ] {
            let reason = |text: &str| Reason { text: text.into(), field: Some("x".into()) };
            let error = Error::all(class, vec![reason("one"), reason("two")]);
            let error = Error { refusal: Some(refusal.clone()), ..error };
            assert_eq!(failure(told::failure(&error)), error);
            assert_eq!(failed(&told::status(&error)), error);
        }
        let plain = failed(&Status::unavailable("gone"));
        assert_eq!((plain.class, plain.to_string().as_str()), (Class::Unreachable, "gone"));
    }

    #[test]
    fn steps_arrive_as_they_were_taken() {
        let text = || "round 1 of 2".to_owned();
        let (number, done, sent) = (7, 950, 1 << 40);
        for taken in [
            Step::Asking,
            Step::Declaring { terms: Hash([3; 32]) },
            Step::Agreeing { number },
            Step::Electing { number },
            Step::Seating { parties: vec!["a".into(), "b".into()] },
            Step::Matching { what: text(), done, sent },
            Step::Contributing,
            Step::Working { what: text(), done, sent },
            Step::Settling { number },
            Step::Following { number },
        ] {
            assert_eq!(step(told::step(&taken), number), Ok(taken));
        }
    }

    proptest! {
        #[test]
        fn amounts_are_heard_as_they_are_told(von in any::<u128>()) {
            let told = told::amount(von);
            prop_assert!(told.first() != Some(&0));
            prop_assert_eq!(amount(&told).unwrap(), von);
        }

        #[test]
        fn no_detail_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let status = Status::with_details(Code::Aborted, "x", bytes.into());
            let _ = failed(&status);
        }
    }
}
