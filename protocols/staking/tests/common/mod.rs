//! A chain of blocks over a world in memory, with what tests need to stake.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use ed25519_dalek::{Signer, SigningKey};
use troupe_crypto::{Bls, Scheme, bls, hash::keccak256_concat, sr25519};
use troupe_staking::block::{self, Facts};
use troupe_staking::contract::RESTRICTING;
use troupe_staking::election::Weighing;
use troupe_staking::genesis::{Beginning, Founder};
use troupe_staking::office::Office;
use troupe_staking::params::Params;
use troupe_staking::registration::{Keys, Registration};
use troupe_staking::stake::{Creation, Description, Source, StakeId};
use troupe_staking::world::Memory;
use troupe_staking::{Constitution, Error};
use troupe_types::{Address, Height, Millis, NodeId, UnixMillis, View};

pub const LAT: u128 = 1_000_000_000_000_000_000;
pub const CHAIN: u64 = 1_120_260;
/// What an account begins with.
pub const RICH: u128 = 10_000_000 * LAT;
/// What a founder stakes.
pub const STAKE: u128 = 150_000 * LAT;
pub const POOL: u128 = 1_000_000 * LAT;

pub fn account(number: u8) -> Address {
    Address([number; 20])
}

/// The secrets of a node.
pub struct Secrets {
    node: SigningKey,
    vote: bls::SecretKey,
    vrf: sr25519::SecretKey,
}

impl Secrets {
    pub fn new(number: u8) -> Self {
        let seed = |what: &str| keccak256_concat(&[what.as_bytes(), &[number]]).0;
        Self {
            node: SigningKey::from_bytes(&seed("node")),
            vote: bls::SecretKey::derive(&seed("vote")).unwrap(),
            vrf: sr25519::SecretKey::from_seed(&seed("vrf")),
        }
    }

    pub fn keys(&self) -> Keys {
        Keys {
            node_key: self.node.verifying_key().to_bytes(),
            vote_key: Bls::public_key(&self.vote).0,
            vrf_key: self.vrf.public_key().to_bytes(),
        }
    }

    pub fn node(&self) -> NodeId {
        troupe_crypto::ed25519::PublicKey(self.keys().node_key).node_id()
    }

    pub fn register(&self, staker: Address) -> Registration {
        let digest = self.keys().digest(CHAIN, staker);
        let vote = Bls::sign(&self.vote, &digest.0);
        self.keys().signed(self.node.sign(&digest.0).to_bytes(), vote.0)
    }
}

/// A chain that makes one block after the other.
pub struct Chain {
    pub world: Memory,
    pub height: Height,
    pub view: View,
    pub time: UnixMillis,
    /// How long a block takes.
    pub pace: u64,
    /// Who makes no blocks: the next one makes them.
    pub idle: Vec<StakeId>,
}

impl Chain {
    /// Founders 1 to `founders` in so many seats; accounts 1 to 99 are rich.
    pub fn new(founders: u8, seats: u32) -> Self {
        let mut world = Memory::default();
        for number in 1..100 {
            world.balances.insert(account(number), RICH);
        }
        let founder = |number: u8| {
            let secrets = Secrets::new(number);
            let keys = secrets.keys();
            Founder {
                node: secrets.node(),
                vote_key: keys.vote_key,
                vrf_key: keys.vrf_key,
                staker: account(number),
                benefit: account(100 + number),
                stake: STAKE,
                share: 0,
                name: format!("founder {number}"),
            }
        };
        let constitution = Constitution {
            seats,
            blocks_per_view: 2,
            election_distance: 5,
            weighing: Weighing::Votes,
            period: Millis(60_000),
            cycle: Millis(60_000 * 24),
            producers_percent: 50,
            developers: account(201),
            foundation: account(202),
            foundation_from: 3,
            voting: Millis(600_000),
        };
        let others = world.supply();
        let time = UnixMillis(1_700_000_000_000);
        let (founders, params) = ((1..=founders).map(founder).collect(), Params::new(seats));
        Beginning { constitution, params, founders, pool: POOL, others, time }.lay_down(&mut world);
        let (height, view) = (Height(1), View(0));
        Self { world, height, view, time, pace: 1_000, idle: Vec::new() }
    }

    fn office(&mut self) -> Office {
        let round = troupe_staking::Calendar::now(&mut self.world).round;
        Office::of(&mut self.world, round).unwrap()
    }

    /// Makes a block with what happens in it. Gives the validators that it elects.
    pub fn block(
        &mut self,
        offenders: &[StakeId],
        within: impl FnOnce(&mut Self),
    ) -> Option<Office> {
        let office = self.office();
        let in_view = (self.height.0 - office.first.0) % 2;
        if self.height == office.first {
            self.view = View(0);
        } else if in_view == 0 {
            self.view = View(self.view.0 + 1);
        }
        // One of them has to make it, if need be.
        for _ in 0..office.members.len() {
            if self.idle.contains(&office.proposer(self.view).unwrap().id) {
                self.view = View(self.view.0 + 1);
            }
        }
        let coinbase = office.proposer(self.view).unwrap().address;
        let facts = Facts {
            height: self.height,
            round: office.round,
            view: self.view,
            coinbase,
            parent_time: self.time,
            output: keccak256_concat(&[b"output", &self.height.0.to_be_bytes()]),
        };
        block::begin(&mut self.world, &facts, offenders);
        within(self);
        let elected = block::end(&mut self.world, &facts);
        assert_eq!(self.world.broken, None);
        self.time = UnixMillis(self.time.0 + self.pace);
        self.height = Height(self.height.0 + 1);
        elected
    }

    /// Makes blocks until a settlement epoch goes on.
    pub fn until_period(&mut self, period: u64) {
        while troupe_staking::Calendar::period(&mut self.world) < period {
            self.block(&[], |_| {});
        }
    }

    /// Does something as a transaction does: what is refused changes nothing.
    pub fn attempt<T>(
        &mut self,
        act: impl FnOnce(&mut Memory) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let told = std::mem::take(&mut self.world.events);
        let before = self.world.clone();
        let result = act(&mut self.world);
        if result.is_err() {
            self.world = before;
        }
        self.world.events.splice(..0, told);
        result
    }

    /// Makes an account a candidate with the node of its number.
    pub fn create(&mut self, number: u8, amount: u128) -> Result<StakeId, Error> {
        let caller = account(number);
        let creation = Creation {
            registration: Secrets::new(number).register(caller),
            source: Source::Free,
            amount,
            benefit: account(100 + number),
            share: 1_000,
            version: troupe_staking::governance::active_version(&mut self.world),
            description: Description::default(),
        };
        let height = self.height;
        self.attempt(|world| {
            troupe_staking::stake::create(world, caller, creation, (CHAIN, height))
        })
    }

    /// All von that accounts have: as many as the chain says that there are.
    pub fn check(&mut self) {
        assert_eq!(self.world.broken, None);
        assert_eq!(self.world.supply(), troupe_staking::reward::supply(&mut self.world));
        troupe_staking::audit::check(&mut self.world).unwrap();
        let plans = troupe_staking::restricting::audit(&mut self.world).unwrap();
        let held = self.world.balances.get(&RESTRICTING).copied().unwrap_or(0);
        assert_eq!(plans.held, held);
    }
}
