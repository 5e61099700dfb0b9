//! Tasks from beginning to end, and every way in which they end otherwise.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Market, RICH, RULES, SPAN, account, declaration, listing, node_id, posting};
use troupe_crypto::hash::keccak256;
use troupe_market::Error;
use troupe_market::data::{self, Askers, Listing, Policy};
use troupe_market::node::{self, Node};
use troupe_market::statement::Kind;
use troupe_market::task::{self, End, Phase};
use troupe_wire::List;

/// How it ended, and through whom.
fn end(market: &mut Market, number: u64) -> (End, Option<u8>) {
    market.check();
    let task = market.task(number);
    assert_eq!(task.phase, Phase::Ended);
    let ending = task.ending.unwrap();
    (ending.end, ending.through.map(|who| who.0[0]))
}

fn stake(market: &mut Market, who: u8) -> u128 {
    let number = node::by_account(&mut market.world, account(who)).unwrap();
    Node::of(&mut market.world, number).unwrap().stake
}

#[test]
fn a_task_is_declared_authorised_elected_computed_and_paid() {
    let mut market = Market::busy();
    let number = market.settling();
    assert_eq!(market.task(number).phase, Phase::Settle);
    assert_eq!(market.balance(3), RICH - 502);
    market.check();
    market.block(SPAN);
    assert_eq!(market.task(number).phase, Phase::Settle);
    market.block(1);
    assert_eq!(end(&mut market, number), (End::Paid, None));
    // Three hundred for the parties, a hundred for the data; what does not divide and was too much goes back.
    assert_eq!(market.balance(3), RICH - 400);
    assert_eq!((market.balance(1), market.balance(2)), (RICH + 50, RICH + 50));
    for party in market.parties(number) {
        assert_eq!(market.balance(party) + stake(&mut market, party), RICH + 100);
    }
}

#[test]
fn parties_are_elected_three_views_after_the_last_consent_by_the_word_of_that_view() {
    let mut market = Market::busy();
    let number = market.authorised();
    market.views(2);
    assert_eq!(market.task(number).phase, Phase::Draw);
    market.views(1);
    let drawn = market.task(number);
    let word = keccak256(market.now.height.0.to_be_bytes());
    assert_eq!(drawn.drawn, Some((word, market.now.height)));
    // Anybody comes to the same.
    let nodes = node::page(&mut market.world, 0, 100);
    let candidate = |(number, node): &(u64, Node)| troupe_market::election::Candidate {
        number: *number,
        stake: node.weight_in(drawn.draw_view, &RULES),
    };
    let candidates: Vec<_> = nodes.iter().map(candidate).collect();
    let want = troupe_market::election::elect(&word, number, &candidates, 9);
    let got: Vec<u64> =
        drawn.seats.iter().map(|seat| seat.node).chain(drawn.reserves.into_inner()).collect();
    assert_eq!(got, want);
}

#[test]
fn who_stakes_after_a_task_is_final_does_not_count_in_its_election() {
    let mut market = Market::busy();
    let number = market.authorised();
    // Somebody who knows the word would stake until he is elected.
    for who in 40..60 {
        market.register(who, RICH).unwrap();
    }
    market.act(|world, _| node::add(world, account(10), 500_000)).unwrap();
    let twice = market.act(|world, _| node::add(world, account(10), 1));
    assert_eq!(twice, Err(Error::Pending { views: 3 }));
    market.views(3);
    let parties = market.parties(number);
    assert!(parties.iter().all(|party| (10..30).contains(party)), "{parties:?}");
    let first = Node::of(&mut market.world, 1).unwrap();
    assert_eq!((first.weight, first.stake), (2_000, 502_000));
    let views = troupe_market::Counters::now(&mut market.world).views;
    assert_eq!(first.weight_in(views, &RULES), 2_000);
    assert_eq!(first.weight_in(views + 1, &RULES), 502_000);
    market.views(1);
    market.act(|world, _| node::add(world, account(10), 1)).unwrap();
    market.check();
}

#[test]
fn every_deadline_ends_a_task_and_names_who_let_it_pass() {
    let mut market = Market::busy();
    let number = market.declared();
    market.act(|world, now| task::authorise(world, account(1), number, now)).unwrap();
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, number), (End::NoConsent, Some(2)));
    assert_eq!(market.balance(3), RICH);

    let number = market.authorised();
    market.now.time.0 += RULES.draw.0;
    market.block(1);
    assert_eq!(end(&mut market, number), (End::NoWord, None));

    let number = market.accepted();
    let parties = market.parties(number);
    let before: Vec<u128> = parties.iter().map(|party| market.balance(*party)).collect();
    market.act(|world, now| task::confirm(world, account(1), number, now)).unwrap();
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, number), (End::NotStarted, Some(2)));
    // A tenth of the fee, in three parts.
    assert_eq!(market.balance(3), RICH - 30);
    for (party, before) in parties.iter().zip(before) {
        assert_eq!(market.balance(*party), before + 10);
    }
}

#[test]
fn who_does_not_accept_is_replaced_from_the_same_draw() {
    let mut market = Market::busy();
    let number = market.drawn();
    let drawn = market.task(number);
    let parties = market.parties(number);
    market.act(|world, now| task::accept(world, account(parties[0]), number, now)).unwrap();
    market.block(SPAN + 1);
    let seats: Vec<u64> = market.task(number).seats.iter().map(|seat| seat.node).collect();
    assert_eq!(seats, [drawn.seats[0].node, drawn.reserves[0], drawn.reserves[1]]);
    let late = market.act(|world, now| task::accept(world, account(parties[1]), number, now));
    assert_eq!(late, Err(Error::NoParty));
    // Six reserves for two seats are three more rounds.
    (0..2).for_each(|_| market.block(SPAN + 1));
    assert_eq!(market.task(number).phase, Phase::Accept);
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, number).0, End::NotAccepted);
    // A tenth of the fee: a third of that is for the one that has accepted.
    assert_eq!(market.balance(3), RICH - 30);
    assert_eq!(market.balance(0), 20);
}

#[test]
fn an_owner_may_change_its_mind_until_the_start() {
    let mut market = Market::busy();
    let number = market.declared();
    market.act(|world, now| task::authorise(world, account(1), number, now)).unwrap();
    market.act(|world, now| task::revoke(world, account(1), number, now)).unwrap();
    assert_eq!(market.task(number).phase, Phase::Consent);
    let nothing = market.act(|world, now| task::revoke(world, account(1), number, now));
    assert_eq!(nothing, Err(Error::NotAuthorised));
    market.act(|world, now| task::cancel(world, account(3), number, now)).unwrap();
    assert_eq!(end(&mut market, number), (End::Cancelled, Some(3)));

    for (at, paid) in [(Phase::Draw, 0), (Phase::Accept, 30), (Phase::Start, 30)] {
        let before = market.balance(3);
        let number = match at {
            Phase::Draw => market.authorised(),
            Phase::Accept => market.drawn(),
            _ => market.accepted(),
        };
        let cancelled = market.act(|world, now| task::cancel(world, account(3), number, now));
        assert_eq!(cancelled, Err(Error::Phase { got: at }));
        market.act(|world, now| task::revoke(world, account(2), number, now)).unwrap();
        assert_eq!(end(&mut market, number), (End::Revoked, Some(2)));
        assert_eq!(market.balance(3), before - paid);
    }
    let number = market.started();
    let late = market.act(|world, now| task::revoke(world, account(2), number, now));
    assert_eq!(late, Err(Error::Phase { got: Phase::Compute }));
}

#[test]
fn an_owner_ends_what_is_about_to_start_and_says_why() {
    for why in [End::TooLittle, End::Forbidden, End::Unready] {
        let mut market = Market::busy();
        let number = market.accepted();
        let (parties, before) = (market.parties(number), market.balance(3));
        let earned: Vec<u128> = parties.iter().map(|party| market.balance(*party)).collect();
        let decline = |market: &mut Market, who, why| {
            market.act(|world, now| task::decline(world, account(who), number, why, now))
        };
        assert_eq!(decline(&mut market, 3, why), Err(Error::NoOwner));
        for other in [End::Paid, End::Revoked, End::Caught] {
            assert_eq!(decline(&mut market, 1, other), Err(Error::Reason { got: other as u8 }));
        }
        // Until all have let the parties start.
        market.act(|world, now| task::confirm(world, account(1), number, now)).unwrap();
        decline(&mut market, 1, why).unwrap();
        assert_eq!(end(&mut market, number), (why, Some(1)));
        assert_eq!(decline(&mut market, 2, why), Err(Error::Phase { got: Phase::Ended }));
        // As much as it costs to take back an authorisation then, and nobody's bond.
        assert_eq!(market.balance(3), before + 302 + 200 - 30);
        for (party, earned) in parties.iter().zip(earned) {
            assert_eq!(market.balance(*party), earned + 10);
        }
        assert!(market.task(number).seats.iter().all(|seat| seat.bond == 0));
        market.check();
    }
    for at in [Phase::Consent, Phase::Draw, Phase::Accept, Phase::Compute] {
        let mut market = Market::busy();
        let number = match at {
            Phase::Consent => market.declared(),
            Phase::Draw => market.authorised(),
            Phase::Accept => market.drawn(),
            _ => market.started(),
        };
        let early =
            market.act(|world, now| task::decline(world, account(1), number, End::TooLittle, now));
        assert_eq!(early, Err(Error::Phase { got: at }));
    }
    let numbers: Vec<u8> = (0..=u8::MAX).filter(|number| End::of(*number).is_some()).collect();
    assert_eq!(numbers, (1..=16).collect::<Vec<u8>>());
}

#[test]
fn data_that_were_changed_are_not_what_was_agreed_on() {
    let mut market = Market::busy();
    let number = market.authorised();
    market.act(|world, _| data::update(world, account(1), 1, listing(1))).unwrap();
    market.views(3);
    assert_eq!(end(&mut market, number), (End::Revoked, Some(1)));
    let number = market.accepted();
    market.act(|world, _| data::revoke(world, account(1), 1)).unwrap();
    let gone = market.act(|world, now| task::confirm(world, account(1), number, now));
    assert_eq!(gone, Err(Error::Revoked { dataset: 1 }));
    let again = market.act(|world, _| data::update(world, account(1), 1, listing(1)));
    assert_eq!(again, Err(Error::Revoked { dataset: 1 }));
}

#[test]
fn who_says_nothing_loses_its_bond_and_who_gives_up_does_not() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let stakes: Vec<u128> = parties.iter().map(|party| stake(&mut market, *party)).collect();
    market.post(number, 0, 1).unwrap();
    market
        .act(|world, now| task::give_up(world, account(parties[1]), number, Some(2), now))
        .unwrap();
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, number), (End::Stalled, Some(parties[2])));
    let now: Vec<u128> = parties.iter().map(|party| stake(&mut market, *party)).collect();
    assert_eq!(now, [stakes[0], stakes[1], stakes[2] - 100]);
    assert_eq!((market.balance(1), market.balance(2)), (RICH + 50, RICH + 50));
    assert_eq!(market.balance(3), RICH);
}

#[test]
fn parties_that_disagree_or_give_up_end_a_task_without_a_fault() {
    let mut market = Market::busy();
    let number = market.started();
    (0..3).for_each(|seat| market.post(number, seat, u8::from(seat == 1)).unwrap());
    assert_eq!(end(&mut market, number), (End::Disagreed, None));
    let number = market.started();
    let parties = market.parties(number);
    market.post(number, 0, 1).unwrap();
    assert_eq!(market.post(number, 0, 1), Err(Error::Twice));
    market.act(|world, now| task::give_up(world, account(parties[1]), number, None, now)).unwrap();
    market.post(number, 2, 1).unwrap();
    // The two others may show in this time that it had signed what they posted.
    market.block(RULES.answer.0 + 1);
    assert_eq!(end(&mut market, number), (End::Aborted, Some(parties[1])));
    assert_eq!(market.balance(3), RICH);
}

#[test]
fn a_message_that_never_came_is_published_and_acknowledged() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let who = |seat: usize| account(parties[seat]);
    let demand = market.act(|world, now| task::demand(world, who(0), (number, 1, 5), now)).unwrap();
    let by_other =
        market.act(|world, now| task::publish(world, who(2), (number, demand), b"m", now));
    assert_eq!(by_other, Err(Error::NoParty));
    let early = market
        .act(|world, now| task::acknowledge(world, who(0), (number, demand), keccak256(b"m"), now));
    assert_eq!(early, Err(Error::NotPublished));
    let long = vec![0; task::MAX_PUBLISHED + 1];
    let too_long =
        market.act(|world, now| task::publish(world, who(1), (number, demand), &long, now));
    assert!(matches!(too_long, Err(Error::TooLong { .. })));
    market.act(|world, now| task::publish(world, who(1), (number, demand), b"m", now)).unwrap();
    let wrong = market
        .act(|world, now| task::acknowledge(world, who(0), (number, demand), keccak256(b"n"), now));
    assert!(matches!(wrong, Err(Error::Hash { .. })));
    market
        .act(|world, now| task::acknowledge(world, who(0), (number, demand), keccak256(b"m"), now))
        .unwrap();
    (0..3).for_each(|seat| market.post(number, seat, 1).unwrap());
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, number), (End::Paid, None));
}

#[test]
fn who_does_not_publish_or_acknowledge_loses_its_small_bond() {
    for does_publish in [false, true] {
        let mut market = Market::busy();
        let number = market.started();
        let parties = market.parties(number);
        let who = |seat: usize| account(parties[seat]);
        for seat in [1, 2] {
            market.act(|world, now| task::give_up(world, who(seat), number, None, now)).unwrap();
        }
        market.now.time.0 += SPAN - 50;
        let demand =
            market.act(|world, now| task::demand(world, who(0), (number, 1, 5), now)).unwrap();
        // There is time for an answer, however late it was demanded.
        assert_eq!(market.task(number).deadline.0, market.now.time.0 + 300);
        if does_publish {
            market.now.time.0 += 100;
            market
                .act(|world, now| task::publish(world, who(1), (number, demand), b"m", now))
                .unwrap();
        }
        market.block(301);
        let silent = parties[if does_publish { 0 } else { 1 }];
        assert_eq!(end(&mut market, number), (End::Unanswered, Some(silent)));
        // Who has what it demanded may speak, and loses its bond where it does not.
        let lost = if does_publish { RULES.bond } else { RULES.small_bond };
        assert_eq!((market.balance(1), market.balance(2)), (RICH + lost / 2, RICH + lost / 2));
        assert_eq!(market.balance(3), RICH);
    }
}

#[test]
fn nobody_can_demand_anything_of_parties_that_have_all_posted() {
    let mut market = Market::busy();
    let number = market.started();
    let receiver = market.act(|world, now| task::demand(world, account(4), (number, 1, 0), now));
    assert_eq!(receiver, Err(Error::NoNode), "messages are demanded by those they are for");
    let parties = market.parties(number);
    (0..3).for_each(|seat| market.post(number, seat, 1).unwrap());
    for who in [3, 4, parties[0]] {
        for seat in 0..3 {
            let late =
                market.act(|world, now| task::demand(world, account(who), (number, seat, 0), now));
            assert_eq!(late, Err(Error::Phase { got: Phase::Settle }));
        }
    }
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, number), (End::Paid, None));
}

#[test]
fn who_contradicts_itself_is_slashed_once_and_expelled() {
    let mut market = Market::busy();
    let number = market.started();
    let party = market.parties(number)[1];
    let had = stake(&mut market, party);
    let first = market.signed(number, 1, Kind::Sent, 1);
    let second = market.signed(number, 1, Kind::Sent, 2);
    let foreign = market.signed(number, 0, Kind::Sent, 2);
    let place = (number, 1);
    for (one, other) in [(&first, &first), (&first, &foreign)] {
        let no =
            market.act(|world, now| task::report(world, account(50), place, (one, other), now));
        let is_one = matches!(no, Err(Error::NoContradiction | Error::Signature(_)));
        assert!(is_one, "{no:?}");
    }
    let pair = (&first, &second);
    let own = market.act(|world, now| task::report(world, account(party), place, pair, now));
    assert_eq!(own, Err(Error::Oneself));
    let lost = market.act(|world, now| task::report(world, account(50), place, pair, now)).unwrap();
    assert_eq!(lost, 100 + (had - 100) * 30 / 100);
    assert_eq!(stake(&mut market, party), had - lost);
    assert_eq!(market.balance(50), RICH + lost / 10);
    assert_eq!(end(&mut market, number), (End::Caught, Some(party)));
    assert_eq!(market.balance(3), RICH);
    let again = market.act(|world, now| task::report(world, account(50), place, pair, now));
    assert_eq!(again, Err(Error::Punished));
    let refused = market.act(|world, _| node::add(world, account(party), 1));
    assert_eq!(refused, Err(Error::Left));
}

#[test]
fn a_verdict_reaches_a_stake_after_a_task_until_it_is_taken_back() {
    let mut market = Market::busy();
    let number = market.settling();
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, number), (End::Paid, None));
    let parties = market.parties(number);
    for party in &parties[..2] {
        market.act(|world, now| node::leave(world, account(*party), now)).unwrap();
    }
    let early = market.act(|world, now| node::withdraw(world, account(parties[0]), now));
    assert!(matches!(early, Err(Error::Bound { .. })), "{early:?}");
    // It posted another result than it signed.
    let honest = market.signed(number, 0, Kind::Result, 1);
    let liar = market.signed(number, 0, Kind::Result, 2);
    let no =
        market.act(|world, now| task::report_posted(world, account(50), (number, 0), &honest, now));
    assert_eq!(no, Err(Error::NoContradiction));
    let had = stake(&mut market, parties[0]);
    let lost = market
        .act(|world, now| task::report_posted(world, account(50), (number, 0), &liar, now))
        .unwrap();
    assert_eq!(lost, 100 + (had - 100) * 30 / 100);
    market.check();
    market.now.time.0 += RULES.unbonding.0;
    let taken = market.act(|world, now| node::withdraw(world, account(parties[0]), now)).unwrap();
    assert_eq!(taken, had - lost);
    market.act(|world, now| node::withdraw(world, account(parties[1]), now)).unwrap();
    let gone = market.act(|world, now| {
        let liar = (&liar, &liar);
        task::report(world, account(50), (number, 1), liar, now)
    });
    assert_eq!(gone, Err(Error::NoNode));
    market.check();
}

#[test]
fn policies_say_who_computes() {
    let mut market = Market::busy();
    let with = |policy: Policy| Listing { policy, ..listing(1) };
    let policy = listing(1).policy;
    // Only these, one of them the owner's own.
    let named = List::new([12, 13, 14, 15].map(node_id).to_vec()).unwrap();
    let named = Policy { named, ..policy.clone() };
    let own = Listing { node: node_id(13), ..with(Policy { is_own_party: true, ..named.clone() }) };
    market.act(|world, _| data::update(world, account(1), 1, own)).unwrap();
    for _ in 0..5 {
        let number = market.drawn();
        let parties = market.parties(number);
        assert_eq!(parties[0], 13);
        assert!(parties.iter().all(|party| (12..16).contains(party)), "{parties:?}");
        market.check();
    }
    // Two policies that leave too few.
    let excluded = List::new(vec![node_id(12), node_id(13)]).unwrap();
    let named = with(named);
    market.act(|world, _| data::update(world, account(1), 1, named)).unwrap();
    let other = Listing { policy: Policy { excluded, ..policy.clone() }, ..listing(2) };
    market.act(|world, _| data::update(world, account(2), 2, other)).unwrap();
    let number = market.drawn();
    assert_eq!(end(&mut market, number), (End::NoParties, None));
    // Who may ask is checked when a task is declared.
    let askers = Askers::Listed(List::new(vec![account(9)]).unwrap());
    let listed = with(Policy { askers, ..policy });
    market.act(|world, _| data::update(world, account(1), 1, listed)).unwrap();
    let asked =
        market.act(|world, now| task::declare(world, account(3), declaration(&[1], 4), now));
    assert!(matches!(asked, Err(Error::Policy { dataset: 1, .. })));
    market.act(|world, now| task::declare(world, account(9), declaration(&[1], 4), now)).unwrap();
}

#[test]
fn a_sender_excludes_some_nodes_but_not_more_than_half_of_the_stake() {
    let mut market = Market::busy();
    for (excluded, ends) in [(10..14u8, false), (15..30, true)] {
        let excluded = List::new(excluded.map(node_id).collect()).unwrap();
        let wanted = task::Declaration { excluded: excluded.clone(), ..declaration(&[1], 4) };
        let number =
            market.act(|world, now| task::declare(world, account(3), wanted, now)).unwrap();
        market.act(|world, now| task::authorise(world, account(1), number, now)).unwrap();
        market.views(3);
        if ends {
            assert_eq!(end(&mut market, number), (End::NoParties, None));
        } else {
            let parties = market.parties(number);
            assert!(parties.iter().all(|party| !excluded.contains(&node_id(*party))));
        }
    }
}

#[test]
fn who_is_involved_does_not_compute() {
    let mut market = Market::busy();
    for round in 0..10 {
        let wanted = task::Declaration {
            receivers: List::new((12..20).map(account).collect()).unwrap(),
            ..declaration(&[1], 4)
        };
        let number = market
            .act(|world, now| task::declare(world, account(20 + round), wanted, now))
            .unwrap();
        market.act(|world, now| task::authorise(world, account(1), number, now)).unwrap();
        market.views(3);
        let parties = market.parties(number);
        let is_involved = |party: &u8| (12..20).contains(party) || *party == 20 + round;
        assert!(!parties.iter().any(is_involved), "{parties:?}");
    }
    market.check();
}

#[test]
fn declarations_are_bounded() {
    let mut market = Market::busy();
    let good = declaration(&[1, 2], 4);
    let mut refused = |wanted: task::Declaration| {
        market.act(|world, now| task::declare(world, account(3), wanted, now)).unwrap_err().code()
    };
    let spans = |consent| task::Spans { consent: troupe_types::Millis(consent), ..good.spans };
    let codes = [
        refused(task::Declaration { datasets: vec![], ..good.clone() }),
        refused(task::Declaration { datasets: (1..=17).collect(), ..good.clone() }),
        refused(task::Declaration { datasets: vec![1, 1], ..good.clone() }),
        refused(task::Declaration { datasets: vec![1, 9], ..good.clone() }),
        refused(task::Declaration { algorithms: 0, ..good.clone() }),
        refused(task::Declaration { algorithms: 2, ..good.clone() }),
        refused(task::Declaration { engine: 2, ..good.clone() }),
        refused(task::Declaration { least_group: 4, ..good.clone() }),
        refused(task::Declaration { least_rows: 101, ..good.clone() }),
        refused(task::Declaration { receivers: List::default(), ..good.clone() }),
        refused(task::Declaration { prices: 99, ..good.clone() }),
        refused(task::Declaration { fee: RICH, ..good.clone() }),
        refused(task::Declaration { fee: u128::MAX, ..good.clone() }),
        refused(task::Declaration { spans: spans(0), ..good.clone() }),
        refused(task::Declaration { spans: spans(u64::MAX), ..good.clone() }),
    ];
    let want = [
        310_005, 310_005, 313_001, 311_002, 313_001, 311_005, 313_001, 311_005, 311_005, 310_005,
        313_003, 310_002, 310_003, 313_002, 313_002,
    ];
    assert_eq!(codes, want);
}

#[test]
fn a_node_registers_once_with_its_own_signature() {
    let mut market = Market::busy();
    assert_eq!(market.register(10, 5_000), Err(Error::Registered));
    assert!(matches!(market.register(50, 999), Err(Error::Stake { .. })));
    let key = common::secret(60).verifying_key().to_bytes();
    // A signature for somebody else is none for the caller.
    let digest = node::registration(common::CHAIN, account(61), &key);
    let signature = ed25519_dalek::Signer::sign(&common::secret(60), &digest.0).to_bytes();
    let stolen = market
        .act(|world, now| node::register(world, account(60), (key, signature), (1, 5_000), now));
    assert!(matches!(stolen, Err(Error::Registration(_))));
    assert_eq!(
        market.act(|world, now| node::withdraw(world, account(10), now)),
        Err(Error::NotLeft)
    );
    let number = market.drawn();
    let late = posting(1, 0);
    let early = market.act(|world, now| task::post(world, account(10), number, late, now));
    assert_eq!(early, Err(Error::Phase { got: Phase::Accept }));
}

#[test]
fn what_parties_kept_they_compute_with_again_in_their_seats() {
    use troupe_market::algorithm::{SAME_PARTIES, bit};
    let mut market = Market::busy();
    let first = market.settling();
    let declare = |market: &mut Market, sender, wanted: task::Declaration| {
        market.act(|world, now| task::declare(world, account(sender), wanted, now))
    };
    let (one, same) = (declaration(&[1], 4), 1 | bit(SAME_PARTIES));
    let after = |task| task::Declaration { after: task, algorithms: same, ..one.clone() };
    let allowed =
        Listing { policy: Policy { algorithms: same, ..listing(1).policy }, ..listing(1) };
    market.act(|world, _| data::update(world, account(1), 1, allowed)).unwrap();

    let early = declare(&mut market, 3, after(first)).unwrap_err();
    assert_eq!(early.code(), 313_001, "the first is not paid yet");
    market.block(SPAN + 1);
    assert_eq!(end(&mut market, first).0, End::Paid);
    let stranger = List::new(vec![account(4), account(5)]).unwrap();
    let excluded = List::new(vec![node_id(12)]).unwrap();
    for (wrong, code) in [
        (after(99), 313_005),
        (task::Declaration { algorithms: 1, ..after(first) }, 313_001),
        (task::Declaration { after: 0, ..after(first) }, 313_001),
        (task::Declaration { receivers: stranger, ..after(first) }, 313_001),
        (task::Declaration { excluded, ..after(first) }, 313_001),
        // The other data set does not allow it.
        (task::Declaration { datasets: vec![1, 2], ..after(first) }, 311_005),
    ] {
        assert_eq!(declare(&mut market, 3, wrong.clone()).unwrap_err().code(), code, "{wrong:?}");
    }

    let second = declare(&mut market, 3, after(first)).unwrap();
    market.act(|world, now| task::authorise(world, account(1), second, now)).unwrap();
    market.views(3);
    assert_eq!(market.parties(second), market.parties(first));
    assert!(market.task(second).reserves.is_empty());
    // Nobody takes the place of one that does not accept.
    market.block(SPAN + 1);
    let third = market.parties(first)[0];
    assert_eq!(end(&mut market, second), (End::NotAccepted, Some(third)));

    // Where one of them has left there is no task.
    market.act(|world, now| node::leave(world, account(third), now)).unwrap();
    let late = declare(&mut market, 3, after(first)).unwrap();
    market.act(|world, now| task::authorise(world, account(1), late, now)).unwrap();
    market.views(3);
    assert_eq!(end(&mut market, late), (End::NoParties, None));
    market.check();
}
