//! A chain as small as one can be: a block's state is the hash of everything below it.

use troupe_consensus::{
    Block, Causes, Fill, Header, Keys, Order, Outcome, Place, PublicKey, Term, Validator,
    ValidatorSet, public_bytes,
};
use troupe_crypto::Scheme;
use troupe_crypto::hash::{keccak256, keccak256_concat};
use troupe_types::{Epoch, Hash, Height, NodeId, UnixMillis};
use troupe_wire::{Blob, Seed};

/// Who validates when.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The members of each epoch, by number; the last line holds for all later ones.
    pub(crate) sets: Vec<Vec<usize>>,
    /// How many heights an epoch has.
    pub(crate) length: u64,
    /// How far before the end of an epoch the next set is elected.
    pub(crate) distance: u64,
}

/// The keys of everybody who ever validates.
pub(crate) struct People<S: Scheme> {
    pub(crate) secrets: Vec<S::SecretKey>,
    pub(crate) keys: Vec<PublicKey>,
}

pub(crate) fn node_id(at: usize) -> NodeId {
    let mut id = [0; 32];
    id[0] = u8::try_from(at + 1).expect("few nodes");
    NodeId(id)
}

pub(crate) fn node_at(id: &NodeId) -> usize {
    usize::from(id.0[0]) - 1
}

impl<S: Scheme> People<S> {
    pub(crate) fn new(count: usize) -> Self {
        let secrets: Vec<S::SecretKey> = (0..count)
            .map(|at| S::generate(&mut Seed::from_number(at as u64).stream("validator")))
            .collect();
        let keys = secrets
            .iter()
            .map(|secret| public_bytes::<S>(&S::public_key(secret)).expect("48 bytes"))
            .collect();
        Self { secrets, keys }
    }

    pub(crate) fn set(&self, members: &[usize]) -> ValidatorSet {
        let one = |at: &usize| Validator { node: node_id(*at), key: self.keys[*at] };
        ValidatorSet::new(members.iter().map(one).collect()).expect("a good set")
    }

    pub(crate) fn term(&self, plan: &Plan, epoch: u64) -> Term {
        let members = &plan.sets[usize::try_from(epoch - 1).expect("few").min(plan.sets.len() - 1)];
        Term {
            epoch: Epoch(epoch),
            first: Height((epoch - 1) * plan.length + 1),
            last: Height(epoch * plan.length),
            set: self.set(members),
        }
    }

    pub(crate) fn keys_of(&self, plan: &Plan, epochs: u64) -> Keys<S> {
        let mut keys = Keys::default();
        for epoch in 1..=epochs {
            keys.learn(&self.term(plan, epoch)).expect("good keys");
        }
        keys
    }

    /// The terms known in the state of a final block.
    pub(crate) fn terms_at(&self, plan: &Plan, height: Height) -> Vec<Term> {
        let epoch = height.0.saturating_sub(1) / plan.length + 1;
        let first = epoch.saturating_sub(1).max(1);
        let elected = height.0 + plan.distance >= epoch * plan.length;
        let last = if elected { epoch + 1 } else { epoch };
        (first..=last).map(|epoch| self.term(plan, epoch)).collect()
    }

    /// What the execution of a block elects.
    pub(crate) fn elects(&self, plan: &Plan, header: &Header) -> Option<Term> {
        let epoch = (header.height.0 - 1) / plan.length + 1;
        let is_election = header.height.0 + plan.distance == epoch * plan.length;
        is_election.then(|| self.term(plan, epoch + 1))
    }
}

impl Plan {
    /// One set of so many, for ever.
    pub(crate) fn fixed(count: usize) -> Self {
        Self { sets: vec![(0..count).collect()], length: 1_000_000, distance: 13 }
    }

    pub(crate) fn people(&self) -> usize {
        self.sets.iter().flatten().max().expect("somebody") + 1
    }
}

pub(crate) fn genesis() -> Block {
    let header = Header {
        hash: Hash([0xee; 32]),
        parent: Hash([0; 32]),
        height: Height(0),
        place: Place::new(0, 0),
        index: 0,
        time: UnixMillis(0),
        root: Hash([0; 32]),
        causes: Causes::default(),
    };
    Block { header, body: Blob::default() }
}

pub(crate) fn hash_of(header: &Header, body: &[u8]) -> Hash {
    let causes = header.causes;
    let flags = [causes.has_transactions, causes.has_evidence, causes.ends_epoch].map(u8::from);
    keccak256_concat(&[
        &header.parent.0,
        &header.height.0.to_be_bytes(),
        &header.place.epoch.0.to_be_bytes(),
        &header.place.view.0.to_be_bytes(),
        &header.index.to_be_bytes(),
        &header.time.0.to_be_bytes(),
        &header.root.0,
        &flags,
        &keccak256(body).0,
    ])
}

pub(crate) fn belongs(block: &Block) -> bool {
    let causes = block.header.causes;
    let fits = causes.has_transactions != block.body.is_empty() || causes.has_evidence;
    fits && block.header.hash == hash_of(&block.header, &block.body)
}

pub(crate) fn root_of(parent_root: &Hash, body: &[u8]) -> Hash {
    keccak256_concat(&[&parent_root.0, body])
}

/// Makes a block to order; `body` goes in unless it is to stay empty.
pub(crate) fn build(order: &Order, parent_root: &Hash, body: &[u8]) -> Block {
    let body = match order.fill {
        Fill::Whatever => body.to_vec(),
        Fill::Nothing => Vec::new(),
    };
    let causes = Causes {
        has_transactions: !body.is_empty(),
        has_evidence: false,
        ends_epoch: order.ends_epoch,
    };
    let mut header = Header {
        hash: Hash([0; 32]),
        parent: order.parent,
        height: order.height,
        place: order.place,
        index: order.index,
        time: order.time,
        root: root_of(parent_root, &body),
        causes,
    };
    header.hash = hash_of(&header, &body);
    Block { header, body: Blob::new(body).expect("small") }
}

/// Executes a block on the state of its parent.
pub(crate) fn execute<S: Scheme>(
    people: &People<S>,
    plan: &Plan,
    block: &Block,
    parent_root: &Hash,
) -> Outcome {
    let root = root_of(parent_root, &block.body);
    Outcome::Valid { root, elected: people.elects(plan, &block.header) }
}
