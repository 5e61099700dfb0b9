//! A market in memory, and who takes part in it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part of this"
)]

pub mod shell;

use ed25519_dalek::{Signer, SigningKey};
use troupe_market::block::{self, Facts};
use troupe_market::data::{self, Askers, Listing, Policy};
use troupe_market::statement::{Kind, NOBODY, Place, Statement};
use troupe_market::task::{self, Declaration, Posting, Signed, Spans, Task};
use troupe_market::{Error, Moment, Rules, audit, contract, node};
use troupe_records::{Memory, World as _};
use troupe_types::{Address, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::{List, Text};

pub const CHAIN: u64 = 7;
pub const RICH: u128 = 1_000_000;
pub const SPAN: u64 = 1_000;

pub const RULES: Rules = Rules {
    least_stake: 1_000,
    bond: 100,
    small_bond: 10,
    unbonding: Millis(10_000),
    answer: Millis(100),
    draw: Millis(5_000),
    views: 3,
    slashed_percent: 30,
    reporter_percent: 10,
    abandoned_percent: 10,
    least_fee: 300,
    least_span: Millis(500),
};

pub fn account(who: u8) -> Address {
    Address([who; 20])
}

pub fn secret(who: u8) -> SigningKey {
    SigningKey::from_bytes(&[who; 32])
}

pub fn node_id(who: u8) -> NodeId {
    troupe_wire::node_id(&secret(who).verifying_key().to_bytes())
}

pub fn listing(who: u8) -> Listing {
    Listing {
        node: node_id(who),
        name: Text::cut("rows"),
        schema: Hash([who; 32]),
        rows: 100,
        content: Hash([who; 32]),
        price: 50,
        policy: Policy {
            askers: Askers::Anyone,
            algorithms: 1,
            engines: 0b11,
            least_rows: 10,
            least_group: 5,
            named: List::default(),
            excluded: List::default(),
            is_own_party: false,
            expires: None,
        },
    }
}

pub fn declaration(datasets: &[u64], receiver: u8) -> Declaration {
    let span = Millis(SPAN);
    Declaration {
        terms: Hash([0x77; 32]),
        datasets: datasets.to_vec(),
        algorithms: 1,
        engine: 1,
        least_rows: 10,
        least_group: 5,
        receivers: List::new(vec![account(receiver)]).unwrap(),
        excluded: List::default(),
        after: 0,
        fee: 302,
        prices: 200,
        spans: Spans { consent: span, accept: span, start: span, compute: span, settle: span },
    }
}

pub fn posting(result: u8, seat: usize) -> Posting {
    Posting {
        result: Hash([result; 32]),
        transcript: Hash([9; 32]),
        output: Hash([100 + seat as u8; 32]),
        pairs: [Hash([1; 32]), Hash([2; 32])],
    }
}

/// A market with the accounts 1 to 99, which have a million von each.
#[derive(Clone)]
pub struct Market {
    pub world: Memory,
    pub now: Moment,
}

impl Market {
    pub fn new() -> Self {
        let mut world = Memory::default();
        RULES.lay_down(&mut world);
        for who in 1..100 {
            world.mint(account(who), RICH);
        }
        let now = Moment { chain_id: CHAIN, height: Height(1), time: UnixMillis(1_000_000) };
        Self { world, now }
    }

    /// Two data sets of the accounts 1 and 2, and compute nodes of the accounts 10 to 29, all of which count.
    pub fn busy() -> Self {
        let mut market = Self::new();
        for owner in [1, 2] {
            market
                .act(|world, now| data::publish(world, account(owner), listing(owner), now))
                .unwrap();
        }
        for who in 10..30 {
            market.register(who, 1_000 + 100 * u128::from(who)).unwrap();
        }
        market.views(5);
        market
    }

    /// Does something, or takes it back.
    pub fn act<T>(
        &mut self,
        act: impl FnOnce(&mut Memory, &Moment) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let before = self.world.clone();
        let done = act(&mut self.world, &self.now);
        if done.is_err() {
            self.world = before;
        }
        assert_eq!(self.world.broken, None);
        done
    }

    pub fn register(&mut self, who: u8, stake: u128) -> Result<u64, Error> {
        let key = secret(who).verifying_key().to_bytes();
        let digest = node::registration(CHAIN, account(who), &key);
        let signature = secret(who).sign(&digest.0).to_bytes();
        self.act(|world, now| {
            node::register(world, account(who), (key, signature), (4, stake), now)
        })
    }

    /// A block that begins a view, after so much time.
    pub fn block(&mut self, millis: u64) {
        self.now.height = Height(self.now.height.0 + 1);
        self.now.time = UnixMillis(self.now.time.0 + millis);
        let word = troupe_crypto::hash::keccak256(self.now.height.0.to_be_bytes());
        block::begin(&mut self.world, true);
        block::end(&mut self.world, &Facts { now: self.now, word });
        assert_eq!(self.world.broken, None);
    }

    pub fn views(&mut self, count: u64) {
        (0..count).for_each(|_| self.block(1));
    }

    pub fn task(&mut self, number: u64) -> Task {
        Task::of(&mut self.world, number).unwrap()
    }

    pub fn balance(&mut self, who: u8) -> u128 {
        self.world.balance(account(who))
    }

    pub fn check(&mut self) {
        audit::check(&mut self.world).unwrap();
        assert_eq!(self.world.supply(), 99 * RICH);
        let held = self.world.balance(contract::DATA);
        assert_eq!(held, 0);
    }

    /// Whose compute nodes have the seats.
    pub fn parties(&mut self, number: u64) -> Vec<u8> {
        let seats = self.task(number).seats;
        let node = |seat: &task::Seat| node::Node::of(&mut self.world, seat.node).unwrap();
        seats.iter().map(node).map(|node| node.account.0[0]).collect()
    }

    /// A task of account 3 on both data sets, for account 4.
    pub fn declared(&mut self) -> u64 {
        self.act(|world, now| task::declare(world, account(3), declaration(&[1, 2], 4), now))
            .unwrap()
    }

    pub fn authorised(&mut self) -> u64 {
        let number = self.declared();
        for owner in [1, 2] {
            self.act(|world, now| task::authorise(world, account(owner), number, now)).unwrap();
        }
        number
    }

    pub fn drawn(&mut self) -> u64 {
        let number = self.authorised();
        self.views(3);
        number
    }

    pub fn accepted(&mut self) -> u64 {
        let number = self.drawn();
        for party in self.parties(number) {
            self.act(|world, now| task::accept(world, account(party), number, now)).unwrap();
        }
        number
    }

    pub fn started(&mut self) -> u64 {
        let number = self.accepted();
        for owner in [1, 2] {
            self.act(|world, now| task::confirm(world, account(owner), number, now)).unwrap();
        }
        number
    }

    pub fn post(&mut self, number: u64, seat: usize, result: u8) -> Result<(), Error> {
        let party = self.parties(number)[seat];
        let posting = posting(result, seat);
        self.act(|world, now| task::post(world, account(party), number, posting, now))
    }

    pub fn settling(&mut self) -> u64 {
        let number = self.started();
        (0..3).for_each(|seat| self.post(number, seat, 1).unwrap());
        number
    }

    /// A statement that the party of a seat signs.
    pub fn signed(&mut self, number: u64, seat: u8, kind: Kind, hash: u8) -> Signed {
        let party = self.parties(number)[usize::from(seat)];
        let peer = if matches!(kind, Kind::Sent | Kind::Received | Kind::Pair) {
            (seat + 1) % 3
        } else {
            NOBODY
        };
        let statement = Statement { kind, peer, round: 0, part: 0, hash: Hash([hash; 32]) };
        let terms = self.task(number).terms;
        let place = Place { chain_id: CHAIN, task: number, terms, seat };
        let signature = secret(party).sign(&statement.digest(&place).0).to_bytes();
        (statement, signature)
    }
}
