//! What a proposer gains who sees his words before anybody else and may keep them to himself.
//!
//! The word of the view that an election falls into decides it, drawn from that of the view before, and each is known
//! to its proposer first. He cannot choose it, but he can make no block in his view; then the next one draws from the view
//! before his. Who has several views in a row knows what comes of each choice of them, and takes the best. Against
//! that stand elections by words that nobody chose. Both are measured here with the election itself.

use std::collections::BTreeMap;
use troupe_crypto::hash::keccak256_concat;
use troupe_staking::election::{Candidate, Election, Sitting, Weighing, replaceable};
use troupe_types::{Hash, NodeId};

/// What everybody has at stake, in LAT.
const VOTES: u64 = 1_000_000;

/// A network, and what one adversary has of it.
#[derive(Debug, Clone, Copy)]
struct Network {
    seats: usize,
    candidates: usize,
    /// One of so many of the seats and of the candidates is his.
    part: usize,
}

/// A network before an election.
struct Stage {
    network: Network,
    sitting: Vec<Sitting>,
    others: Vec<Candidate>,
}

/// What came of many elections.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    /// Seats on average.
    seats: f64,
    /// How often so many that the others have no quorum.
    blocks: f64,
}

fn word(parts: &[&[u8]]) -> Hash {
    keccak256_concat(parts)
}

fn node(at: usize) -> NodeId {
    NodeId(word(&[b"node", &at.to_be_bytes()]).0)
}

impl Network {
    /// How many of so many are his, to the nearest.
    const fn his(self, of: usize) -> usize {
        (2 * of + self.part) / (2 * self.part)
    }

    /// Whose seats are how old is luck.
    fn stage(self, luck: u64) -> Stage {
        let Self { seats, candidates, .. } = self;
        let candidate = |at| Candidate { node: node(at), version: 256, votes: VOTES, since: 0 };
        let rounds = |at: usize| {
            let word = word(&[b"rounds", &luck.to_be_bytes(), &at.to_be_bytes()]);
            u32::from(word.0[0] % 4)
        };
        let sitting = |at| Sitting { candidate: candidate(at), rounds: rounds(at), is_out: false };
        let others = seats..candidates;
        Stage {
            network: self,
            sitting: (0..seats).map(sitting).collect(),
            others: others.map(candidate).collect(),
        }
    }

    fn all_of_his(self) -> impl Iterator<Item = NodeId> {
        let Self { seats, candidates, .. } = self;
        let sitting = self.his(seats);
        let others = self.his(candidates).saturating_sub(sitting);
        (0..sitting).chain(seats..seats + others).map(node)
    }

    /// So many leave the rest without a quorum.
    const fn blocking(self) -> usize {
        replaceable(self.seats) + 1
    }
}

impl Stage {
    /// His seats after an election by a word.
    fn won(&self, output: Hash) -> usize {
        let (seats, weighing) = (self.network.seats, Weighing::Votes);
        let (sitting, others) = (&self.sitting, &self.others);
        let elected = Election { seats, sitting, others, weighing, output }.elect();
        self.network.all_of_his().filter(|node| elected.contains(node)).count()
    }
}

/// Every word that views of one adversary in a row can bring about, from the word of the view before the first of them: in each
/// of them he makes blocks or none. As few as one leave the rest of the blocks before the election to the next view in
/// which he makes some; the last such one makes all that are left.
fn ways(before: Hash, views: u8) -> Vec<Hash> {
    let Some(rest) = views.checked_sub(1) else { return Vec::new() };
    // The key is that of the view.
    let drawn = word(&[b"draw", &[views], &before.0]);
    let mut found = vec![drawn];
    found.extend(ways(drawn, rest));
    found.extend(ways(before, rest));
    found
}

/// How many there are.
const fn count(views: u8) -> usize {
    (1 << views) - 1
}

/// So many elections, each with the word that is best for him of those that he can bring about; without any views
/// of his, with a word that nobody chose. `honest` is what he expects where he leaves the last word to others.
fn elections(network: Network, views: u8, trials: u64, honest: f64) -> Seen {
    let mut seen = Seen::default();
    for trial in 0..trials {
        let stage = network.stage(trial);
        let begin = word(&[b"trial", &trial.to_be_bytes()]);
        let of_others = stage.won(word(&[b"others", &begin.0]));
        let best = ways(begin, views).into_iter().map(|last| stage.won(last)).max();
        let won = match best {
            Some(best) if best as f64 > honest => best,
            Some(_) | None => of_others,
        };
        seen.seats += won as f64;
        seen.blocks += f64::from(u8::from(won >= network.blocking()));
    }
    let trials = trials as f64;
    Seen { seats: seen.seats / trials, blocks: seen.blocks / trials }
}

/// What choosing among so many ways can add at most, on average; to leave it to others is one of them: the seats that change hands are drawn without being
/// put back, and the greatest of many such draws lies no higher. Hoeffding 1963, and the maximal inequality for
/// what is sub-Gaussian.
fn bound(network: Network, ways: usize) -> f64 {
    (replaceable(network.seats) as f64 * (ways as f64).ln() / 2.0).sqrt()
}

const NETWORKS: [(usize, usize); 3] = [(4, 12), (25, 101), (43, 201)];

#[test]
fn the_ways_are_as_many_as_there_are_choices_of_views_with_blocks_and_no_two_end_alike() {
    for (views, want) in [(0, 0), (1, 1), (2, 3), (3, 7), (4, 15)] {
        assert_eq!(count(views), want);
        let mut found = ways(Hash([7; 32]), views);
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), want);
    }
}

#[test]
fn withholding_gains_something_and_never_more_than_its_bound() {
    for ((seats, candidates), trials) in NETWORKS.into_iter().zip([150, 24, 12]) {
        for part in [10, 5, 3] {
            let network = Network { seats, candidates, part };
            let honest = elections(network, 0, trials, f64::INFINITY).seats;
            let grown = elections(network, 2, trials, honest).seats;
            let (gain, limit) = (grown - honest, bound(network, count(2) + 1));
            assert!(gain <= limit, "{network:?}: {gain} above {limit}");
            assert!(gain > 0.0, "{network:?}: {gain}");
            assert!(grown <= (network.his(seats) + replaceable(seats)) as f64);
        }
    }
}

/// What stands in docs/randomness.md.
#[test]
#[ignore = "takes minutes: cargo test --release -p troupe-staking --test withholding -- --ignored --nocapture"]
#[expect(clippy::disallowed_macros, reason = "it prints the table")]
fn the_table_of_the_document_slow() {
    let mut table = BTreeMap::new();
    for (seats, candidates) in NETWORKS {
        let trials = if seats == 4 { 2_000 } else { 300 };
        for part in [10, 5, 3] {
            let network = Network { seats, candidates, part };
            let honest = elections(network, 0, 4_000, f64::INFINITY);
            let row: Vec<Seen> =
                (1..=4).map(|views| elections(network, views, trials, honest.seats)).collect();
            table.insert((seats, 10 - part), (network, honest, row));
        }
    }
    println!(
        "| seats | his part | he has | nobody chooses | 1 view | 2 views | 3 views | 4 views | bound for 3 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (network, honest, row) in table.values() {
        let Network { seats, part, .. } = *network;
        let cell = |seen: &Seen| format!("{:.2} ({:.0} %)", seen.seats, 100.0 * seen.blocks);
        let cells: Vec<String> = row.iter().map(cell).collect();
        println!(
            "| {seats} | 1/{part} | {} | {} | {} | {:.2} |",
            network.his(seats),
            cell(honest),
            cells.join(" | "),
            honest.seats + bound(*network, count(3) + 1),
        );
        for (seen, views) in row.iter().zip(1..) {
            assert!(seen.seats <= honest.seats + bound(*network, count(views) + 1));
        }
    }
}
