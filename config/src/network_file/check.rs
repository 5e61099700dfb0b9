//! What no single field can get wrong.

use super::document::NetworkFile;
use super::term::Term;
use crate::error::Problem;
use crate::section::Section;
use std::collections::BTreeSet;

/// The most validators of a set.
const MOST_VALIDATORS: usize = 100;
/// After the election block so many blocks of the last view may come before it is committed.
const COMMIT_MARGIN: u64 = 3;

/// Notes every contradiction as a mistake.
pub(super) fn check(file: &NetworkFile, section: &mut Section<'_>) {
    if file.base_fee < file.base_fee_floor {
        let (fee, floor) = (file.base_fee, file.base_fee_floor);
        let text = format!("{fee} von is below the base_fee_floor of {floor} von");
        section.fault("base_fee", Problem::Conflict(text));
    }
    if let Some(first) = file.terms.first().filter(|first| first.from.0 != 0) {
        let text = format!("the first term is from epoch 0, got {}", first.from);
        section.fault_at(&["term", "0", "from"], Problem::Conflict(text));
    }
    for (at, pair) in file.terms.windows(2).enumerate() {
        let (earlier, later) = (pair[0].from, pair[1].from);
        if earlier >= later {
            let text = format!("got {later}, the term before it is from {earlier}");
            let at = (at + 1).to_string();
            section.fault_at(&["term", &at, "from"], Problem::Conflict(text));
        }
    }
    if file.staking.is_some() && file.terms.len() > 1 {
        let text =
            "with [staking] there is one term: stakes elect all that come after it".to_owned();
        section.fault_at(&["term", "1"], Problem::Conflict(text));
    }
    for (at, term) in file.terms.iter().enumerate() {
        members(at, term, section);
        election(file, term, section);
    }
}

/// Nobody votes twice.
fn members(at: usize, term: &Term, section: &mut Section<'_>) {
    let (at, got) = (at.to_string(), term.validators.len());
    if got == 0 || got > MOST_VALIDATORS {
        let (least, most) = ("1".to_owned(), MOST_VALIDATORS.to_string());
        let problem = Problem::Range { got: format!("{got} validators"), least, most };
        section.fault_at(&["term", &at, "validator"], problem);
    }
    let (mut nodes, mut keys, mut words) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (index, validator) in term.validators.iter().enumerate() {
        let index = index.to_string();
        let path = |field| ["term", &at, "validator", &index, field];
        if !nodes.insert(validator.node_id) {
            let got = format!("node {}", validator.node_id.short());
            section.fault_at(&path("node_id"), Problem::Twice { got });
        }
        if !keys.insert(&validator.key) {
            let got = begin_of(&validator.key);
            section.fault_at(&path("key"), Problem::Twice { got });
        }
        if !words.insert(&validator.vrf) {
            let got = begin_of(&validator.vrf);
            section.fault_at(&path("vrf"), Problem::Twice { got });
        }
    }
}

/// The first digits of a key.
fn begin_of(key: &[u8]) -> String {
    let digits = super::digits::hex(key);
    format!("key {}", digits.chars().take(16).collect::<String>())
}

/// The next set is read from a block that must be committed before the epoch ends.
fn election(file: &NetworkFile, term: &Term, section: &mut Section<'_>) {
    let seats = file.staking.as_ref().map_or(u64::MAX, |staking| staking.seats.into());
    let count = u64::try_from(term.validators.len()).unwrap_or(u64::MAX).min(seats);
    // A view for each; one who is alone has as many as an election needs.
    let views = match count {
        1 => (file.election_distance / file.blocks_per_view.max(1)).saturating_add(1),
        count => count,
    };
    let blocks = file.blocks_per_view.saturating_mul(views);
    let least = file.blocks_per_view.saturating_add(COMMIT_MARGIN);
    let most = blocks.saturating_sub(1);
    if count > 0 && !(least..=most).contains(&file.election_distance) {
        let text = format!(
            "got {}, with {count} validators allowed is {least} (blocks_per_view and {COMMIT_MARGIN}) \
             to {most} (an epoch less one)",
            file.election_distance
        );
        section.fault("election_distance", Problem::Conflict(text));
    }
}
