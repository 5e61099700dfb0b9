//! Which logs a client wants.

use crate::arguments::Argument;
use crate::error::Error;
use alloy_primitives::{Bloom, BloomInput, Log};
use troupe_chain::search::Mark;
use troupe_types::{Address, Hash};

/// The most addresses, and the most topics of one place.
const MAX_CHOICES: usize = 1_000;
/// The most topics that a log has. Yellow paper: LOG4 is the last.
const MAX_TOPICS: usize = 4;

/// Which logs a client wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one of these; of anybody where there is none.
    pub addresses: Vec<Address>,
    /// With one of these at each place; with any where there is none.
    pub topics: Vec<Vec<Hash>>,
}

impl Filter {
    /// Refuses one of more addresses, places or topics than are looked for.
    pub fn check(&self) -> Result<(), Error> {
        let places = self.topics.iter().map(|choice| ("topics", choice.len(), MAX_CHOICES));
        let counts = [
            ("address", self.addresses.len(), MAX_CHOICES),
            ("topics", self.topics.len(), MAX_TOPICS),
        ];
        for (name, got, limit) in counts.into_iter().chain(places) {
            if got > limit {
                let reason = format!("has {got} items, limit {limit}");
                return Err(Error::Argument { name, reason });
            }
        }
        Ok(())
    }

    /// Reads `address` and `topics` of an object.
    pub(crate) fn read(object: &Argument) -> Result<Self, Error> {
        let mut filter = Self::default();
        if let Some(address) = object.field("address") {
            for item in choices(address)? {
                filter.addresses.push(item.address()?);
            }
        }
        if let Some(topics) = object.field("topics") {
            for place in topics.list(MAX_TOPICS)? {
                let mut choice = Vec::new();
                for item in choices(place)? {
                    choice.push(item.hash()?);
                }
                filter.topics.push(choice);
            }
        }
        Ok(filter)
    }

    /// Whether a log is wanted.
    pub(crate) fn is_match(&self, log: &Log) -> bool {
        let is_of = |address: &Address| address.0 == log.address.into_array();
        if !self.addresses.is_empty() && !self.addresses.iter().any(is_of) {
            return false;
        }
        if self.topics.len() > log.topics().len() {
            return false;
        }
        self.topics.iter().zip(log.topics()).all(|(choice, topic)| {
            choice.is_empty() || choice.iter().any(|wanted| wanted.0 == topic.0)
        })
    }

    /// The marks of blocks that can have a log that is wanted: of each list, one.
    pub(crate) fn marks(&self) -> Vec<Vec<Mark>> {
        let addresses = self.addresses.iter().map(Mark::emitter).collect();
        let mut every: Vec<Vec<Mark>> = vec![addresses];
        every.extend(
            (0..).zip(&self.topics).map(|(place, choice)| {
                choice.iter().map(|topic| Mark::topic(place, topic)).collect()
            }),
        );
        every.retain(|any| !any.is_empty());
        every
    }

    /// Whether a block with this bloom can have a log that is wanted.
    pub(crate) fn may_match(&self, bloom: &Bloom) -> bool {
        let has = |bytes: &[u8]| bloom.contains_input(BloomInput::Raw(bytes));
        if !self.addresses.is_empty() && !self.addresses.iter().any(|address| has(&address.0)) {
            return false;
        }
        self.topics
            .iter()
            .all(|choice| choice.is_empty() || choice.iter().any(|topic| has(&topic.0)))
    }
}

/// One, or a list of some; null is for any.
fn choices(one_or_some: Argument) -> Result<Vec<Argument>, Error> {
    if one_or_some.is_null() {
        return Ok(Vec::new());
    }
    if one_or_some.is_list() {
        return one_or_some.list(MAX_CHOICES);
    }
    Ok(vec![one_or_some])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use alloy_primitives::LogData;
    use proptest::prelude::*;
    use troupe_chain::block::Receipt;
    use troupe_chain::transaction::Kind;
    use troupe_types::Gas;

    fn log(address: u8, topics: &[u8]) -> Log {
        let topics = topics.iter().map(|topic| [*topic; 32].into()).collect();
        let data = LogData::new_unchecked(topics, Vec::new().into());
        Log { address: [address; 20].into(), data }
    }

    fn receipt(log: Log) -> Receipt {
        Receipt {
            kind: Kind::Legacy,
            is_success: true,
            cumulative_gas: Gas(1),
            logs: vec![log],
            effective_price: 1,
            contract: None,
        }
    }

    fn filter(addresses: &[u8], topics: &[&[u8]]) -> Filter {
        let one = |topic: &u8| Hash([*topic; 32]);
        Filter {
            addresses: addresses.iter().map(|address| Address([*address; 20])).collect(),
            topics: topics.iter().map(|choice| choice.iter().map(one).collect()).collect(),
        }
    }

    proptest! {
        #[test]
        fn neither_bloom_nor_marks_hide_a_wanted_log(
            address in 0u8..4, topics in proptest::collection::vec(0u8..4, 0..5),
            addresses in proptest::collection::vec(0u8..4, 0..3),
            wanted in proptest::collection::vec(proptest::collection::vec(0u8..4, 0..3), 0..5),
        ) {
            let log = log(address, &topics);
            let wanted: Vec<&[u8]> = wanted.iter().map(Vec::as_slice).collect();
            let filter = filter(&addresses, &wanted);
            let bloom = alloy_primitives::logs_bloom([&log]);
            prop_assert!(!filter.is_match(&log) || filter.may_match(&bloom));
            let marks = troupe_chain::search::logged(&[receipt(log.clone())]);
            let is_marked = filter.marks().iter().all(|any| any.iter().any(|it| marks.contains(it)));
            prop_assert!(!filter.is_match(&log) || is_marked);
        }
    }

    #[test]
    fn a_filter_of_too_many_choices_is_refused() {
        let many = [1; MAX_CHOICES + 1];
        assert!(filter(&many[1..], &[&many[1..], &[], &[], &[]]).check().is_ok());
        let place: &[u8] = &[];
        for wrong in [filter(&many, &[]), filter(&[], &[&many]), filter(&[], &[place; 5])] {
            assert!(matches!(wrong.check(), Err(Error::Argument { .. })));
        }
    }

    #[test]
    fn topics_are_matched_place_by_place() {
        assert!(filter(&[], &[]).is_match(&log(1, &[])));
        assert!(filter(&[1, 2], &[&[], &[5, 6]]).is_match(&log(2, &[9, 6, 7])));
        assert!(!filter(&[1, 2], &[&[], &[5, 6]]).is_match(&log(3, &[9, 6])));
        assert!(!filter(&[], &[&[6]]).is_match(&log(3, &[9, 6])));
        assert!(!filter(&[], &[&[], &[]]).is_match(&log(3, &[9])));
    }

    #[test]
    fn a_filter_is_read_in_all_of_its_forms() {
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        let address = "03".repeat(20);
        let text = format!(
            r#"[{{"address":"0x{address}","topics":[null,"0x{one}",["0x{one}","0x{two}"]]}}]"#
        );
        let object = Arguments::read(Some(&text), 1).unwrap().required("filter").unwrap();
        assert_eq!(Filter::read(&object).unwrap(), filter(&[3], &[&[], &[1], &[1, 2]]));
        let text = r#"[{"topics":[null,null,null,null,null]}]"#;
        let object = Arguments::read(Some(text), 1).unwrap().required("filter").unwrap();
        assert!(Filter::read(&object).is_err());
    }
}
