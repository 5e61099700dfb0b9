//! Dropping proposals.

use super::{Chain, ROUND, State, VOTING, id};
use troupe_staking::governance::{Choice, Proposal, Refused, Request};
use troupe_staking::params::{Param, Params};
use troupe_types::Millis;

const OTHER: Request = Request::Param { param: Param::MaxEvidenceAge, value: 20 };

fn cancel(target: u8, voting: u64) -> Request {
    Request::Cancel { target: id(target), voting: Millis(voting) }
}

fn all_vote(chain: &mut Chain, number: u8) {
    for by in 1..=5 {
        chain.vote(by, number, Choice::Yes).unwrap();
    }
}

#[test]
fn what_is_dropped_is_not_done() {
    let mut chain = Chain::new(7);
    let before = Params::of(&mut chain.world);
    chain.submit(1, 1, OTHER).unwrap();
    chain.submit(2, 2, cancel(1, 2 * ROUND)).unwrap();
    all_vote(&mut chain, 1);
    all_vote(&mut chain, 2);
    chain.end_round();
    chain.end_round();
    assert_eq!((chain.state(1), chain.state(2)), (State::Canceled, State::Passed));
    let dropped = Proposal::of(&mut chain.world, &id(1)).unwrap();
    assert_eq!(dropped.canceled_by, Some(id(2)));
    assert!(dropped.result.unwrap().is_accepted());
    chain.end_votes();
    assert_eq!((chain.state(1), Params::of(&mut chain.world)), (State::Canceled, before));
    // It may be proposed again.
    chain.submit(1, 3, OTHER).unwrap();
}

#[test]
fn what_drops_a_proposal_that_ends_with_the_same_round_comes_first() {
    let mut chain = Chain::new(7);
    chain.submit(1, 1, OTHER).unwrap();
    chain.submit(2, 2, cancel(1, VOTING - 1)).unwrap();
    all_vote(&mut chain, 1);
    all_vote(&mut chain, 2);
    chain.end_votes();
    assert_eq!((chain.state(1), chain.state(2)), (State::Canceled, State::Passed));
}

#[test]
fn what_is_not_dropped_goes_on() {
    let mut chain = Chain::new(7);
    chain.submit(1, 1, OTHER).unwrap();
    chain.submit(2, 2, cancel(1, ROUND)).unwrap();
    chain.end_round();
    assert_eq!((chain.state(1), chain.state(2)), (State::Voting, State::Failed));
    all_vote(&mut chain, 1);
    chain.end_votes();
    assert_eq!(Params::of(&mut chain.world).get(Param::MaxEvidenceAge), 20);
}

#[test]
fn only_what_is_open_and_of_a_version_or_a_parameter_is_dropped_before_it_ends() {
    let mut chain = Chain::new(7);
    let refused = |chain: &mut Chain, request| chain.submit(3, 9, request).unwrap_err();
    let want = Refused::TargetUnknown { id: id(1) };
    assert_eq!(refused(&mut chain, cancel(1, 1)), want.into());
    chain.submit(1, 1, Request::Text).unwrap();
    let want = Refused::TargetKind { id: id(1) };
    assert_eq!(refused(&mut chain, cancel(1, 1)), want.into());
    chain.submit(1, 2, OTHER).unwrap();
    let want = Refused::TooLong { got: Millis(VOTING), most: Millis(VOTING - 1) };
    assert_eq!(refused(&mut chain, cancel(2, VOTING)), want.into());
    let want = Refused::TooShort { got: Millis(0), least: Millis(1) };
    assert_eq!(refused(&mut chain, cancel(2, 0)), want.into());
    chain.submit(1, 3, cancel(2, 1)).unwrap();
    let want = Refused::CancelOpen { open: id(3) };
    assert_eq!(refused(&mut chain, cancel(2, 1)), want.into());
    chain.end_votes();
    let want = Refused::TargetClosed { id: id(2), state: State::Failed };
    assert_eq!(refused(&mut chain, cancel(2, 1)), want.into());
}
