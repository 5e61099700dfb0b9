//! Proposals on a chain of blocks.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Chain, LAT, STAKE, Secrets, account};
use troupe_staking::governance::{
    self, Choice, FIRST_VERSION, Moment, Proposal, Request, State, Submission,
};
use troupe_staking::office::Office;
use troupe_staking::params::{Param, Params};
use troupe_staking::stake::{self, Creation, Description, Source, Stake, StakeId};
use troupe_types::{Epoch, Hash, Millis};

const NEW: u32 = 0x0001_0100;
const ID: Hash = Hash([1; 32]);

fn submit(chain: &mut Chain, request: Request) {
    let node = Secrets::new(1).node();
    let submission = Submission { id: ID, node, pip: "PIP-1".into(), request };
    let now = Moment { height: chain.height, time: chain.time };
    chain.attempt(|world| governance::submit(world, account(1), submission, now)).unwrap();
}

fn vote(chain: &mut Chain, by: u8, choice: Choice, version: u32) {
    let node = Secrets::new(by).node();
    let result =
        governance::vote_as_node(&mut chain.world, account(by), &node, &ID, (choice, version));
    result.unwrap();
}

fn state(chain: &mut Chain) -> State {
    Proposal::of(&mut chain.world, &ID).unwrap().state
}

#[test]
fn nodes_without_a_newer_program_are_not_elected_for_the_rounds_that_need_it() {
    let mut chain = Chain::new(9, 4);
    submit(&mut chain, Request::Version { version: NEW, voting: Millis(20_000) });
    for by in 1..=7 {
        vote(&mut chain, by, Choice::Yes, NEW);
    }
    let mut elected: Vec<Office> = Vec::new();
    while state(&mut chain) == State::Voting {
        elected.extend(chain.block(&[], |_| {}));
    }
    assert_eq!(state(&mut chain), State::PreActive);
    let from = governance::upcoming(&mut chain.world).unwrap().from;
    // The next round was elected before, and is the last one that may run the program of before.
    let last_old = elected.last().unwrap().round;
    assert_eq!(from, Epoch(last_old.0 + 1));
    let mut active_since = None;
    for _ in 0..200 {
        if let Some(office) = chain.block(&[], |_| {}) {
            assert!(office.round >= from);
            for member in office.members.iter() {
                let stake = Stake::of(&mut chain.world, member.id).unwrap();
                assert_eq!(stake.version, NEW, "round {} needs it", office.round.0);
            }
        }
        if governance::active_version(&mut chain.world) == NEW && active_since.is_none() {
            active_since = Some(chain.height);
        }
    }
    assert_eq!(state(&mut chain), State::Active);
    assert_eq!(governance::active_version(&mut chain.world), NEW);
    // It is in force from the first block of its round on.
    let rounds = from.0 - last_old.0;
    assert_eq!(rounds, 1);
    let last = elected.last().unwrap().last;
    assert_eq!(active_since, last.next());
    // Who comes late says so and may be elected again.
    let late = stake::by_node(&mut chain.world, &Secrets::new(9).node()).unwrap();
    assert_eq!(Stake::of(&mut chain.world, late).unwrap().version, FIRST_VERSION);
    let node = Secrets::new(9).node();
    governance::declare(&mut chain.world, account(9), &node, NEW).unwrap();
    assert_eq!(Stake::of(&mut chain.world, late).unwrap().version, NEW);
    chain.check();
}

/// Becomes a candidate whose node runs a version.
fn create(chain: &mut Chain, number: u8, version: u32) -> StakeId {
    let creation = Creation {
        registration: Secrets::new(number).register(account(number)),
        source: Source::Free,
        amount: STAKE,
        benefit: account(number),
        share: 0,
        version,
        description: Description::default(),
    };
    let at = (common::CHAIN, chain.height);
    chain.attempt(|world| stake::create(world, account(number), creation, at)).unwrap()
}

#[test]
fn who_begins_with_a_newer_program_is_ahead_once_it_is_accepted() {
    let mut chain = Chain::new(4, 4);
    let version = |chain: &mut Chain, id| Stake::of(&mut chain.world, id).unwrap().version;
    let early = create(&mut chain, 9, NEW);
    let other = create(&mut chain, 10, NEW + (1 << 8));
    submit(&mut chain, Request::Version { version: NEW, voting: Millis(20_000) });
    for by in 1..=4 {
        vote(&mut chain, by, Choice::Yes, NEW);
    }
    assert_eq!(version(&mut chain, early), FIRST_VERSION);
    while state(&mut chain) == State::Voting {
        chain.block(&[], |_| {});
    }
    assert_eq!(state(&mut chain), State::PreActive);
    let late = create(&mut chain, 11, NEW);
    let old = create(&mut chain, 12, FIRST_VERSION);
    let all = [early, other, late, old].map(|id| version(&mut chain, id));
    assert_eq!(all, [NEW, FIRST_VERSION, NEW, FIRST_VERSION]);
    while state(&mut chain) == State::PreActive {
        chain.block(&[], |_| {});
    }
    chain.check();
    // What it runs is remembered: it will be asked for some day.
    let node = Secrets::new(1).node();
    let request = Request::Version { version: NEW + (1 << 8), voting: Millis(20_000) };
    let id = Hash([2; 32]);
    let submission = Submission { id, node, pip: "PIP-2".into(), request };
    let now = Moment { height: chain.height, time: chain.time };
    governance::submit(&mut chain.world, account(1), submission, now).unwrap();
    for by in 1..=12 {
        let node = Secrets::new(by).node();
        let vote = (Choice::Yes, NEW + (1 << 8));
        let _ = chain
            .attempt(|world| Ok(governance::vote_as_node(world, account(by), &node, &id, vote)?));
    }
    while version(&mut chain, other) == FIRST_VERSION {
        assert_eq!(Proposal::of(&mut chain.world, &id).unwrap().state, State::Voting);
        chain.block(&[], |_| {});
    }
    assert_eq!(version(&mut chain, other), NEW + (1 << 8));
}

#[test]
fn delegators_decide_on_a_parameter_against_those_they_follow() {
    let mut chain = Chain::new(4, 4);
    let node = |by: u8| Secrets::new(by).node();
    for (by, to) in [(40, 1), (41, 2), (42, 3)] {
        let amount = 4 * STAKE;
        chain
            .attempt(|world| stake::delegate(world, account(by), Source::Free, &node(to), amount))
            .unwrap();
    }
    submit(&mut chain, Request::Param { param: Param::OperatingThreshold, value: 20 * LAT });
    for by in 1..=4 {
        vote(&mut chain, by, Choice::No, FIRST_VERSION);
    }
    for by in [40, 41, 42] {
        let yes = Choice::Yes;
        governance::vote_as_holder(&mut chain.world, account(by), &ID, yes, 0).unwrap();
    }
    // What founders earn is no stake: 12 against 4.
    while state(&mut chain) == State::Voting {
        assert_eq!(Params::of(&mut chain.world).get(Param::OperatingThreshold), 10 * LAT);
        chain.block(&[], |_| {});
        governance::audit(&mut chain.world).unwrap();
    }
    let tally = governance::tally(&mut chain.world, &ID).unwrap();
    assert_eq!((tally.yes, tally.no, tally.eligible), (12 * STAKE, 4 * STAKE, 16 * STAKE));
    assert_eq!(state(&mut chain), State::Passed);
    assert_eq!(Params::of(&mut chain.world).get(Param::OperatingThreshold), 20 * LAT);
    let ended = Proposal::of(&mut chain.world, &ID).unwrap();
    assert!(chain.time.0 >= ended.ends.0);
    chain.check();
}
