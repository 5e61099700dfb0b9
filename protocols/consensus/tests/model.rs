//! An exhaustive search through what an adversary can do with one of four validators in each of two
//! epochs that have nobody in common: voting, locking, giving views up, and the edge.
//!
//! The adversary owns the network and the fourth validator. It decides which block each view starts on,
//! as far as the rules of justification let it, which two of the three honest ones vote, and which views
//! fail; it shows nobody a certificate unless a vote needs it. It knows every certificate, so a block
//! counts as final as soon as the certificates for that exist. Honest validators vote once for an index,
//! know the parent's certificate of what they vote for, and name the highest certificate they know when
//! they give a view up. What they do not learn only widens the adversary's choice, so they learn nothing
//! else; and a third voter would only learn more, so two are enough.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use stateright::{Checker, Model, Property};

/// How many heights the first epoch has here.
const EDGE: u8 = 3;
/// Blocks that complete a view.
const IN_VIEW: u8 = 2;

/// A certified block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Block {
    parent: u8,
    height: u8,
    epoch: u8,
    view: u8,
    index: u8,
}

/// Certificates in the order in which they came to be, and for each epoch the view it is in and what
/// each honest validator knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    blocks: Vec<Block>,
    views: [u8; 2],
    known: [[u8; 3]; 2],
}

/// A block is certified: on which one, in which view, without whose vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Certify {
    epoch: u8,
    base: u8,
    view: u8,
    absent: usize,
}

/// Which mistake is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// Three certificates in a row are enough, whatever their views.
    NoNeighbours,
    /// Two neighbours across the edge lock as well.
    EdgeLocks,
    /// View changes do not name the highest certificate known.
    NamesAnything,
    /// A vote does not need the certificate of the parent.
    VotesBlindly,
    /// One certificate less is enough.
    TwoInARow,
}

struct Protocol {
    mistake: Mistake,
    most: usize,
}

impl State {
    fn rank(&self, at: u8) -> (u8, u8, u8) {
        let block = self.blocks[usize::from(at)];
        (block.height, block.epoch, block.view)
    }

    fn descends(&self, mut at: u8, from: u8) -> bool {
        while at != from {
            if at == 0 {
                return false;
            }
            at = self.blocks[usize::from(at)].parent;
        }
        true
    }
}

impl Protocol {
    /// Whether two certificates in a row lock the first block.
    fn lock(&self, state: &State, child: u8) -> Option<u8> {
        let above = state.blocks[usize::from(child)];
        let below = state.blocks[usize::from(above.parent)];
        let beside = below.epoch == above.epoch && above.view - below.view <= 1;
        let at_edge = below.epoch < above.epoch && self.mistake == Mistake::EdgeLocks;
        (above.parent != 0 && (beside || at_edge)).then_some(above.parent)
    }

    /// The blocks that some certificates make final.
    fn finals(&self, state: &State) -> Vec<u8> {
        let mut finals = Vec::new();
        for tip in 1..u8::try_from(state.blocks.len()).unwrap() {
            let middle = state.blocks[usize::from(tip)].parent;
            let low = state.blocks[usize::from(middle)].parent;
            if self.mistake == Mistake::TwoInARow && middle != 0 {
                finals.push(middle);
            }
            if middle == 0 || low == 0 {
                continue;
            }
            let locks = self.lock(state, tip).is_some() || self.lock(state, middle).is_some();
            if locks || self.mistake == Mistake::NoNeighbours {
                finals.push(low);
            }
        }
        finals
    }

    /// Whether the first block of a view may stand on a certified block.
    fn is_justified(&self, state: &State, epoch: u8, base: u8, view: u8) -> bool {
        let below = state.blocks[usize::from(base)];
        let completes =
            below.epoch == epoch && below.view + 1 == view && below.index + 1 == IN_VIEW;
        let ends = view == 1 && (base == 0 || (below.height == EDGE && below.epoch < epoch));
        if completes || ends {
            return true;
        }
        // Some quorum gave the view before up: two honest ones, and the adversary who names `base`.
        let mut named = state.known[usize::from(epoch)].map(|at| state.rank(at));
        named.sort_unstable();
        let is_highest = state.rank(base) >= named[1] || self.mistake == Mistake::NamesAnything;
        let is_of_epoch = epoch == 0 || below.height >= EDGE;
        is_highest && is_of_epoch && view > 1
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Certify;

    fn init_states(&self) -> Vec<State> {
        let genesis = Block { parent: 0, height: 0, epoch: 0, view: 0, index: 0 };
        vec![State { blocks: vec![genesis], views: [0, 0], known: [[0; 3]; 2] }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Certify>) {
        if state.blocks.len() > self.most {
            return;
        }
        for epoch in 0..2u8 {
            let here = state.views[usize::from(epoch)];
            for base in 0..u8::try_from(state.blocks.len()).unwrap() {
                let below = state.blocks[usize::from(base)];
                let is_of_epoch = (below.height < EDGE) == (epoch == 0);
                if !is_of_epoch {
                    continue;
                }
                let goes_on =
                    below.epoch == epoch && below.view == here && below.index + 1 < IN_VIEW;
                let is_last =
                    state.blocks.last().is_some_and(|last| last.epoch != epoch || *last == below);
                for absent in 0..3 {
                    if base != 0 && here > 0 && goes_on && is_last {
                        actions.push(Certify { epoch, base, view: here, absent });
                    }
                    // The next view, or one after a view that failed altogether.
                    for view in [here + 1, here + 2] {
                        if self.is_justified(state, epoch, base, view) {
                            actions.push(Certify { epoch, base, view, absent });
                        }
                    }
                }
            }
        }
    }

    fn next_state(&self, before: &State, certify: Certify) -> Option<State> {
        let Certify { epoch, base, view, absent } = certify;
        let mut state = before.clone();
        let below = before.blocks[usize::from(base)];
        let same_view = below.epoch == epoch && below.view == view && base != 0;
        let index = if same_view { below.index + 1 } else { 0 };
        // One vote for each index of a view.
        let again = |block: &Block| (block.epoch, block.view, block.index) == (epoch, view, index);
        if before.blocks.iter().skip(1).any(again) {
            return None;
        }
        let height = below.height + 1;
        state.blocks.push(Block { parent: base, height, epoch, view, index });
        state.views[usize::from(epoch)] = view;
        let rank = before.rank(base);
        let known = &mut state.known[usize::from(epoch)];
        for (at, known) in known.iter_mut().enumerate() {
            let learns = at != absent && self.mistake != Mistake::VotesBlindly;
            if learns && before.rank(*known) < rank {
                *known = base;
            }
        }
        // The honest ones differ by what they know only.
        known.sort_unstable();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one chain is final", |model: &Self, state: &State| {
                let finals = model.finals(state);
                finals.iter().all(|a| {
                    finals.iter().all(|b| state.descends(*a, *b) || state.descends(*b, *a))
                })
            }),
            Property::always(
                "one block is locked for each height",
                |model: &Self, state: &State| {
                    let tips = 1..u8::try_from(state.blocks.len()).unwrap();
                    let locked: Vec<u8> = tips.filter_map(|tip| model.lock(state, tip)).collect();
                    locked.iter().all(|a| {
                        locked.iter().all(|b| {
                            a == b
                                || state.blocks[usize::from(*a)].height
                                    != state.blocks[usize::from(*b)].height
                        })
                    })
                },
            ),
            Property::sometimes(
                "something of the second epoch is final",
                |model: &Self, state: &State| {
                    model.finals(state).iter().any(|at| state.blocks[usize::from(*at)].epoch == 1)
                },
            ),
        ]
    }
}

fn search(mistake: Mistake, most: usize) -> (Vec<&'static str>, usize) {
    let checker = Protocol { mistake, most }.checker().spawn_bfs().join();
    let found = checker.discoveries().into_keys().collect();
    (found, checker.unique_state_count())
}

#[test]
fn no_adversary_makes_two_chains_final_or_locks_two_blocks_of_a_height() {
    let (found, states) = search(Mistake::None, 7);
    assert_eq!(found, ["something of the second epoch is final"], "{states} states");
    assert!(states > 10_000, "{states} states only");
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-consensus --test model -- --ignored"]
fn nor_with_one_block_more_slow() {
    let (found, states) = search(Mistake::None, 8);
    assert_eq!(found, ["something of the second epoch is final"], "{states} states");
    assert!(states > 1_000_000, "{states} states only");
}

#[test]
fn three_certificates_of_views_apart_would_fork() {
    let (found, _) = search(Mistake::NoNeighbours, 6);
    assert!(found.contains(&"one chain is final"), "{found:?}");
}

#[test]
fn neighbours_across_an_edge_would_fork() {
    let (found, _) = search(Mistake::EdgeLocks, 7);
    assert!(found.contains(&"one block is locked for each height"), "{found:?}");
}

#[test]
fn view_changes_that_name_anything_would_fork() {
    let (found, _) = search(Mistake::NamesAnything, 6);
    assert!(found.contains(&"one chain is final"), "{found:?}");
}

#[test]
fn votes_without_the_certificate_of_the_parent_would_fork() {
    let (found, _) = search(Mistake::VotesBlindly, 6);
    assert!(found.contains(&"one chain is final"), "{found:?}");
}

#[test]
fn one_certificate_less_would_fork() {
    let (found, _) = search(Mistake::TwoInARow, 6);
    assert!(found.contains(&"one chain is final"), "{found:?}");
}
