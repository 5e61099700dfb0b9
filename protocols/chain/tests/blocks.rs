//! Headers, bodies, receipts and what follows from a parent.

mod common;

use alloy_consensus::{Eip658Value, ReceiptEnvelope, ReceiptWithBloom};
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Bytes, Log, LogData};
use common::{dynamic, native, secret};
use proptest::prelude::*;
use troupe_chain::block::{
    Body, MAX_BLOCK, MAX_EVIDENCES, MAX_PROOF, Params, Receipt, Stored, decode_receipts,
    encode_receipts, logs_bloom, next_base_fee, receipts_root,
};
use troupe_chain::transaction::Kind;
use troupe_chain::{Block, Error, Header};
use troupe_crypto::sr25519;
use troupe_types::{Address, Epoch, Gas, Hash, Height, UnixMillis, View};

fn headers() -> impl Strategy<Value = Header> {
    (any::<[u64; 8]>(), any::<[u8; 20]>(), any::<u8>(), 0usize..98, 0usize..97).prop_map(
        |(n, address, fill, extra, randomness)| Header {
            parent: Hash([fill; 32]),
            coinbase: Address(address),
            state_root: Hash([fill ^ 1; 32]),
            height: Height(n[0]),
            gas_limit: Gas(n[1]),
            gas_used: Gas(n[2]),
            time: UnixMillis(n[3]),
            extra: vec![fill; extra],
            randomness: vec![fill; randomness],
            base_fee: n[4],
            epoch: Epoch(n[5]),
            view: View(n[6]),
            index: n[7] as u32,
            next_term: (n[0] % 2 == 0).then_some(Hash([fill ^ 2; 32])),
            ..Header::default()
        },
    )
}

fn body(transactions: u64, evidence: usize) -> Body {
    let native_secret = sr25519::SecretKey::from_seed(&[1; 32]);
    let transactions = (0..transactions).map(|n| match n % 2 {
        0 => dynamic(&secret(1), n, 1).into(),
        _ => native(&native_secret, n, 1).into(),
    });
    let evidence = (0..evidence).map(|n| Bytes::from(vec![n as u8; 100 * n])).collect();
    Body { transactions: transactions.collect(), evidence }
}

fn block(header: Header, body: Body) -> Block {
    let transactions_root = body.transactions_root();
    let evidence_hash = body.evidence_hash();
    Block::new(Header { transactions_root, evidence_hash, ..header }, body)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_header_round_trips_and_no_part_of_it_is_one(header in headers()) {
        let mut bytes = Vec::new();
        header.encode(&mut bytes);
        prop_assert_eq!(Header::decode(&bytes), Ok(header.clone()));
        for cut in 0..bytes.len() {
            prop_assert!(Header::decode(&bytes[..cut]).is_err());
        }
        let mut other = header.clone();
        other.index ^= 1;
        prop_assert_ne!(other.hash(), header.hash());
    }

    #[test]
    fn every_block_round_trips_and_no_part_of_it_is_one(
        header in headers(),
        transactions in 0u64..4,
        evidence in 0usize..5,
        proof in 0usize..200,
    ) {
        let block = block(header, body(transactions, evidence));
        prop_assert_eq!(block.check_body(), Ok(()));
        let bytes = block.encode().unwrap();
        prop_assert_eq!(&Block::decode(&bytes), &Ok(block.clone()));
        for cut in 0..bytes.len() {
            prop_assert!(Block::decode(&bytes[..cut]).is_err());
        }
        let stored = Stored { block, proof: vec![7; proof].into() };
        let bytes = stored.encode().unwrap();
        prop_assert_eq!(Stored::decode_header(&bytes), Ok(stored.block.header().clone()));
        prop_assert_eq!(Stored::decode(&bytes), Ok(stored));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = (Header::decode(&bytes), Block::decode(&bytes), Stored::decode(&bytes));
        if let Ok(receipts) = decode_receipts(&bytes) {
            prop_assert_eq!(encode_receipts(&receipts).unwrap(), bytes);
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_another_block_with_one_form(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
        evidence in 0usize..3,
    ) {
        let block = block(Header::default(), body(3, evidence));
        let stored = Stored { block: block.clone(), proof: vec![7; 60].into() };
        let (mut whole, mut kept) = (block.encode().unwrap(), stored.encode().unwrap());
        for (at, change) in changes {
            let place = at.index(whole.len());
            whole[place] ^= change;
            let place = at.index(kept.len());
            kept[place] ^= change;
        }
        if let Ok(other) = Block::decode(&whole) {
            prop_assert_eq!(other.encode().unwrap(), whole);
        }
        if let Ok(other) = Stored::decode(&kept) {
            prop_assert_eq!(other.encode().unwrap(), kept);
        }
    }

    #[test]
    fn the_base_fee_is_ethereums_above_the_floor(
        base in prop_oneof![0u64..100, any::<u32>().prop_map(u64::from), any::<u64>()],
        limit in 1_000u64..300_000_000,
        used in 0u64..=1_000,
        floor in 0u64..1_000,
    ) {
        let used = limit / 1_000 * used;
        let parent = Header { base_fee: base, gas_limit: Gas(limit), gas_used: Gas(used), ..Header::default() };
        let theirs = calc_next_block_base_fee(used, limit, base.min(u64::MAX / 2), BaseFeeParams::ethereum());
        let parent = Header { base_fee: base.min(u64::MAX / 2), ..parent };
        prop_assert_eq!(next_base_fee(&parent, 0), theirs);
        prop_assert_eq!(next_base_fee(&parent, floor), theirs.max(floor));
    }
}

#[test]
fn a_transaction_more_or_another_order_is_another_root() {
    let good = block(Header::default(), body(3, 2));
    let mut fewer = good.body().clone();
    fewer.transactions.pop();
    let mut swapped = good.body().clone();
    swapped.transactions.swap(0, 1);
    let mut other_evidence = good.body().clone();
    other_evidence.evidence.swap(0, 1);
    for (body, field) in [
        (fewer, "transactions root"),
        (swapped, "transactions root"),
        (other_evidence, "evidence hash"),
    ] {
        let error = Block::new(good.header().clone(), body).check_body().unwrap_err();
        assert!(error.to_string().starts_with(&format!("{field} is ")), "{error}");
    }
}

/// The root of Ethereum's empty lists.
#[test]
fn the_roots_of_nothing_are_ethereums() {
    let empty = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
    assert_eq!(Body::default().transactions_root().to_string(), empty);
    assert_eq!(receipts_root(&[]).to_string(), empty);
    let no_list = "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";
    assert_eq!(Body::default().evidence_hash().to_string(), no_list);
}

/// Of main-net block 1 the header's fields are others; its ordered roots are made the same way. Here the
/// library makes them from its own types.
#[test]
fn ordered_roots_and_receipts_are_the_librarys() {
    let log = |n: u8| {
        let data = LogData::new_unchecked(vec![[n; 32].into(), [9; 32].into()], vec![n; 70].into());
        Log { address: [n; 20].into(), data }
    };
    let kinds = [Kind::Legacy, Kind::AccessList, Kind::DynamicFee];
    let receipts: Vec<Receipt> = (0u8..200)
        .map(|n| Receipt {
            kind: kinds[usize::from(n) % 3],
            is_success: n % 5 != 0,
            cumulative_gas: Gas(21_000 * (u64::from(n) + 1)),
            logs: (0..n % 4).map(log).collect(),
            effective_price: u128::from(n) << 70,
            contract: (n % 7 == 0).then_some(Address([n; 20])),
        })
        .collect();
    let theirs: Vec<ReceiptEnvelope> = receipts
        .iter()
        .map(|receipt| {
            let inner = alloy_consensus::Receipt {
                status: Eip658Value::Eip658(receipt.is_success),
                cumulative_gas_used: receipt.cumulative_gas.0,
                logs: receipt.logs.clone(),
            };
            let inner = ReceiptWithBloom { logs_bloom: receipt.bloom(), receipt: inner };
            match receipt.kind {
                Kind::Legacy => ReceiptEnvelope::Legacy(inner),
                Kind::AccessList => ReceiptEnvelope::Eip2930(inner),
                Kind::DynamicFee | Kind::Native => ReceiptEnvelope::Eip1559(inner),
            }
        })
        .collect();
    for (ours, theirs) in receipts.iter().zip(&theirs) {
        let mut bytes = Vec::new();
        ours.encode_committed(&mut bytes);
        assert_eq!(bytes, theirs.encoded_2718());
    }
    let root = alloy_consensus::proofs::calculate_receipt_root(&theirs);
    assert_eq!(receipts_root(&receipts), Hash(root.0));
    let bytes = encode_receipts(&receipts).unwrap();
    assert_eq!(decode_receipts(&bytes), Ok(receipts.clone()));
    let all = receipts.iter().fold(alloy_primitives::Bloom::ZERO, |all, one| all | one.bloom());
    assert_eq!(logs_bloom(&receipts), all);

    let ours = body(0, 0);
    let transactions: Vec<_> = (0u64..130).map(|n| dynamic(&secret(2), n, 3)).collect();
    let theirs: Vec<alloy_consensus::TxEnvelope> = transactions
        .iter()
        .map(|transaction| match transaction {
            troupe_chain::Transaction::DynamicFee(signed) => signed.clone().into(),
            other => panic!("{other:?}"),
        })
        .collect();
    let ours = Body { transactions: transactions.into_iter().map(Into::into).collect(), ..ours };
    let root = alloy_consensus::proofs::calculate_transaction_root(&theirs);
    assert_eq!(ours.transactions_root(), Hash(root.0));
}

#[test]
fn a_header_that_does_not_follow_from_its_parent_says_why() {
    let params = Params { gas_limit: Gas(30_000_000), base_fee_floor: 7 };
    let parent = Header {
        height: Height(4),
        gas_limit: Gas(30_000_000),
        gas_used: Gas(30_000_000),
        base_fee: 800,
        time: UnixMillis(10_000),
        epoch: Epoch(2),
        view: View(5),
        ..Header::default()
    };
    let good = Header {
        parent: parent.hash(),
        height: Height(5),
        gas_limit: Gas(30_000_000),
        base_fee: 900,
        time: UnixMillis(10_000),
        epoch: Epoch(2),
        view: View(5),
        ..Header::default()
    };
    assert_eq!(good.check_child_of(&parent, &params), Ok(()));
    let next_epoch = Header { epoch: Epoch(3), view: View(0), ..good.clone() };
    assert_eq!(next_epoch.check_child_of(&parent, &params), Ok(()));
    type Change = fn(&mut Header);
    let refusals: [(Change, &str); 8] = [
        (|header| header.parent.0[0] ^= 1, "parent is "),
        (|header| header.height = Height(6), "height is 6, wanted 5"),
        (|header| header.gas_limit = Gas(1), "gas limit is 1, wanted 30000000"),
        (|header| header.base_fee = 899, "base fee is 899, wanted 900"),
        (|header| header.gas_used = Gas(30_000_001), "gas used is 30000001, wanted 0 to 30000000"),
        (|header| header.time = UnixMillis(9_999), "time is 9999, wanted 10000 to "),
        (|header| header.epoch = Epoch(4), "epoch is 4, wanted 2 to 3"),
        (|header| header.view = View(4), "view is 4, wanted 5 to "),
    ];
    for (change, want) in refusals {
        let mut header = good.clone();
        change(&mut header);
        let error = header.check_child_of(&parent, &params).unwrap_err().to_string();
        assert!(error.starts_with(want), "{error}");
    }
}

#[test]
fn what_is_over_a_limit_is_neither_written_nor_read() {
    let evidence = vec![Bytes::from_static(&[1]); MAX_EVIDENCES + 1];
    let body = Body { transactions: Vec::new(), evidence };
    let many = Block::new(Header::default(), body);
    let what = "items of evidence in a block";
    let refused = Error::TooMany { what, got: MAX_EVIDENCES + 1, limit: MAX_EVIDENCES };
    assert_eq!(many.encode(), Err(refused));
    let stored = Stored {
        block: Block::new(Header::default(), Body::default()),
        proof: vec![0; MAX_PROOF + 1].into(),
    };
    let error = stored.encode().unwrap_err().to_string();
    assert_eq!(error, "commit proof of 65537 bytes exceeds 65536");
    let error = Block::decode(&vec![0xc0; MAX_BLOCK + 1]).unwrap_err().to_string();
    assert_eq!(error, "block of 4194305 bytes exceeds 4194304");
    let extra = Header { extra: vec![0; 98], ..Header::default() };
    assert!(Block::new(extra.clone(), Body::default()).encode().is_err());
    let mut bytes = Vec::new();
    extra.encode(&mut bytes);
    assert!(matches!(Header::decode(&bytes), Err(Error::TooLong { got: 98, limit: 97, .. })));
}

#[test]
fn a_legacy_transaction_written_as_a_string_is_refused() {
    let legacy = troupe_chain::transaction::TxLegacy {
        chain_id: Some(common::CHAIN),
        gas_limit: 21_000,
        ..Default::default()
    };
    let unsigned = troupe_chain::transaction::Unsigned::Legacy(legacy);
    let legacy = troupe_chain::Transaction::sign(unsigned, &secret(1)).unwrap();
    let good = Block::new(
        Header::default(),
        Body { transactions: vec![legacy.clone().into()], evidence: Vec::new() },
    );
    let bytes = good.encode().unwrap();
    assert_eq!(Block::decode(&bytes).as_ref(), Ok(&good));
    // The same block with the transaction's list inside a string.
    let mut header = Vec::new();
    good.header().encode(&mut header);
    let list = legacy.to_bytes();
    let item = [&[0xb8, list.len() as u8], &list[..]].concat();
    let items = [&[0xf8, item.len() as u8], &item[..]].concat();
    let content = [&header[..], &items, &[0xc0]].concat();
    let mut wrapped = vec![0xf9];
    wrapped.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
    wrapped.extend(content);
    let error = Block::decode(&wrapped).unwrap_err().to_string();
    assert_eq!(error, "transaction 0: rlp: a legacy transaction as a string");
}
