//! Evidence that this node has seen: kept for as long as it is among the newest.

use crate::error::Error;
use crate::keep::Vault;
use std::collections::BTreeMap;
use troupe_consensus::{Evidence, Offence};
use troupe_storage::Entry;

/// So much evidence against validators is kept: of the latest views.
pub const MAX_EVIDENCE: usize = 256;

/// What evidence is of: the first byte of its record. Others will come with tasks.
const CONTRADICTION: u8 = 1;

impl Vault {
    /// Writes down that a validator contradicted itself. Durable when it returns.
    pub fn accuse(&mut self, evidence: &Evidence) -> Result<(), Error> {
        let encoded =
            evidence.encode().map_err(|reason| Error::Encoding { what: "evidence", reason })?;
        let record = [&[CONTRADICTION], &encoded[..]].concat();
        Ok(self.store.append(&[Entry::Evidence(&record)])?)
    }
}

/// Evidence of the latest views, one piece an offence.
#[derive(Debug, Default)]
pub(crate) struct Kept(BTreeMap<Offence, Evidence>);

impl Kept {
    /// Takes note of a record, if it can be read.
    pub(crate) fn add(&mut self, record: &[u8]) {
        let Some(one) = read(record) else { return };
        self.0.entry(one.offence()).or_insert(one);
        if self.0.len() > MAX_EVIDENCE {
            self.0.pop_first();
        }
    }

    /// Whether a record has to stay in the log. What cannot be read stays for whoever can.
    pub(crate) fn needs(&self, record: &[u8]) -> bool {
        read(record).is_none_or(|one| self.0.get(&one.offence()) == Some(&one))
    }

    /// All of it, the earliest first.
    pub(crate) fn into_vec(self) -> Vec<Evidence> {
        self.0.into_values().collect()
    }
}

fn read(record: &[u8]) -> Option<Evidence> {
    let (kind, encoded) = record.split_first()?;
    if *kind == CONTRADICTION { Evidence::decode(encoded).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_consensus::{Kind, Place, Signature, Statement};
    use troupe_types::{Hash, Height};

    fn record(view: u64, signature: u8) -> Vec<u8> {
        let proposal = |hash| Statement {
            kind: Kind::Proposal,
            place: Place::new(2, view),
            height: Height(9),
            index: 1,
            hash: Hash([hash; 32]),
            certified: None,
        };
        let signature = Signature([signature; 96]);
        let evidence = Evidence::new(1, (proposal(3), signature), (proposal(4), signature));
        [vec![CONTRADICTION], evidence.unwrap().encode().unwrap()].concat()
    }

    #[test]
    fn the_log_lets_go_of_what_is_not_among_the_latest_or_there_twice() {
        let mut kept = Kept::default();
        for view in 0..300 {
            kept.add(&record(view, 1));
        }
        kept.add(&record(299, 2));
        assert!(!kept.needs(&record(43, 1)));
        assert!(kept.needs(&record(44, 1)));
        assert!(kept.needs(&record(299, 1)));
        assert!(!kept.needs(&record(299, 2)), "another proof of one offence");
        assert_eq!(kept.into_vec().len(), MAX_EVIDENCE);
    }

    #[test]
    fn a_record_of_another_kind_stays_and_counts_for_nothing() {
        let mut kept = Kept::default();
        for other in [&[][..], &[2, 7, 7], &[CONTRADICTION], &[CONTRADICTION, 0]] {
            kept.add(other);
            assert!(kept.needs(other));
        }
        assert!(kept.into_vec().is_empty());
    }
}
