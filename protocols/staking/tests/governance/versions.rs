//! Newer programs.

use super::{Chain, ROUND, State, account, id, node};
use troupe_staking::governance::{self, Choice, FIRST_VERSION, Refused, Request};
use troupe_types::{Epoch, Millis};

const NEW: u32 = 0x0002_0000;
const PATCHED: u32 = 0x0002_0003;
const REQUEST: Request = Request::Version { version: NEW, voting: Millis(2 * ROUND) };

fn declare(chain: &mut Chain, by: u8, version: u32) -> Result<(), Refused> {
    chain.attempt(|world| governance::declare(world, account(by), &node(by), version))
}

#[test]
fn a_version_is_in_force_one_round_after_it_was_accepted() {
    let mut chain = Chain::new(7);
    chain.submit(1, 1, REQUEST).unwrap();
    for by in 1..=5 {
        chain.vote_with(by, 1, Choice::Yes, NEW).unwrap();
    }
    // It counts one for each node.
    let tally = governance::tally(&mut chain.world, &id(1)).unwrap();
    assert_eq!((tally.yes, tally.eligible), (5, 7));
    declare(&mut chain, 6, PATCHED).unwrap();
    chain.end_round();
    assert_eq!((chain.version(1), chain.version(6)), (FIRST_VERSION, FIRST_VERSION));
    assert_eq!(governance::upcoming(&mut chain.world), None);
    chain.end_round();

    // Rounds 1 and 2 are over: the next one elects for the one after it.
    assert_eq!(chain.state(1), State::PreActive);
    let upcoming = governance::upcoming(&mut chain.world).unwrap();
    assert_eq!((upcoming.version, upcoming.from), (NEW, Epoch(4)));
    assert_eq!(governance::active_version(&mut chain.world), FIRST_VERSION);
    let versions: Vec<u32> = (1..=7).map(|number| chain.version(number)).collect();
    assert_eq!(versions, [NEW, NEW, NEW, NEW, NEW, PATCHED, FIRST_VERSION]);
    assert!(governance::may_be_elected(&mut chain.world, NEW));
    assert!(!governance::may_be_elected(&mut chain.world, 0x0001_ff00));
    let refused = Refused::Declared { got: FIRST_VERSION, want: NEW };
    assert_eq!(declare(&mut chain, 7, FIRST_VERSION), Err(refused));
    let waits = Refused::VersionUpcoming { version: NEW };
    assert_eq!(chain.submit(1, 2, REQUEST), Err(waits.into()));

    chain.end_round();
    assert_eq!(
        (chain.state(1), governance::active_version(&mut chain.world)),
        (State::Active, NEW)
    );
    assert_eq!(governance::upcoming(&mut chain.world), None);
    declare(&mut chain, 7, PATCHED).unwrap();
    assert_eq!(chain.version(7), PATCHED);
    let old = Refused::NotNewer { got: PATCHED, active: NEW };
    let request = Request::Version { version: PATCHED, voting: Millis(1) };
    assert_eq!(chain.submit(1, 2, request), Err(old.into()));
}

#[test]
fn a_version_that_too_few_run_is_not_accepted() {
    let mut chain = Chain::new(6);
    chain.submit(1, 1, REQUEST).unwrap();
    // 4 of 6 are 66.6 percent.
    for by in 1..=4 {
        chain.vote_with(by, 1, Choice::Yes, NEW).unwrap();
    }
    chain.end_round();
    chain.end_round();
    assert_eq!(chain.state(1), State::Failed);
    assert_eq!(chain.version(1), FIRST_VERSION);
    assert!(governance::may_be_elected(&mut chain.world, FIRST_VERSION));
    chain.submit(1, 2, REQUEST).unwrap();
}

#[test]
fn only_nodes_that_run_a_version_vote_for_it_and_not_against_it() {
    let mut chain = Chain::new(7);
    chain.submit(1, 1, REQUEST).unwrap();
    let refused = chain.vote_with(1, 1, Choice::Yes, PATCHED).unwrap_err();
    assert_eq!(refused, Refused::NotUpgraded { got: PATCHED, want: NEW });
    for (choice, got) in [(Choice::No, 2), (Choice::Abstain, 3)] {
        let refused = chain.vote_with(1, 1, choice, NEW).unwrap_err();
        assert_eq!(refused, Refused::Choice { got });
    }
    let refused = chain.hold(40, 1, Choice::Yes, 1).unwrap_err();
    assert_eq!(refused, Refused::NodesOnly { id: id(1) });
}

#[test]
fn a_node_declares_what_is_in_force_or_what_is_voted_on() {
    let mut chain = Chain::new(7);
    let patch = FIRST_VERSION + 5;
    declare(&mut chain, 1, patch).unwrap();
    assert_eq!(chain.version(1), patch);
    let refused = Refused::Declared { got: NEW, want: FIRST_VERSION };
    assert_eq!(declare(&mut chain, 1, NEW), Err(refused));
    chain.submit(1, 1, REQUEST).unwrap();
    let refused = Refused::Declared { got: 0x0003_0000, want: NEW };
    assert_eq!(declare(&mut chain, 1, 0x0003_0000), Err(refused));
    // The last word counts.
    declare(&mut chain, 7, NEW).unwrap();
    declare(&mut chain, 7, FIRST_VERSION).unwrap();
    for by in 1..=6 {
        chain.vote_with(by, 1, Choice::Yes, NEW).unwrap();
    }
    let refused = Refused::Declared { got: FIRST_VERSION, want: NEW };
    assert_eq!(declare(&mut chain, 1, FIRST_VERSION), Err(refused));
    chain.end_round();
    chain.end_round();
    assert_eq!((chain.version(6), chain.version(7)), (NEW, FIRST_VERSION));
    let refused = Refused::NotStaker { got: account(40), staker: account(1) };
    let result = governance::declare(&mut chain.world, account(40), &node(1), NEW);
    assert_eq!(result, Err(refused));
    let refused = Refused::NotCandidate { node: node(9) };
    let result = governance::declare(&mut chain.world, account(9), &node(9), NEW);
    assert_eq!(result, Err(refused));
}

#[test]
fn those_who_could_vote_are_all_alternative_validators_in_the_time_of_the_vote() {
    let mut chain = Chain::new(4);
    let request = Request::Version { version: NEW, voting: Millis(4 * ROUND) };
    chain.submit(1, 1, request).unwrap();
    for by in 1..=3 {
        chain.vote_with(by, 1, Choice::Yes, NEW).unwrap();
    }
    chain.end_round();
    // In the next settlement epoch others are alternative validators.
    for to in 5..=7 {
        chain.delegate(40, to, 100);
    }
    chain.next_period(4);
    chain.end_round();
    let tally = governance::tally(&mut chain.world, &id(1)).unwrap();
    assert_eq!((tally.yes, tally.eligible), (3, 7));
}
