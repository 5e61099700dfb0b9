//! Tasks on rows that two owners have in common, of which nobody learns which they are: owners count, parties find.

use crate::chain::{consent, contribute, declared_as};
use crate::common::{CLINIC, RECEIVER};
use crate::matched::{
    COMMON, WAIT, assert_exact, begun, join_both, joins, matched, results, seat_all,
};
use troupe_learning::task::Layout;
use troupe_learning::{Plan, Task};
use troupe_market::algorithm;

/// Owners that let their rows be counted, and not be told.
const COUNTED: &str =
    r#"{ requesters = ["*"], allow = ["statistics"], matching = ["count"], partners = ["*"] }"#;

fn joined(session: u8) -> Task {
    Task { layout: Layout::Joined, ..matched(session) }
}

#[test]
fn every_seed_gives_the_plain_result_of_the_rows_that_nobody_was_told() {
    for seed in 0..4 {
        let (mut world, task) = (begun(seed, COUNTED), joined(1));
        seat_all(&mut world, &task);
        assert_eq!(join_both(&mut world, &task), [Ok(COMMON), Ok(COMMON)], "seed {seed}");
        let found = results(&mut world, &task);
        assert_eq!(found.last(), Some(&f64::from(COMMON)), "the parties found as many");
        let plan = Plan::new(&task, Some(COMMON)).unwrap();
        let like = Plan::new(&Task { layout: Layout::Matched, ..task.clone() }, Some(COMMON));
        assert_eq!(plan.results().len(), like.unwrap().results().len() + 1);
        assert_exact(&task, &found);
        assert_eq!(contribute(&mut world, CLINIC, &task), "its rows were not matched here");
    }
}

#[test]
fn a_task_that_was_declared_to_show_owners_which_rows_are_common_is_another_one() {
    for other in [algorithm::STATISTICS, algorithm::ALIGNMENT] {
        let algorithms = algorithm::bit(algorithm::STATISTICS) | algorithm::bit(other);
        let (mut world, task, _) = declared_as(1, COUNTED, joined(1), algorithms);
        let refused = "the chain does not say that it does matching count";
        assert_eq!(consent(&mut world, CLINIC, &task), refused);
    }
}

#[test]
fn a_policy_that_lets_rows_be_told_and_not_counted_lets_none_be_joined() {
    let told = r#"{ requesters = ["*"], allow = ["statistics"], matching = ["aligned"],
        partners = ["*"] }"#;
    let mut world = begun(7, told);
    let asked = world.call(RECEIVER, WAIT, move |node| joins(node, CLINIC, joined(1)));
    let refused = "the policy of patients does not allow matching for count";
    assert_eq!(asked.unwrap(), Err(refused.to_owned()));
    // And the other way round.
    let mut world = begun(7, COUNTED);
    let asked = world.call(RECEIVER, WAIT, move |node| joins(node, CLINIC, matched(1)));
    let refused = "the policy of patients does not allow matching for aligned";
    assert_eq!(asked.unwrap(), Err(refused.to_owned()));
}
