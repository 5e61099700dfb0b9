//! A piece of a state, and whether it is one of the state with a known root.

use crate::Error;
use crate::rlp::{Reader, push_bytes, push_list};
use crate::state::tree::{Leaf, Word, hash_keys};
use crate::state::{Account, Code, FlatKey, MAX_CODE, Slot};
use crate::trie::{Change, EMPTY_ROOT, Forest, MAX_NODE, MAX_NODES, NodeId, Path, Value, Walk};
use alloy_primitives::U256;
use alloy_rlp::Encodable;
use alloy_trie::Nibbles;
use alloy_trie::proof::verify_proof;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_wire::Fork;

/// The longest piece, encoded: 4 MiB.
pub const MAX_PIECE: usize = 4 << 20;

const WHAT: &str = "piece of a snapshot";

/// Words of a storage, ascending by the hashes of their places.
pub type Words = Vec<(Slot, U256)>;

/// A piece of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Codes of contracts, each known by its hash.
    Codes(Vec<Code>),
    /// All accounts below a node of the trie of accounts.
    Accounts(Accounts),
    /// All words below a node of the trie of one storage.
    Storage(Storage),
}

/// See [`Piece::Accounts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// Where they hang.
    pub path: Path,
    /// The nodes above.
    pub nodes: Vec<Vec<u8>>,
    /// Ascending by the hashes of their addresses.
    pub accounts: Vec<Listed>,
}

/// An account of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Whose it is.
    pub address: Address,
    /// What is known of it.
    pub account: Account,
    /// All of its storage; `None` where that comes in pieces of its own.
    pub storage: Option<Words>,
}

/// See [`Piece::Storage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// Whose it is.
    pub address: Address,
    /// The account.
    pub account: Account,
    /// The nodes from the state root to the account.
    pub account_nodes: Vec<Vec<u8>>,
    /// Where the words hang in the account's storage.
    pub path: Path,
    /// The nodes above.
    pub nodes: Vec<Vec<u8>>,
    /// The words.
    pub words: Words,
}

const CODES: u8 = 1;
const ACCOUNTS: u8 = 2;
const STORAGE: u8 = 3;

const fn refuse(reason: &'static str) -> Error {
    Error::Malformed { what: WHAT, reason }
}

fn push_nodes(nodes: &[Vec<u8>], out: &mut Vec<u8>) {
    push_list(out, |out| nodes.iter().for_each(|node| push_bytes(node, out)));
}

fn push_words(words: &Words, out: &mut Vec<u8>) {
    push_list(out, |out| {
        for (slot, word) in words {
            slot.0.encode(out);
            word.encode(out);
        }
    });
}

fn read_nodes(mut list: Reader<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let mut nodes = Vec::new();
    while !list.is_empty() {
        if nodes.len() == MAX_NODES {
            let got = MAX_NODES + 1;
            return Err(Error::TooMany { what: "nodes of a proof", got, limit: MAX_NODES });
        }
        nodes.push(list.bytes(MAX_NODE)?.to_vec());
    }
    Ok(nodes)
}

fn read_words(mut list: Reader<'_>) -> Result<Words, Error> {
    let mut words = Vec::new();
    while !list.is_empty() {
        let (slot, word): (Slot, U256) = (list.hash()?, list.value()?);
        if word.is_zero() {
            return Err(list.refuse("a word that is zero"));
        }
        words.push((slot, word));
    }
    Ok(words)
}

impl Listed {
    fn push(&self, out: &mut Vec<u8>) {
        push_list(out, |out| {
            self.address.0.encode(out);
            self.account.encode(out);
            match &self.storage {
                Some(words) => push_words(words, out),
                None => push_bytes(&[], out),
            }
        });
    }

    fn read(mut fields: Reader<'_>) -> Result<Self, Error> {
        let address = fields.address()?;
        let account = Account::read(fields.list()?)?;
        let storage = if fields.is_at_list() {
            Some(read_words(fields.list()?)?)
        } else {
            fields.bytes(0)?;
            None
        };
        fields.end()?;
        Ok(Self { address, account, storage })
    }
}

impl Piece {
    /// The encoding: a list whose first item is the kind. Refused is a piece over [`MAX_PIECE`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        push_list(&mut bytes, |out| match self {
            Self::Codes(codes) => {
                CODES.encode(out);
                push_list(out, |out| codes.iter().for_each(|code| push_bytes(code, out)));
            }
            Self::Accounts(Accounts { path, nodes, accounts }) => {
                ACCOUNTS.encode(out);
                push_bytes(&path.to_bytes(), out);
                push_nodes(nodes, out);
                push_list(out, |out| accounts.iter().for_each(|listed| listed.push(out)));
            }
            Self::Storage(Storage { address, account, account_nodes, path, nodes, words }) => {
                STORAGE.encode(out);
                address.0.encode(out);
                account.encode(out);
                push_nodes(account_nodes, out);
                push_bytes(&path.to_bytes(), out);
                push_nodes(nodes, out);
                push_words(words, out);
            }
        });
        let (got, limit) = (bytes.len(), MAX_PIECE);
        if got > limit { Err(Error::TooLong { what: WHAT, got, limit }) } else { Ok(bytes) }
    }

    /// Reads the one piece that `bytes` are. Whether it is true is for [`Piece::check`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::open(WHAT, bytes, MAX_PIECE)?;
        let piece = match fields.value::<u8>()? {
            CODES => {
                let (mut list, mut codes) = (fields.list()?, Vec::new());
                while !list.is_empty() {
                    codes.push(Code::copy_from_slice(list.bytes(MAX_CODE)?));
                }
                Self::Codes(codes)
            }
            ACCOUNTS => {
                let path = Path::from_bytes(fields.bytes(64)?)?;
                let nodes = read_nodes(fields.list()?)?;
                let (mut list, mut accounts) = (fields.list()?, Vec::new());
                while !list.is_empty() {
                    accounts.push(Listed::read(list.list()?)?);
                }
                Self::Accounts(Accounts { path, nodes, accounts })
            }
            STORAGE => Self::Storage(Storage {
                address: fields.address()?,
                account: Account::read(fields.list()?)?,
                account_nodes: read_nodes(fields.list()?)?,
                path: Path::from_bytes(fields.bytes(64)?)?,
                nodes: read_nodes(fields.list()?)?,
                words: read_words(fields.list()?)?,
            }),
            _ => return Err(refuse("of a kind that this program does not know")),
        };
        fields.end()?;
        Ok(piece)
    }

    /// Whether it is a whole piece of the state with this root. No other piece is needed to tell. Codes are
    /// known by their hashes: whether an account has them is for [`Cover`](super::Cover).
    pub fn check(&self, root: &Hash, fork: &impl Fork) -> Result<(), Error> {
        match self {
            Self::Codes(codes) if codes.iter().any(|code| code.is_empty()) => {
                Err(refuse("a code that is none"))
            }
            Self::Codes(_) => Ok(()),
            Self::Accounts(accounts) => accounts.check(root, fork),
            Self::Storage(storage) => storage.check(root, fork),
        }
    }

    /// What it brings to a flat state.
    #[must_use]
    pub fn items(&self) -> Vec<(FlatKey, Vec<u8>)> {
        let item = |address: Address, (slot, word): &(Slot, U256)| {
            (FlatKey::Slot(address, *slot), word.to_be_bytes_trimmed_vec())
        };
        match self {
            Self::Codes(codes) => {
                codes.iter().map(|code| (FlatKey::Code(keccak256(code)), code.to_vec())).collect()
            }
            Self::Accounts(Accounts { accounts, .. }) => {
                let mut items = Vec::new();
                for Listed { address, account, storage } in accounts {
                    let mut bytes = Vec::new();
                    account.encode(&mut bytes);
                    items.push((FlatKey::Account(*address), bytes));
                    items.extend(storage.iter().flatten().map(|word| item(*address, word)));
                }
                items
            }
            Self::Storage(Storage { address, words, .. }) => {
                words.iter().map(|word| item(*address, word)).collect()
            }
        }
    }
}

impl Accounts {
    fn check(&self, root: &Hash, fork: &impl Fork) -> Result<(), Error> {
        // Storages one by one, side by side.
        let portions = self.accounts.chunks(256).collect();
        let checked: Vec<Result<(), Error>> = fork
            .map(portions, |listed: &[Listed]| listed.iter().try_for_each(Listed::check_storage));
        checked.into_iter().collect::<Result<(), Error>>()?;
        let keys = hash_keys(&self.accounts, |listed| &listed.address.0, fork);
        let leaves = self.accounts.iter().map(|one| Leaf::of(&one.account, NodeId::EMPTY));
        check_part(root, (&self.path, &self.nodes), keys.into_iter().zip(leaves), fork)
    }
}

impl Listed {
    fn check_storage(&self) -> Result<(), Error> {
        let want = self.account.storage_root;
        let Some(words) = &self.storage else {
            let is_there = want != EMPTY_ROOT;
            return if is_there { Ok(()) } else { Err(refuse("an empty storage on its own")) };
        };
        if words.is_empty() && want == EMPTY_ROOT {
            return Ok(());
        }
        let words = words.iter().map(|(slot, word)| (keccak256(slot.0).0, Word(*word)));
        let none = (&Path::default(), &[][..]);
        check_part(&want, none, words, &troupe_wire::Sequential)
    }
}

impl Storage {
    fn check(&self, root: &Hash, fork: &impl Fork) -> Result<(), Error> {
        let mut leaf = Vec::new();
        Leaf::of(&self.account, NodeId::EMPTY).encode(&mut leaf);
        let nodes: Vec<alloy_primitives::Bytes> =
            self.account_nodes.iter().map(|node| node.clone().into()).collect();
        let key = Nibbles::unpack(keccak256(self.address.0).0);
        verify_proof(root.0.into(), key, Some(leaf), &nodes)
            .map_err(|_| refuse("an account that is not in the state"))?;
        let keys = hash_keys(&self.words, |(slot, _)| &slot.0, fork);
        let words = keys.into_iter().zip(self.words.iter().map(|(_, word)| Word(*word)));
        check_part(&self.account.storage_root, (&self.path, &self.nodes), words, fork)
    }
}

/// Whether values, ascending by key, are all there are below a path in the trie with a root.
fn check_part<V: Value>(
    root: &Hash,
    (path, nodes): (&Path, &[Vec<u8>]),
    values: impl Iterator<Item = (crate::trie::Key, V)>,
    fork: &impl Fork,
) -> Result<(), Error> {
    let walk = Walk::along(root, nodes, path)?;
    let mut changes: Vec<Change<V>> = Vec::new();
    for (key, value) in values {
        if changes.last().is_some_and(|last| last.key >= key) || !path.begins(&key) {
            return Err(refuse("out of order"));
        }
        changes.push(Change { key, value: Some(value) });
    }
    let mut forest = Forest::new();
    let mut edit = forest.edit();
    let part = forest.update(&mut edit, NodeId::EMPTY, changes);
    forest.hash(part, fork);
    forest.settle(edit);
    let is_it = !part.is_empty() && walk.ends_at(&forest.encoding_of_part(part, path.length()));
    if is_it { Ok(()) } else { Err(refuse("other values than the root vouches for")) }
}
