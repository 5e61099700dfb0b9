//! Cutting a state into pieces.

use super::piece::{Accounts, Listed, Piece, Storage};
use crate::Error;
use crate::state::tree::{Leaf, Word};
use crate::state::{Account, FlatKey, Root, Slot, StateTrie};
use crate::trie::{Key, NodeId, Path};
use alloy_primitives::U256;
use std::collections::{BTreeSet, VecDeque};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Bytes, Hash};

/// Bytes that a word of storage takes at most: place, word, and their lengths.
const WORD: u64 = 33 + 33;
/// Bytes that an account takes at most.
const ACCOUNT: u64 = 20 + 128;

/// How the key of an account, and of a storage beside it, begins.
const HERE: u8 = 1;
/// How the key of a storage begins that is apart.
const APART: u8 = 2;

/// How long pieces are. Who reads them takes any up to [`MAX_PIECE`](super::MAX_PIECE).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cuts {
    /// About how many bytes a piece has, without its proof.
    pub piece: Bytes,
    /// A storage up to this long lies beside its account.
    pub inside: Bytes,
}

impl Default for Cuts {
    fn default() -> Self {
        Self { piece: Bytes::mib(1), inside: Bytes::kib(256) }
    }
}

/// Cuts one version of a state into pieces, given its items in another order than that of the flat state: that of
/// the hashes of their keys. Whoever uses it sorts them by [`Maker::sort`] in between.
#[derive(Debug)]
pub struct Maker<'t> {
    trie: &'t StateTrie,
    root: NodeId,
    parts: VecDeque<Part>,
    /// Codes that accounts have.
    codes: BTreeSet<Hash>,
    cuts: Cuts,
    /// The account whose items are sorted, the hash of its address, and whether its storage is apart.
    owner: Option<(Address, Key, bool)>,
    making: Option<Piece>,
}

/// Where a piece hangs: in the trie of accounts, or in the storage of the account with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Accounts(Path),
    Storage(Key, Path),
}

const fn refuse(reason: &'static str) -> Error {
    Error::Malformed { what: "item of a state", reason }
}

impl<'t> Maker<'t> {
    /// Decides where the pieces of a version begin and end. Its root hash must have been made.
    #[must_use]
    pub fn new(trie: &'t StateTrie, root: &Root, cuts: Cuts) -> Self {
        let root = trie.node(root);
        let mut maker = Self {
            trie,
            root,
            parts: VecDeque::new(),
            codes: BTreeSet::new(),
            cuts,
            owner: None,
            making: None,
        };
        let weigh = |leaf: &Leaf| {
            let storage = maker.weight(leaf.storage());
            ACCOUNT + if storage <= cuts.inside.0 { storage } else { 0 }
        };
        let accounts = trie.accounts.parts(root, cuts.piece.0, &weigh);
        let mut parts: VecDeque<Part> = accounts.into_iter().map(Part::Accounts).collect();
        let mut codes = BTreeSet::new();
        trie.accounts.each(root, &mut |key, leaf| {
            codes.insert(leaf.account().code_hash);
            if maker.weight(leaf.storage()) > cuts.inside.0 {
                let words = trie.slots.parts(leaf.storage(), cuts.piece.0, &|_| WORD);
                parts.extend(words.into_iter().map(|path| Part::Storage(*key, path)));
            }
        });
        (maker.parts, maker.codes) = (parts, codes);
        maker
    }

    /// Bytes that a storage takes at most, counted no further than to where it is apart.
    fn weight(&self, storage: NodeId) -> u64 {
        self.trie.slots.sum_to(storage, self.cuts.inside.0.saturating_add(1), &|_: &Word| WORD)
    }

    /// The hash of an address, and whether the storage of its account is apart. The last answer is kept.
    fn owner(&mut self, address: Address) -> (Key, bool) {
        if let Some((last, key, is_apart)) = self.owner
            && last == address
        {
            return (key, is_apart);
        }
        let key = keccak256(address.0).0;
        let leaf = self.trie.accounts.get(self.root, &key);
        let is_apart = self.weight(leaf.map_or(NodeId::EMPTY, Leaf::storage)) > self.cuts.inside.0;
        self.owner = Some((address, key, is_apart));
        (key, is_apart)
    }

    /// How many pieces there are, those of codes aside.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.parts.len()
    }

    /// Whether an account has a code.
    #[must_use]
    pub fn has_code(&self, hash: &Hash) -> bool {
        self.codes.contains(hash)
    }

    /// An item of the flat state as it is to be sorted: ascending by what comes first. `None` for a code, which
    /// goes into a piece of codes as it comes.
    pub fn sort(&mut self, key: &FlatKey, value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        match key {
            FlatKey::Code(_) => None,
            FlatKey::Account(address) => {
                let (owner, _) = self.owner(*address);
                Some(([&[HERE], &owner[..]].concat(), [&address.0, value].concat()))
            }
            FlatKey::Slot(address, slot) => {
                let (owner, is_apart) = self.owner(*address);
                let kind = if is_apart { APART } else { HERE };
                let sorted = [&[kind], &owner[..], &keccak256(slot.0).0].concat();
                Some((sorted, [&address.0[..], &slot.0, value].concat()))
            }
        }
    }

    /// Takes the next of the sorted items; gives the piece that it comes after.
    pub fn push(&mut self, sorted: &[u8], value: &[u8]) -> Result<Option<Piece>, Error> {
        let (kind, keys) = sorted.split_first().ok_or(refuse("without a key"))?;
        let (owner, slot) = keys.split_first_chunk::<32>().ok_or(refuse("with a short key"))?;
        let (address, value) = value.split_first_chunk().ok_or(refuse("without an address"))?;
        let address = Address(*address);
        let mut done = None;
        let is_slot = !slot.is_empty();
        // A storage beside its account is in the piece of the account.
        if *kind == APART || !is_slot {
            let slot_key = slot.try_into().unwrap_or_default();
            let is_in = |part: &Part| match part {
                Part::Accounts(path) => *kind == HERE && path.begins(owner),
                Part::Storage(of, path) => *kind == APART && of == owner && path.begins(&slot_key),
            };
            if !self.parts.front().is_some_and(is_in) || self.making.is_none() {
                done = self.making.take();
                if done.is_some() {
                    self.parts.pop_front();
                }
                let part = self.parts.front().copied().filter(is_in);
                self.making =
                    Some(self.begin(part.ok_or(refuse("that is in no piece"))?, address)?);
            }
        }
        let (_, is_apart) = self.owner(address);
        self.put((address, is_apart), is_slot, value)?;
        Ok(done)
    }

    /// The last piece.
    pub fn finish(mut self) -> Result<Option<Piece>, Error> {
        let last = self.making.take();
        let left = self.parts.len() - usize::from(last.is_some());
        if left == 0 { Ok(last) } else { Err(refuse("is missing")) }
    }

    fn begin(&self, part: Part, address: Address) -> Result<Piece, Error> {
        match part {
            Part::Accounts(path) => {
                let nodes = self.trie.accounts.prove_part(self.root, &path);
                Ok(Piece::Accounts(Accounts { path, nodes, accounts: Vec::new() }))
            }
            Part::Storage(owner, path) => {
                let leaf = self.trie.accounts.get(self.root, &owner);
                let leaf = leaf.ok_or(refuse("of an account that is not there"))?;
                Ok(Piece::Storage(Storage {
                    address,
                    account: leaf.account(),
                    account_nodes: self.trie.accounts.prove(self.root, &owner),
                    path,
                    nodes: self.trie.slots.prove_part(leaf.storage(), &path),
                    words: Vec::new(),
                }))
            }
        }
    }

    fn put(
        &mut self,
        (address, is_apart): (Address, bool),
        is_slot: bool,
        value: &[u8],
    ) -> Result<(), Error> {
        let word = || {
            let (slot, word) = value.split_first_chunk().ok_or(refuse("without a place"))?;
            let word = U256::try_from_be_slice(word).ok_or(refuse("of more than 32 bytes"))?;
            Ok::<(Slot, U256), Error>((Hash(*slot), word))
        };
        match &mut self.making {
            Some(Piece::Accounts(Accounts { accounts, .. })) if !is_slot => {
                let account = Account::decode(value)?;
                let storage = (!is_apart).then(Vec::new);
                accounts.push(Listed { address, account, storage });
                Ok(())
            }
            Some(Piece::Accounts(Accounts { accounts, .. })) => {
                let owner = accounts.last_mut().filter(|last| last.address == address);
                let words = owner.and_then(|owner| owner.storage.as_mut());
                words.ok_or(refuse("without its account"))?.push(word()?);
                Ok(())
            }
            Some(Piece::Storage(Storage { words, .. })) => {
                words.push(word()?);
                Ok(())
            }
            Some(Piece::Codes(_)) | None => Err(refuse("without its account")),
        }
    }
}
