//! Votes against a count from the beginning.

use super::{Chain, LAT, ROUND, State, account, id, node};
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_staking::governance::{self, Choice, Request, Tally};
use troupe_staking::stake::{self, Source, Stake};
use troupe_staking::world::World;
use troupe_types::Address;

#[derive(Debug, Clone)]
enum Act {
    Submit(u8, u8),
    Vote(u8, u8, Choice),
    Hold(u8, u8, Choice, u128),
    Delegate(u8, u8, u128),
    Undelegate(u8, u8, u128),
    Withdraw(u8),
    Unlock(u8, u8),
    Round,
    Period,
}

/// Founders are 1 to 7, holders 40 to 45, proposals 1 to 4.
fn act() -> impl Strategy<Value = Act> {
    let founder = 1u8..8;
    let holder = 40u8..46;
    let proposal = 1u8..5;
    let choice = prop_oneof![Just(Choice::Yes), Just(Choice::No), Just(Choice::Abstain)];
    let lats = prop_oneof![0u128..40, 0u128..200_000];
    prop_oneof![
        2 => (founder.clone(), proposal.clone()).prop_map(|(a, b)| Act::Submit(a, b)),
        4 => (founder.clone(), proposal.clone(), choice.clone())
            .prop_map(|(a, b, c)| Act::Vote(a, b, c)),
        4 => (holder.clone(), proposal.clone(), choice, lats.clone())
            .prop_map(|(a, b, c, d)| Act::Hold(a, b, c, d)),
        5 => (holder.clone(), founder.clone(), lats.clone())
            .prop_map(|(a, b, c)| Act::Delegate(a, b, c)),
        4 => (holder.clone(), founder.clone(), lats)
            .prop_map(|(a, b, c)| Act::Undelegate(a, b, c)),
        1 => founder.prop_map(Act::Withdraw),
        2 => (holder, proposal).prop_map(|(a, b)| Act::Unlock(a, b)),
        1 => Just(Act::Round),
        1 => Just(Act::Period),
    ]
}

/// The votes as they were given.
#[derive(Debug, Default)]
struct Votes {
    nodes: BTreeMap<(u8, u8), Choice>,
    holders: BTreeMap<(u8, u8), (Choice, u128)>,
}

fn add(tally: &mut Tally, choice: Choice, amount: u128) {
    match choice {
        Choice::Yes => tally.yes += amount,
        Choice::No => tally.no += amount,
        Choice::Abstain => tally.abstain += amount,
    }
}

impl Votes {
    /// Asks of each von with whom it is, and who says what it is for.
    fn count(&self, chain: &mut Chain, proposal: u8) -> Tally {
        let mut tally = Tally::default();
        let world = &mut chain.world;
        for founder in 1..8 {
            let Some(id) = stake::by_node(world, &node(founder)) else { continue };
            let Some(stake) = Stake::of(world, id) else { continue };
            let is_valid = stake.status.is_valid();
            let is_inside = is_valid && stake::is_alternative(world, id);
            let its = self.nodes.get(&(proposal, founder)).filter(|_| is_valid);
            let mut parts = vec![(None, stake.own.total() + stake.fresh.total())];
            for holder in 40..46 {
                let all = stake::delegations_of(world, account(holder));
                let with_it = all.into_iter().filter(|(to, _)| *to == id);
                parts.extend(with_it.map(|(_, amount)| (Some(holder), amount)));
            }
            for (holder, amount) in parts {
                let own = holder.and_then(|holder| self.holders.get(&(proposal, holder)));
                let choice = own.map(|own| own.0).or(its.copied());
                if let Some(choice) = choice {
                    add(&mut tally, choice, amount);
                }
                tally.eligible += if is_inside || choice.is_some() { amount } else { 0 };
            }
        }
        for ((of, _), (choice, locked)) in &self.holders {
            if *of == proposal {
                add(&mut tally, *choice, *locked);
                tally.eligible += locked;
            }
        }
        tally
    }

    fn act(&mut self, chain: &mut Chain, act: &Act) {
        match *act {
            Act::Submit(by, number) => drop(chain.submit(by, number, Request::Text)),
            Act::Vote(by, number, choice) => {
                if chain.vote(by, number, choice).is_ok() {
                    assert_eq!(self.nodes.insert((number, by), choice), None);
                }
            }
            Act::Hold(by, number, choice, lats) => {
                if chain.hold(by, number, choice, lats).is_ok() {
                    let vote = (choice, lats * LAT);
                    assert_eq!(self.holders.insert((number, by), vote), None);
                }
            }
            Act::Delegate(by, to, lats) => drop(chain.attempt(|world| {
                stake::delegate(world, account(by), Source::Free, &node(to), lats * LAT)
            })),
            Act::Undelegate(by, from, lats) => {
                let Some(id) = stake::by_node(&mut chain.world, &node(from)) else { return };
                let _ =
                    chain.attempt(|world| stake::undelegate(world, account(by), id, lats * LAT));
            }
            Act::Withdraw(by) => {
                let _ = chain.attempt(|world| stake::withdraw(world, account(by), &node(by)));
            }
            Act::Unlock(by, number) => {
                let unlock = |world: &mut _| governance::unlock(world, account(by), &id(number));
                if let Ok(amount) = chain.attempt(unlock) {
                    let vote = self.holders.remove(&(number, by));
                    assert_eq!(vote.map(|vote| vote.1), Some(amount));
                }
            }
            Act::Round => chain.end_round(),
            Act::Period => chain.next_period(5),
        }
    }
}

fn is_open(chain: &mut Chain, number: u8) -> bool {
    let proposal = governance::Proposal::of(&mut chain.world, &id(number));
    proposal.is_some_and(|proposal| proposal.state == State::Voting)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_history_counts_every_von_once(acts in prop::collection::vec(act(), 1..70)) {
        let mut chain = Chain::new(5);
        let supply = chain.world.supply();
        let mut votes = Votes::default();
        let mut ended = BTreeMap::new();
        for act in acts {
            let mut expected = Vec::new();
            for number in 1..5 {
                if is_open(&mut chain, number) {
                    expected.push((number, votes.count(&mut chain, number)));
                }
            }
            votes.act(&mut chain, &act);
            for (number, tally) in expected {
                if !is_open(&mut chain, number) {
                    ended.insert(number, tally);
                }
            }
            for number in 1..5 {
                let got = governance::tally(&mut chain.world, &id(number));
                let Some(got) = got else { continue };
                let want = match ended.get(&number) {
                    Some(tally) => *tally,
                    None => votes.count(&mut chain, number),
                };
                prop_assert_eq!(got, want);
                prop_assert!(got.cast() <= got.eligible && got.eligible <= supply);
                let is_accepted = chain.state(number) == State::Passed;
                prop_assert_eq!(is_accepted, ended.contains_key(&number) && want.is_accepted());
            }
            prop_assert_eq!(chain.world.supply(), supply);
            prop_assert_eq!(chain.world.broken, None);
            let locked: u128 = votes.holders.values().map(|vote| vote.1).sum();
            prop_assert_eq!(governance::audit(&mut chain.world), Ok(locked));
        }
        // All is back once everything has ended.
        for _ in 0..super::VOTING / ROUND {
            chain.end_round();
        }
        for ((number, holder), (_, locked)) in votes.holders {
            let from: Address = account(holder);
            let before = chain.world.balance(from);
            prop_assert_eq!(governance::unlock(&mut chain.world, from, &id(number)), Ok(locked));
            prop_assert_eq!(chain.world.balance(from), before + locked);
        }
        prop_assert_eq!(governance::audit(&mut chain.world), Ok(0));
    }
}
