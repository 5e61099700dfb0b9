//! States cut into pieces and put together again, and pieces that lie.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use alloy_primitives::U256;
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_chain::Header;
use troupe_chain::block::{Block, Body, Stored, receipts_root};
use troupe_chain::snapshot::{Cover, Cuts, MAX_BEFORE, Maker, Manifest, Piece};
use troupe_chain::snapshot::{decode_headers, encode_headers};
use troupe_chain::state::{Account, Changes, Flat, FlatKey, Rebuild, StateScan};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Bytes, Hash, Height};
use troupe_wire::{Seed, Sequential};

/// A state whose accounts have these many words of storage each.
fn state(storages: &[usize], seed: u64) -> (Flat, Hash) {
    let mut luck = Seed::from_number(seed).stream("state");
    let mut changes = Changes::default();
    for words in storages {
        let address = Address(luck.array());
        let mut account =
            Account { balance: U256::from(luck.below(1 << 40)), ..Account::default() };
        if luck.chance(1, 3) {
            let code = luck.array::<5>().to_vec();
            account.code_hash = keccak256(&code);
            changes.codes.insert(account.code_hash, code.into());
        }
        changes.accounts.insert(address, Some(account));
        let slots = changes.storage.entry(address).or_default();
        for _ in 0..*words {
            slots.insert(Hash(luck.array()), U256::from(1 + luck.below(1 << 30)));
        }
    }
    let (mut trie, empty) = troupe_chain::state::StateTrie::new();
    let (root, hash) = trie.grow(&empty, &mut changes, &Sequential);
    trie.release(empty);
    trie.release(root);
    let mut flat = Flat::default();
    flat.apply(&changes);
    (flat, hash)
}

fn items(flat: &Flat) -> Vec<(FlatKey, Vec<u8>)> {
    flat.scan(None, Bytes::mib(64)).unwrap().items
}

fn cut(flat: &Flat, cuts: Cuts) -> Vec<Piece> {
    let mut rebuild = Rebuild::new();
    rebuild.feed(&flat.scan(None, Bytes::mib(64)).unwrap(), &Sequential).unwrap();
    let (trie, root, _) = rebuild.finish(&Sequential).unwrap();
    let mut maker = Maker::new(&trie, &root, cuts);
    let (mut sorted, mut codes) = (BTreeMap::new(), Vec::new());
    for (key, value) in items(flat) {
        match maker.sort(&key, &value) {
            Some((key, value)) => drop(sorted.insert(key, value)),
            None => codes.push(value.into()),
        }
    }
    let count = maker.pieces();
    let mut pieces: Vec<Piece> =
        sorted.iter().filter_map(|(key, value)| maker.push(key, value).unwrap()).collect();
    pieces.extend(maker.finish().unwrap());
    assert_eq!(pieces.len(), count);
    if !codes.is_empty() {
        pieces.insert(0, Piece::Codes(codes));
    }
    pieces
}

fn put_together(
    pieces: &[Piece],
    root: &Hash,
) -> Result<Vec<(FlatKey, Vec<u8>)>, troupe_chain::Error> {
    let (mut cover, mut items) = (Cover::new(*root), Vec::new());
    for piece in pieces {
        let piece = Piece::decode(&piece.encode()?)?;
        piece.check(root, &Sequential)?;
        cover.take(&piece)?;
        items.extend(piece.items());
    }
    cover.finish()?;
    items.sort();
    Ok(items)
}

fn cuts() -> impl Strategy<Value = Cuts> {
    (100_u64..4_000, 0_u64..2_000)
        .prop_map(|(piece, inside)| Cuts { piece: Bytes(piece), inside: Bytes(inside) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_state_comes_back_whole_however_it_is_cut_and_nothing_can_be_left_out_or_come_twice(
        storages in prop::collection::vec(prop_oneof![3 => Just(0), 2 => 1_usize..8, 1 => 20_usize..60], 1..40),
        seed in any::<u64>(),
        cuts in cuts(),
        which in any::<prop::sample::Index>(),
    ) {
        let (flat, root) = state(&storages, seed);
        let pieces = cut(&flat, cuts);
        prop_assert_eq!(put_together(&pieces, &root).unwrap(), items(&flat));
        let at = which.index(pieces.len());
        let mut fewer = pieces.clone();
        fewer.remove(at);
        prop_assert!(put_together(&fewer, &root).is_err());
        let mut twice = pieces.clone();
        twice.insert(at, pieces[at].clone());
        prop_assert!(put_together(&twice, &root).is_err());
        prop_assert!(put_together(&pieces, &Hash([9; 32])).is_err());
    }

    #[test]
    fn a_piece_with_any_byte_changed_is_refused_on_its_own_and_every_cut_is_no_piece(
        storages in prop::collection::vec(prop_oneof![3 => Just(0), 1 => 1_usize..30], 1..12),
        seed in any::<u64>(),
        cuts in cuts(),
        (which, at) in any::<(prop::sample::Index, prop::sample::Index)>(),
        bits in 1_u8..,
    ) {
        let (flat, root) = state(&storages, seed);
        let pieces = cut(&flat, cuts);
        let piece = &pieces[which.index(pieces.len())];
        let bytes = piece.encode().unwrap();
        prop_assert!(piece.check(&root, &Sequential).is_ok());
        let at = at.index(bytes.len());
        prop_assert!(Piece::decode(&bytes[..at]).is_err());
        let mut changed = bytes;
        changed[at] ^= bits;
        // A code is known by its hash, so that a changed one is another, which no account has.
        if let (Ok(changed), false) = (Piece::decode(&changed), matches!(piece, Piece::Codes(_))) {
            prop_assert!(changed.check(&root, &Sequential).is_err(), "byte {}", at);
        }
    }

    #[test]
    fn what_is_read_from_any_bytes_has_one_form(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(piece) = Piece::decode(&bytes) {
            prop_assert_eq!(piece.encode().unwrap(), bytes.clone());
        }
        if let Ok(manifest) = Manifest::decode(&bytes) {
            prop_assert_eq!(manifest.encode().unwrap(), bytes);
        }
    }
}

#[test]
fn the_state_without_accounts_has_no_pieces() {
    let root = troupe_chain::trie::EMPTY_ROOT;
    assert!(Cover::new(root).finish().is_ok());
    assert!(put_together(&cut(&Flat::default(), Cuts::default()), &root).unwrap().is_empty());
}

/// Blocks from the genesis block on, the highest first.
fn headers(count: u64) -> Vec<Header> {
    let body = Body::default();
    let (transactions_root, evidence_hash) = (body.transactions_root(), body.evidence_hash());
    let receipts_root = receipts_root(&[]);
    let mut headers: Vec<Header> = Vec::new();
    for height in 0..count {
        let parent = headers.last().map_or(Hash::default(), Header::hash);
        let height = Height(height);
        headers.push(Header {
            parent,
            height,
            transactions_root,
            receipts_root,
            evidence_hash,
            ..Header::default()
        });
    }
    headers.reverse();
    headers
}

fn manifest(mut headers: Vec<Header>) -> Manifest {
    let block = Block::new(headers.remove(0), Body::default());
    headers.truncate(MAX_BEFORE);
    Manifest {
        stored: Stored { block, proof: vec![7; 9].into() },
        receipts: Vec::new(),
        before: headers,
        items: 5,
    }
}

#[test]
fn a_manifest_needs_all_the_headers_that_contracts_may_ask_for() {
    for count in [1, 2, 40, 257, 300] {
        let whole = manifest(headers(count));
        let bytes = whole.encode().unwrap();
        assert_eq!(Manifest::decode(&bytes).unwrap(), whole);
        for cut in (0..bytes.len()).step_by(97) {
            assert!(Manifest::decode(&bytes[..cut]).is_err());
        }
        if count == 1 {
            continue;
        }
        let mut short = whole.clone();
        short.before.pop();
        assert!(Manifest::decode(&short.encode().unwrap()).is_err(), "{count}");
        let mut other = whole.clone();
        other.before[0].extra = vec![1];
        let error = Manifest::decode(&other.encode().unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("parent is"), "{error}");
        let listed = encode_headers(&whole.before);
        assert_eq!(decode_headers(&listed).unwrap(), whole.before);
        assert!(decode_headers(&listed[..listed.len() - 1]).is_err());
    }
}
