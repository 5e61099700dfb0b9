//! Persist before send: nothing leaves before what was written ahead of it is durable.

use crate::common::{Bench, Do, Note, Puppet, act, later, on_bench, settle, spec, tell_to};
use troupe_runtime::{Disk, Effects, Fault, Link, Spawned, Spec, StopCause};
use troupe_types::Millis;
use troupe_wire::CallError;

async fn anna(bench: &Bench) -> Spawned<Puppet> {
    let spawned = bench.node.spawn(spec::<0>(bench));
    settle().await;
    bench.log.take();
    spawned
}

/// A message that writes its number and answers with it.
fn write_and_answer(n: u64) -> Do {
    act(move |_, reply, cx| {
        cx.persist("log", n.to_string().into_bytes());
        reply.send(n, cx);
        Ok(())
    })
}

async fn bert(bench: &Bench) -> Link<Note> {
    let bert = bench.node.spawn(spec::<1>(bench)).link();
    settle().await;
    bench.log.take();
    bert
}

#[test]
fn answers_asks_tells_and_effects_wait_for_the_disk_in_their_order() {
    on_bench(|bench| async move {
        let (anna, bert) = (anna(&bench).await, bert(&bench).await);
        let asked = later(anna.link::<Do>().ask(act(move |puppet: &mut Puppet, reply, cx| {
            cx.tell(&bert, Note(1)).expect("nothing is written yet");
            cx.persist("log", b"x".to_vec());
            cx.tell(&bert, Note(2)).expect("it is held");
            cx.ask(&bert, Note(3), |puppet, answer, _| {
                puppet.hear("heard", answer);
                Ok(())
            });
            let log = puppet.log.clone();
            cx.perform(move || log.add("performed"));
            reply.send(4, cx);
            Ok(())
        })));
        settle().await;
        assert_eq!(bench.log.take(), ["note 1"]);
        assert_eq!(asked.get(), None);
        bench.urgent.run_one();
        settle().await;
        assert_eq!(bench.disk.text("log"), "x");
        assert_eq!(bench.log.take(), ["performed", "note 2", "note 3", "heard 3"]);
        assert_eq!(asked.get(), Some(Ok(4)));
    });
}

#[test]
fn what_is_sent_before_a_write_is_not_held_by_it() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        let answer_and_write = act(|_, reply, cx| {
            reply.send(1, cx);
            cx.persist("log", b"x".to_vec());
            Ok(())
        });
        assert_eq!(anna.link::<Do>().ask(answer_and_write).await, Ok(1));
    });
}

#[test]
fn writes_of_several_handlers_share_one_append_while_a_sync_is_under_way() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await.link::<Do>();
        let asked: Vec<_> = (0..5).map(|n| later(anna.ask(write_and_answer(n)))).collect();
        settle().await;
        assert_eq!(bench.urgent.waiting(), 1, "one sync is under way");
        bench.urgent.run_one();
        settle().await;
        let answered = || asked.iter().filter(|asked| asked.get().is_some()).count();
        assert_eq!(answered(), 1);
        bench.urgent.run_one();
        settle().await;
        assert_eq!(answered(), 5);
        let appends = [("log", "0"), ("log", "1234")].map(|(f, b)| (f.into(), b.into()));
        assert_eq!(bench.disk.appends(), appends);
        assert_eq!(bench.urgent.waiting(), 0);
    });
}

#[test]
fn each_file_of_a_batch_is_appended_to_once() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await.link::<Do>();
        tell_to(&anna, |_, cx| {
            for (file, bytes) in [("a", "1"), ("b", "2"), ("a", "3")] {
                cx.persist(file, bytes.into());
            }
            Ok(())
        });
        settle().await;
        bench.urgent.run_one();
        settle().await;
        let appends = [("a", "13"), ("b", "2")].map(|(f, b)| (f.into(), b.into()));
        assert_eq!(bench.disk.appends(), appends);
    });
}

#[test]
fn a_full_pool_delays_a_write_and_loses_none() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await.link::<Do>();
        for _ in 0..16 {
            let idle = Box::new(|| ());
            troupe_runtime::Executor::submit(&*bench.urgent, idle).expect("room for sixteen");
        }
        let asked = later(anna.ask(write_and_answer(1)));
        settle().await;
        bench.clock.advance(Millis(1));
        settle().await;
        assert_eq!(asked.get(), None);
        bench.urgent.run_one();
        bench.clock.advance(Millis(1));
        settle().await;
        (0..16).for_each(|_| bench.urgent.run_one());
        settle().await;
        assert_eq!(asked.get(), Some(Ok(1)));
    });
}

#[test]
fn a_failed_write_stops_the_node_and_nothing_behind_it_leaves() {
    on_bench(|bench| async move {
        let (anna, bert) = (anna(&bench).await, bert(&bench).await);
        let asked = later(anna.link::<Do>().ask(act(move |_, reply, cx| {
            cx.persist("log", b"x".to_vec());
            cx.tell(&bert, Note(1)).expect("it is held");
            reply.send(1, cx);
            Ok(())
        })));
        settle().await;
        bench.disk.fail();
        bench.urgent.run_one();
        settle().await;
        let fault = Fault::Storage("the disk is broken".into());
        assert_eq!(bench.node.stop_cause(), Some(StopCause::Fault { kind: "anna", fault }));
        assert_eq!(asked.get(), Some(Err(CallError::Crashed)));
        bench.clock.advance(Millis::secs(60));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
    });
}

#[test]
fn a_failed_write_of_a_fallen_incarnation_stops_the_node_before_a_rebuild() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await.link::<Do>();
        tell_to(&anna, |_, cx| {
            cx.persist("log", b"x".to_vec());
            Ok(())
        });
        settle().await;
        tell_to(&anna, |_, _| Err(Fault::Restart("on purpose".into())));
        settle().await;
        bench.clock.advance(Millis(50));
        bench.disk.fail();
        bench.urgent.run_one();
        settle().await;
        assert!(matches!(bench.node.stop_cause(), Some(StopCause::Fault { .. })));
        assert_eq!(bench.log.take(), [""; 0], "it was not rebuilt");
    });
}

#[test]
fn a_write_that_the_pool_dropped_counts_as_failed() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await.link::<Do>();
        tell_to(&anna, |_, cx| {
            cx.persist("log", b"x".to_vec());
            Ok(())
        });
        settle().await;
        bench.urgent.lose_one();
        settle().await;
        assert!(matches!(bench.node.stop_cause(), Some(StopCause::Fault { .. })));
    });
}

#[test]
fn no_rebuild_reads_a_file_that_is_being_written() {
    on_bench(|bench| async move {
        let (disk, log) = (bench.disk.clone(), bench.log.clone());
        let anna = bench.node.spawn(Spec::new(move |build| {
            log.add(format!("reads `{}`", String::from_utf8(disk.read("log").unwrap()).unwrap()));
            Ok(Puppet::<0>::new(&log, build.incarnation))
        }));
        settle().await;
        let asked = later(anna.link::<Do>().ask(write_and_answer(1)));
        settle().await;
        tell_to(&anna.link::<Do>(), |_, _| panic!("on purpose"));
        settle().await;
        // The pause is over long before the disk answers.
        bench.clock.advance(Millis::secs(1));
        settle().await;
        assert_eq!(bench.log.take(), ["reads ``", "anna 0 started"]);
        bench.urgent.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["reads `1`", "anna 1 started"]);
        // It may be durable, but nobody said so.
        assert_eq!(asked.get(), Some(Err(CallError::Crashed)));
    });
}

#[test]
fn an_actor_with_too_much_held_back_takes_no_more_from_its_queue() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        let (link, note) = (anna.link::<Do>(), anna.link::<Note>());
        // The first write is under way; the others are gathered for the next one.
        for _ in 0..2 {
            tell_to(&link, |_, cx| {
                cx.persist("log", vec![b'x'; 5 << 20]);
                Ok(())
            });
        }
        settle().await;
        let asked = later(note.ask(Note(1)));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0], "it waits for the disk");
        bench.urgent.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["note 1"]);
        bench.urgent.run_one();
        settle().await;
        assert_eq!(asked.get(), Some(Ok(1)));
    });
}

#[test]
fn a_node_without_a_disk_stops_at_the_first_write() {
    troupe_runtime::run(async {
        let bench = Bench::new();
        let bare = troupe_runtime::Node::new(troupe_runtime::Parts {
            clock: bench.clock.clone(),
            entropy: troupe_runtime::Entropy::System,
            urgent: bench.urgent.clone(),
            jobs: bench.jobs.clone(),
            forks: troupe_runtime::Forks::NONE,
            disk: None,
            audit: None,
        });
        let anna = bare.spawn(spec::<0>(&bench)).link::<Do>();
        tell_to(&anna, |_, cx| {
            cx.persist("log", b"x".to_vec());
            Ok(())
        });
        settle().await;
        assert!(matches!(bare.stop_cause(), Some(StopCause::Fault { .. })));
    });
}
