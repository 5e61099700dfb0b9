//! A sender that does not tell all of the elected of its task, and owners that hand it to them.

use crate::chain::{NUMBER, Shared, WAIT, agreed, consent, declared, declared_with, prepare};
use crate::common::{BOOTSTRAP, CLINIC, COMPUTE, LAB, RECEIVER, assert_exact, run};
use crate::matched::stage;
use futures_util::future::join_all;
use troupe_learning::Task;
use troupe_learning::message::{Abandon, Accepted, Prepare, Stage};
use troupe_market::duty::Say;
use troupe_market::task::Phase;
use troupe_runtime::Node;
use troupe_runtime::sim::{World, node_id};
use troupe_types::{Millis, SessionId};
use troupe_wire::Text;

/// Longer than owners leave to whoever asks.
const LATER: Millis = Millis::secs(15);

/// As an owner knows it.
fn bare(task: &Task) -> Task {
    let mut task = task.clone();
    task.parties.iter_mut().for_each(|seat| seat.address = Text::default());
    task
}

/// Some node hands a task to a party.
fn hand(world: &mut World, (from, to): (usize, usize), task: &Task) -> String {
    let task = task.clone();
    let handed = move |node: Node| async move {
        let link = node.remote::<Prepare>(node_id(to)).unwrap();
        link.ask(Prepare(task)).within(WAIT).await.unwrap()
    };
    match world.call(from, Millis::secs(9), handed).unwrap() {
        Accepted::Yes => String::new(),
        Accepted::No(reason) => reason.to_string(),
    }
}

fn seated(story: &Shared) -> Vec<usize> {
    let mut seated = story.lock().unwrap().seated.clone();
    seated.sort_unstable();
    seated
}

fn knows(world: &mut World, party: usize) -> bool {
    stage(world, party, 1) != Stage::Unknown
}

#[test]
fn a_sender_that_prepares_only_those_it_likes_has_all_the_elected_as_parties() {
    for (seed, liked) in (0..).zip([&COMPUTE[..0], &COMPUTE[..1], &COMPUTE[1..]]) {
        let (mut world, task, story) = declared(seed);
        agreed(&mut world, &task);
        for party in liked {
            assert_eq!(prepare(&mut world, *party, &task), "");
        }
        assert_eq!(seated(&story), *liked, "seed {seed}");
        world.run_for(LATER);
        assert_eq!(seated(&story), COMPUTE, "seed {seed}");
        assert_eq!(story.lock().unwrap().phase, Phase::Start as u8);
        // It may still say the rest, to all of them: then they compute, and each in one seat.
        assert_exact(&task, &run(&mut world, task.clone()).unwrap());
        world.run_for(Millis::secs(2));
        let said = story.lock().unwrap().said.clone();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said.iter().all(|(_, say)| matches!(say, Say::Done(_))), "{said:?}");
    }
}

#[test]
fn one_honest_owner_is_enough_and_it_hears_where_the_elected_are_from_the_directory() {
    let (mut world, task, story) =
        declared_with(4, |scenario| scenario.at(Millis::secs(6)).crash(LAB));
    agreed(&mut world, &task);
    assert!(world.now() < Millis::secs(6), "the other owner is there when it agrees");
    world.run_for(Millis::secs(20));
    assert_eq!(seated(&story), COMPUTE);
}

#[test]
fn a_party_that_whoever_asks_has_no_use_for_gives_up_and_loses_no_bond_by_silence() {
    let (mut world, task, story) = declared(5);
    agreed(&mut world, &task);
    world.run_for(LATER);
    assert_eq!(seated(&story), COMPUTE);
    let mut begun = story.lock().unwrap();
    (begun.phase, begun.started) = (Phase::Compute as u8, vec![CLINIC, LAB]);
    drop(begun);
    world.run_for(Millis::secs(2));
    let said = story.lock().unwrap().said.clone();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().all(|(_, say)| *say == Say::GivesUp(None)), "{said:?}");
    for party in COMPUTE {
        let Stage::Failed(why) = stage(&mut world, party, 1) else { panic!("it waits") };
        assert_eq!(&*why, "nobody said where its parties are");
    }
}

#[test]
fn whoever_hands_over_another_task_or_to_another_node_is_refused_and_nothing_is_kept() {
    let (mut world, task, story) = declared(6);
    let [first, second, third] = COMPUTE;
    assert_eq!(hand(&mut world, (CLINIC, first), &bare(&task)), "on the chain it is in phase 1");
    agreed(&mut world, &task);
    let refused = "the chain says something else of its terms";
    let mut longer = bare(&task);
    longer.within.computing = Millis::secs(7);
    assert_eq!(hand(&mut world, (CLINIC, first), &longer), refused);
    let another = Task { session: SessionId([2; 16]), ..bare(&task) };
    assert_eq!(hand(&mut world, (CLINIC, first), &another), refused);
    let nowhere = Task { number: NUMBER + 1, ..bare(&task) };
    assert_eq!(hand(&mut world, (LAB, first), &nowhere), "there is no task 4 on the chain");
    let unsettled = Task { number: 0, ..bare(&task) };
    let refused = "this node computes only what its chain settles";
    assert_eq!(hand(&mut world, (CLINIC, first), &unsettled), refused);
    // Whom the chain has not elected, whatever the task says.
    story.lock().unwrap().elected = vec![first, second, BOOTSTRAP];
    let refused = "the chain says something else of its parties";
    assert_eq!(hand(&mut world, (CLINIC, third), &bare(&task)), refused);
    let mut others = bare(&task);
    others.parties[2].id = node_id(BOOTSTRAP);
    assert_eq!(hand(&mut world, (CLINIC, third), &others), "no seat is this node's");
    story.lock().unwrap().elected = COMPUTE.to_vec();
    // Those who own nothing in it.
    let refused = "only the first receiver may prepare a session";
    assert_eq!(hand(&mut world, (BOOTSTRAP, first), &bare(&task)), refused);
    assert_eq!(hand(&mut world, (second, first), &bare(&task)), refused);
    assert!(COMPUTE.iter().all(|party| !knows(&mut world, *party)));
    assert!(story.lock().unwrap().seated.is_empty());
    // All of it changed nothing.
    assert_eq!(hand(&mut world, (CLINIC, first), &bare(&task)), "");
    assert_eq!(seated(&story), [first]);
    // Once all have accepted there is nothing for an owner to say.
    let mut all = story.lock().unwrap();
    (all.phase, all.seated) = (Phase::Start as u8, COMPUTE.to_vec());
    drop(all);
    let refused = "on the chain it is in phase 4";
    assert_eq!(hand(&mut world, (CLINIC, second), &bare(&task)), refused);
    assert_eq!(prepare(&mut world, second, &task), "", "but for whoever asks");
}

#[test]
fn all_hand_a_task_over_at_once_and_each_of_the_elected_has_one_seat() {
    for seed in 7..12 {
        let (mut world, task, story) = declared(seed);
        agreed(&mut world, &task);
        // An owner twice, before and after whoever asks has said where the parties are; nobody takes that back.
        for (from, handed) in [(CLINIC, bare(&task)), (RECEIVER, task.clone()), (LAB, bare(&task))]
        {
            let both = move |node: Node| async move {
                let asks = COMPUTE.into_iter().chain(COMPUTE).map(|party| {
                    let link = node.remote::<Prepare>(node_id(party)).unwrap();
                    let handed = handed.clone();
                    async move { link.ask(Prepare(handed)).await.unwrap() }
                });
                join_all(asks).await
            };
            let answers = world.call(from, Millis::secs(9), both).unwrap();
            let taken = answers.iter().filter(|answer| **answer == Accepted::Yes).count();
            assert!(taken >= 3, "seed {seed}: {answers:?}");
        }
        assert_eq!(seated(&story), COMPUTE);
        assert_eq!(story.lock().unwrap().able, 6, "once for an owner, once for whoever asks");
        assert_exact(&task, &run(&mut world, task.clone()).unwrap());
        assert_eq!(story.lock().unwrap().able, 6, "the same again is nothing new");
    }
}

#[test]
fn whoever_asks_cannot_have_a_party_give_up_before_the_chain_hears_that_it_has_its_seat() {
    for seed in 12..20 {
        let (mut world, task, story) = declared(seed);
        agreed(&mut world, &task);
        let begun = task.clone();
        let regret = move |node: Node| async move {
            let party = node_id(COMPUTE[0]);
            let (prepare, abandon) = (node.remote(party).unwrap(), node.remote(party).unwrap());
            let session = begun.session;
            let prepared = prepare.ask(Prepare(begun)).within(Millis::secs(5));
            let abandoned = async {
                for _ in 0..200 {
                    abandon.ask(Abandon(session)).await.unwrap();
                }
            };
            futures_util::future::join(prepared, abandoned).await.0
        };
        let answer = world.call(RECEIVER, Millis::secs(30), regret).unwrap();
        assert_eq!(answer, Ok(Accepted::Yes), "seed {seed}");
        world.run_for(LATER);
        assert_eq!(seated(&story), COMPUTE, "seed {seed}");
    }
}

#[test]
fn nothing_is_agreed_to_that_leaves_the_elected_no_time_to_hear_of_it() {
    let (mut world, task, story) = declared(20);
    let set = |accept: u64| story.lock().unwrap().accept = Some(accept);
    set(19_999);
    let why = "on the chain there are 19999ms for accepting, 20s is the least";
    assert_eq!(consent(&mut world, CLINIC, &task), why);
    assert!(story.lock().unwrap().agreed.is_empty());
    set(20_000);
    agreed(&mut world, &task);
    world.run_for(Millis::secs(10));
    assert_eq!(seated(&story), COMPUTE, "in half of the time");
}

#[test]
fn a_party_that_was_had_in_another_task_of_the_same_session_takes_its_seat_all_the_same() {
    let (mut world, task, story) = declared(21);
    agreed(&mut world, &task);
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
    // That one is over, and remembered for a while.
    let mut next = story.lock().unwrap();
    (next.number, next.phase, next.seated) = (NUMBER + 1, Phase::Accept as u8, vec![]);
    drop(next);
    world.run_for(Millis::secs(2));
    assert!(matches!(stage(&mut world, COMPUTE[0], 1), Stage::Failed(_)));
    let next = Task { number: NUMBER + 1, ..task.clone() };
    assert_eq!(hand(&mut world, (CLINIC, COMPUTE[0]), &bare(&next)), "");
    assert_eq!(prepare(&mut world, COMPUTE[0], &next), "");
    assert_eq!(seated(&story), [COMPUTE[0]]);
    assert_eq!(stage(&mut world, COMPUTE[0], 1), Stage::Inputs, "what is meant is not over");
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "this session is known already");
}
