//! First in, first out, for every sender.

use crate::common::{Note, act, on_bench, settle, spec, tell_to, until};
use proptest::prelude::*;
use troupe_runtime::Thread;

#[test]
fn messages_of_one_sender_run_in_the_order_in_which_they_were_sent() {
    on_bench(|bench| async move {
        let thread = Thread::start();
        let anna = bench.node.spawn(spec::<0>(&bench).on(&thread));
        let (senders, each) = (3_u64, 1_000_u64);
        std::thread::scope(|scope| {
            for sender in 0..senders {
                let link = anna.link::<Note>();
                scope.spawn(move || {
                    for n in 0..each {
                        while link.tell(Note(sender * each + n)).is_err() {
                            std::thread::yield_now();
                        }
                    }
                });
            }
        });
        let all = usize::try_from(senders * each).unwrap() + 1;
        until("all have run", || bench.log.len() == all).await;
        let numbers: Vec<u64> = bench
            .log
            .take()
            .iter()
            .filter_map(|line| line.strip_prefix("note ")?.parse().ok())
            .collect();
        for sender in 0..senders {
            let own = sender * each..(sender + 1) * each;
            let seen = numbers.iter().copied().filter(|n| own.contains(n));
            assert!(seen.eq(own.clone()), "sender {sender}");
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Tells, asks and writes of one handler reach the other actor in the order of its wishes.
    #[test]
    fn what_an_actor_sends_arrives_in_order_whatever_it_writes_in_between(
        steps in proptest::collection::vec(0u8..3, 1..20),
        more in proptest::collection::vec(0u8..3, 0..10),
    ) {
        on_bench(|bench| async move {
            let anna = bench.node.spawn(spec::<0>(&bench)).link();
            let note = bench.node.spawn(spec::<1>(&bench)).link::<Note>();
            settle().await;
            bench.log.take();
            let mut sent = Vec::new();
            for steps in [steps, more] {
                let (note, first) = (note.clone(), sent.len() as u64);
                sent.extend(steps.iter().enumerate().filter(|(_, step)| **step < 2).map(|(n, _)| {
                    format!("note {}", first + n as u64)
                }));
                // Numbers of one round are spaced by their place, so the next one starts behind.
                let base = first;
                tell_to(&anna, move |_, cx| {
                    for (n, step) in (base..).zip(steps) {
                        match step {
                            0 => cx.tell(&note, Note(n)).expect("there is room"),
                            1 => cx.ask(&note, Note(n), |_, _, _| Ok(())),
                            _ => cx.persist("log", vec![0]),
                        }
                    }
                    Ok(())
                });
                settle().await;
            }
            while bench.urgent.waiting() > 0 {
                bench.urgent.run_one();
                settle().await;
            }
            assert_eq!(bench.log.take(), sent);
        });
    }
}

#[test]
fn an_answer_and_what_was_told_after_it_arrive_in_this_order() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench));
        let bert = bench.node.spawn(spec::<1>(&bench)).link();
        let (note, ask) = (anna.link::<Note>(), bert.clone());
        settle().await;
        bench.log.take();
        tell_to(&anna.link(), move |_, cx| {
            let work = act::<1>(move |_, reply, cx| {
                reply.send(1, cx);
                cx.tell(&note, Note(2)).expect("there is room");
                Ok(())
            });
            cx.ask(&ask, work, |puppet, answer, _| {
                puppet.hear("answer", answer);
                Ok(())
            });
            Ok(())
        });
        settle().await;
        assert_eq!(bench.log.take(), ["answer 1", "note 2"]);
    });
}
