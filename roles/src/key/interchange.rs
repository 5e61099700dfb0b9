//! What keys signed last, as JSON that a person can read before believing it.
//!
//! ```json
//! {
//!   "format": "troupe signing history",
//!   "version": 1,
//!   "genesis": "0x...",
//!   "keys": [
//!     { "vote_key": "0x...", "signed": [
//!       { "kind": "vote", "epoch": 3, "view": 17, "height": 411, "index": 2, "digest": "0x..." }
//!     ] }
//!   ]
//! }
//! ```
//!
//! One entry a kind, the latest. As with EIP-3076, whoever reads it signs nothing that is not later.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use troupe_consensus::{History, Kind, Mark, Place, PublicKey};
use troupe_crypto::bls;
use troupe_types::{Hash, Height};

/// A longer text is not read: more than any number of keys that one machine votes with.
pub(super) const MAX_TEXT: usize = 1 << 20;

const FORMAT: &str = "troupe signing history";
const VERSION: u32 = 1;

/// Why a text is no history.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("{got} bytes exceed {MAX_TEXT}")]
    Long { got: usize },
    #[error("{0}")]
    Json(String),
    #[error("format is {got:?}, wants {FORMAT:?}")]
    Format { got: String },
    #[error("version {got}, known is {VERSION}")]
    Version { got: u32 },
    #[error("{field}: {reason}")]
    Field { field: &'static str, reason: String },
    #[error("{0} is there twice")]
    Twice(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    version: u32,
    genesis: String,
    keys: Vec<OfKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfKey {
    vote_key: String,
    signed: Vec<Signed>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    kind: KindName,
    epoch: u64,
    view: u64,
    height: u64,
    index: u32,
    digest: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Proposal,
    Vote,
    ViewChange,
}

impl From<Kind> for KindName {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Proposal => Self::Proposal,
            Kind::Vote => Self::Vote,
            Kind::ViewChange => Self::ViewChange,
        }
    }
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Proposal => Self::Proposal,
            KindName::Vote => Self::Vote,
            KindName::ViewChange => Self::ViewChange,
        }
    }
}

fn digits(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A history as JSON.
pub(super) fn write(history: &History, genesis: &Hash) -> Value {
    let mut keys: Vec<OfKey> = Vec::new();
    for (key, mark) in history.iter() {
        let Mark { place, index, height, kind, digest } = mark;
        let signed = Signed {
            kind: kind.into(),
            epoch: place.epoch.0,
            view: place.view.0,
            height: height.0,
            index,
            digest: digits(&digest.0),
        };
        let vote_key = digits(&key.0);
        match keys.last_mut().filter(|last| last.vote_key == vote_key) {
            Some(last) => last.signed.push(signed),
            None => keys.push(OfKey { vote_key, signed: vec![signed] }),
        }
    }
    let format = FORMAT.to_owned();
    let document = Document { format, version: VERSION, genesis: digits(&genesis.0), keys };
    serde_json::to_value(document).expect("texts and numbers have a form in JSON")
}

/// Reads what [`write()`] wrote: of which chain, and what was signed on it.
pub(super) fn read(text: &str) -> Result<(Hash, History), Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::Long { got: text.len() });
    }
    let document: Document =
        serde_json::from_str(text).map_err(|error| Error::Json(error.to_string()))?;
    if document.format != FORMAT {
        return Err(Error::Format { got: document.format.chars().take(40).collect() });
    }
    if document.version != VERSION {
        return Err(Error::Version { got: document.version });
    }
    let genesis = hash("genesis", &document.genesis)?;
    let mut history = History::default();
    let mut seen: BTreeSet<(PublicKey, KindName)> = BTreeSet::new();
    for of in document.keys {
        let key: bls::PublicKey = of.vote_key.parse().map_err(|error| field("vote_key", error))?;
        let key = PublicKey(key.0);
        for signed in of.signed {
            if !seen.insert((key, signed.kind)) {
                return Err(Error::Twice(of.vote_key));
            }
            let mark = Mark {
                place: Place::new(signed.epoch, signed.view),
                index: signed.index,
                height: Height(signed.height),
                kind: signed.kind.into(),
                digest: hash("digest", &signed.digest)?,
            };
            history.note(key, mark);
        }
    }
    Ok((genesis, history))
}

fn hash(name: &'static str, text: &str) -> Result<Hash, Error> {
    text.parse().map_err(|error| field(name, error))
}

fn field(field: &'static str, error: impl std::fmt::Display) -> Error {
    Error::Field { field, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark() -> impl Strategy<Value = (u8, Mark)> {
        (0u8..3, 0usize..3, any::<[u64; 3]>(), any::<u32>(), any::<[u8; 32]>()).prop_map(
            |(key, kind, [epoch, view, height], index, digest)| {
                let (place, kind) = (Place::new(epoch, view), Kind::ALL[kind]);
                (key, Mark { place, index, height: Height(height), kind, digest: Hash(digest) })
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same_and_no_part_of_it_reads(
            marks in proptest::collection::vec(mark(), 0..12),
            genesis in any::<[u8; 32]>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut history = History::default();
            for (key, mark) in marks {
                history.note(PublicKey([key; 48]), mark);
            }
            let text = format!("{:#}", write(&history, &Hash(genesis)));
            prop_assert_eq!(read(&text), Ok((Hash(genesis), history)));
            prop_assert!(read(&text[..cut.index(text.len())]).is_err());
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            prop_assert!(read(&text).is_err());
        }
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let good = write(&History::default(), &Hash([1; 32]));
        let with = |key: &str, value: Value| {
            let mut changed = good.clone();
            changed[key] = value;
            read(&changed.to_string()).unwrap_err().to_string()
        };
        assert_eq!(with("version", 2.into()), "version 2, known is 1");
        let format = "format is \"x\", wants \"troupe signing history\"";
        assert_eq!(with("format", "x".into()), format);
        assert!(with("genesis", "0x12".into()).starts_with("genesis: "));
        assert!(with("more", 1.into()).contains("unknown field `more`"));
        let long = " ".repeat(MAX_TEXT + 1);
        assert_eq!(read(&long), Err(Error::Long { got: MAX_TEXT + 1 }));
        let signed = serde_json::json!({
            "kind": "vote", "epoch": 1, "view": 2, "height": 3, "index": 0,
            "digest": digits(&[1; 32]),
        });
        let twice = serde_json::json!([
            { "vote_key": digits(&[1; 48]), "signed": [signed.clone(), signed] }
        ]);
        assert!(with("keys", twice).ends_with("is there twice"));
    }
}
