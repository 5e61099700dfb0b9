//! What somebody tries who declares tasks to win by them, and what it comes to.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Market, RICH, RULES, SPAN, account, declaration, listing, node_id};
use troupe_crypto::hash::keccak256;
use troupe_market::data::{self, Listing, Policy};
use troupe_market::node::{self, Node};
use troupe_market::statement::Kind;
use troupe_market::task::{self, Declaration, End, LONGEST_WAIT, Phase, Spans};
use troupe_market::{Error, Rules};
use troupe_types::Millis;
use troupe_wire::List;

/// How it ended, with books in order.
fn end(market: &mut Market, number: u64) -> End {
    market.check();
    market.task(number).ending.unwrap().end
}

fn declare(market: &mut Market, wanted: Declaration) -> Result<u64, Error> {
    market.act(|world, now| task::declare(world, account(3), wanted, now))
}

fn stakes(market: &mut Market, number: u64) -> Vec<u128> {
    let seats = market.task(number).seats;
    seats.iter().map(|seat| Node::of(&mut market.world, seat.node).unwrap().stake).collect()
}

#[test]
fn nobody_is_bound_to_a_phase_in_which_it_cannot_answer() {
    let mut market = Market::busy();
    let good = declaration(&[1, 2], 4).spans;
    let (least, compute) = (RULES.least_span, RULES.least_compute());
    assert_eq!(compute.0, RULES.answer.0 + least.0);
    let short = |span: Millis| Millis(span.0 - 1);
    let long = LONGEST_WAIT.plus(Millis(1));
    for (spans, allowed) in [
        (Spans { compute: Millis(1), ..good }, false),
        (Spans { compute: short(compute), ..good }, false),
        (Spans { compute, ..good }, true),
        (Spans { accept: short(least), ..good }, false),
        (Spans { start: short(least), ..good }, false),
        (Spans { settle: short(least), ..good }, false),
        (Spans { accept: least, start: least, settle: least, ..good }, true),
        // Nor does anybody keep a bond for weeks.
        (Spans { start: long, ..good }, false),
        (Spans { settle: long, ..good }, false),
        (Spans { start: LONGEST_WAIT, settle: LONGEST_WAIT, ..good }, true),
    ] {
        let declared = declare(&mut market, Declaration { spans, ..declaration(&[1, 2], 4) });
        let is_refused = matches!(declared, Err(Error::Span { .. }));
        assert_eq!((declared.is_ok(), is_refused), (allowed, !allowed), "{spans:?}");
    }
}

#[test]
fn one_seat_at_most_is_for_a_node_of_an_owner() {
    let mut market = Market::busy();
    let own = |node: u8, name: u8| {
        let policy = Policy { is_own_party: true, ..listing(1).policy };
        Listing { node: node_id(node), policy, ..listing(name) }
    };
    for (owner, node) in [(10, 10), (11, 11), (10, 10)] {
        market
            .act(|world, now| data::publish(world, account(owner), own(node, owner), now))
            .unwrap();
    }
    let two = declare(&mut market, declaration(&[1, 3, 4], 4));
    assert_eq!(two, Err(Error::TooManyOwn { got: 2, most: 1 }));
    let wanted = Declaration { prices: 1_000, ..declaration(&[3, 5], 4) };
    let number = declare(&mut market, wanted).unwrap();
    market.act(|world, now| task::authorise(world, account(10), number, now)).unwrap();
    market.views(3);
    let seats = market.task(number).seats;
    assert_eq!(seats.iter().filter(|seat| seat.is_own).count(), 1);
    assert_eq!(market.parties(number)[0], 10);
}

#[test]
fn a_task_costs_a_fee_and_whoever_tries_another_election_loses_some_of_it() {
    let mut market = Market::busy();
    let cheap = Declaration { fee: RULES.least_fee - 1, ..declaration(&[1, 2], 4) };
    let refused = declare(&mut market, cheap).unwrap_err();
    assert_eq!(refused.code(), 313_016);
    assert_eq!(refused, Error::Fee { got: 299, least: 300 });

    // An owner does not like who was elected, and has taken the sender's side.
    let before = market.balance(3);
    let number = market.drawn();
    market.act(|world, now| task::revoke(world, account(1), number, now)).unwrap();
    assert_eq!(end(&mut market, number), End::Revoked);
    assert_eq!((market.balance(3), market.balance(1)), (before - 30, RICH));
    assert_eq!(market.balance(0), 30, "it is nobody's");

    // The data are changed in the very block that elects: its proposer knows the word.
    let number = market.authorised();
    market.views(2);
    market.act(|world, _| data::update(world, account(1), 1, listing(1))).unwrap();
    market.views(1);
    assert_eq!(end(&mut market, number), End::Revoked);
    assert_eq!(market.balance(0), 60);

    // An owner's own node is not ready for parties that it does not like.
    let policy = Policy { is_own_party: true, ..listing(1).policy };
    let own = Listing { node: node_id(10), policy, ..listing(1) };
    market.act(|world, _| data::update(world, account(1), 1, own)).unwrap();
    let number = market.authorised();
    market.act(|world, _| node::set_capacity(world, account(10), 0)).unwrap();
    market.views(3);
    assert_eq!(end(&mut market, number), End::NoParties);
    assert_eq!(market.balance(0), 90);
    assert_eq!(market.balance(3), before - 90);

    // Before the word is known it costs nothing.
    let number = market.authorised();
    market.views(2);
    market.act(|world, now| task::revoke(world, account(2), number, now)).unwrap();
    assert_eq!((end(&mut market, number), market.balance(3)), (End::Revoked, before - 90));
}

/// More tasks than are elected in a block, all due in the same view.
fn many(market: &mut Market, count: usize) -> Vec<u64> {
    let tasks: Vec<u64> = (0..count).map(|_| market.authorised()).collect();
    let views: Vec<u64> = tasks.iter().map(|number| market.task(*number).draw_view).collect();
    assert!(views.iter().all(|view| *view == views[0]));
    tasks
}

#[test]
fn who_waits_for_its_turn_is_elected_by_the_word_of_its_view() {
    let mut market = Market::busy();
    let tasks = many(&mut market, 20);
    market.views(3);
    let word = keccak256(market.now.height.0.to_be_bytes());
    let waiting = |market: &mut Market| -> usize {
        tasks.iter().filter(|number| market.task(**number).phase == Phase::Draw).count()
    };
    assert_eq!(waiting(&mut market), 12);
    market.check();
    // Their word has come: no deadline ends them, and no view that goes by gives them another one.
    market.now.time.0 += RULES.draw.0;
    market.views(1);
    assert_eq!(waiting(&mut market), 4);
    market.check();
    market.views(1);
    for number in &tasks {
        let task = market.task(*number);
        assert_eq!(task.drawn.map(|(word, _)| word), Some(word), "task {number}");
        assert_eq!((task.seats.len(), task.ending), (3, None));
    }
    market.check();
    let late = market.authorised();
    market.views(3);
    let other = market.task(late).drawn.unwrap().0;
    assert_ne!(other, word, "no word is kept for who did not wait for it");
}

#[test]
fn a_stake_of_after_the_word_does_not_count_for_whoever_waits_for_its_turn() {
    let election = |adds: bool| {
        let mut market = Market::busy();
        let tasks = many(&mut market, 60);
        market.views(3);
        for _ in 0..6 {
            // Whoever knows the word stakes as soon and as often as it may.
            let added = market.act(|world, _| match adds {
                true => node::add(world, account(10), 100_000),
                false => Ok(()),
            });
            assert!(matches!(added, Ok(()) | Err(Error::Pending { .. })));
            market.views(1);
        }
        market.views(4);
        let last = *tasks.last().unwrap();
        (market.task(last).seats, market)
    };
    let (honest, _) = election(false);
    let (hostile, mut market) = election(true);
    assert_eq!((honest.len(), &honest), (3, &hostile));
    // When all have been elected it can stake again.
    market.act(|world, _| node::add(world, account(10), 1)).unwrap();
    market.check();
}

#[test]
fn it_is_told_how_many_seats_went_to_others() {
    let mut market = Market::busy();
    let number = market.drawn();
    assert_eq!(market.task(number).replaced, 0);
    let parties = market.parties(number);
    market.act(|world, now| task::accept(world, account(parties[0]), number, now)).unwrap();
    for replaced in [2, 4] {
        market.block(SPAN + 1);
        assert_eq!(market.task(number).replaced, replaced);
    }
}

#[test]
fn who_gives_up_after_it_has_signed_is_held_to_what_it_signed() {
    for gives_up in [true, false] {
        let mut market = Market::busy();
        let number = market.started();
        let parties = market.parties(number);
        let before = stakes(&mut market, number);
        let result = market.signed(number, 2, Kind::Result, 1);
        let transcript = market.signed(number, 2, Kind::Transcript, 9);
        let show = |market: &mut Market, signed: [&task::Signed; 2]| {
            let [result, transcript] = signed;
            market.act(|world, now| task::show(world, (number, 2), (result, transcript), now))
        };
        market.post(number, 0, 1).unwrap();
        assert_eq!(show(&mut market, [&result, &transcript]), Err(Error::NotAgreed), "one posted");
        market.post(number, 1, 1).unwrap();
        if gives_up {
            market
                .act(|world, now| task::give_up(world, account(parties[2]), number, None, now))
                .unwrap();
        }
        let other = market.signed(number, 2, Kind::Result, 2);
        let foreign = market.signed(number, 1, Kind::Result, 1);
        assert_eq!(show(&mut market, [&other, &transcript]), Err(Error::NotAgreed));
        assert_eq!(show(&mut market, [&transcript, &result]), Err(Error::NotAgreed));
        let forged = show(&mut market, [&foreign, &transcript]);
        assert!(matches!(forged, Err(Error::Signature(_))), "{forged:?}");
        show(&mut market, [&result, &transcript]).unwrap();
        assert_eq!(market.task(number).phase, Phase::Settle);
        market.check();
        assert_eq!(market.post(number, 2, 1), Err(Error::Phase { got: Phase::Settle }));
        market.block(SPAN + 1);
        assert_eq!(end(&mut market, number), End::Paid);
        assert_eq!(stakes(&mut market, number), before);
        assert_eq!(market.balance(3), RICH - 400);
    }
}

#[test]
fn who_gives_up_and_has_signed_nothing_ends_the_task_once_there_was_time_to_show_it() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let before = stakes(&mut market, number);
    market.post(number, 0, 1).unwrap();
    market.act(|world, now| task::give_up(world, account(parties[1]), number, None, now)).unwrap();
    market.post(number, 2, 1).unwrap();
    let task = market.task(number);
    let (got, want) = (task.deadline.0, market.now.time.0 + RULES.answer.0);
    assert_eq!((task.phase, got), (Phase::Compute, want));
    market.check();
    market.block(RULES.answer.0 + 1);
    assert_eq!(end(&mut market, number), End::Aborted);
    assert_eq!((market.balance(3), stakes(&mut market, number)), (RICH, before));
}

#[test]
fn the_rules_of_a_chain_say_so_by_default() {
    let rules = Rules::default();
    assert_eq!(rules.least_compute(), rules.answer.plus(rules.least_span));
    assert!(rules.least_fee > 0);
    let excluded = List::new((15..30).map(node_id).collect()).unwrap();
    let mut market = Market::busy();
    let before = market.balance(3);
    let number = declare(&mut market, Declaration { excluded, ..declaration(&[1], 4) }).unwrap();
    market.act(|world, now| task::authorise(world, account(1), number, now)).unwrap();
    market.views(3);
    assert_eq!(end(&mut market, number), End::NoParties);
    assert_eq!(market.balance(3), before - 30, "whoever excludes too many has tried an election");
}
