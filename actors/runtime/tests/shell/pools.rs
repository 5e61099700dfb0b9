//! Heavy work: bounded, off the actor's thread, and a panic in it is an outcome.

use crate::common::{Bench, Do, Note, Puppet, later, on_bench, settle, spec, tell_to, until};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use troupe_runtime::{Executor, Link, Pool, Threads};

async fn anna(bench: &Bench) -> Link<Do> {
    let link = bench.node.spawn(spec::<0>(bench)).link();
    settle().await;
    bench.log.take();
    link
}

fn compute(link: &Link<Do>, name: &'static str, job: impl FnOnce() -> u64 + Send + 'static) {
    tell_to(link, move |puppet, cx| {
        let taken = cx.pool(Pool::Jobs, job, move |puppet: &mut Puppet, result, _| {
            puppet.hear(name, result);
            Ok(())
        });
        if let Err(why) = taken {
            puppet.log.add(format!("{name} refused: {why}"));
        }
        Ok(())
    });
}

#[test]
fn a_result_comes_back_to_the_actor_that_goes_on_meanwhile() {
    on_bench(|bench| async move {
        let spawned = bench.node.spawn(spec::<0>(&bench));
        settle().await;
        bench.log.take();
        compute(&spawned.link(), "sum", || 40 + 2);
        let asked = later(spawned.link::<Note>().ask(Note(1)));
        settle().await;
        assert_eq!(asked.get(), Some(Ok(1)));
        bench.jobs.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["note 1", "sum 42"]);
    });
}

#[test]
fn a_full_pool_refuses_and_the_actor_hears_it_at_once() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        for name in ["one", "two", "three"] {
            compute(&anna, name, || 1);
        }
        settle().await;
        assert_eq!(bench.log.take(), ["three refused: busy"]);
        bench.jobs.run_one();
        bench.jobs.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["one 1", "two 1"], "the refused one never runs");
    });
}

#[test]
fn a_panic_in_a_job_is_an_outcome_and_no_fall() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        compute(&anna, "job", || panic!("on purpose"));
        settle().await;
        bench.jobs.run_one();
        settle().await;
        assert_eq!(bench.log.take(), ["job crashed"]);
    });
}

#[test]
fn a_job_that_a_pool_never_runs_is_lost_and_not_awaited_for_ever() {
    on_bench(|bench| async move {
        let anna = anna(&bench).await;
        compute(&anna, "job", || 1);
        settle().await;
        bench.jobs.lose_one();
        settle().await;
        assert_eq!(bench.log.take(), ["job lost"]);
    });
}

#[test]
fn a_pool_runs_no_more_jobs_at_a_time_than_it_has_threads() {
    let pool = Threads::start("test", 2, 64).expect("threads start");
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (done, is_done) = mpsc::sync_channel(64);
    for _ in 0..40 {
        let (running, most, done) = (Arc::clone(&running), Arc::clone(&most), done.clone());
        let job = Box::new(move || {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            std::thread::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            done.send(()).unwrap();
        });
        pool.submit(job).expect("there is room");
    }
    (0..40).for_each(|_| is_done.recv().unwrap());
    assert!(most.load(Ordering::SeqCst) <= 2);
}

#[test]
fn the_threads_of_a_pool_end_with_its_node() {
    let alive = Arc::new(());
    let pool = Threads::start("test", 2, 4).expect("threads start");
    let (entered, has_entered) = mpsc::sync_channel(2);
    for _ in 0..2 {
        let (alive, entered) = (Arc::clone(&alive), entered.clone());
        let job = Box::new(move || {
            // Lives as long as its thread does.
            thread_local!(static KEPT: std::cell::RefCell<Option<Arc<()>>> = const { std::cell::RefCell::new(None) });
            KEPT.set(Some(alive));
            entered.send(()).unwrap();
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        });
        pool.submit(job).expect("there is room");
    }
    (0..2).for_each(|_| has_entered.recv().unwrap());
    drop(pool);
    troupe_runtime::run(until("both threads have ended", || Arc::strong_count(&alive) == 1));
}
