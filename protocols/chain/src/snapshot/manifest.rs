//! What a snapshot is of.

use crate::block::{MAX_HEADER, MAX_STORED, Receipt, Stored};
use crate::block::{decode_receipts, encode_receipts, receipts_root};
use crate::rlp::{Reader, push_bytes, push_list};
use crate::{Error, Header};
use alloy_rlp::Encodable;
use troupe_types::{Hash, Height};

/// The version of what follows a manifest. In 1 the validators follow from the chain's genesis; what shows them
/// otherwise will be another version.
const VERSION: u8 = 1;
/// The most headers below the block.
pub const MAX_BEFORE: usize = 256;
const WHAT: &str = "manifest of a snapshot";
/// The longest manifest: the block, its receipts, the headers.
const MAX_MANIFEST: usize = crate::frames::MAX_PAYLOAD;

/// A block, and what a node needs besides the state to go on from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The block after which the state was so, with the proof that it is final.
    pub stored: Stored,
    /// The receipts of its transactions.
    pub receipts: Vec<Receipt>,
    /// Headers of the blocks below, descending, each the parent of the one before: contracts may ask for their
    /// hashes. At most [`MAX_BEFORE`]; all of them where the chain is shorter.
    pub before: Vec<Header>,
    /// The items of the flat state, for those who want to know how far they are.
    pub items: u64,
}

impl Manifest {
    /// The encoding.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let (stored, receipts) = (self.stored.encode()?, encode_receipts(&self.receipts)?);
        let mut bytes = Vec::with_capacity(stored.len() + receipts.len() + self.before.len() * 640);
        push_list(&mut bytes, |out| {
            VERSION.encode(out);
            push_bytes(&stored, out);
            push_bytes(&receipts, out);
            push_list(out, |out| {
                for header in &self.before {
                    header.encode(out);
                }
            });
            self.items.encode(out);
        });
        let (got, limit) = (bytes.len(), MAX_MANIFEST);
        if got > limit { Err(Error::TooLong { what: WHAT, got, limit }) } else { Ok(bytes) }
    }

    /// Reads the one manifest that `bytes` are. The headers are those below the block, body and
    /// receipts are the block's; whether it is final is for whoever knows the validators.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::open(WHAT, bytes, MAX_MANIFEST)?;
        if fields.value::<u8>()? != VERSION {
            return Err(fields.refuse("a version that this program does not know"));
        }
        let stored = Stored::decode(fields.bytes(MAX_STORED)?)?;
        let receipts = decode_receipts(fields.bytes(MAX_MANIFEST)?)?;
        let (mut list, mut before) = (fields.list()?, Vec::new());
        while !list.is_empty() {
            if before.len() == MAX_BEFORE {
                let got = MAX_BEFORE + 1;
                return Err(Error::TooMany { what: "headers", got, limit: MAX_BEFORE });
            }
            let header = list.raw()?;
            if header.len() > MAX_HEADER {
                let (got, limit) = (header.len(), MAX_HEADER);
                return Err(Error::TooLong { what: "header", got, limit });
            }
            before.push(Header::decode(header)?);
        }
        let items = fields.value()?;
        fields.end()?;
        let manifest = Self { stored, receipts, before, items };
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), Error> {
        let header = self.stored.block.header();
        let (mut parent, mut height) = (header.parent, header.height);
        for below in &self.before {
            let (got, want) = (below.hash(), parent);
            if got != want {
                return Err(Error::Mismatch { what: "parent", got, want });
            }
            (parent, height) = (below.parent, below.height);
        }
        if self.before.len() < MAX_BEFORE && height != Height::ZERO {
            return Err(Error::Malformed { what: WHAT, reason: "headers are missing" });
        }
        let (got, want) = (header.receipts_root, receipts_root(&self.receipts));
        if got != want {
            return Err(Error::Mismatch { what: "receipts root", got, want });
        }
        self.stored.block.check_body()
    }

    /// The block's height.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.stored.block.header().height
    }

    /// The root of the state.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.stored.block.header().state_root
    }
}

/// Headers as [`Manifest::before`], alone.
pub fn encode_headers(headers: &[Header]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(headers.len() * 640);
    push_list(&mut bytes, |out| headers.iter().for_each(|header| header.encode(out)));
    bytes
}

/// Reads the one list of headers that `bytes` are.
pub fn decode_headers(bytes: &[u8]) -> Result<Vec<Header>, Error> {
    let mut list = Reader::open("headers", bytes, (MAX_BEFORE + 1) * MAX_HEADER)?;
    let mut headers = Vec::new();
    while !list.is_empty() {
        headers.push(Header::decode(list.raw()?)?);
    }
    Ok(headers)
}
