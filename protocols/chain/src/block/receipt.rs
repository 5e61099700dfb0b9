//! What executing a transaction gave.

use crate::Error;
use crate::rlp::{Reader, push_bytes, push_list};
use crate::transaction::Kind;
use alloy_primitives::{Bloom, Log, LogData};
use alloy_rlp::Encodable;
use alloy_trie::root::ordered_trie_root_with_encoder;
use troupe_types::{Address, Gas, Hash};

/// The largest list of a block's receipts, encoded.
pub const MAX_RECEIPTS: usize = 64 << 20;
/// The most topics of a log. Yellow paper: LOG4 is the last.
const MAX_TOPICS: usize = 4;

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's type.
    pub kind: Kind,
    /// Whether it ran to its end; fees are paid either way.
    pub is_success: bool,
    /// The gas used by it and all before it in the block.
    pub cumulative_gas: Gas,
    /// What it logged; nothing when it failed.
    pub logs: Vec<Log>,
    /// What it paid, in von per gas. Kept, not committed to.
    pub effective_price: u128,
    /// The contract that it made. Kept, not committed to.
    pub contract: Option<Address>,
}

impl Receipt {
    /// The bloom of its logs.
    #[must_use]
    pub fn bloom(&self) -> Bloom {
        alloy_primitives::logs_bloom(&self.logs)
    }

    /// Appends the EIP-2718 encoding: what the receipts root commits to.
    pub fn encode_committed(&self, out: &mut Vec<u8>) {
        if self.kind != Kind::Legacy {
            out.push(self.kind.byte());
        }
        push_list(out, |out| {
            u8::from(self.is_success).encode(out);
            self.cumulative_gas.0.encode(out);
            self.bloom().encode(out);
            self.push_logs(out);
        });
    }

    fn push_logs(&self, out: &mut Vec<u8>) {
        push_list(out, |out| {
            for log in &self.logs {
                log.encode(out);
            }
        });
    }

    fn push_stored(&self, out: &mut Vec<u8>) {
        push_list(out, |out| {
            self.kind.byte().encode(out);
            u8::from(self.is_success).encode(out);
            self.cumulative_gas.0.encode(out);
            self.effective_price.encode(out);
            push_bytes(self.contract.as_ref().map_or(&[], |contract| &contract.0[..]), out);
            self.push_logs(out);
        });
    }

    fn read_stored(fields: &mut Reader<'_>) -> Result<Self, Error> {
        let unknown = fields.refuse("an unknown type of transaction");
        let kind = Kind::of_byte(fields.value()?).map_err(|_| unknown)?;
        let is_success = match fields.value()? {
            0u8 => false,
            1 => true,
            _ => return Err(fields.refuse("a status that is neither 0 nor 1")),
        };
        let cumulative_gas = Gas(fields.value()?);
        let effective_price = fields.value()?;
        let contract = match fields.bytes(20)? {
            [] => None,
            bytes => {
                let address = bytes.try_into();
                Some(Address(address.map_err(|_| fields.refuse("an address of another length"))?))
            }
        };
        let mut items = fields.list()?;
        let mut logs = Vec::new();
        while !items.is_empty() {
            logs.push(read_log(items.list()?)?);
        }
        Ok(Self { kind, is_success, cumulative_gas, logs, effective_price, contract })
    }
}

fn read_log(mut fields: Reader<'_>) -> Result<Log, Error> {
    let address = fields.value()?;
    let mut items = fields.list()?;
    let mut topics = Vec::new();
    while !items.is_empty() {
        if topics.len() == MAX_TOPICS {
            let got = MAX_TOPICS + 1;
            return Err(Error::TooMany { what: "topics of a log", got, limit: MAX_TOPICS });
        }
        topics.push(items.value()?);
    }
    let data = fields.bytes(MAX_RECEIPTS)?;
    let data = LogData::new_unchecked(topics, alloy_primitives::Bytes::copy_from_slice(data));
    fields.end()?;
    Ok(Log { address, data })
}

/// The root of the ordered trie of a block's receipts.
#[must_use]
pub fn receipts_root(receipts: &[Receipt]) -> Hash {
    let root = ordered_trie_root_with_encoder(receipts, |receipt, out: &mut Vec<u8>| {
        receipt.encode_committed(out);
    });
    Hash(root.0)
}

/// The sum of the receipts' blooms, for the header.
#[must_use]
pub fn logs_bloom(receipts: &[Receipt]) -> Bloom {
    alloy_primitives::logs_bloom(receipts.iter().flat_map(|receipt| &receipt.logs))
}

/// A block's receipts as they are kept. Refused is what a reader would not take.
pub fn encode_receipts(receipts: &[Receipt]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    push_list(&mut bytes, |out| {
        for receipt in receipts {
            receipt.push_stored(out);
        }
    });
    if bytes.len() > MAX_RECEIPTS {
        return Err(Error::TooLong { what: "receipts", got: bytes.len(), limit: MAX_RECEIPTS });
    }
    Ok(bytes)
}

/// Reads a block's receipts as they are kept.
pub fn decode_receipts(bytes: &[u8]) -> Result<Vec<Receipt>, Error> {
    let mut items = Reader::open("receipts", bytes, MAX_RECEIPTS)?;
    let mut receipts = Vec::new();
    while !items.is_empty() {
        let mut fields = items.list()?;
        receipts.push(Receipt::read_stored(&mut fields)?);
        fields.end()?;
    }
    Ok(receipts)
}
