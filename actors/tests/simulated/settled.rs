//! What data owners and compute parties do for a task on a chain.

use crate::chain::{CHAIN, NUMBER, agreed, consent, contribute, declared, declared_as, prepare};
use crate::common::{CLINIC, COMPUTE, LAB, assert_exact, key, run, task};
use crate::matched::stage;
use troupe_learning::Task;
use troupe_learning::message::Stage;
use troupe_market::algorithm;
use troupe_market::duty::Say;
use troupe_market::statement::Place;
use troupe_market::task::{End, Phase, Posting};
use troupe_runtime::records;
use troupe_runtime::sim::{World, node_id};
use troupe_types::Millis;

#[test]
fn a_task_is_agreed_to_computed_and_all_parties_say_the_same() {
    for seed in 0..5 {
        let (mut world, task, story) = declared(seed);
        agreed(&mut world, &task);
        assert_exact(&task, &run(&mut world, task.clone()).unwrap());
        world.run_for(Millis::secs(2));
        let story = story.lock().unwrap();
        let said = &story.said;
        let postings: Vec<Posting> = said
            .iter()
            .map(|(_, say)| match say {
                Say::Done(posting) => *posting,
                Say::GivesUp(_) => panic!("{said:?}"),
            })
            .collect();
        assert_eq!(postings.len(), 3, "{said:?}");
        assert!(postings.iter().all(|one| one.result == postings[0].result));
        assert!(postings.iter().all(|one| one.transcript == postings[0].transcript));
        let terms = task.terms().unwrap();
        assert_eq!(story.held.len(), 3);
        for (by, held) in &story.held {
            assert_eq!(held.len(), 8, "four statements of each of the others");
            for one in held {
                let seat = usize::from(one.seat);
                let (who, place) =
                    (COMPUTE[seat], Place { chain_id: CHAIN, task: NUMBER, terms, seat: one.seat });
                one.statement.verify(&place, &key(who), &one.signature).unwrap();
                assert_ne!(*by, who);
                let (_, Say::Done(posting)) = said.iter().find(|(it, _)| *it == who).unwrap()
                else {
                    panic!("{said:?}")
                };
                assert!(!posting.contradicts(seat, &one.statement));
                let lie = Posting {
                    result: troupe_types::Hash([1; 32]),
                    transcript: troupe_types::Hash([2; 32]),
                    output: troupe_types::Hash([3; 32]),
                    pairs: [troupe_types::Hash([4; 32]); 2],
                };
                assert!(lie.contradicts(seat, &one.statement), "nobody can take it back");
            }
        }
    }
}

#[test]
fn what_the_chain_does_not_say_is_not_agreed_to() {
    let (mut world, task, story) = declared(1);
    let other = Task { chain: CHAIN + 1, ..task.clone() };
    assert_eq!(consent(&mut world, CLINIC, &other), "the task is of chain 8, this is chain 7");
    let other = Task { number: NUMBER + 1, ..task.clone() };
    assert_eq!(consent(&mut world, CLINIC, &other), "there is no task 4 on the chain");
    let other = Task { number: 0, ..task.clone() };
    let refused = "this node takes part only in what its chain settles";
    assert_eq!(consent(&mut world, CLINIC, &other), refused);
    assert_eq!(contribute(&mut world, CLINIC, &other), refused);
    assert_eq!(
        prepare(&mut world, COMPUTE[0], &other),
        "this node computes only what its chain settles"
    );
    let mut longer = task;
    longer.within.computing = Millis::secs(7);
    assert_eq!(consent(&mut world, CLINIC, &longer), "the chain says something else of its terms");
    assert!(story.lock().unwrap().agreed.is_empty());
}

#[test]
fn a_seat_is_taken_and_a_start_allowed_in_its_phase_and_by_the_elected_alone() {
    let (mut world, task, story) = declared(2);
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "on the chain it is in phase 1");
    agreed(&mut world, &task);
    assert_eq!(contribute(&mut world, CLINIC, &task), "on the chain it is in phase 3");
    // The seats in another order are other parties.
    let mut turned = task.clone();
    turned.parties.rotate_left(1);
    assert_eq!(
        prepare(&mut world, COMPUTE[0], &turned),
        "the chain says something else of its parties"
    );
    assert!(story.lock().unwrap().seated.is_empty());
    for party in COMPUTE {
        assert_eq!(prepare(&mut world, party, &task), "");
    }
    assert_eq!(
        contribute(&mut world, CLINIC, &turned),
        "the chain says something else of its parties"
    );
    assert!(story.lock().unwrap().started.is_empty());
}

#[test]
fn a_party_that_is_replaced_before_the_start_makes_room_for_the_same_task_with_others() {
    let (mut world, task, story) = declared(3);
    agreed(&mut world, &task);
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
    let mut turned = task.clone();
    turned.parties.rotate_left(1);
    story.lock().unwrap().elected.rotate_left(1);
    story.lock().unwrap().seated.clear();
    assert_exact(&turned, &run(&mut world, turned.clone()).unwrap());
    world.run_for(Millis::secs(2));
    let said = story.lock().unwrap().said.clone();
    assert!(said.iter().all(|(_, say)| matches!(say, Say::Done(_))), "{said:?}");
}

#[test]
fn whose_owners_never_share_is_given_up_without_blaming_a_party() {
    let (mut world, task, story) = declared(4);
    agreed(&mut world, &task);
    for party in COMPUTE {
        assert_eq!(prepare(&mut world, party, &task), "");
    }
    // Before the chain says so nobody's time runs, however long that takes.
    world.run_for(Millis::secs(60));
    assert!(story.lock().unwrap().said.is_empty());
    let mut begun = story.lock().unwrap();
    (begun.phase, begun.started) = (Phase::Compute as u8, vec![CLINIC, LAB]);
    drop(begun);
    world.run_for(Millis::secs(30));
    let said = story.lock().unwrap().said.clone();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().all(|(_, say)| *say == Say::GivesUp(None)), "{said:?}");
}

#[test]
fn a_use_of_which_nothing_came_because_another_owner_never_started_counts_no_longer() {
    let (mut world, task, story) = declared(4);
    agreed(&mut world, &task);
    for party in COMPUTE {
        assert_eq!(prepare(&mut world, party, &task), "");
    }
    assert_eq!(contribute(&mut world, CLINIC, &task), "");
    let noted = |world: &World| records(&world.disk(CLINIC).contents("uses")).0.len();
    assert_eq!(noted(&world), 1);
    let mut late = story.lock().unwrap();
    (late.phase, late.declined) = (Phase::Ended as u8, vec![(LAB, End::NotStarted)]);
    drop(late);
    world.run_for(Millis::secs(5));
    assert_eq!(noted(&world), 2, "that it does not count");
    assert!(story.lock().unwrap().said.is_empty());
}

#[test]
fn a_party_that_signed_something_else_before_signs_nothing_and_nothing_is_revealed() {
    let (mut world, task, story) = declared(6);
    agreed(&mut world, &task);
    story.lock().unwrap().unsigned.push(COMPUTE[1]);
    assert!(run(&mut world, task).is_err());
    world.run_for(Millis::secs(30));
    let story = story.lock().unwrap();
    assert_eq!(story.said.len(), 3, "{:?}", story.said);
    for (party, say) in &story.said {
        let blamed = (*party != COMPUTE[1]).then_some(1);
        assert_eq!(*say, Say::GivesUp(blamed), "{party}");
    }
    assert!(story.held.is_empty());
}

#[test]
fn an_owner_whose_policy_forbids_the_start_ends_the_task_at_once_and_seats_are_given_back() {
    let text = format!(
        r#"{{ requesters = ["*"], allow = ["statistics"], excluded = ["{}"] }}"#,
        node_id(COMPUTE[1])
    );
    let statistics = algorithm::bit(algorithm::STATISTICS);
    let (mut world, task, story) = declared_as(5, text.leak(), task(1), statistics);
    agreed(&mut world, &task);
    // The chain hears of two of them later.
    story.lock().unwrap().unheard = COMPUTE[1..].to_vec();
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
    // Before its parties are there nothing is about to start, whatever is asked.
    assert_eq!(contribute(&mut world, CLINIC, &task), "on the chain it is in phase 3");
    world.run_for(Millis::secs(8));
    assert!(story.lock().unwrap().declined.is_empty());
    let mut heard = story.lock().unwrap();
    (heard.unheard, heard.seated, heard.phase) = (vec![], COMPUTE.to_vec(), Phase::Start as u8);
    drop(heard);
    assert!(contribute(&mut world, CLINIC, &task).contains("does not let"));
    world.run_for(Millis::secs(1));
    let told = story.lock().unwrap();
    assert_eq!(told.declined, [(CLINIC, End::Forbidden)]);
    assert!(told.started.is_empty());
    drop(told);
    for party in COMPUTE {
        let stage = stage(&mut world, party, 1);
        assert!(matches!(stage, Stage::Failed(_)), "{stage:?}");
    }
}
