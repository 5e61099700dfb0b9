//! What clients are told, from types into messages.

use crate::proto::chain::{
    AccessListItem, Block, BlockId, Certificate, CertifiedBlock, CommitProof, Header, Log, Receipt,
    Transaction, TransactionPlace,
};
use alloy_primitives::U256;
use bytes::Bytes;
use troupe_chain::block;
use troupe_chain::transaction;
use troupe_consensus as consensus;
use troupe_rpc::{Found, FoundLog, LogPlace, Settled};
use troupe_types::{Address, Hash};

/// Bytes of their own.
pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(bytes.as_ref())
}

/// A number without leading zeros.
pub(crate) fn number(number: impl Into<U256>) -> Bytes {
    let all = number.into().to_be_bytes::<32>();
    let zeros = all.iter().take_while(|byte| **byte == 0).count();
    bytes(&all[zeros..])
}

fn count(count: usize) -> u64 {
    troupe_types::Bytes::of(count).0
}

pub(crate) fn id(found: &Found) -> BlockId {
    BlockId { number: found.header.height.0, hash: bytes(found.hash) }
}

pub(crate) fn id_of(block: &block::Block) -> BlockId {
    BlockId { number: block.header().height.0, hash: bytes(block.hash()) }
}

/// A block without what is told only where it is asked for.
pub(crate) fn block(block: &block::Block) -> Block {
    let hashes = block.body().transactions.iter().map(|transaction| bytes(transaction.hash()));
    Block {
        header: Some(header(block.header(), block.hash())),
        // A committed block was encoded before.
        size: block.encode().map_or(0, |bytes| count(bytes.len())),
        transaction_hashes: hashes.collect(),
        ..Block::default()
    }
}

fn header(header: &troupe_chain::Header, hash: Hash) -> Header {
    let mut encoded = Vec::new();
    header.encode(&mut encoded);
    Header {
        number: header.height.0,
        hash: bytes(hash),
        parent_hash: bytes(header.parent),
        time_ms: header.time.0,
        coinbase: bytes(header.coinbase),
        state_root: bytes(header.state_root),
        transactions_root: bytes(header.transactions_root),
        receipts_root: bytes(header.receipts_root),
        logs_bloom: bytes(header.logs_bloom),
        gas_limit: header.gas_limit.0,
        gas_used: header.gas_used.0,
        base_fee: header.base_fee,
        extra: bytes(&header.extra),
        randomness: bytes(&header.randomness),
        epoch: header.epoch.0,
        view: header.view.0,
        index: header.index,
        evidence_hash: bytes(header.evidence_hash),
        next_term: header.next_term.map(bytes),
        encoded: encoded.into(),
        word: bytes(header.word()),
    }
}

fn place(block: &block::Block, index: usize) -> TransactionPlace {
    TransactionPlace {
        block: Some(id_of(block)),
        block_time_ms: block.header().time.0,
        index: count(index),
    }
}

/// A transaction; in a block, at this place, or in none.
pub(crate) fn transaction(
    transaction: &transaction::Transaction,
    sender: Address,
    at: Option<(&block::Block, usize)>,
) -> Transaction {
    let price = at.and_then(|(block, _)| transaction.effective_price(block.header().base_fee));
    let items = transaction.access_list().iter().map(|item| AccessListItem {
        address: bytes(item.address),
        storage_keys: item.storage_keys.iter().map(bytes).collect(),
    });
    Transaction {
        hash: bytes(transaction.hash()),
        r#type: transaction.kind().byte().into(),
        from: bytes(sender),
        to: transaction.to().map(bytes),
        nonce: transaction.nonce(),
        value: number(transaction.value()),
        gas_limit: transaction.gas_limit().0,
        max_fee_per_gas: number(U256::from(transaction.max_fee())),
        max_priority_fee_per_gas: number(U256::from(transaction.max_tip())),
        effective_gas_price: price.map(|price| number(U256::from(price))),
        input: transaction.input().0.clone(),
        access_list: items.collect(),
        chain_id: transaction.chain_id(),
        place: at.map(|(block, index)| place(block, index)),
        envelope: transaction.to_bytes().into(),
    }
}

/// What became of one of a block's transactions.
pub(crate) fn receipt(
    block: &block::Block,
    receipts: &[block::Receipt],
    index: usize,
    sender: Address,
) -> Option<Receipt> {
    let settled = Settled::of(block, receipts, index, sender)?;
    let Settled { transaction, receipt, gas_used, first_log, contract } = settled;
    let hash = transaction.hash();
    let logs = receipt.logs.iter().enumerate().map(|(at, entry)| {
        let place = LogPlace::of(block, hash, index, first_log + at);
        log(FoundLog { place, log: entry.clone() })
    });
    Some(Receipt {
        transaction_hash: bytes(hash),
        place: Some(place(block, index)),
        from: bytes(sender),
        to: transaction.to().map(bytes),
        r#type: receipt.kind.byte().into(),
        success: receipt.is_success,
        gas_used: gas_used.0,
        cumulative_gas_used: receipt.cumulative_gas.0,
        effective_gas_price: number(U256::from(receipt.effective_price)),
        contract_address: contract.map(bytes),
        logs: logs.collect(),
        logs_bloom: bytes(receipt.bloom()),
    })
}

/// A log that was looked for.
pub(crate) fn log(found: FoundLog) -> Log {
    let FoundLog { place, log } = found;
    let LogPlace { block, height, time, transaction, index, at } = place;
    Log {
        address: bytes(log.address),
        topics: log.topics().iter().map(bytes).collect(),
        data: log.data.data.0,
        place: Some(TransactionPlace {
            block: Some(BlockId { number: height.0, hash: bytes(block) }),
            block_time_ms: time.0,
            index: count(index),
        }),
        transaction_hash: bytes(transaction),
        log_index: count(at),
    }
}

/// Why a block is final.
pub(crate) fn proof(proof: &consensus::CommitProof) -> CommitProof {
    let link = |link: &consensus::Link| {
        let header = &link.header;
        CertifiedBlock {
            hash: bytes(header.hash),
            parent_hash: bytes(header.parent),
            number: header.height.0,
            epoch: header.place.epoch.0,
            view: header.place.view.0,
            index: header.index,
            time_ms: header.time.0,
            state_root: bytes(header.root),
            certificate: Some(certificate(&link.certificate)),
        }
    };
    CommitProof { links: proof.0.iter().map(link).collect() }
}

fn certificate(certificate: &consensus::Certificate) -> Certificate {
    Certificate {
        epoch: certificate.place.epoch.0,
        view: certificate.place.view.0,
        number: certificate.height.0,
        index: certificate.index,
        block_hash: bytes(certificate.hash),
        signers: certificate.signers.iter().map(u32::from).collect(),
        signature: bytes(certificate.signature.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_have_no_leading_zeros(low: u64, shift in 0usize..190) {
            let wide = U256::from(low) << shift;
            let told = number(wide);
            prop_assert_ne!(told.first(), Some(&0));
            prop_assert_eq!(U256::from_be_slice(&told), wide);
        }
    }
}
