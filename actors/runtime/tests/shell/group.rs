//! Who is rebuilt when a member of a group falls.

use crate::common::{Bench, Do, Note, Puppet, later, on_bench, settle, spec, tell_to};
use troupe_runtime::{Fault, Group, Link, Rule, StopCause};
use troupe_types::Millis;

/// The second and the third of three actors of a group.
struct Trio {
    bert: Link<Do<1>>,
    carl: Link<Do<2>>,
}

async fn trio(bench: &Bench, rule: Rule) -> Trio {
    let group = Group::new("work", rule);
    bench.node.spawn(spec::<0>(bench).group(&group));
    let trio = Trio {
        bert: bench.node.spawn(spec::<1>(bench).group(&group)).link(),
        carl: bench.node.spawn(spec::<2>(bench).group(&group)).link(),
    };
    settle().await;
    bench.log.take();
    trio
}

fn fall<const N: usize>(link: &Link<Do<N>>) {
    tell_to(link, |_, _| Err(Fault::Restart("on purpose".into())));
}

/// Which actors were built again after the second one fell.
async fn rebuilt_after_bert_fell(bench: &Bench, rule: Rule) -> Vec<String> {
    let trio = trio(bench, rule).await;
    fall(&trio.bert);
    settle().await;
    bench.clock.advance(Millis(50));
    settle().await;
    let mut rebuilt = bench.log.take();
    rebuilt.sort();
    rebuilt
}

#[test]
fn rule_one_rebuilds_the_fallen_alone() {
    on_bench(|bench| async move {
        assert_eq!(rebuilt_after_bert_fell(&bench, Rule::One).await, ["bert 1 started"]);
    });
}

#[test]
fn rule_all_rebuilds_every_member() {
    on_bench(|bench| async move {
        let all = ["anna 1 started", "bert 1 started", "carl 1 started"];
        assert_eq!(rebuilt_after_bert_fell(&bench, Rule::All).await, all);
    });
}

#[test]
fn rule_rest_rebuilds_those_started_later_too() {
    on_bench(|bench| async move {
        let rest = ["bert 1 started", "carl 1 started"];
        assert_eq!(rebuilt_after_bert_fell(&bench, Rule::Rest).await, rest);
    });
}

#[test]
fn rule_never_stops_the_node() {
    on_bench(|bench| async move {
        assert_eq!(rebuilt_after_bert_fell(&bench, Rule::Never).await, [""; 0]);
        let fault = Fault::Restart("on purpose".into());
        assert_eq!(bench.node.stop_cause(), Some(StopCause::Fault { kind: "bert", fault }));
    });
}

#[test]
fn a_member_is_rebuilt_before_its_next_message_and_keeps_its_queue() {
    on_bench(|bench| async move {
        let group = Group::new("work", Rule::All);
        let anna = bench.node.spawn(spec::<0>(&bench).group(&group)).link::<Do>();
        let bert = bench.node.spawn(spec::<1>(&bench).group(&group)).link::<Note>();
        settle().await;
        bench.log.take();
        fall(&anna);
        let asked: Vec<_> = (0..3).map(|n| later(bert.ask(Note(n)))).collect();
        settle().await;
        assert_eq!(bench.log.take(), ["bert 1 started", "note 0", "note 1", "note 2"]);
        assert!(asked.iter().enumerate().all(|(n, asked)| asked.get() == Some(Ok(n as u64))));
    });
}

#[test]
fn a_member_that_pauses_when_another_falls_is_rebuilt_once() {
    on_bench(|bench| async move {
        let trio = trio(&bench, Rule::All).await;
        fall(&trio.bert);
        settle().await;
        bench.log.take();
        bench.clock.advance(Millis(20));
        fall(&trio.carl);
        settle().await;
        bench.clock.advance(Millis(50));
        settle().await;
        let berts = bench.log.take().iter().filter(|line| line.starts_with("bert")).count();
        assert_eq!(berts, 1);
    });
}

#[test]
fn a_member_that_has_ended_is_left_in_peace() {
    on_bench(|bench| async move {
        let group = Group::new("work", Rule::All);
        let anna = bench.node.spawn(spec::<0>(&bench).group(&group)).link::<Do>();
        let bert = bench.node.spawn(spec::<1>(&bench).group(&group));
        settle().await;
        bert.stop();
        settle().await;
        bench.log.take();
        fall(&anna);
        settle().await;
        bench.clock.advance(Millis(50));
        settle().await;
        assert_eq!(bench.log.take(), ["anna 1 started"]);
    });
}

#[test]
fn a_member_that_writes_is_rebuilt_only_when_its_bytes_are_on_disk() {
    on_bench(|bench| async move {
        let group = Group::new("work", Rule::All);
        let anna = bench.node.spawn(spec::<0>(&bench).group(&group)).link::<Do>();
        let disk = bench.disk.clone();
        let log = bench.log.clone();
        let bert = bench.node.spawn(
            troupe_runtime::Spec::new(move |build| {
                log.add(format!("reads `{}`", disk.text("log")));
                Ok(Puppet::<1>::new(&log, build.incarnation))
            })
            .group(&group),
        );
        settle().await;
        bench.log.take();
        tell_to(&bert.link::<Do<1>>(), |_, cx| {
            cx.persist("log", b"one".to_vec());
            Ok(())
        });
        settle().await;
        fall(&anna);
        let asked = later(bert.link::<Note>().ask(Note(1)));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0], "its file is being written");
        bench.urgent.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["reads `one`", "bert 1 started", "note 1"]);
        assert_eq!(asked.get(), Some(Ok(1)));
    });
}
