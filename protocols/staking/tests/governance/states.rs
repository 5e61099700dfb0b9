//! Whatever is proposed, no block fails for it.

use super::{Chain, ROUND, State, id};
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_staking::governance::{self, Choice, Content, MAX_TEXTS, Proposal, Request};
use troupe_staking::params::{Param, Params};
use troupe_types::Millis;

#[derive(Debug, Clone)]
enum Act {
    Text(u8),
    Version(u8, u32, u64),
    Param(u8, usize, u8, u128),
    Cancel(u8, u8, u64),
    Vote(u8, Choice, u8),
    Declare(u8, u32),
    Round,
    Period,
}

fn act() -> impl Strategy<Value = Act> {
    let founder = 1u8..8;
    let voting = 0..8 * ROUND;
    let version = (0u32..4).prop_map(|minor| governance::FIRST_VERSION + (minor << 8));
    let choice = prop_oneof![4 => Just(Choice::Yes), 1 => Just(Choice::No)];
    prop_oneof![
        1 => founder.clone().prop_map(Act::Text),
        2 => (founder.clone(), version.clone(), voting.clone())
            .prop_map(|(a, b, c)| Act::Version(a, b, c)),
        3 => (founder.clone(), 0..Param::ALL.len(), 0u8..4, any::<u128>())
            .prop_map(|(a, b, c, d)| Act::Param(a, b, c, d)),
        2 => (founder.clone(), any::<u8>(), voting).prop_map(|(a, b, c)| Act::Cancel(a, b, c)),
        // Those who vote do so together: else nothing is ever accepted.
        6 => (1u8..8, choice, any::<u8>()).prop_map(|(a, b, c)| Act::Vote(a, b, c)),
        2 => (founder, version).prop_map(|(a, b)| Act::Declare(a, b)),
        6 => Just(Act::Round),
        1 => Just(Act::Period),
    ]
}

/// What was proposed so far; proposals have the numbers from 1 on.
struct History {
    chain: Chain,
    count: u8,
}

impl History {
    fn submit(&mut self, by: u8, request: Request) {
        if self.chain.submit(by, self.count + 1, request).is_ok() {
            self.count += 1;
        }
    }

    fn proposal(&mut self, number: u8) -> Proposal {
        Proposal::of(&mut self.chain.world, &id(number)).unwrap()
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Text(by) => self.submit(by, Request::Text),
            Act::Version(by, version, voting) => {
                self.submit(by, Request::Version { version, voting: Millis(voting) });
            }
            Act::Param(by, at, edge, any) => {
                let param = Param::ALL[at];
                let range = Params::of(&mut self.chain.world).range(param);
                let (least, most) = range.into_inner();
                let value = match edge {
                    0 => least,
                    1 => most,
                    _ => least + any % (most - least + 1),
                };
                self.submit(by, Request::Param { param, value });
            }
            Act::Cancel(by, target, voting) => {
                let target = id(target % (self.count + 1));
                self.submit(by, Request::Cancel { target, voting: Millis(voting) });
            }
            Act::Vote(voters, choice, back) => {
                // One of the last two.
                let number = self.count.saturating_sub(back % 2);
                let version = match Proposal::of(&mut self.chain.world, &id(number)) {
                    Some(Proposal { content: Content::Version { version }, .. }) => version,
                    _ => 0,
                };
                for by in 1..=voters {
                    let _ = self.chain.vote_with(by, number, choice, version);
                }
            }
            Act::Declare(by, version) => {
                let (from, node) = (super::account(by), super::node(by));
                let _ =
                    self.chain.attempt(|world| governance::declare(world, from, &node, version));
            }
            Act::Round => self.chain.end_round(),
            Act::Period => self.chain.next_period(6),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_history_of_proposals_leaves_values_in_their_ranges(
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let mut history = History { chain: Chain::new(6), count: 0 };
        let mut states: BTreeMap<u8, State> = BTreeMap::new();
        let mut active = governance::FIRST_VERSION;
        for act in acts {
            history.act(act);
            prop_assert_eq!(history.chain.world.broken, None);
            prop_assert_eq!(Params::of(&mut history.chain.world).check(), Ok(()));
            let now = governance::active_version(&mut history.chain.world);
            prop_assert!(now >= active);
            active = now;
            let mut open = [0; 3];
            for number in 1..=history.count {
                let proposal = history.proposal(number);
                if proposal.state == State::Voting {
                    open[match proposal.content {
                        Content::Text => 0,
                        Content::Cancel { .. } => 1,
                        _ => 2,
                    }] += 1;
                }
                let before = states.insert(number, proposal.state);
                let may_follow = match before {
                    None | Some(State::Voting) => true,
                    Some(State::PreActive) => {
                        matches!(proposal.state, State::PreActive | State::Active)
                    }
                    Some(before) => before == proposal.state,
                };
                prop_assert!(may_follow, "{before:?} {:?}", proposal.state);
                prop_assert_eq!(proposal.result.is_some(), proposal.state != State::Voting);
            }
            prop_assert!(open[0] <= MAX_TEXTS && open[1] <= 1 && open[2] <= 1, "{open:?}");
            let upcoming = governance::upcoming(&mut history.chain.world);
            let waits = states.values().filter(|state| **state == State::PreActive).count();
            prop_assert_eq!(upcoming.is_some() as usize, waits);
        }
    }
}
