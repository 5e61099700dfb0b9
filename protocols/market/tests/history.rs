//! Whatever happens in whichever order: the money is where the records say, and every task ends.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Market, SPAN, account, declaration, listing, posting};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use troupe_market::statement::Kind;
use troupe_market::task::{self, Answer, Callback, End, Phase, RESERVES};
use troupe_market::{Counters, data, node};
use troupe_types::Address;

/// Everything that somebody may do; numbers are reduced to what there is.
#[derive(Debug, Clone, Copy)]
struct Step {
    what: u8,
    who: u8,
    task: u64,
    other: u8,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0u8..48, 0u8..40, any::<u64>(), 0u8..8).prop_map(|(what, who, task, other)| Step {
        what,
        who,
        task,
        other,
    });
    prop::collection::vec(step, 200..500)
}

/// Who may do the next thing in a task, chosen so that histories get somewhere.
fn insider(market: &mut Market, number: u64, step: Step) -> u8 {
    if step.other == 7 || number == 0 {
        return step.who;
    }
    let task = market.task(number);
    match task.phase {
        Phase::Consent | Phase::Draw | Phase::Start | Phase::Ended => 1 + step.who % 2,
        Phase::Accept | Phase::Compute => {
            let parties = market.parties(number);
            parties[usize::from(step.who) % parties.len()]
        }
        Phase::Settle => 4,
    }
}

fn take(market: &mut Market, step: Step) {
    let tasks = Counters::now(&mut market.world).tasks;
    // Among the last few.
    let number = if tasks == 0 { 0 } else { tasks - step.task % tasks.min(4) };
    let who = account(insider(market, number, step));
    let any = account(step.who);
    let seat = step.other % 3;
    let _ = match step.what {
        0 => market.act(|world, now| data::publish(world, any, listing(step.who), now)).map(drop),
        1 if step.other == 0 => market
            .act(|world, _| data::update(world, any, 1 + u64::from(step.other % 3), listing(1))),
        2 => market.register(10 + step.who, 1_000 + 500 * u128::from(step.other)).map(drop),
        3 => market.act(|world, _| node::add(world, any, 10 * u128::from(step.other))),
        4 if step.other == 0 => market.act(|world, now| node::leave(world, any, now)),
        5 => market.act(|world, now| node::withdraw(world, any, now)).map(drop),
        6 => market.act(|world, _| node::set_capacity(world, any, step.other.into())),
        7 | 8 => {
            let datasets =
                if step.other > 3 { vec![1, 2] } else { vec![1 + u64::from(step.other) % 2] };
            let sender = account(3 + step.who % 3);
            let wanted = declaration(&datasets, 4);
            let callback = Callback { gas: 1, tip: step.other.into() };
            match step.who % 2 {
                0 => market.act(|world, now| task::declare(world, sender, wanted, now)).map(drop),
                _ => market
                    .act(|world, now| task::declare_with(world, sender, wanted, callback, now))
                    .map(drop),
            }
        }
        9 if step.other == 0 => {
            market.act(|world, now| task::cancel(world, account(3), number, now))
        }
        9 => market.act(|world, _| task::deliver(world, any, number)).map(drop),
        10 | 11 => market.act(|world, now| task::authorise(world, who, number, now)),
        12 if step.other == 0 => market.act(|world, now| task::revoke(world, who, number, now)),
        12 if step.other == 1 => {
            market.act(|world, now| task::decline(world, who, number, End::TooLittle, now))
        }
        13 | 14 => market.act(|world, now| task::accept(world, who, number, now)),
        15 | 16 => market.act(|world, now| task::confirm(world, who, number, now)),
        17 | 18 => {
            let at = market.task_seat(number, who);
            let posting = posting(u8::from(step.other == 1), at);
            market.act(|world, now| task::post(world, who, number, posting, now))
        }
        19 if step.other < 3 => {
            market.act(|world, now| task::give_up(world, who, number, Some(seat), now))
        }
        20 => market.act(|world, now| task::demand(world, who, (number, seat, 1), now)).map(drop),
        21 => answer(market, number),
        22 if step.other < 2 => report(market, number, seat, step),
        23 | 24 => {
            market.block(1);
            Ok(())
        }
        25 if step.other == 0 => {
            market.block(SPAN / 2);
            Ok(())
        }
        26.. => go_on(market, number, who, seat),
        _ => Ok(()),
    };
}

/// Does what a task waits for.
fn go_on(
    market: &mut Market,
    number: u64,
    who: Address,
    seat: u8,
) -> Result<(), troupe_market::Error> {
    if number == 0 {
        return Ok(());
    }
    match market.task(number).phase {
        Phase::Consent => market.act(|world, now| task::authorise(world, who, number, now)),
        Phase::Accept => market.act(|world, now| task::accept(world, who, number, now)),
        Phase::Start => market.act(|world, now| task::confirm(world, who, number, now)),
        Phase::Compute => market.post(number, seat.into(), 1),
        Phase::Draw | Phase::Settle | Phase::Ended => {
            market.block(20);
            Ok(())
        }
    }
}

impl Market {
    fn task_seat(&mut self, number: u64, who: Address) -> usize {
        if number == 0 {
            return 0;
        }
        let parties = self.parties(number);
        parties.iter().position(|party| account(*party) == who).unwrap_or(0)
    }
}

/// Answers what is demanded, if something is.
fn answer(market: &mut Market, number: u64) -> Result<(), troupe_market::Error> {
    if number == 0 {
        return Ok(());
    }
    let task = market.task(number);
    let open = task.demands.iter().position(|demand| demand.answer != Answer::Settled);
    let Some(at) = open else { return Ok(()) };
    let demand = task.demands[at];
    let place = (number, u8::try_from(at).unwrap());
    let parties = market.parties(number);
    match demand.answer {
        Answer::Published { hash, .. } => {
            let from = account(parties[usize::from(demand.from)]);
            market.act(|world, now| task::acknowledge(world, from, place, hash, now))
        }
        Answer::Awaited | Answer::Settled => {
            let of = usize::from(demand.of);
            let party = account(parties[of]);
            market.act(|world, now| task::publish(world, party, place, b"sealed", now))
        }
    }
}

/// Shows contradictions of parties whose nodes are still there.
fn report(
    market: &mut Market,
    number: u64,
    seat: u8,
    step: Step,
) -> Result<(), troupe_market::Error> {
    if number == 0 {
        return Ok(());
    }
    let task = market.task(number);
    let Some(at) = task.seats.get(usize::from(seat)) else { return Ok(()) };
    if node::Node::of(&mut market.world, at.node).is_none() {
        return Ok(());
    }
    let all_there =
        task.seats.iter().all(|seat| node::Node::of(&mut market.world, seat.node).is_some());
    if !all_there {
        return Ok(());
    }
    let before = market.world.clone();
    let (one, other) =
        (market.signed(number, seat, Kind::Sent, 1), market.signed(number, seat, Kind::Sent, 2));
    let stake = node::Node::of(&mut market.world, at.node).unwrap();
    let done = market.act(|world, now| {
        task::report(world, account(step.who), (number, seat), (&one, &other), now)
    });
    if let Ok(lost) = done {
        // Within what is bound to this task and what is bound to none.
        assert!(lost <= stake.free() + at.bond, "{lost} of {stake:?}");
        let again = market.act(|world, now| {
            task::report(world, account(99), (number, seat), (&one, &other), now)
        });
        assert!(again.is_err());
    } else {
        assert_eq!(before, market.world);
    }
    done.map(drop)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn money_is_conserved_and_every_task_ends(steps in steps()) {
        let mut market = Market::busy();
        for (at, step) in steps.iter().enumerate() {
            take(&mut market, *step);
            if at % 16 == 0 {
                market.check();
            }
        }
        market.check();
        // The last deadline of whatever goes on: all phases, everybody asked once, every dispute.
        let longest = 5_000 + SPAN * (4 + RESERVES as u64 + 1) + 300;
        for _ in 0..longest / 250 + 40 {
            market.block(251);
        }
        market.check();
        for (number, task) in task::page(&mut market.world, 0, usize::MAX) {
            prop_assert_eq!(task.phase, Phase::Ended, "task {}: {:?}", number, task);
        }
        // Whoever wants to be told is, and what was staked can be taken back by all.
        for number in 1..=Counters::now(&mut market.world).tasks {
            let _ = market.act(|world, _| task::deliver(world, account(9), number));
        }
        for who in 0..60 {
            let _ = market.act(|world, now| node::leave(world, account(who), now));
        }
        market.block(common::RULES.unbonding.0 + 1);
        for who in 0..60 {
            let _ = market.act(|world, now| node::withdraw(world, account(who), now));
        }
        prop_assert_eq!(troupe_records::World::balance(&mut market.world, troupe_market::contract::TASKS), 0);
    }
}

/// Histories get somewhere: without this the test above could pass on tasks that never start.
#[test]
fn histories_reach_every_end() {
    let mut seen = std::collections::BTreeSet::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..60 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let mut market = Market::busy();
        for step in steps {
            take(&mut market, step);
        }
        (0..60).for_each(|_| market.block(251));
        for (_, task) in task::page(&mut market.world, 0, usize::MAX) {
            seen.extend(task.ending.map(|ending| ending.end));
        }
    }
    for end in [
        End::Paid,
        End::Cancelled,
        End::NoConsent,
        End::Revoked,
        End::NotAccepted,
        End::NotStarted,
        End::Stalled,
        End::Disagreed,
        End::Aborted,
        End::Unanswered,
        End::Caught,
        End::TooLittle,
    ] {
        assert!(seen.contains(&end), "{end:?} is not among {seen:?}");
    }
}
