//! Who may compute what on a data set.

use super::words::{Algorithm, Matching, Requester};
use crate::error::Problem;
use crate::job::Engine;
use crate::moment::Moment;
use crate::section::Section;
use crate::setting::{Choice, Field, Setting, Word};
use troupe_types::{NodeId, UnixMillis};

/// Who may compute what on a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Who may ask.
    pub requesters: Vec<Requester>,
    /// What may be computed on shares of it.
    pub allow: Vec<Algorithm>,
    /// What the compute parties may be trusted with; never empty.
    pub engines: Vec<Engine>,
    /// What may be learned by matching rows with those of another owner.
    pub matching: Vec<Matching>,
    /// What of it whoever asked may have as well; without a word it stays with the owners.
    pub returned: Vec<Matching>,
    /// With whose rows they may be matched.
    pub partners: Vec<Requester>,
    /// A computation over fewer rows is refused: it would tell too much about each.
    pub min_rows: u64,
    /// Nothing is shown that fewer rows are behind, but for the numbers of single rows that are allowed.
    pub min_group: u32,
    /// Compute parties that may take part; empty: any that is not excluded.
    pub parties: Vec<NodeId>,
    /// Compute parties that may not.
    pub excluded: Vec<NodeId>,
    /// How many of the elected parties may be others than those who were elected first.
    pub replaced: u32,
    /// Whether parties may be those of an earlier task, who apply what they kept of it.
    pub same_parties: bool,
    /// Nothing is computed from then on.
    pub until: Option<Moment>,
    /// The most computations that there will ever be.
    pub max_uses: Option<u64>,
}

const REQUESTERS: Field =
    Field { key: "requesters", why: "Nobody may ask who is not named here; \"*\" is everyone." };
const ALLOW: Field =
    Field { key: "allow", why: "Nothing is computed on shares that is not named here." };
const ENGINES: Field = Field {
    key: "engines",
    why: "Without a word only parties that are noticed when they cheat compute.",
};
const MATCHING: Field =
    Field { key: "matching", why: "Rows are matched with another owner's only to learn this." };
const RETURNED: Field =
    Field { key: "returned", why: "What matching shows leaves its owners only if named here." };
const PARTNERS: Field =
    Field { key: "partners", why: "Rows are matched with nobody's who is not named here." };
const PARTIES: Field =
    Field { key: "parties", why: "Only these compute; without names everybody not excluded may." };
const EXCLUDED: Field = Field { key: "excluded", why: "These never compute." };
const REPLACED: Setting<u32> = Setting {
    key: "replaced",
    default: 1,
    range: Some((0, 6)),
    why: "Whoever asks can pass over elected parties that it does not like: each time it sees one more.",
};
const SAME_PARTIES: Setting<bool> = Setting {
    key: "same_parties",
    default: false,
    range: None,
    why: "What parties kept only they apply: they were elected for another task, of which whoever asks can try many.",
};
const UNTIL: Field = Field { key: "until", why: "Nothing is computed from this moment on." };
const MAX_USES: Field =
    Field { key: "max_uses", why: "Every answer tells something; after so many there is no more." };
const MIN_ROWS: Setting<u64> = Setting {
    key: "min_rows",
    default: 20,
    range: Some((2, 1_000_000_000)),
    why: "A statistic over a few rows tells too much about each of them.",
};
const MIN_GROUP: Setting<u32> = Setting {
    key: "min_group",
    default: 20,
    range: Some((1, 1_000_000_000)),
    why: "A count or a sum of a small group of rows tells too much about each of them.",
};

impl Policy {
    /// Reads the table of a policy.
    pub fn read(section: &mut Section<'_>) -> Self {
        let policy = Self {
            requesters: people(section, &REQUESTERS),
            allow: words(section, &ALLOW),
            engines: engines(section),
            matching: words(section, &MATCHING),
            returned: words(section, &RETURNED),
            partners: people(section, &PARTNERS),
            min_rows: section.get(&MIN_ROWS),
            min_group: section.get(&MIN_GROUP),
            parties: section.values(&PARTIES),
            excluded: section.values(&EXCLUDED),
            replaced: section.get(&REPLACED),
            same_parties: section.get(&SAME_PARTIES),
            until: section.optional(&UNTIL),
            max_uses: section.optional(&MAX_USES),
        };
        if let Some(both) = policy.parties.iter().find(|node| policy.excluded.contains(node)) {
            let text = format!("{both} is one of the parties as well");
            section.fault(EXCLUDED.key, Problem::Conflict(text));
        }
        policy
    }

    /// Whether this may be computed on shares.
    #[must_use]
    pub fn permits(&self, algorithm: Algorithm) -> bool {
        self.allow.contains(&algorithm)
    }

    /// Whether parties trusted with this may compute.
    #[must_use]
    pub fn accepts(&self, engine: Engine) -> bool {
        self.engines.contains(&engine)
    }

    /// Whether this node may ask.
    #[must_use]
    pub fn admits(&self, node_id: &NodeId) -> bool {
        names(&self.requesters, node_id)
    }

    /// Whether rows may be matched with this node's.
    #[must_use]
    pub fn matches_with(&self, node_id: &NodeId) -> bool {
        names(&self.partners, node_id)
    }

    /// Whether this may be learned by matching.
    #[must_use]
    pub fn allows_matching(&self, matching: Matching) -> bool {
        self.matching.contains(&matching)
    }

    /// Whether whoever asked may have what this matching shows.
    #[must_use]
    pub fn returns(&self, matching: Matching) -> bool {
        self.returned.contains(&matching)
    }

    /// Whether this node may be a compute party.
    #[must_use]
    pub fn trusts(&self, node_id: &NodeId) -> bool {
        let is_named = self.parties.is_empty() || self.parties.contains(node_id);
        is_named && !self.excluded.contains(node_id)
    }

    /// Whether it has expired.
    #[must_use]
    pub fn is_over(&self, now: UnixMillis) -> bool {
        self.until.is_some_and(|until| until.0 <= now)
    }
}

fn engines(section: &mut Section<'_>) -> Vec<Engine> {
    let engines = words(section, &ENGINES);
    if !engines.is_empty() {
        return engines;
    }
    if section.has(ENGINES.key) {
        section.fault(ENGINES.key, Problem::Missing { want: "at least one engine" });
    }
    vec![Engine::Malicious]
}

fn people(section: &mut Section<'_>, field: &Field) -> Vec<Requester> {
    let people = section.values::<Requester>(field);
    if people.contains(&Requester::Anyone) && people.len() > 1 {
        let text = "\"*\" is everyone, the other names have no effect; remove them or \"*\"";
        section.fault(field.key, Problem::Conflict(text.to_owned()));
    }
    people
}

fn words<T: Choice + 'static>(section: &mut Section<'_>, field: &Field) -> Vec<T> {
    section.values::<Word<T>>(field).into_iter().map(|word| word.0).collect()
}

fn names(people: &[Requester], node_id: &NodeId) -> bool {
    people.iter().any(|requester| match requester {
        Requester::Anyone => true,
        Requester::Node(known) => known == node_id,
    })
}
