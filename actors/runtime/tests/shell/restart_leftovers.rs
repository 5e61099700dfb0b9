//! What an earlier incarnation began never reaches the next one.

use crate::common::{Bench, Do, Note, Puppet, act, on_bench, settle, spec, tell_to};
use troupe_runtime::{Fault, Pool, Spawned};
use troupe_types::Millis;

async fn anna(bench: &Bench) -> Spawned<Puppet> {
    let spawned = bench.node.spawn(spec::<0>(bench));
    settle().await;
    bench.log.take();
    spawned
}

async fn fall_and_return(bench: &Bench, anna: &Spawned<Puppet>) {
    tell_to(&anna.link::<Do>(), |_, _| Err(Fault::Restart("on purpose".into())));
    settle().await;
    bench.clock.advance(Millis(50));
    settle().await;
    assert_eq!(bench.log.take(), ["anna 1 started"]);
}

#[test]
fn a_timer_of_an_earlier_incarnation_never_rings() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        tell_to(&anna.link::<Do>(), |_, cx| {
            for span in [10, 60, 200] {
                cx.after(Millis(span), move |puppet, _| {
                    puppet.log.add(format!("rang after {span}"));
                    Ok(())
                });
            }
            Ok(())
        });
        fall_and_return(&bench, &anna).await;
        bench.clock.advance(Millis::secs(1));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
        assert_eq!(bench.clock.armed(), 0);
    });
}

#[test]
fn a_timer_rings_once_unless_it_was_taken_back() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        tell_to(&anna.link::<Do>(), |_, cx| {
            let ring = |line: &'static str| {
                move |puppet: &mut Puppet, _: &mut troupe_runtime::Cx<'_, Puppet>| {
                    puppet.log.add(line);
                    Ok(())
                }
            };
            cx.after(Millis(20), ring("second"));
            cx.after(Millis(10), ring("first"));
            let third = cx.after(Millis(15), ring("never"));
            cx.cancel(third);
            Ok(())
        });
        settle().await;
        bench.clock.advance(Millis(10));
        settle().await;
        assert_eq!(bench.log.take(), ["first"]);
        bench.clock.advance(Millis(100));
        settle().await;
        assert_eq!(bench.log.take(), ["second"]);
    });
}

#[test]
fn an_answer_to_an_earlier_incarnation_never_arrives() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Do<1>>();
        settle().await;
        bench.log.take();
        let asked = bert.clone();
        tell_to(&anna.link::<Do>(), move |_, cx| {
            let keep = act::<1>(|puppet: &mut Puppet<1>, reply, _| {
                puppet.owed.push(reply);
                Ok(())
            });
            cx.ask(&asked, keep, |puppet, answer, _| {
                puppet.hear("heard", answer);
                Ok(())
            });
            Ok(())
        });
        fall_and_return(&bench, &anna).await;
        tell_to(&bert, |puppet, cx| {
            puppet.owed.pop().expect("it was kept").send(1, cx);
            Ok(())
        });
        settle().await;
        bench.clock.advance(Millis::secs(60));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
    });
}

#[test]
fn a_result_of_the_pool_for_an_earlier_incarnation_never_arrives() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        tell_to(&anna.link::<Do>(), |_, cx| {
            cx.pool(
                Pool::Jobs,
                || 1,
                |puppet: &mut Puppet, result, _| {
                    puppet.hear("result", result);
                    Ok(())
                },
            )
            .expect("the pool has room");
            Ok(())
        });
        fall_and_return(&bench, &anna).await;
        bench.jobs.run_one();
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
    });
}

#[test]
fn a_task_of_an_earlier_incarnation_ends_with_it() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        let (node, note) = (bench.node.clone(), anna.link::<Note>());
        tell_to(&anna.link::<Do>(), move |_, cx| {
            cx.task(async move {
                for n in 0.. {
                    node.clock().alarm(Millis(40 * (n + 1))).await;
                    let _ = note.tell(Note(n));
                }
            });
            Ok(())
        });
        settle().await;
        bench.clock.advance(Millis(40));
        settle().await;
        assert_eq!(bench.log.take(), ["note 0"], "it runs beside the actor");
        fall_and_return(&bench, &anna).await;
        bench.clock.advance(Millis::secs(1));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
    });
}
