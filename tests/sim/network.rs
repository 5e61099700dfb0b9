//! Messages in the simulated network meet what they meet in the real one.

use crate::kit::{Diary, Note, Ping};
use proptest::prelude::*;
use troupe_runtime::Node;
use troupe_runtime::sim::{Scenario, Span, Weather, World, node_id};
use troupe_tests::seeds;
use troupe_types::{Millis, NodeId};
use troupe_wire::CallError;

const fn ms(millis: u64) -> Millis {
    Millis(millis)
}
const fn secs(seconds: u64) -> Millis {
    Millis::secs(seconds)
}

/// So many nodes with recorders that write into one diary.
fn recorders(seed: u64, count: usize) -> (Scenario, Diary) {
    let diary = Diary::default();
    let kept = diary.clone();
    (Scenario::seed(seed).nodes(count).run_actors(move |stage| kept.keep(stage)), diary)
}

/// One ask from a node to another, with what came of it and how long that took.
fn ask(
    world: &mut World,
    from: usize,
    to: usize,
    within: Millis,
) -> (Result<u64, CallError>, Millis) {
    let (began, to) = (world.now(), node_id(to));
    let ask = move |node: Node| async move {
        node.remote::<Ping>(to).expect("a network").ask(Ping(7)).within(within).await
    };
    let outcome = world.call(from, secs(3_600), ask).expect("the asker lives");
    (outcome, world.now().since(began))
}

/// Tells numbers in a row.
fn tell(world: &mut World, from: usize, to: usize, numbers: std::ops::Range<u64>) {
    let to = node_id(to);
    let tell = move |node: Node| async move {
        let link = node.remote::<Note>(to).expect("a network");
        for number in numbers {
            link.tell(Note(number)).expect("taken");
        }
    };
    world.call(from, Millis::ZERO, tell).expect("the teller lives");
}

#[test]
fn an_ask_takes_its_way_there_and_back_and_the_first_one_a_handshake() {
    let (story, _) = recorders(1, 2);
    let one_way = Span::between(ms(10), ms(10));
    let mut world = story.weather(Weather { delay: one_way, ..Weather::hall() }).open();
    assert_eq!(ask(&mut world, 0, 1, secs(5)), (Ok(7), ms(40)));
    assert_eq!(ask(&mut world, 0, 1, secs(5)), (Ok(7), ms(20)));
    assert_eq!(ask(&mut world, 1, 0, secs(5)), (Ok(7), ms(20)), "both ends use one connection");
    assert_eq!(ask(&mut world, 0, 1, ms(19)), (Err(CallError::TimedOut), ms(19)));
}

#[test]
fn a_node_that_nobody_knows_is_not_here() {
    let (story, _) = recorders(1, 2);
    let mut world = story.open();
    assert_eq!(ask(&mut world, 0, 99, secs(5)).0, Err(CallError::NotHere));
    assert_eq!(ask(&mut world, 0, 0, secs(5)).0, Err(CallError::NotHere), "nobody dials itself");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn tells_of_a_lane_keep_their_order_in_any_weather(
        seed in any::<u64>(), lost in 0u64..300, count in 1u64..300,
    ) {
        let (story, diary) = recorders(seed, 2);
        let weather = Weather { delay: Span::micros(1, 50_000), lost, ..Weather::hall() };
        let mut world = story.weather(weather).open();
        tell(&mut world, 0, 1, 0..count);
        world.run_for(secs(60));
        let heard = diary.numbers(1);
        prop_assert!(heard.is_sorted(), "{heard:?}");
        // Nothing vanishes but by the end of a connection.
        if world.network().is_connected(0, 1) && world.counts().turns == 2 {
            prop_assert_eq!(heard.len() as u64, count);
        }
    }
}

#[test]
fn asks_overtake_each_other() {
    let overtaken = (1..=20).filter(|seed| {
        let (story, diary) = recorders(*seed, 2);
        let weather = Weather { delay: Span::micros(1, 50_000), ..Weather::hall() };
        let mut world = story.weather(weather).open();
        let asks = |node: Node| async move {
            let link = node.remote::<Ping>(node_id(1)).expect("a network");
            let asks: Vec<_> = (0..50).map(|number| link.ask(Ping(number))).collect();
            let waiting = asks.into_iter().map(|ask| tokio::task::spawn_local(ask));
            for ask in waiting.collect::<Vec<_>>() {
                assert!(ask.await.expect("no panic").is_ok());
            }
        };
        world.call(0, secs(30), asks).expect("answered");
        !diary.numbers(1).is_sorted()
    });
    assert_eq!(overtaken.count(), 20, "fifty streams in order would be a wonder");
}

#[test]
fn a_short_cut_holds_messages_up_and_loses_none() {
    let (story, diary) = recorders(2, 2);
    let mut world = story.at(secs(10)).partition([[0]]).heal_at(secs(12)).open();
    tell(&mut world, 0, 1, 0..10);
    world.run_for(secs(11));
    tell(&mut world, 0, 1, 10..20);
    world.run_for(ms(900));
    assert_eq!(diary.numbers(1), (0..10).collect::<Vec<_>>());
    world.run_for(secs(1));
    assert_eq!(diary.numbers(1), (0..20).collect::<Vec<_>>());
    assert!(diary.lines()[10].at >= secs(12));
}

#[test]
fn a_long_cut_ends_the_connection_and_a_heal_brings_it_back() {
    let (story, diary) = recorders(3, 2);
    let mut world = story.at(secs(10)).partition([[0]]).heal_at(secs(60)).open();
    assert_eq!(ask(&mut world, 0, 1, secs(20)).0, Ok(7));
    world.run_for(secs(11).since(world.now()));
    // Under way when the connection ends, three seconds after the cut: it may have run.
    let (outcome, took) = ask(&mut world, 0, 1, secs(20));
    assert_eq!((outcome, took), (Err(CallError::Lost), secs(2)));
    // Never sent: the dial takes five seconds to fail, and the next one has to wait.
    let (outcome, took) = ask(&mut world, 0, 1, secs(20));
    assert_eq!(outcome, Err(CallError::NotHere));
    assert!(took >= secs(5) && took <= ms(5_250), "{took}");
    let (outcome, took) = ask(&mut world, 0, 1, ms(1));
    assert_eq!((outcome, took), (Err(CallError::NotHere), Millis::ZERO));
    world.run_for(secs(61).since(world.now()));
    assert_eq!(ask(&mut world, 0, 1, secs(20)).0, Ok(7));
    assert_eq!(diary.numbers(1), [7, 7], "what was lost did not run later");
}

#[test]
fn a_one_way_cut_lets_the_other_way_pass_until_the_connection_ends() {
    let (story, diary) = recorders(4, 2);
    let mut world = story.at(secs(5)).cut([0], [1]).heal_at(secs(100)).open();
    assert_eq!(ask(&mut world, 0, 1, secs(20)).0, Ok(7));
    world.run_for(secs(6).since(world.now()));
    tell(&mut world, 1, 0, 0..5);
    tell(&mut world, 0, 1, 5..10);
    world.run_for(secs(1));
    assert_eq!(diary.numbers(0), (0..5).collect::<Vec<_>>(), "this way is open");
    assert_eq!(diary.numbers(1), [7], "this way is not");
    assert!(world.network().is_connected(0, 1));
    world.run_for(secs(2));
    assert!(!world.network().is_connected(0, 1), "without a sign of life it ends");
}

#[test]
fn a_crash_is_noticed_when_the_connection_falls_silent_or_the_process_is_back() {
    let (story, diary) = recorders(5, 3);
    let slow = Weather { delay: Span::between(ms(100), ms(100)), ..Weather::hall() };
    let mut world =
        story.weather(slow).at(ms(10_050)).crash(1).crash(2).restart_after(secs(1)).open();
    for to in [1, 2] {
        assert_eq!(ask(&mut world, 0, to, secs(20)).0, Ok(7));
    }
    world.run_for(secs(10).since(world.now()));
    let both = |node: Node| async move {
        let ask = |to| node.remote::<Ping>(node_id(to)).expect("a network").ask(Ping(8));
        let (dead, back) = (ask(1), ask(2));
        let dead = tokio::task::spawn_local(dead);
        let back = back.await;
        let at = node.now().mono;
        (back, at, dead.await.expect("no panic"), node.now().mono)
    };
    let (back, back_at, dead, dead_at) = world.call(0, secs(60), both).expect("the asker lives");
    assert_eq!((back, back_at), (Err(CallError::Lost), ms(11_050)));
    assert_eq!((dead, dead_at), (Err(CallError::Lost), ms(13_050)));
    assert_eq!(ask(&mut world, 0, 2, secs(20)).0, Ok(7), "the next one reaches the new process");
    assert_eq!(ask(&mut world, 0, 1, secs(20)).0, Err(CallError::NotHere));
    assert_eq!((diary.numbers(1), diary.numbers(2)), (vec![7], vec![7, 7]));
}

#[test]
fn a_restarted_peer_says_so_by_its_incarnation() {
    let (story, diary) = recorders(6, 2);
    let mut world = story.at(secs(10)).crash(0).restart_after(secs(1)).open();
    tell(&mut world, 0, 1, 1..2);
    world.run_for(secs(20));
    tell(&mut world, 0, 1, 2..3);
    world.run_for(secs(20));
    let seen: Vec<_> = diary.lines().iter().map(|line| (line.number, line.incarnation)).collect();
    assert_eq!(seen, [(1, Some(1)), (2, Some(2))]);
}

#[test]
fn messages_vanish_and_double_only_where_a_story_asks_for_it() {
    seeds::each(1..=5, |seed| {
        let count = |weather: Weather| {
            let (story, diary) = recorders(seed, 2);
            let mut world = story.weather(weather).open();
            tell(&mut world, 0, 1, 0..1_000);
            let outcomes: Vec<_> = (0..100).map(|_| ask(&mut world, 0, 1, secs(1)).0).collect();
            let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
            assert!(outcomes.iter().flatten().all(|answer| *answer == 7));
            (diary.numbers(1).iter().filter(|number| **number != 7).count(), failed)
        };
        assert_eq!(count(Weather::hall()), (999, 0));
        assert_eq!(count(Weather::hall().losing(200)).1, 0, "what is lost is sent again");
        let (told, failed) = count(Weather { vanish: 100, ..Weather::hall() });
        assert!((850..950).contains(&told) && (8..35).contains(&failed), "{told} {failed}");
        let (told, failed) = count(Weather { twice: 100, ..Weather::hall() });
        assert!((1_050..1_150).contains(&told) && failed == 0, "{told} {failed}");
    });
}

#[test]
fn what_waits_to_be_sent_is_bounded_and_more_is_busy() {
    let (story, _) = recorders(7, 2);
    let mut world = story.at(secs(1)).partition([[0]]).open();
    assert_eq!(ask(&mut world, 0, 1, secs(5)).0, Ok(7));
    world.run_for(secs(2));
    let flood = |node: Node| async move {
        let link = node.remote::<Note>(node_id(1)).expect("a network");
        let told = (0..10_000).map(|number| link.tell(Note(number)));
        let taken = told.filter(|outcome| match outcome {
            Ok(()) => true,
            Err(refused) => {
                assert_eq!(refused.why, CallError::Busy);
                false
            }
        });
        taken.count()
    };
    assert_eq!(world.call(0, Millis::ZERO, flood), Some(4_096));
    assert_eq!(world.network().burden(1).messages, 4_096);
    let asks = |node: Node| async move {
        let link = node.remote::<Ping>(node_id(1)).expect("a network");
        let asks = (0..2_000).map(|number| tokio::task::spawn_local(link.ask(Ping(number))));
        let mut outcomes = Vec::new();
        for ask in asks.collect::<Vec<_>>() {
            outcomes.push(ask.await.expect("no panic"));
        }
        outcomes
    };
    let outcomes = world.call(0, secs(60), asks).expect("all have an outcome");
    let count = |why| outcomes.iter().filter(|outcome| **outcome == Err(why)).count();
    // 96 have a stream, 1,024 wait for one.
    assert_eq!(
        (count(CallError::Lost), count(CallError::NotHere), count(CallError::Busy)),
        (96, 1_024, 880)
    );
    world.run_for(secs(60));
    assert_eq!((world.network().burden(1).messages, world.network().open_asks()), (0, 0));
}

#[test]
fn an_ask_that_is_never_answered_leaves_nothing_in_the_network() {
    let (story, _) = recorders(8, 2);
    let mut world = story.weather(Weather { vanish: 1_000, ..Weather::hall() }).open();
    assert_eq!(ask(&mut world, 0, 1, secs(5)), (Err(CallError::TimedOut), secs(5)));
    world.run_for(secs(1));
    assert_eq!((world.network().open_asks(), world.pending()), (0, 0));
}

#[test]
fn identities_do_not_depend_on_the_world() {
    let ids: std::collections::BTreeSet<NodeId> = (0..1_000).map(node_id).collect();
    assert_eq!(ids.len(), 1_000);
    let (story, _) = recorders(9, 3);
    assert_eq!(story.open().id(2), node_id(2));
}
