//! A job of kind `psi`: what rows of two owners have in common.

use super::predict::unknown;
use super::{DEADLINE, JobInput, NAME, check_matched, inputs};
use crate::error::Problem;
use crate::name::Name;
use crate::section::Section;
use crate::setting::{Choice, Field, Setting, Word};
use std::borrow::Cow;
use troupe_types::Millis;

/// A matching as a person asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchJob {
    /// What people call it.
    pub name: String,
    /// How long it may take from its start.
    pub deadline: Millis,
    /// The two owners' data sets, with their keys.
    pub inputs: Vec<JobInput>,
    /// What is learned.
    pub learn: Learn,
    /// Who learns it: inputs by their index.
    pub receivers: Vec<usize>,
    /// Who gets it.
    pub deliver: Deliver,
}

/// What is learned of common rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Learn {
    /// How many there are.
    Count,
    /// Which they are; by both owners in one order.
    Rows,
}

/// Who gets what receivers learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deliver {
    /// It stays with them.
    Kept,
    /// Whoever runs the job has it as well.
    Returned,
}

impl Choice for Learn {
    const WANT: &'static str = "\"count\" or \"rows\"";
    const ALL: &'static [(&'static str, Self)] = &[("count", Self::Count), ("rows", Self::Rows)];
}

impl Choice for Deliver {
    const WANT: &'static str = "\"kept\" or \"returned\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("kept", Self::Kept), ("returned", Self::Returned)];
}

const LEARN: Setting<Word<Learn>> = Setting {
    key: "learn",
    default: Word(Learn::Count),
    range: None,
    why: "How many rows are common, or which; nothing else is learned.",
};
const DELIVER: Setting<Word<Deliver>> = Setting {
    key: "deliver",
    default: Word(Deliver::Kept),
    range: None,
    why: "What receivers learned stays with them, or is shown to whoever runs the job as well.",
};
const RECEIVERS: Field = Field { key: "receivers", why: "The inputs whose owners learn it." };

impl MatchJob {
    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Cow<'static, str>>(&NAME);
        let deadline = section.get(&DEADLINE);
        let (learn, deliver) = (section.get(&LEARN).0, section.get(&DELIVER).0);
        let inputs = inputs(section);
        check_matched(section, &inputs.iter().collect::<Vec<_>>());
        let mut receivers = Vec::new();
        for named in section.values::<Name>(&RECEIVERS) {
            match inputs.iter().position(|input| input.name == named) {
                Some(place) => receivers.push(place),
                None => section.fault(RECEIVERS.key, unknown(&named, &inputs)),
            }
        }
        if receivers.is_empty() {
            section.fault(RECEIVERS.key, Problem::Missing { want: "at least one input" });
        }
        receivers.sort_unstable();
        Some(Self { name: name?.into_owned(), deadline, inputs, learn, receivers, deliver })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Order;

    const GOOD: &str = include_str!("../../../examples/jobs/matching.toml");

    #[test]
    fn the_shipped_job_counts_what_two_owners_have_in_common() {
        let Order::Matching(job) = Order::load(GOOD).unwrap() else { panic!("another kind") };
        assert_eq!((job.learn, job.deliver), (Learn::Count, Deliver::Returned));
        assert_eq!(job.receivers, [0, 1]);
        assert_eq!(job.inputs[1].keys, ["sample"]);
    }

    #[test]
    fn mistakes_name_field_value_and_what_is_known() {
        for (old, new, want) in [
            ("kind      = \"psi\"", "kind = \"psy\"", "unknown value \"psy\", nearest is \"psi\""),
            (
                "[\"clinic\", \"lab\"]",
                "[\"clinik\"]",
                "unknown input \"clinik\", nearest is \"clinic\"",
            ),
            ("[\"clinic\", \"lab\"]", "[\"lab\", \"lab\"]", "\"lab\" is listed twice"),
            ("[\"clinic\", \"lab\"]", "[]", "receivers: missing, wants at least one input"),
            (
                "keys    = [\"sample\"]",
                "keys = []",
                "rows are matched by 0 keys of one input and 1 of the other",
            ),
        ] {
            let text = GOOD.replacen(old, new, 1);
            assert_ne!(text, GOOD, "{old}");
            let errors = Order::load(&text).unwrap_err().to_string();
            assert!(errors.contains(want), "{old} -> {new}: {errors}");
        }
    }
}
