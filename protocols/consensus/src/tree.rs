//! Blocks above the last final one, and how settled each of them is.

use crate::proof::settles;
use crate::rules::{Rule, Rules};
use crate::{Block, Certificate, CommitProof, Error, Header, Link, Place, Rank, Term};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use troupe_types::{Hash, Height};
use troupe_wire::List;

/// How far above the last final block others are kept. A proof has room for two more.
pub(crate) const DEPTH: u64 = 60;
/// How many blocks there may be, on all branches together. A view leaves at most one behind that was
/// voted for and is not certified.
const MAX_NODES: usize = 1024;
/// How many final blocks are kept to help others with.
const KEPT: usize = 32;

/// What is known of the execution of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Run {
    /// It was not asked for.
    Waiting,
    /// It was asked for.
    Running,
    /// It led to the root that the header claims, and perhaps to a new validator set.
    Done(Option<Term>),
    /// It did not.
    Bad,
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) block: Arc<Block>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) run: Run,
    /// It came as a proposal that follows the rules, so it may be voted for.
    pub(crate) is_proposed: bool,
}

impl Node {
    pub(crate) fn header(&self) -> &Header {
        &self.block.header
    }
}

/// A block that became final.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) node: Node,
    pub(crate) proof: CommitProof,
}

#[derive(Debug, Clone)]
pub(crate) struct Tree {
    root: Hash,
    nodes: BTreeMap<Hash, Node>,
    kept: VecDeque<(Arc<Block>, Certificate)>,
}

impl Tree {
    /// A tree on a final block whose state is known.
    pub(crate) fn new(root: Block, certificate: Option<Certificate>) -> Self {
        let hash = root.header.hash;
        let node =
            Node { block: Arc::new(root), certificate, run: Run::Done(None), is_proposed: false };
        Self { root: hash, nodes: BTreeMap::from([(hash, node)]), kept: VecDeque::new() }
    }

    /// A tree on a higher final block, with what stands on it and had stood here.
    pub(crate) fn lift(&mut self, root: Block, certificate: Option<Certificate>) -> Vec<Node> {
        let before = std::mem::replace(self, Self::new(root, certificate));
        self.kept = before.kept;
        let base = self.root().header().height;
        let mut above: Vec<Node> =
            before.nodes.into_values().filter(|node| node.header().height > base).collect();
        above.sort_by_key(|node| node.header().height);
        let mut left = Vec::new();
        for node in above {
            if self.insert(node.block.clone()).is_err() {
                left.push(node);
                continue;
            }
            if let Some(again) = self.nodes.get_mut(&node.header().hash) {
                again.certificate = node.certificate;
                again.is_proposed = node.is_proposed;
            }
        }
        left
    }

    pub(crate) fn root(&self) -> &Node {
        self.nodes.get(&self.root).expect("the root is never removed")
    }

    pub(crate) fn get(&self, hash: &Hash) -> Option<&Node> {
        self.nodes.get(hash)
    }

    pub(crate) fn get_mut(&mut self, hash: &Hash) -> Option<&mut Node> {
        self.nodes.get_mut(hash)
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// Whether a block has a certificate or is the root.
    pub(crate) fn is_prepared(&self, hash: &Hash) -> bool {
        *hash == self.root || self.get(hash).is_some_and(|node| node.certificate.is_some())
    }

    /// Adds a block whose parent is there; true if it is new.
    pub(crate) fn insert(&mut self, block: Arc<Block>) -> Result<bool, Error> {
        let header = &block.header;
        if self.nodes.contains_key(&header.hash) {
            return Ok(false);
        }
        let base = self.root().header().height;
        let parent = self.nodes.get(&header.parent).ok_or(Error::Misplaced)?.header();
        let follows = parent.height.next() == Some(header.height)
            && parent.place <= header.place
            && parent.time <= header.time;
        if !follows || header.height.since(base) > DEPTH || self.nodes.len() >= MAX_NODES {
            return Err(Error::Misplaced);
        }
        let hash = header.hash;
        let node = Node { block, certificate: None, run: Run::Waiting, is_proposed: false };
        self.nodes.insert(hash, node);
        Ok(true)
    }

    /// Adds the verified certificate of a block that is there; true if it is the block's first.
    pub(crate) fn certify(&mut self, certificate: &Certificate) -> bool {
        match self.nodes.get_mut(&certificate.hash) {
            Some(node)
                if node.certificate.is_none() && node.header().is_certified_by(certificate) =>
            {
                node.certificate = Some(*certificate);
                true
            }
            Some(_) | None => false,
        }
    }

    /// The certified block that ranks highest, or the root.
    pub(crate) fn highest(&self) -> &Node {
        let certified = self.nodes.values().filter(|node| node.certificate.is_some());
        certified.max_by_key(|node| node.certificate.map(|it| it.rank())).unwrap_or(self.root())
    }

    /// The rank of the highest certificate; `None` for the genesis block.
    pub(crate) fn highest_rank(&self) -> Option<Rank> {
        self.highest().certificate.map(|certificate| certificate.rank())
    }

    /// Whether a block is another one or stands on it.
    pub(crate) fn descends(&self, hash: &Hash, from: &Hash) -> bool {
        let mut at = hash;
        loop {
            if at == from {
                return true;
            }
            match self.nodes.get(at) {
                Some(node) if *at != self.root => at = &node.block.header.parent,
                Some(_) | None => return false,
            }
        }
    }

    /// The highest block whose child makes it irreplaceable.
    pub(crate) fn locked(&self, rules: Rules) -> &Node {
        let mut locked = self.root();
        for child in self.nodes.values().filter(|node| node.certificate.is_some()) {
            let Some(parent) = self.nodes.get(&child.header().parent) else { continue };
            let locks = parent.header().place.is_beside(child.header().place)
                || !rules.keep(Rule::Neighbours);
            let is_certified = parent.certificate.is_some();
            if is_certified && locks && parent.header().height > locked.header().height {
                locked = parent;
            }
        }
        locked
    }

    /// The blocks from the one above the root up to `hash`.
    fn path(&self, hash: &Hash) -> Vec<&Node> {
        let mut path = Vec::new();
        let mut at = *hash;
        while at != self.root {
            let Some(node) = self.nodes.get(&at) else { return Vec::new() };
            at = node.header().parent;
            path.push(node);
        }
        path.reverse();
        path
    }

    /// The path to a certified block that makes others final, and how many of them, for the most.
    fn final_path(&self, rules: Rules) -> Option<(Vec<&Node>, usize)> {
        let mut best: Option<(Vec<&Node>, usize)> = None;
        for tip in self.nodes.values().filter(|node| node.certificate.is_some()) {
            let path = self.path(&tip.header().hash);
            let run = path.iter().rev().take_while(|node| node.certificate.is_some()).count();
            let certified = &path[path.len() - run..];
            let wanted = if rules.keep(Rule::ThreeInARow) { 3 } else { 1 };
            if certified.len() < wanted {
                continue;
            }
            let last = &certified[certified.len() - wanted..];
            let places: Vec<Place> = last.iter().map(|node| node.header().place).collect();
            let is_lax = !rules.keep(Rule::Neighbours) || !rules.keep(Rule::ThreeInARow);
            if !settles(&places) && !is_lax {
                continue;
            }
            // What is final is handed out with its state, so it has to be executed first.
            let done = path.iter().take_while(|node| matches!(node.run, Run::Done(_))).count();
            let count = done.min(path.len() + 1 - wanted);
            if best.as_ref().is_none_or(|(_, most)| count > *most) {
                best = Some((path, count));
            }
        }
        best
    }

    /// Takes the blocks that are final now, lowest first, and everything beside them out of the tree.
    pub(crate) fn settle(&mut self, rules: Rules) -> Vec<Settled> {
        let Some((path, count)) = self.final_path(rules) else { return Vec::new() };
        let links: Vec<Link> = path.iter().filter_map(link).collect();
        if links.len() != path.len() {
            // A gap below a run of three: the certificates in between are on their way.
            return Vec::new();
        }
        let hashes: Vec<Hash> = path.iter().take(count).map(|node| node.header().hash).collect();
        let mut settled = Vec::with_capacity(count);
        for (at, hash) in hashes.iter().enumerate() {
            let Some(node) = self.nodes.get(hash).cloned() else { continue };
            let proof = shortest_proof(&links[at..]);
            settled.push(Settled { node, proof });
        }
        for one in &settled {
            if let Some(certificate) = one.node.certificate {
                self.kept.push_back((one.node.block.clone(), certificate));
            }
            self.root = one.node.header().hash;
        }
        while self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        self.prune();
        settled
    }

    /// Drops all that does not stand on the root.
    fn prune(&mut self) {
        let root = self.root;
        let stays: Vec<Hash> =
            self.nodes.keys().filter(|hash| self.descends(hash, &root)).copied().collect();
        self.nodes.retain(|hash, _| stays.binary_search(hash).is_ok());
    }

    /// The lowest block without a certificate below the highest certified one.
    pub(crate) fn gap(&self) -> Option<Hash> {
        let path = self.path(&self.highest().header().hash);
        let gap = path.iter().find(|node| node.certificate.is_none());
        gap.map(|node| node.header().hash)
    }

    /// Drops blocks without a certificate of views before `place`, unless `keeps` says otherwise or one
    /// above them stays.
    pub(crate) fn sweep(&mut self, place: Place, keeps: impl Fn(&Node) -> bool) {
        let mut stays: BTreeSet<Hash> = BTreeSet::new();
        for node in self.nodes.values() {
            let stands = node.certificate.is_some() || node.header().place >= place;
            if !stands && !keeps(node) {
                continue;
            }
            let mut at = node;
            while stays.insert(at.header().hash) {
                let Some(below) = self.nodes.get(&at.header().parent) else { break };
                at = below;
            }
        }
        let root = self.root;
        self.nodes.retain(|hash, _| *hash == root || stays.contains(hash));
    }

    /// Certified blocks of the highest chain above a height, lowest first; `None` where the lowest of
    /// them is not kept any more.
    pub(crate) fn above(
        &self,
        height: Height,
        most: usize,
    ) -> Option<Vec<(Arc<Block>, Certificate)>> {
        let top = self.highest();
        let kept = self.kept.iter().map(|(block, certificate)| (block, *certificate));
        let path = self.path(&top.header().hash);
        let living = path.iter().filter_map(|node| Some((&node.block, node.certificate?)));
        let wanted: Vec<(Arc<Block>, Certificate)> = kept
            .chain(living)
            .filter(|(block, _)| block.header.height > height)
            .take(most)
            .map(|(block, certificate)| (block.clone(), certificate))
            .collect();
        let is_joined =
            wanted.first().is_none_or(|(block, _)| height.next() == Some(block.header.height));
        is_joined.then_some(wanted)
    }

    /// A certified block, living or kept.
    pub(crate) fn certified(&self, hash: &Hash) -> Option<(Arc<Block>, Certificate)> {
        if let Some(node) = self.nodes.get(hash) {
            return Some((node.block.clone(), node.certificate?));
        }
        self.kept.iter().find(|(block, _)| block.header.hash == *hash).cloned()
    }
}

fn link(node: &&Node) -> Option<Link> {
    let certificate = node.certificate?;
    Some(Link { header: node.header().clone(), certificate })
}

/// As few links from the first as prove it final.
fn shortest_proof(links: &[Link]) -> CommitProof {
    CommitProof::shortest(links).unwrap_or_else(|| {
        // Only where a rule was taken away.
        CommitProof(List::new(links.to_vec()).expect("a path is at most 60 long"))
    })
}
