//! Who votes with what.

use super::{Chain, LAT, RICH, STAKE, State, account, id};
use troupe_staking::contract::GOVERNANCE;
use troupe_staking::governance::{self, Choice, Refused, Request};
use troupe_staking::stake;
use troupe_staking::world::World;

const LATS: u128 = STAKE / LAT;

/// A text that founder 1 proposes.
fn chain(alternatives: u32) -> Chain {
    let mut chain = Chain::new(alternatives);
    chain.submit(1, 1, Request::Text).unwrap();
    chain
}

#[test]
fn a_text_is_accepted_by_two_thirds_of_more_than_half() {
    let mut chain = chain(7);
    for by in 1..=3 {
        chain.vote(by, 1, Choice::Yes).unwrap();
    }
    chain.vote(4, 1, Choice::No).unwrap();
    assert_eq!(chain.tally(1), [3 * LATS, LATS, 0, 7 * LATS]);
    for _ in 0..5 {
        chain.end_round();
        assert_eq!(chain.state(1), State::Voting);
    }
    chain.end_round();
    assert_eq!(chain.state(1), State::Passed);
    // Its text is taken; that of one that was not accepted is free again.
    chain.submit(1, 2, Request::Text).unwrap();
    let mut again = chain.world.clone();
    chain.end_votes();
    assert_eq!(chain.state(2), State::Failed);
    let submission = |pip: &str| governance::Submission {
        id: id(9),
        node: super::node(1),
        pip: pip.to_owned(),
        request: Request::Text,
    };
    let now = governance::Moment { height: troupe_types::Height(9), time: chain.time };
    let submit = |world: &mut _, pip| governance::submit(world, account(1), submission(pip), now);
    let taken = Refused::PipTaken { pip: "PIP-1".into() };
    assert_eq!(submit(&mut chain.world, "PIP-1"), Err(taken.into()));
    assert_eq!(submit(&mut chain.world, "PIP-2"), Ok(()));
    let taken = Refused::PipTaken { pip: "PIP-2".into() };
    assert_eq!(submit(&mut again, "PIP-2"), Err(taken.into()));
}

#[test]
fn abstaining_counts_for_the_half_and_not_for_the_two_thirds() {
    let mut chain = chain(7);
    for (by, choice) in [(1, Choice::Yes), (2, Choice::Yes), (3, Choice::Abstain), (4, Choice::Yes)]
    {
        chain.vote(by, 1, choice).unwrap();
    }
    assert_eq!(chain.tally(1), [3 * LATS, 0, LATS, 7 * LATS]);
    chain.vote(5, 1, Choice::Abstain).unwrap();
    chain.end_votes();
    assert_eq!(chain.state(1), State::Failed);
}

#[test]
fn a_vote_of_a_delegator_takes_the_place_of_that_of_the_candidate_it_follows() {
    let mut chain = chain(4);
    chain.delegate(40, 1, 1_000);
    chain.delegate(40, 2, 2_000);
    chain.delegate(41, 1, 500);
    chain.vote(1, 1, Choice::Yes).unwrap();
    assert_eq!(chain.tally(1), [LATS + 1_500, 0, 0, 4 * LATS + 3_500]);
    chain.hold(40, 1, Choice::No, 0).unwrap();
    // What is with founder 2 counts for nobody else, as he did not vote; what can be voted with is no more.
    assert_eq!(chain.tally(1), [LATS + 500, 3_000, 0, 4 * LATS + 3_500]);
    // Later delegations count, and what is taken back does not.
    chain.delegate(40, 3, 100);
    chain.delegate(40, 1, 50);
    assert_eq!(chain.tally(1), [LATS + 500, 3_150, 0, 4 * LATS + 3_650]);
    chain.undelegate(40, 2, 2_000);
    chain.undelegate(40, 1, 1_040);
    assert_eq!(chain.tally(1), [LATS + 500, 110, 0, 4 * LATS + 610]);
    chain.vote(2, 1, Choice::Abstain).unwrap();
    assert_eq!(chain.tally(1), [LATS + 500, 110, LATS, 4 * LATS + 610]);
    assert_eq!(governance::audit(&mut chain.world), Ok(0));
    // After the end nothing changes any more.
    chain.end_votes();
    let result = chain.tally(1);
    chain.delegate(40, 1, 5_000);
    assert_eq!(chain.tally(1), result);
}

#[test]
fn what_is_with_other_candidates_counts_if_it_votes() {
    let mut chain = chain(4);
    chain.delegate(40, 6, 1_000);
    chain.delegate(41, 7, 1_000);
    assert_eq!(chain.tally(1), [0, 0, 0, 4 * LATS]);
    chain.hold(40, 1, Choice::Yes, 0).unwrap();
    assert_eq!(chain.tally(1), [1_000, 0, 0, 4 * LATS + 1_000]);
}

#[test]
fn anybody_votes_with_what_he_locks_and_gets_it_back_when_the_vote_has_ended() {
    let mut chain = chain(4);
    chain.hold(40, 1, Choice::Yes, 700_000).unwrap();
    assert_eq!(chain.tally(1), [700_000, 0, 0, 4 * LATS + 700_000]);
    assert_eq!(chain.world.balance(GOVERNANCE), 700_000 * LAT);
    let refused = chain.hold(41, 1, Choice::Yes, 1_000_001).unwrap_err();
    assert_eq!(refused, Refused::Funds { got: RICH, want: RICH + LAT });
    let unlock = |chain: &mut Chain, by| {
        chain.attempt(|world| governance::unlock(world, account(by), &id(1)))
    };
    assert_eq!(unlock(&mut chain, 40), Err(Refused::Open { id: id(1) }));
    chain.end_votes();
    assert_eq!(chain.state(1), State::Passed);
    assert_eq!(governance::audit(&mut chain.world), Ok(700_000 * LAT));
    assert_eq!(unlock(&mut chain, 40), Ok(700_000 * LAT));
    assert_eq!(chain.world.balance(account(40)), RICH);
    let refused = Refused::NoVote { id: id(1), holder: account(40) };
    assert_eq!(unlock(&mut chain, 40), Err(refused));
    assert_eq!(governance::audit(&mut chain.world), Ok(0));
}

#[test]
fn one_votes_once() {
    let mut chain = chain(4);
    chain.vote(1, 1, Choice::Yes).unwrap();
    assert_eq!(chain.vote(1, 1, Choice::No), Err(Refused::Voted { id: id(1) }));
    chain.hold(40, 1, Choice::Yes, 1).unwrap();
    assert_eq!(chain.hold(40, 1, Choice::No, 1), Err(Refused::Voted { id: id(1) }));
    let nothing = Refused::Nothing { holder: account(41) };
    assert_eq!(chain.hold(41, 1, Choice::Yes, 0), Err(nothing));
}

#[test]
fn who_has_left_has_no_vote_and_those_who_follow_him_have_theirs() {
    let mut chain = chain(4);
    chain.delegate(40, 1, 1_000);
    chain.vote(1, 1, Choice::Yes).unwrap();
    chain.vote(2, 1, Choice::Yes).unwrap();
    chain.hold(40, 1, Choice::No, 0).unwrap();
    assert_eq!(chain.tally(1), [2 * LATS, 1_000, 0, 4 * LATS + 1_000]);
    stake::withdraw(&mut chain.world, account(1), &super::node(1)).unwrap();
    assert_eq!(chain.tally(1), [LATS, 1_000, 0, 3 * LATS + 1_000]);
}

#[test]
fn who_is_an_alternative_validator_no_more_has_voted_with_what_is_with_him() {
    let mut chain = chain(4);
    for by in 1..=4 {
        chain.vote(by, 1, Choice::Yes).unwrap();
    }
    for to in 4..=7 {
        chain.delegate(40, to, 100);
    }
    chain.hold(40, 1, Choice::No, 0).unwrap();
    chain.next_period(4);
    assert_eq!(chain.tally(1), [4 * LATS, 400, 0, 7 * LATS + 400]);
}

#[test]
fn anybody_may_ask_what_was_proposed_and_who_voted_for_what() {
    let mut chain = chain(4);
    chain.submit(2, 2, Request::Text).unwrap();
    chain.vote(1, 1, Choice::Abstain).unwrap();
    chain.delegate(40, 2, 500);
    chain.hold(40, 1, Choice::No, 7).unwrap();
    let world = &mut chain.world;
    let ids = |after, most, world: &mut _| -> Vec<_> {
        governance::proposals(world, after, most).into_iter().map(|one| one.id).collect()
    };
    assert_eq!(ids(0, 10, world), [id(1), id(2)]);
    assert_eq!(ids(0, 1, world), [id(1)]);
    assert_eq!(ids(1, 10, world), [id(2)]);
    assert_eq!(ids(2, 10, world), []);
    let [first, second] = [1, 2].map(|by| stake::by_node(world, &super::node(by)).unwrap());
    assert_eq!(governance::node_vote(world, &id(1), first), Some(Choice::Abstain));
    assert_eq!(governance::node_vote(world, &id(1), second), None);
    let vote = governance::holder_vote(world, &id(1), account(40)).unwrap();
    assert_eq!((vote.choice, vote.locked), (Choice::No, 7 * LAT));
    assert_eq!(vote.delegated.to_vec(), [(second, 500 * LAT)]);
    assert_eq!(governance::holder_vote(world, &id(2), account(40)), None);
}
