//! What light clients ask of whoever has the chain. Nothing in an answer is believed: headers come with
//! proofs that they are final, the rest is compared with what final headers commit to.

use crate::Error;
use crate::block::{MAX_HEADER, MAX_PROOF, MAX_ROSTER_BYTES};
use crate::state::{Account, AccountProof, SlotProof};
use crate::trie::{MAX_NODE, MAX_NODES};
use alloy_primitives::U256;
use bincode::{Decode, Encode};
use troupe_types::{Address, Epoch, Hash, Height, Millis};
use troupe_wire::{Blob, Lane, Limit, List, Message, Retry, Sender, Wire};

/// The service of whoever answers light clients.
pub const LIGHT: &str = "chain.light";
/// The most words of a storage that are asked for at once.
pub const MAX_WORDS: usize = 32;
/// The most accounts that are asked for at once.
pub const MAX_ACCOUNTS: usize = 16;
/// The most headers in one answer.
pub const MAX_RUN: usize = 192;
/// The most elections in one answer.
pub const MAX_ELECTIONS: usize = 32;
/// The most bytes of a call's input that somebody else looks at.
pub const MAX_INPUT: usize = 48 << 10;
/// The most accounts, and words of each, that a call is said to touch.
pub const MAX_TOUCHED: usize = 64;
/// The most bytes of a code or of receipts in one answer: what the largest message leaves room for.
pub const MAX_PART: usize = (512 << 10) - 64;
/// The longest account in the flat form.
const MAX_ACCOUNT: usize = 128;

/// Asks for a final header: the one at a height, or the last one there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AskHeader(pub Option<Height>);

/// A header, and what shows that it is final.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Headed {
    /// The header's encoding.
    pub header: Blob<MAX_HEADER>,
    /// Its proof; what that is, is for whoever checks it to know.
    pub proof: Blob<MAX_PROOF>,
}

/// Asks for headers of final blocks without proofs: the one at a height and those below it, each named by the
/// one above. Whoever knows the hash of the highest needs nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AskHeaders {
    /// The highest.
    pub highest: Height,
    /// At most so many.
    pub most: u16,
}

/// Encodings of headers, descending. Fewer than were asked for are no fault.
pub type Headers = List<Blob<MAX_HEADER>, MAX_RUN>;

/// Asks for the block of an epoch that elects the validators of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AskElection(pub Epoch);

/// The answer: the header, and the rosters of its own epoch and of the next.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Election {
    /// The header.
    pub headed: Headed,
    /// The roster of its epoch, encoded.
    pub current: Blob<MAX_ROSTER_BYTES>,
    /// The roster that it names, encoded.
    pub next: Blob<MAX_ROSTER_BYTES>,
}

/// Asks for the blocks of an epoch and of those after it that elect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AskElections {
    /// The first epoch.
    pub from: Epoch,
    /// At most so many.
    pub most: u16,
}

/// The answer: header and roster of each, in order. Fewer than were asked for are no fault.
pub type Elections = List<(Headed, Blob<MAX_ROSTER_BYTES>), MAX_ELECTIONS>;

/// Asks for an account and words of its storage in the state after one of the last blocks, with proof.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AskAccount {
    /// After which block.
    pub height: Height,
    /// Whose account.
    pub address: Address,
    /// Which words.
    pub slots: List<Hash, MAX_WORDS>,
}

/// The nodes of a proof, from the root on.
type Nodes = List<Blob<MAX_NODE>, MAX_NODES>;

/// The answer: an [`AccountProof`] as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AccountShown {
    account: Option<Blob<MAX_ACCOUNT>>,
    nodes: Nodes,
    words: List<([u8; 32], Nodes), MAX_WORDS>,
}

/// Asks for several accounts and words of each, as [`AskAccount`] does for one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AskAccounts {
    /// After which block.
    pub height: Height,
    /// Whose accounts, and which words.
    pub wanted: List<(Address, List<Hash, MAX_WORDS>), MAX_ACCOUNTS>,
}

/// The answer: of the first of them, as many as there is room for; one at least.
pub type AccountsShown = List<AccountShown, MAX_ACCOUNTS>;

/// Asks what a call would touch in the state after one of the last blocks. The answer is a hint: whoever
/// makes the call itself loses time where it is wrong, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AskTouched {
    /// After which block.
    pub height: Height,
    /// Who calls.
    pub from: Address,
    /// Whom; nobody where a contract is created.
    pub to: Option<Address>,
    /// How much is sent along, in von, big-endian.
    pub value: [u8; 32],
    /// The most gas; it may be cut short.
    pub gas: u64,
    /// The input.
    pub input: Blob<MAX_INPUT>,
}

impl AskTouched {
    /// How much is sent along, in von.
    #[must_use]
    pub const fn amount(&self) -> U256 {
        U256::from_be_bytes(self.value)
    }
}

/// Accounts, and words of each.
pub type Touched = List<(Address, List<Hash, MAX_TOUCHED>), MAX_TOUCHED>;

/// Asks for a code that the state after the last block has, from an offset on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AskCode {
    /// Its hash.
    pub hash: Hash,
    /// How many bytes are there already.
    pub offset: u32,
}

/// Asks for the receipts of a final block, encoded, from an offset on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AskReceipts {
    /// Of which block.
    pub height: Height,
    /// How many bytes are there already.
    pub offset: u32,
}

/// A part of something that may be longer than a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Part {
    /// The bytes from the offset on.
    pub bytes: Blob<MAX_PART>,
    /// How long all of it is.
    pub whole: u32,
}

/// Asks where a transaction is. The answer is a claim: the block shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AskPlace(pub Hash);

fn nodes(nodes: &[Vec<u8>]) -> Option<Nodes> {
    let blobs =
        nodes.iter().map(|node| Blob::new(node.clone()).ok()).collect::<Option<Vec<_>>>()?;
    List::new(blobs).ok()
}

fn bytes(nodes: &Nodes) -> Vec<Vec<u8>> {
    nodes.iter().map(|node| node.to_vec()).collect()
}

impl AccountShown {
    /// A proof as it travels; `None` where it is longer than any there is.
    #[must_use]
    pub fn of(proof: &AccountProof) -> Option<Self> {
        let account = proof.account.map(|account| {
            let mut bytes = Vec::with_capacity(MAX_ACCOUNT);
            account.encode(&mut bytes);
            Blob::new(bytes)
        });
        let word = |slot: &SlotProof| Some((slot.value.to_be_bytes(), nodes(&slot.nodes)?));
        let words = proof.slots.iter().map(word).collect::<Option<Vec<_>>>()?;
        Some(Self {
            account: account.transpose().ok()?,
            nodes: nodes(&proof.nodes)?,
            words: List::new(words).ok()?,
        })
    }

    /// Bytes of its encoding, or a few more.
    #[must_use]
    pub fn weight(&self) -> usize {
        let nodes = |nodes: &Nodes| nodes.iter().map(|node| node.len() + 3).sum::<usize>() + 3;
        let words = self.words.iter().map(|(_, way)| nodes(way) + 32).sum::<usize>();
        MAX_ACCOUNT + nodes(&self.nodes) + words + 8
    }

    /// The proof, once it was seen that it is true of what was asked for in the state with a root.
    pub fn check(&self, root: &Hash, asked: &AskAccount) -> Result<AccountProof, Error> {
        if self.words.len() != asked.slots.len() {
            return Err(Error::Malformed { what: "proof of a state", reason: "of other words" });
        }
        let account = self.account.as_ref().map(|bytes| Account::decode(bytes)).transpose()?;
        let word = |(slot, (value, nodes)): (&Hash, &([u8; 32], Nodes))| SlotProof {
            slot: *slot,
            value: U256::from_be_bytes(*value),
            nodes: bytes(nodes),
        };
        let slots = asked.slots.iter().zip(self.words.iter()).map(word).collect();
        let proof = AccountProof { account, nodes: bytes(&self.nodes), slots };
        proof.check(root, &asked.address)?;
        Ok(proof)
    }
}

impl Part {
    /// The part of something from an offset on; `None` above its end, and for what is longer than 4 GiB.
    #[must_use]
    pub fn of(all: &[u8], offset: u32) -> Option<Self> {
        let whole = u32::try_from(all.len()).ok()?;
        let rest = all.get(usize::try_from(offset).ok()?..)?;
        let bytes = Blob::new(rest[..rest.len().min(MAX_PART)].to_vec()).ok()?;
        Some(Self { bytes, whole })
    }
}

macro_rules! asked {
    ($message:ty => $reply:ty, $name:literal, $tag:literal, $limit:ident, $reply_limit:ident) => {
        impl Message for $message {
            type Reply = Option<$reply>;
            const NAME: &'static str = $name;
            const LANE: Lane = Lane::Bulk;
            const DEADLINE: Millis = Millis::secs(5);
            const RETRY: Retry = Retry::Idempotent;
        }

        impl Wire for $message {
            const SERVICE: &'static str = LIGHT;
            const TAG: u16 = $tag;
            const LIMIT: Limit = Limit::$limit;
            const REPLY_LIMIT: Limit = Limit::$reply_limit;
            const SENDER: Sender = Sender::Anyone;
        }
    };
}

asked!(AskHeader => Headed, "ask_header", 1, KiB1, KiB256);
asked!(AskElection => Election, "ask_election", 2, KiB1, KiB256);
asked!(AskAccount => AccountShown, "ask_account", 3, KiB16, KiB512);
asked!(AskCode => Part, "ask_code", 4, KiB1, KiB512);
asked!(AskReceipts => Part, "ask_receipts", 5, KiB1, KiB512);
asked!(AskHeaders => Headers, "ask_headers", 7, KiB1, KiB256);
asked!(AskAccounts => AccountsShown, "ask_accounts", 8, KiB64, KiB512);
asked!(AskTouched => Touched, "ask_touched", 9, KiB64, KiB256);
asked!(AskElections => Elections, "ask_elections", 10, KiB1, KiB512);
asked!(AskPlace => (Height, u32), "ask_place", 6, KiB1, KiB1);

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_wire::codec;

    fn shown(words: usize, nodes: usize) -> AccountShown {
        let nodes = || List::new(vec![Blob::new(vec![7; 532]).unwrap(); nodes]).unwrap();
        let words = (0..words).map(|_| ([0xff; 32], nodes())).collect();
        let account = Some(Blob::new(vec![0xff; MAX_ACCOUNT]).unwrap());
        AccountShown { account, nodes: nodes(), words: List::new(words).unwrap() }
    }

    #[test]
    fn the_largest_answers_fit_their_limits() {
        // Twenty nodes on a way take a state of 2^76 accounts that nobody chose.
        assert!(codec::encode(&Some(shown(MAX_WORDS, 20)), AskAccount::REPLY_LIMIT).is_ok());
        let all = vec![1; 2 * MAX_PART];
        let part = Part::of(&all, 0).unwrap();
        assert_eq!(part.bytes.len(), MAX_PART);
        assert!(codec::encode(&Some(part), AskCode::REPLY_LIMIT).is_ok());
        let headed = Headed {
            header: Blob::new(vec![1; MAX_HEADER]).unwrap(),
            proof: Blob::new(vec![1; MAX_PROOF]).unwrap(),
        };
        let roster = || Blob::new(vec![1; MAX_ROSTER_BYTES]).unwrap();
        let election = Election { headed: headed.clone(), current: roster(), next: roster() };
        assert!(codec::encode(&Some(headed), AskHeader::REPLY_LIMIT).is_ok());
        assert!(codec::encode(&Some(election), AskElection::REPLY_LIMIT).is_ok());
        // Of 43 validators all in one answer.
        let short = Headed {
            header: Blob::new(vec![1; MAX_HEADER]).unwrap(),
            proof: Blob::new(vec![1; 4 << 10]).unwrap(),
        };
        let roster: Blob<MAX_ROSTER_BYTES> = Blob::new(vec![1; 43 * 160]).unwrap();
        let all = List::new(vec![(short, roster); MAX_ELECTIONS]).unwrap();
        let encoded = codec::encode(&Some::<Elections>(all), AskElections::REPLY_LIMIT).unwrap();
        assert!(encoded.len() < MAX_PART);
    }

    #[test]
    fn parts_are_what_follows_and_nothing_is_above_the_end() {
        let all: Vec<u8> = (0..=255).collect();
        let part = Part::of(&all, 250).unwrap();
        assert_eq!((part.bytes.to_vec(), part.whole), (all[250..].to_vec(), 256));
        assert_eq!(Part::of(&all, 256).unwrap().bytes.len(), 0);
        assert_eq!(Part::of(&all, 257), None);
    }
}
