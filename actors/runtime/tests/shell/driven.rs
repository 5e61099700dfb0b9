//! Machines inside actors, inline and in a pool.

use crate::common::{Bench, HandPool, later, on_bench, settle};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_runtime::{
    Actor, Cx, Driven, Drives, Fault, Handle, Link, Place, Pool, Queue, Reply, Spec,
};
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Machine, Message, Now};

/// Says every number it is given, and its ticks; echoes those below 10 to itself, times ten.
#[derive(Default)]
struct Parrot {
    heard: Vec<u64>,
    tick: Option<Millis>,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Number(u64),
    Echo(u64),
    Tick(Millis),
}

/// An input that panics, and one that wants a tick at a time.
const PANIC: u64 = 666;
const TICK_AT: u64 = 1_000;

impl Machine for Parrot {
    type Input = u64;
    type Output = Said;

    fn step(&mut self, _now: Now, input: u64, out: &mut Vec<Said>) {
        assert_ne!(input, PANIC, "on purpose");
        if input >= TICK_AT {
            self.tick = Some(Millis(input - TICK_AT));
            return;
        }
        self.heard.push(input);
        if input < 10 {
            out.push(Said::Echo(input * 10));
        }
        out.push(Said::Number(input));
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Said>) {
        if self.tick.is_some_and(|at| at <= now.mono) {
            self.tick = None;
            out.push(Said::Tick(now.mono));
        }
    }

    fn next_tick(&self) -> Option<Millis> {
        self.tick
    }
}

/// Hosts parrots under their names.
struct Cage {
    parrots: BTreeMap<u8, Driven<Parrot>>,
    log: crate::common::Log,
    survives: bool,
}

impl Actor for Cage {
    const KIND: &'static str = "cage";
}

impl Drives<Parrot> for Cage {
    type Key = u8;

    fn driven(&mut self, key: u8) -> Option<&mut Driven<Parrot>> {
        self.parrots.get_mut(&key)
    }

    fn perform(&mut self, key: u8, output: Said, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        assert_eq!(cx.deadline(), Millis::MAX, "it acts for itself");
        match output {
            Said::Number(n) => self.log.add(format!("{key}: {n}")),
            Said::Tick(at) => self.log.add(format!("{key}: tick at {at}")),
            Said::Echo(n) => {
                self.log.add(format!("{key}: echo {n}"));
                let _ = cx.drive(self, key, n, Bytes(1))?;
            }
        }
        Ok(())
    }

    fn broken(&mut self, key: u8, _cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.log.add(format!("{key}: broken"));
        if self.survives { Ok(()) } else { Err(Fault::Restart("a machine panicked".into())) }
    }
}

/// Gives a number to a parrot; answers how the input was taken.
#[derive(Debug)]
struct Say(u8, u64);

impl Message for Say {
    type Reply = Result<(), CallError>;
    const NAME: &'static str = "say";
}

impl Handle<Say> for Cage {
    fn handle(
        &mut self,
        Say(key, n): Say,
        reply: Reply<Say>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let taken = cx.drive(self, key, n, Bytes(1))?;
        reply.send(taken, cx);
        Ok(())
    }
}

/// Puts a new parrot under a name.
#[derive(Debug)]
struct Put(u8);

impl Message for Put {
    type Reply = ();
    const NAME: &'static str = "put";
}

impl Handle<Put> for Cage {
    fn handle(
        &mut self,
        Put(key): Put,
        reply: Reply<Put>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let place = Place::Pooled(Pool::Jobs);
        self.parrots.insert(key, Driven::new(Parrot::default(), place, Bytes(4)));
        cx.begin(self, key)?;
        reply.send((), cx);
        Ok(())
    }
}

struct Test {
    say: Link<Say>,
    put: Link<Put>,
    jobs: Arc<HandPool>,
}

impl Test {
    async fn say(&self, key: u8, n: u64) -> Result<(), CallError> {
        let taken = later(self.say.ask(Say(key, n)));
        settle().await;
        taken.get().expect("the cage answers at once").expect("the cage stands")
    }

    async fn run(&self) {
        self.jobs.run_one();
        settle().await;
    }
}

/// A cage with parrots 1 and 2.
async fn cage(bench: &Bench, place: Place, survives: bool) -> Test {
    judged_cage(bench, place, survives, None).await
}

async fn judged_cage(
    bench: &Bench,
    place: Place,
    survives: bool,
    is_light: Option<fn(&Parrot) -> bool>,
) -> Test {
    let log = bench.log.clone();
    let spec = Spec::new(move |build| {
        log.add(format!("cage {}", build.incarnation));
        let parrot = |key: u8| {
            let driven = Driven::new(Parrot::default(), place, Bytes(4));
            let driven = match is_light {
                Some(is_light) => driven.judged(is_light),
                None => driven,
            };
            (key, driven)
        };
        let parrots = [1, 2].map(parrot).into_iter().collect();
        Ok(Cage { parrots, log: log.clone(), survives })
    });
    let cage = bench.node.spawn(spec.queue(Queue::default()));
    settle().await;
    assert_eq!(bench.log.take(), ["cage 0"]);
    Test { say: cage.link(), put: cage.link(), jobs: Arc::clone(&bench.jobs) }
}

const POOLED: Place = Place::Pooled(Pool::Jobs);

#[test]
fn an_inline_machine_answers_within_the_handler() {
    on_bench(|bench| async move {
        let test = cage(&bench, Place::Inline, true).await;
        assert_eq!(test.say(1, 50).await, Ok(()));
        assert_eq!(bench.log.take(), ["1: 50"]);
        assert_eq!(test.say(3, 50).await, Err(CallError::NotHere));
    });
}

#[test]
fn all_outputs_of_a_step_are_performed_before_the_inputs_that_they_bring_about() {
    for place in [Place::Inline, POOLED] {
        on_bench(|bench| async move {
            let test = cage(&bench, place, true).await;
            assert_eq!(test.say(1, 5).await, Ok(()));
            while bench.jobs.waiting() > 0 {
                test.run().await;
            }
            assert_eq!(bench.log.take(), ["1: echo 50", "1: 5", "1: 50"]);
        });
    }
}

#[test]
fn inputs_wait_in_order_and_under_a_cap_while_the_machine_is_away() {
    on_bench(|bench| async move {
        let test = cage(&bench, POOLED, true).await;
        assert_eq!(test.say(1, 10).await, Ok(()));
        for n in 11..15 {
            assert_eq!(test.say(1, n).await, Ok(()));
        }
        assert_eq!(test.say(1, 15).await, Err(CallError::Busy), "four bytes wait already");
        assert_eq!(bench.jobs.waiting(), 1, "a machine is in one place at a time");
        assert_eq!(bench.log.take(), [""; 0]);
        test.run().await;
        assert_eq!(bench.log.take(), ["1: 10"]);
        test.run().await;
        assert_eq!(bench.log.take(), ["1: 11", "1: 12", "1: 13", "1: 14"]);
        assert_eq!(bench.jobs.waiting(), 0);
    });
}

#[test]
fn a_step_that_the_machine_says_is_light_is_taken_at_once_and_the_next_one_is_asked_about_again() {
    on_bench(|bench| async move {
        // Light, until it has heard three numbers.
        let few = |parrot: &Parrot| parrot.heard.len() < 3;
        let test = judged_cage(&bench, POOLED, true, Some(few)).await;
        for n in [10, 11, 12] {
            assert_eq!(test.say(1, n).await, Ok(()));
        }
        assert_eq!(bench.log.take(), ["1: 10", "1: 11", "1: 12"]);
        assert_eq!(bench.jobs.waiting(), 0);
        assert_eq!(test.say(1, 13).await, Ok(()));
        assert_eq!(bench.log.take(), [""; 0]);
        test.run().await;
        assert_eq!(bench.log.take(), ["1: 13"]);
        // Two numbers of its own, of which the second comes when it is light no longer.
        for n in [10, 1, 2] {
            assert_eq!(test.say(2, n).await, Ok(()));
        }
        assert_eq!(bench.log.take(), ["2: 10", "2: echo 10", "2: 1", "2: 10"]);
        assert_eq!(bench.jobs.waiting(), 1);
        test.run().await;
        test.run().await;
        assert_eq!(bench.log.take(), ["2: echo 20", "2: 2", "2: 20"]);
    });
}

#[test]
fn a_machine_that_a_full_pool_does_not_take_stays_with_its_inputs_and_goes_later() {
    on_bench(|bench| async move {
        let test = cage(&bench, POOLED, true).await;
        for _ in 0..2 {
            troupe_runtime::Executor::submit(&*bench.jobs, Box::new(|| ())).expect("room for two");
        }
        for n in 11..15 {
            assert_eq!(test.say(1, n).await, Ok(()));
        }
        assert_eq!(test.say(1, 15).await, Err(CallError::Busy));
        test.run().await;
        test.run().await;
        bench.clock.advance(Millis(2));
        settle().await;
        assert_eq!(bench.jobs.waiting(), 1, "it was offered again");
        test.run().await;
        assert_eq!(bench.log.take(), ["1: 11", "1: 12", "1: 13", "1: 14"]);
    });
}

#[test]
fn a_machine_is_ticked_when_it_wants_and_not_before() {
    for place in [Place::Inline, POOLED] {
        on_bench(|bench| async move {
            let test = cage(&bench, place, true).await;
            let run_all = async || {
                while bench.jobs.waiting() > 0 {
                    test.run().await;
                }
            };
            assert_eq!(test.say(1, TICK_AT + 30).await, Ok(()));
            run_all().await;
            bench.clock.advance(Millis(29));
            settle().await;
            run_all().await;
            assert_eq!(bench.log.take(), [""; 0]);
            bench.clock.advance(Millis(1));
            settle().await;
            run_all().await;
            assert_eq!(bench.log.take(), ["1: tick at 30ms"]);
            // A tick that is wished for sooner replaces the later one.
            assert_eq!(test.say(1, TICK_AT + 90).await, Ok(()));
            run_all().await;
            assert_eq!(test.say(1, TICK_AT + 60).await, Ok(()));
            run_all().await;
            bench.clock.advance(Millis(30));
            settle().await;
            run_all().await;
            assert_eq!(bench.log.take(), ["1: tick at 60ms"]);
            bench.clock.advance(Millis(60));
            settle().await;
            run_all().await;
            assert_eq!(bench.log.take(), [""; 0]);
        });
    }
}

#[test]
fn a_tick_that_comes_while_the_machine_is_away_is_not_lost() {
    on_bench(|bench| async move {
        let test = cage(&bench, POOLED, true).await;
        assert_eq!(test.say(1, TICK_AT + 30).await, Ok(()));
        test.run().await;
        assert_eq!(test.say(1, 10).await, Ok(()));
        bench.clock.advance(Millis(40));
        settle().await;
        test.run().await;
        test.run().await;
        assert_eq!(bench.log.take(), ["1: 10", "1: tick at 40ms"]);
    });
}

#[test]
fn a_panic_of_one_machine_ends_that_conversation_alone() {
    for place in [Place::Inline, POOLED] {
        on_bench(|bench| async move {
            let test = cage(&bench, place, true).await;
            let run_all = async || {
                while bench.jobs.waiting() > 0 {
                    test.run().await;
                }
            };
            assert_eq!(test.say(2, 20).await, Ok(()));
            assert_eq!(test.say(1, PANIC).await, Ok(()));
            run_all().await;
            assert_eq!(test.say(1, 10).await, Err(CallError::Crashed));
            assert_eq!(test.say(2, 21).await, Ok(()));
            run_all().await;
            assert_eq!(bench.log.take(), ["2: 20", "1: broken", "2: 21"]);
        });
    }
}

#[test]
fn without_a_word_of_its_own_an_actor_falls_with_its_machine() {
    for place in [Place::Inline, POOLED] {
        on_bench(|bench| async move {
            let test = cage(&bench, place, false).await;
            test.say.tell(Say(1, PANIC)).expect("there is room");
            settle().await;
            while bench.jobs.waiting() > 0 {
                test.run().await;
            }
            bench.clock.advance(Millis(50));
            settle().await;
            assert_eq!(bench.log.take(), ["1: broken", "cage 1"]);
        });
    }
}

#[test]
fn a_machine_that_comes_back_does_not_replace_its_successor() {
    on_bench(|bench| async move {
        let test = cage(&bench, POOLED, true).await;
        assert_eq!(test.say(1, TICK_AT + 500).await, Ok(()));
        test.run().await;
        assert_eq!(test.say(1, 10).await, Ok(()));
        assert_eq!(test.put.ask(Put(1)).await, Ok(()));
        assert_eq!(test.say(1, 20).await, Ok(()));
        test.run().await;
        assert_eq!(bench.log.take(), [""; 0], "nobody waits for what the old one says");
        test.run().await;
        assert_eq!(bench.log.take(), ["1: 20"]);
        bench.clock.advance(Millis::secs(1));
        settle().await;
        assert_eq!(bench.jobs.waiting(), 0, "the old one's tick is no tick of the new one");
    });
}
