//! Owners that follow the protocol, and what their policies refuse.

use crate::common::{
    ASKER, CLINIC, LAB, OPEN, STRANGER, begin, common, consent, end, fetched, matched, network,
    stage, survey, task, tell,
};
use std::collections::BTreeSet;
use troupe_psi::message::{Delivery, Dismiss, Stage};
use troupe_psi::{Mode, Side};
use troupe_runtime::Node;
use troupe_runtime::sim::node_id;
use troupe_types::{Millis, SessionId};

fn names(keys: Vec<String>) -> BTreeSet<String> {
    keys.into_iter().collect()
}

#[test]
fn in_every_mode_who_learns_something_learns_what_is_common() {
    let modes = [
        (Mode::Rows { receiver: Side::First }, [true, false], true),
        (Mode::Rows { receiver: Side::Second }, [false, true], true),
        (Mode::Aligned, [true, true], true),
        (Mode::Count { receiver: Side::First }, [true, false], false),
        (Mode::CountBoth, [true, true], false),
    ];
    for (seed, (mode, informed, has_keys)) in (0u8..).zip(modes) {
        let mut world = network(seed.into(), OPEN).run_for(Millis::secs(1));
        let task = task(1, mode);
        tell(&mut world, move |node| async move {
            assert_eq!(survey(&node, CLINIC, &["person"]).await, Ok(50));
            assert_eq!(survey(&node, LAB, &["person"]).await, Ok(70));
            let ends = matched(&node, &task).await.unwrap();
            let [Some(Stage::Finished(first)), Some(Stage::Finished(second))] = &ends else {
                panic!("{mode:?}: {ends:?}");
            };
            assert_eq!(first, second, "one transcript");
            let mut orders = Vec::new();
            for (owner, informed) in [CLINIC, LAB].into_iter().zip(informed) {
                let told = fetched(&node, owner, task.session).await;
                let Ok((count, keys)) = told else {
                    assert_eq!(told, Err("this owner learned nothing".to_owned()));
                    assert!(!informed);
                    continue;
                };
                assert!(informed && count == 20, "{count}");
                assert_eq!(has_keys, keys.len() == 20);
                assert_eq!(names(keys.clone()), if has_keys { common() } else { names(vec![]) });
                orders.push(keys);
            }
            if mode == Mode::Aligned {
                assert_eq!(orders[0], orders[1], "one order");
            }
        });
    }
}

#[test]
fn rows_can_be_identified_by_several_columns() {
    let mut world = network(1, OPEN).run_for(Millis::secs(1));
    let mut task = task(1, Mode::CountBoth);
    for owner in &mut task.owners {
        owner.keys = crate::common::keys(&["country", "person"]);
    }
    tell(&mut world, move |node| async move {
        matched(&node, &task).await.unwrap();
        assert_eq!(fetched(&node, LAB, task.session).await.map(|(count, _)| count), Ok(20));
    });
}

#[test]
fn what_stays_with_its_owners_is_not_told_and_lies_beside_their_data() {
    let mut world = network(2, OPEN).run_for(Millis::secs(1));
    let mut task = task(1, Mode::Rows { receiver: Side::Second });
    task.delivery = Delivery::Kept;
    let session = task.session;
    tell(&mut world, move |node| async move {
        matched(&node, &task).await.unwrap();
        let told = fetched(&node, LAB, session).await;
        assert_eq!(told, Err("by its task, the result stays with its owners".to_owned()));
    });
    world.run_for(Millis::secs(5));
    let file = format!("match-{session}.csv");
    let read = move |node: Node| async move { node.disk().unwrap().read(&file).unwrap() };
    let text = world.call(LAB, Millis::secs(5), read.clone()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("person"));
    assert_eq!(lines.map(ToOwned::to_owned).collect::<BTreeSet<_>>(), common());
    assert!(world.call(CLINIC, Millis::secs(5), read).unwrap().is_empty());
}

#[test]
fn nothing_leaves_an_owner_before_both_consented() {
    let mut world = network(3, OPEN).run_for(Millis::secs(1));
    let task = task(1, Mode::Aligned);
    tell(&mut world, move |node| async move {
        let early = begin(&node, CLINIC, task.session).await;
        assert_eq!(early, Err("no such matching of this requester".to_owned()));
        consent(&node, CLINIC, &task).await.unwrap();
        node.clock().alarm(node.now().mono.plus(Millis::secs(5))).await;
        assert_eq!(stage(&node, CLINIC, task.session).await, Some(Stage::Waiting));
        // Nobody asked the other one, so it refuses the points.
        begin(&node, CLINIC, task.session).await.unwrap();
        let over = end(&node, CLINIC, task.session).await.unwrap();
        assert!(matches!(over, Stage::Failed(_)), "{over:?}");
    });
}

#[test]
fn a_policy_decides_who_may_match_what_with_whom() {
    let refused = |policy: &'static str, change: fn(&mut troupe_psi::message::Task)| {
        let mut world = network(4, policy).run_for(Millis::secs(1));
        let mut task = task(1, Mode::Aligned);
        change(&mut task);
        tell(&mut world, move |node| async move { consent(&node, CLINIC, &task).await })
            .unwrap_err()
    };
    let same: fn(&mut troupe_psi::message::Task) = |_| {};
    let policy = r#"{ requesters = [], partners = ["*"], matching = ["aligned"] }"#;
    assert_eq!(refused(policy, same), "no data set clinic for this requester");
    let policy = r#"{ requesters = ["*"], matching = ["aligned"] }"#;
    let told = refused(policy, same);
    assert!(told.starts_with("the policy of clinic does not match rows with"), "{told}");
    let policy = r#"{ requesters = ["*"], partners = ["*"], matching = ["count"] }"#;
    assert_eq!(refused(policy, same), "the policy of clinic does not allow matching for aligned");
    let policy = r#"{ requesters = ["*"], partners = ["*"], matching = ["aligned"] }"#;
    assert_eq!(refused(policy, same), "by the policy of clinic, aligned stays with its owners");
    let policy = r#"{ requesters = ["*"], partners = ["*"], matching = ["aligned"], until = "1970-01-01T00:00:00Z" }"#;
    assert_eq!(refused(policy, same), "the policy of clinic has expired");
    let policy = r#"{ requesters = ["*"], partners = ["*"], matching = ["aligned"], returned = ["aligned"], min_rows = 51 }"#;
    assert_eq!(refused(policy, same), "a side has fewer rows than the 51 that the policy wants");
    let told = refused(OPEN, |task| task.owners[0].keys = crate::common::keys(&["units"]));
    assert_eq!(told, "clinic has no column units of kind key");
    assert_eq!(
        refused(OPEN, |task| task.owners[0].items = 49),
        "clinic has 50 different keys, the task says 49"
    );
    assert_eq!(
        refused(OPEN, |task| task.requester = node_id(STRANGER)),
        "only its requester may ask for a matching"
    );
    assert_eq!(
        refused(OPEN, |task| task.within = Millis::secs(9_999)),
        "a deadline of 9999s exceeds 1h"
    );
    let told = refused(OPEN, |task| task.owners[1].items = troupe_psi::MAX_ITEMS);
    assert!(told.contains("exceeds") && told.contains("that are left"), "{told}");
}

#[test]
fn a_policy_ends_after_so_many_uses_also_across_a_crash() {
    const TWICE: &str = r#"{ requesters = ["*"], partners = ["*"], matching = ["count"], returned = ["count"], max_uses = 2 }"#;
    let mut world = network(5, TWICE)
        .at(Millis::secs(20))
        .crash(CLINIC)
        .restart_after(Millis::secs(1))
        .run_for(Millis::secs(1));
    let ask = |session| {
        move |node: Node| async move { consent(&node, CLINIC, &task(session, Mode::CountBoth)).await }
    };
    assert_eq!(tell(&mut world, ask(1)), Ok(()));
    assert_eq!(tell(&mut world, ask(1)), Err("this session was served before".to_owned()));
    world.run_for(Millis::secs(30));
    assert_eq!(tell(&mut world, ask(1)), Err("this session was served before".to_owned()));
    assert_eq!(tell(&mut world, ask(2)), Ok(()));
    let told = tell(&mut world, ask(3)).unwrap_err();
    assert_eq!(told, "clinic was used 2 times, as often as its policy allows");
}

#[test]
fn who_asks_often_at_once_is_served_no_more_often() {
    const TWICE: &str = r#"{ requesters = ["*"], partners = ["*"], matching = ["count"], returned = ["count"], max_uses = 2 }"#;
    let mut world = network(7, TWICE).run_for(Millis::secs(1));
    let told = tell(&mut world, move |node: Node| async move {
        let tasks = [1, 2, 3].map(|session| task(session, Mode::CountBoth));
        let [first, second, third] = tasks.each_ref().map(|task| consent(&node, CLINIC, task));
        let (first, second, third) = tokio::join!(first, second, third);
        [first, second, third]
    });
    assert_eq!(told.iter().filter(|one| one.is_ok()).count(), 2, "{told:?}");
    let used = "clinic was used 2 times, as often as its policy allows";
    assert!(told.iter().flat_map(|one| one.as_ref().err()).all(|why| why == used), "{told:?}");
}

#[test]
fn only_its_requester_hears_of_a_matching_and_can_dismiss_it() {
    let mut world = network(6, OPEN).run_for(Millis::secs(1));
    let session = SessionId([1; 16]);
    tell(&mut world, move |node| async move {
        matched(&node, &task(1, Mode::Aligned)).await.unwrap();
    });
    let look = move |node: Node| async move {
        let link = node.remote::<Dismiss>(node_id(CLINIC)).unwrap();
        link.ask(Dismiss(session)).await.unwrap();
        (stage(&node, CLINIC, session).await, fetched(&node, CLINIC, session).await)
    };
    let nothing = || (Some(Stage::Unknown), Err("no such matching of this requester".to_owned()));
    assert_eq!(world.call(STRANGER, Millis::secs(9), look).unwrap(), nothing());
    let there = tell(&mut world, move |node| async move { stage(&node, CLINIC, session).await });
    assert!(matches!(there, Some(Stage::Finished(_))), "a stranger dismissed it");
    assert_eq!(world.call(ASKER, Millis::secs(9), look).unwrap(), nothing());
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let story = |seed| {
        let mut world = network(seed, OPEN).run_for(Millis::secs(1));
        let task = task(1, Mode::Aligned);
        tell(&mut world, move |node| async move { matched(&node, &task).await.unwrap() });
        world.hash()
    };
    assert_eq!(story(1), story(1));
    assert_ne!(story(1), story(2));
}
