//! What is refused, by number and in words.

use super::{Chain, LAT, RICH, account, id, node};
use troupe_staking::governance::{
    self, Choice, MAX_TEXTS, Moment, Refused, Request, State, Submission,
};
use troupe_staking::{Error, stake};
use troupe_types::{Height, Millis};

#[test]
fn only_alternative_validators_propose_and_vote_as_such() {
    let mut chain = Chain::new(4);
    let other = Refused::NotAlternative { node: node(5) };
    assert_eq!(chain.submit(5, 1, Request::Text), Err(other.clone().into()));
    chain.submit(1, 1, Request::Text).unwrap();
    assert_eq!(chain.vote(5, 1, Choice::Yes), Err(other.clone()));
    assert_eq!(other.code(), 302_022);
    let refused =
        governance::vote_as_node(&mut chain.world, account(40), &node(1), &id(1), (Choice::Yes, 0));
    let staker = Refused::NotStaker { got: account(40), staker: account(1) };
    assert_eq!((staker.code(), refused), (302_021, Err(staker)));
    stake::withdraw(&mut chain.world, account(2), &node(2)).unwrap();
    let status = chain.vote(2, 1, Choice::Yes).unwrap_err();
    assert_eq!(status.code(), 302_020);
    let unknown = Refused::Unknown { id: id(7) };
    assert_eq!((unknown.code(), chain.vote(1, 7, Choice::Yes)), (302_006, Err(unknown)));
    chain.end_votes();
    let closed = Refused::Closed { id: id(1), state: State::Failed };
    let text = format!("proposal {} is open no more, it is not accepted", id(1));
    assert_eq!((closed.code(), closed.to_string()), (302_026, text));
    assert_eq!(chain.vote(1, 1, Choice::Yes), Err(closed));
}

#[test]
fn a_proposal_has_a_name_of_its_own_and_a_text() {
    let mut chain = Chain::new(4);
    chain.submit(1, 1, Request::Text).unwrap();
    let exists = Refused::Exists { id: id(1) };
    assert_eq!(chain.submit(2, 1, Request::Text), Err(exists.into()));
    let now = Moment { height: Height(1), time: chain.time };
    let mut submit = |pip: String| {
        let submission = Submission { id: id(2), node: node(2), pip, request: Request::Text };
        governance::submit(&mut chain.world, account(2), submission, now)
    };
    let pip = |got| Error::from(Refused::Pip { got, most: 128 });
    assert_eq!(submit(String::new()), Err(pip(0)));
    assert_eq!(submit("9".repeat(129)), Err(pip(129)));
    assert_eq!(submit("9".repeat(128)), Ok(()));
}

#[test]
fn a_node_has_one_text_and_all_have_so_many() {
    let mut chain = Chain::of(18, 18);
    chain.submit(1, 1, Request::Text).unwrap();
    let open = Refused::TextOpen { open: id(1) };
    assert_eq!(chain.submit(1, 2, Request::Text), Err(open.into()));
    for by in 2..=16 {
        chain.submit(by, by, Request::Text).unwrap();
    }
    let many = Refused::TooMany { got: MAX_TEXTS };
    assert_eq!(chain.submit(17, 17, Request::Text), Err(many.into()));
    // Others do not wait for texts.
    let request = Request::Version { version: 2 << 16, voting: Millis(1) };
    chain.submit(18, 18, request).unwrap();
    let open = Refused::VersionOpen { open: id(18) };
    assert_eq!(chain.submit(2, 19, request), Err(open.into()));
    chain.end_votes();
    chain.submit(17, 17, Request::Text).unwrap();
}

#[test]
fn a_version_is_newer_and_its_vote_is_bounded() {
    let mut chain = Chain::new(7);
    let mut refused = |version, voting| {
        let request = Request::Version { version, voting: Millis(voting) };
        chain.submit(1, 1, request).unwrap_err()
    };
    let active = governance::FIRST_VERSION;
    for got in [0, active, active + 255, 0x0000_ff00] {
        assert_eq!(refused(got, 1), Refused::NotNewer { got, active }.into());
    }
    assert_eq!(refused(active + 256, 0).code(), 302_009);
    assert_eq!(refused(active + 256, super::VOTING + 1).code(), 302_010);
    let request = Request::Version { version: active + 256, voting: Millis(super::VOTING) };
    assert_eq!(chain.submit(1, 1, request), Ok(()));
}

#[test]
fn numbers_of_choices_are_those_of_platon() {
    let numbered = [1, 2, 3].map(|number| Choice::numbered(number).unwrap());
    assert_eq!(numbered, [Choice::Yes, Choice::No, Choice::Abstain]);
    for got in [0, 4, 255] {
        let refused = Choice::numbered(got).unwrap_err();
        assert_eq!((refused.code(), refused), (302_002, Refused::Choice { got }));
    }
}

#[test]
fn refused_calls_cost_nobody_anything() {
    let mut chain = Chain::new(4);
    chain.submit(1, 1, Request::Text).unwrap();
    let before = chain.world.clone();
    assert!(chain.hold(40, 1, Choice::Yes, 2 * RICH / LAT).is_err());
    assert!(chain.vote(7, 1, Choice::Yes).is_err());
    assert!(chain.submit(7, 3, Request::Text).is_err());
    assert_eq!(chain.world, before);
}
