//! What the rules of the economy cost besides the state that they work on: `cargo x bench staking`.
//!
//! 225 candidates, 43 of whom validate, and 100,000 delegations, over a world in memory. One thread; figures are CPU time.
//! Of blocks the one that takes longest is shown: of those that elect, and of those that end a settlement epoch.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

use rustix::time::{ClockId, clock_gettime};
use troupe_crypto::hash::keccak256;
use troupe_staking::block::{self, Facts};
use troupe_staking::election::Weighing;
use troupe_staking::genesis::{Beginning, Founder};
use troupe_staking::params::{Param, Params};
use troupe_staking::stake::{self, Source};
use troupe_staking::world::Memory;
use troupe_staking::{Calendar, Constitution};
use troupe_types::{Address, Height, Millis, NodeId, UnixMillis, View};

const LAT: u128 = 1_000_000_000_000_000_000;
const CANDIDATES: u64 = 225;
const SEATS: u32 = 43;
const DELEGATIONS: u64 = 100_000;
/// Blocks of a view.
const PER_VIEW: u32 = 10;
const BEGAN: u64 = 1_700_000_000_000;

fn cpu_millis() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn word(what: &str, number: u64) -> [u8; 32] {
    keccak256([what.as_bytes(), &number.to_be_bytes()].concat()).0
}

fn account(what: &str, number: u64) -> Address {
    let word = word(what, number);
    Address(*word.first_chunk().expect("20 of 32"))
}

fn begin() -> Memory {
    let founder = |number: u64| {
        let (node, vrf_key) = (NodeId(word("node", number)), word("vrf", number));
        let mut vote_key = [0; 48];
        vote_key[..32].copy_from_slice(&word("vote", number));
        let staker = account("staker", number);
        let stake = (100_000 + u128::from(number) * 7_919 % 1_000_000) * LAT;
        let name = format!("candidate {number}");
        Founder { node, vote_key, vrf_key, staker, benefit: staker, stake, share: 2_000, name }
    };
    let constitution = Constitution {
        seats: SEATS,
        blocks_per_view: PER_VIEW,
        election_distance: 20,
        weighing: Weighing::Votes,
        period: Millis(6 * 3_600_000),
        cycle: Millis(365 * 24 * 3_600_000),
        producers_percent: 50,
        developers: account("developers", 0),
        foundation: account("foundation", 0),
        foundation_from: 10,
        voting: Millis(14 * 24 * 3_600_000),
    };
    let mut params = Params::new(SEATS);
    params.set(Param::MaxValidators, CANDIDATES.into()).expect("within its range");
    let mut world = Memory::default();
    for number in 0..DELEGATIONS {
        world.balances.insert(account("delegator", number), 1_000 * LAT);
    }
    let others = world.supply();
    let (founders, time) = ((0..CANDIDATES).map(founder).collect(), UnixMillis(BEGAN));
    Beginning { constitution, params, founders, pool: 1_000_000 * LAT, others, time }
        .lay_down(&mut world);
    world
}

fn row(name: &str, value: f64, unit: &str) {
    println!("{name:<40} {value:>10.3} {unit}");
}

fn main() {
    let mut world = begin();
    let nodes: Vec<NodeId> = (0..CANDIDATES).map(|number| NodeId(word("node", number))).collect();
    let before = cpu_millis();
    for (number, node) in (0..DELEGATIONS).zip(nodes.iter().cycle()) {
        let amount = (10 + u128::from(number % 90)) * LAT;
        let delegator = account("delegator", number);
        stake::delegate(&mut world, delegator, Source::Free, node, amount).expect("it is rich");
        world.events.clear();
    }
    row("delegate", (cpu_millis() - before) * 1e3 / DELEGATIONS as f64, "us");

    let round = u64::from(SEATS * PER_VIEW);
    let (mut plain, mut electing, mut settling) = (0f64, 0f64, 0f64);
    for height in 1..=round * 60 {
        let facts = Facts {
            height: Height(height),
            round: Calendar::now(&mut world).round,
            view: View((height - 1) % round / u64::from(PER_VIEW)),
            coinbase: Address::default(),
            parent_time: UnixMillis(BEGAN + height * 2_000),
            output: keccak256(height.to_be_bytes()),
        };
        let period = Calendar::period(&mut world);
        let before = cpu_millis();
        block::begin(&mut world, &facts, &[]);
        let elected = block::end(&mut world, &facts);
        let took = cpu_millis() - before;
        let has_settled = Calendar::period(&mut world) > period;
        let most = match (elected.is_some(), has_settled) {
            (true, _) => &mut electing,
            (_, true) => &mut settling,
            (false, false) => &mut plain,
        };
        *most = most.max(took);
    }
    row("a block", plain, "ms at most");
    row("a block that elects 43 of 225", electing, "ms at most");
    row("a block that ends a settlement epoch", settling, "ms at most");

    let before = cpu_millis();
    let mut paid = 0;
    for number in 0..DELEGATIONS {
        paid += stake::claim(&mut world, account("delegator", number)).len();
        world.events.clear();
    }
    row("claim", (cpu_millis() - before) * 1e3 / DELEGATIONS as f64, "us");
    assert_eq!(world.broken, None);
    println!("{} settlement epochs, {paid} delegations paid", Calendar::period(&mut world) - 1);
}
