//! Proposals and votes: each rule, and any history of them.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod cancel;
mod model;
mod params;
mod refusals;
mod states;
mod versions;
mod votes;

use troupe_staking::election::Weighing;
use troupe_staking::genesis::{Beginning, Founder};
use troupe_staking::governance::{
    self, Choice, Moment, Proposal, Refused, Request, State, Submission, Tally,
};
use troupe_staking::params::{Param, Params};
use troupe_staking::stake::{self, Source, Stake, StakeId};
use troupe_staking::world::{Key, Memory, Stored, Table};
use troupe_staking::{Calendar, Constitution, Error};
use troupe_types::{Address, Epoch, Hash, Height, Millis, NodeId, UnixMillis};

const LAT: u128 = 1_000_000_000_000_000_000;
/// What a founder stakes.
const STAKE: u128 = 150_000 * LAT;
/// What any other account begins with.
const RICH: u128 = 1_000_000 * LAT;
/// How long votes take that do not say it.
const VOTING: u64 = 3_600_000;
/// How long a round takes.
const ROUND: u64 = 600_000;

fn account(number: u8) -> Address {
    Address([number; 20])
}

fn node(number: u8) -> NodeId {
    NodeId([number; 32])
}

fn id(number: u8) -> Hash {
    Hash([number; 32])
}

/// Founders, of which four validate and the first so many are alternative validators; accounts from 40 on are rich.
struct Chain {
    world: Memory,
    time: UnixMillis,
}

impl Chain {
    /// Seven founders.
    fn new(alternatives: u32) -> Self {
        Self::of(7, alternatives)
    }

    fn of(founders: u8, alternatives: u32) -> Self {
        let mut world = Memory::default();
        for number in 40..100 {
            world.balances.insert(account(number), RICH);
        }
        let founder = |number: u8| Founder {
            node: node(number),
            vote_key: [number; 48],
            vrf_key: [number; 32],
            staker: account(number),
            benefit: account(number),
            stake: STAKE,
            share: 0,
            name: format!("founder {number}"),
        };
        let constitution = Constitution {
            seats: 4,
            blocks_per_view: 10,
            election_distance: 20,
            weighing: Weighing::Votes,
            period: Millis(4 * ROUND),
            cycle: Millis(96 * ROUND),
            producers_percent: 50,
            developers: account(201),
            foundation: account(202),
            foundation_from: 3,
            voting: Millis(VOTING),
        };
        let mut params = Params::new(4);
        params.set(Param::MaxValidators, alternatives.into()).unwrap();
        let others = world.supply();
        let time = UnixMillis(1_700_000_000_000);
        let founders = (1..=founders).map(founder).collect();
        Beginning { constitution, params, founders, pool: 0, others, time }.lay_down(&mut world);
        Self { world, time }
    }

    /// Does something as a transaction does: what is refused changes nothing.
    fn attempt<T, E>(&mut self, act: impl FnOnce(&mut Memory) -> Result<T, E>) -> Result<T, E> {
        let before = self.world.clone();
        let result = act(&mut self.world);
        if result.is_err() {
            self.world = before;
        }
        result
    }

    /// Proposes something by a founder; proposal and PIP have the number.
    fn submit(&mut self, by: u8, number: u8, request: Request) -> Result<(), Error> {
        let submission =
            Submission { id: id(number), node: node(by), pip: format!("PIP-{number}"), request };
        let now = Moment { height: Height(1), time: self.time };
        self.attempt(|world| governance::submit(world, account(by), submission, now))
    }

    fn vote(&mut self, by: u8, number: u8, choice: Choice) -> Result<(), Refused> {
        self.vote_with(by, number, choice, governance::FIRST_VERSION)
    }

    fn vote_with(
        &mut self,
        by: u8,
        number: u8,
        choice: Choice,
        version: u32,
    ) -> Result<(), Refused> {
        self.attempt(|world| {
            let (from, node) = (account(by), node(by));
            governance::vote_as_node(world, from, &node, &id(number), (choice, version))
        })
    }

    /// Votes for an account that locks so many LAT.
    fn hold(&mut self, by: u8, number: u8, choice: Choice, lats: u128) -> Result<(), Refused> {
        self.attempt(|world| {
            governance::vote_as_holder(world, account(by), &id(number), choice, lats * LAT)
        })
    }

    fn delegate(&mut self, by: u8, to: u8, lats: u128) {
        let result = self.attempt(|world| {
            stake::delegate(world, account(by), Source::Free, &node(to), lats * LAT)
        });
        result.unwrap();
    }

    fn undelegate(&mut self, by: u8, from: u8, lats: u128) {
        let id = self.stake(from);
        self.attempt(|world| stake::undelegate(world, account(by), id, lats * LAT)).unwrap();
    }

    fn stake(&mut self, number: u8) -> StakeId {
        stake::by_node(&mut self.world, &node(number)).unwrap()
    }

    fn version(&mut self, number: u8) -> u32 {
        let id = self.stake(number);
        Stake::of(&mut self.world, id).unwrap().version
    }

    /// Ends the round.
    fn end_round(&mut self) {
        self.time.0 += ROUND;
        let mut calendar = Calendar::now(&mut self.world);
        governance::round_ended(&mut self.world, &calendar, self.time);
        calendar.round = Epoch(calendar.round.0 + 1);
        calendar.save(&mut self.world, &Key::new(Table::Single, [2]));
        assert_eq!(self.world.broken, None);
    }

    /// Lets the next settlement epoch begin, with the so many candidates of the highest rank.
    fn next_period(&mut self, alternatives: usize) {
        let mut calendar = Calendar::now(&mut self.world);
        calendar.period += 1;
        calendar.save(&mut self.world, &Key::new(Table::Single, [2]));
        let ranked = stake::rank::first(&mut self.world, alternatives);
        let ids: Vec<u64> = ranked.iter().map(|id| id.0).collect();
        ids.save(&mut self.world, &Key::pair(Table::Alternative, calendar.period, 0));
    }

    /// Ends rounds until votes that begin now have ended.
    fn end_votes(&mut self) {
        for _ in 0..VOTING / ROUND {
            self.end_round();
        }
    }

    /// How the votes are, in LAT.
    fn tally(&mut self, number: u8) -> [u128; 4] {
        let Tally { yes, no, abstain, eligible } =
            governance::tally(&mut self.world, &id(number)).unwrap();
        assert!(yes + no + abstain <= eligible);
        [yes, no, abstain, eligible].map(|amount| amount / LAT)
    }

    fn state(&mut self, number: u8) -> State {
        Proposal::of(&mut self.world, &id(number)).unwrap().state
    }
}
