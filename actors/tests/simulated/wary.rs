//! Whom nodes do not follow: senders and owners that would choose the parties, or take their bonds.

use crate::chain::{consent, contribute, declared, prepare};
use crate::common::{CLINIC, COMPUTE, LAB};
use troupe_types::Millis;

#[test]
fn nobody_gets_a_seat_without_a_draw_by_a_data_set_of_its_own() {
    let (mut world, task, story) = declared(1);
    story.lock().unwrap().has_own_party = true;
    let why = "another owner's data set wants its own node among the parties";
    assert_eq!(consent(&mut world, CLINIC, &task), why);
    story.lock().unwrap().has_own_party = false;
    // The chain would draw by the policies of data sets that are not in the terms.
    story.lock().unwrap().besides = vec![LAB];
    assert_eq!(
        consent(&mut world, CLINIC, &task),
        "the chain says something else of its data sets"
    );
    assert!(story.lock().unwrap().agreed.is_empty());
    story.lock().unwrap().besides.clear();
    assert_eq!(consent(&mut world, CLINIC, &task), "");
}

#[test]
fn nobody_agrees_to_a_task_that_leaves_its_parties_too_little_time() {
    let (mut world, task, story) = declared(5);
    let least = task.within.total().0 + 60_000;
    let set = |compute: u64| story.lock().unwrap().compute = Some(compute);
    set(least - 1);
    let why = format!(
        "on the chain there are {} for computing, the task wants {} at least",
        Millis(least - 1),
        Millis(least)
    );
    assert_eq!(consent(&mut world, CLINIC, &task), why);
    assert!(story.lock().unwrap().agreed.is_empty());
    set(least);
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(&mut world, owner, &task), "");
    }
    set(1);
    let why = format!(
        "on the chain there are {} for computing, the task wants {} at least",
        Millis(1),
        Millis(least)
    );
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), why);
    assert!(story.lock().unwrap().seated.is_empty(), "its bond is not at stake");
    set(least);
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
}

#[test]
fn an_owner_lets_no_parties_start_of_which_more_were_passed_over_than_its_policy_allows() {
    for (replaced, allowed) in [(1, true), (2, false)] {
        let (mut world, task, story) = declared(6);
        for owner in [CLINIC, LAB] {
            assert_eq!(consent(&mut world, owner, &task), "");
        }
        for party in COMPUTE {
            assert_eq!(prepare(&mut world, party, &task), "");
        }
        story.lock().unwrap().replaced = replaced;
        let why = contribute(&mut world, CLINIC, &task);
        let is_refused = why.contains("took the place of others that were elected");
        assert_eq!((why.is_empty(), is_refused), (allowed, !allowed), "{why}");
        assert_eq!(story.lock().unwrap().started.len(), usize::from(allowed));
    }
}
