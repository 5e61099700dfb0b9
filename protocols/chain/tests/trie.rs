//! The tries against Ethereum's own vectors, and against a library's tries on random changes.

use alloy_primitives::B256;
use alloy_trie::proof::verify_proof;
use alloy_trie::{HashBuilder, Nibbles};
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_chain::trie::{Change, EMPTY_ROOT, Forest, Key, NodeId, Value};
use troupe_crypto::hash::keccak256;
use troupe_types::Hash;
use troupe_wire::Sequential;

#[derive(Debug, Clone, PartialEq)]
struct Text(Vec<u8>);

impl Value for Text {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

type Model = BTreeMap<Key, Vec<u8>>;

fn root_of(model: &Model) -> Hash {
    let mut builder = HashBuilder::default();
    for (key, value) in model {
        builder.add_leaf(Nibbles::unpack(key), value);
    }
    Hash(builder.root().0)
}

fn bytes(text: &str) -> Vec<u8> {
    match text.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).expect("hexadecimal digits"),
        None => text.as_bytes().to_vec(),
    }
}

fn change(key: &str, value: Option<&str>) -> Change<Text> {
    Change { key: keccak256(bytes(key)).0, value: value.map(|value| Text(bytes(value))) }
}

/// All in one change, and each by itself in every rotation of their order.
fn assert_root(items: &[(&str, Option<&str>)], root: &str, any_order: bool) {
    let changes: Vec<_> = items.iter().map(|(key, value)| change(key, *value)).collect();
    let mut forest = Forest::new();
    let mut edit = forest.edit();
    let at_once = forest.update(&mut edit, NodeId::EMPTY, changes.clone());
    assert_eq!(forest.hash(at_once, &Sequential).to_string(), root);
    let rotations = if any_order { items.len() } else { 1 };
    for start in 0..rotations {
        let mut trie = NodeId::EMPTY;
        let mut edits = Vec::new();
        for at in 0..changes.len() {
            let mut edit = forest.edit();
            let change = changes[(start + at) % changes.len()].clone();
            trie = forest.update(&mut edit, trie, vec![change]);
            forest.hash(trie, &Sequential);
            edits.push(edit);
        }
        assert_eq!(forest.hash(trie, &Sequential).to_string(), root);
        for edit in edits.into_iter().rev() {
            forest.undo(edit);
        }
    }
    forest.undo(edit);
    let counts = forest.counts();
    assert_eq!((counts.leaves, counts.branches, counts.extensions), (0, 0, 0));
}

/// ethereum/tests, TrieTests/trieanyorder_secureTrie.json
#[test]
fn ethereums_vectors_give_their_roots_in_any_order() {
    let fifty = "a".repeat(50);
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[("A", &fifty)], "e9e2935138352776cad724d31c9fa5266a5c593bb97726dd2a908fe6d53284df"),
        (
            &[("doe", "reindeer"), ("dog", "puppy"), ("dogglesworth", "cat")],
            "d4cd937e4a4368d7931a9cf51686b7e10abb3dce38a39000fd7902a092b64585",
        ),
        (
            &[("do", "verb"), ("horse", "stallion"), ("doge", "coin"), ("dog", "puppy")],
            "29b235a58c3c25ab83010c327d5932bcf05324b7d6b1185e650798034783ca9d",
        ),
        (
            &[("foo", "bar"), ("food", "bass")],
            "1385f23a33021025d9e87cca5c66c00de06178807b96a9acc92b7d651ccde842",
        ),
        (
            &[("be", "e"), ("dog", "puppy"), ("bed", "d")],
            "826a4f9f9054a3e980e54b20da992c24fa20467f1ca635115ef4917be66e746f",
        ),
        (
            &[("test", "test"), ("te", "testy")],
            "aea54fb6c80499674248a462864c420c9d9f3b3d38c879c12425bade1ad76552",
        ),
        (
            &[("0x0045", "0x0123456789"), ("0x4500", "0x9876543210")],
            "bc11c02c8ab456db0c4d2728b6a2a6210d06f26a2ace4f7d8bdfc72ddf2630ab",
        ),
    ];
    for (items, root) in cases {
        let items: Vec<_> = items.iter().map(|(key, value)| (*key, Some(*value))).collect();
        assert_root(&items, root, true);
    }
}

/// ethereum/tests, TrieTests/trietest_secureTrie.json
#[test]
fn ethereums_vectors_with_removals_give_their_roots_in_order() {
    let empty_values = [
        ("do", Some("verb")),
        ("ether", Some("wookiedoo")),
        ("horse", Some("stallion")),
        ("shaman", Some("horse")),
        ("doge", Some("coin")),
        ("ether", None),
        ("dog", Some("puppy")),
        ("shaman", None),
    ];
    let root = "29b235a58c3c25ab83010c327d5932bcf05324b7d6b1185e650798034783ca9d";
    assert_root(&empty_values, root, false);
    let word = |digits: &str| format!("0x{digits:0>64}");
    let name = "697c7b8c961b56f675d570498424ac8de1a918f6";
    let really = "0x6f6f6f6820736f2067726561742c207265616c6c6c793f000000000000000000";
    let ecf = "ec4f34c97e43fbb2816cfd95e388353c7181dab1";
    let fuav = "0x4655474156000000000000000000000000000000000000000000000000000000";
    let reg = "0x4e616d6552656700000000000000000000000000000000000000000000000000";
    let (seven, number) = ("7ef9e639e2733cb34e4dfc576d4b23f72db776b2", word("1234567890"));
    let (named, ecf_word, seven_word) = (word(name), word(ecf), word(seven));
    let (name, ecf, seven) = (format!("0x{name}"), format!("0x{ecf}"), format!("0x{seven}"));
    let jeff = [
        (&*word("45"), Some("0x22b224a1420a802ab51d326e29fa98e34c4f24ea")),
        (&*word("46"), Some("0x67706c2076330000000000000000000000000000000000000000000000000000")),
        (&number, Some(&*name)),
        (&named, Some("0x1234567890")),
        (&seven_word, Some(fuav)),
        (&ecf_word, Some(reg)),
        (fuav, Some(&*seven)),
        (reg, Some(&*ecf)),
        (&number, None),
        (&named, Some(really)),
        (really, Some(&*name)),
    ];
    let root = "72adb52e9d9428f808e3e8045be18d3baa77881d0cfab89a17a2bcbacee2f320";
    assert_root(&jeff, root, false);
}

/// ethereum/tests, TrieTests/hex_encoded_securetrie_test.json: five accounts
#[test]
fn a_state_of_five_accounts_has_ethereums_root() {
    let nobody = "a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    let no_slots = "a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
    let code = "a004bccc5d94f4d1f99aab44369a910179931772f2a5c001c3229f57831c102769";
    let slots = "a0ba4b47865c55a341a4a78759bb913cd15c3ee8eaf30a62fa8d1c8863113d84e8";
    let accounts = [
        (
            "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b",
            format!("0xf848018405f446a7{no_slots}{nobody}"),
        ),
        ("0x095e7baea6a6c7c4c2dfeb977efac326af552d87", format!("0xf8440101{no_slots}{code}")),
        ("0xd2571607e241ecf590ed94b12d87c94babe36db6", format!("0xf8440180{slots}{nobody}")),
        ("0x62c01474f089b07dae603491675dc5b5748f7049", format!("0xf8448080{no_slots}{nobody}")),
        (
            "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
            format!("0xf8478083019a59{no_slots}{nobody}"),
        ),
    ];
    let items: Vec<_> = accounts.iter().map(|(key, value)| (*key, Some(&**value))).collect();
    let root = "730a444e08ab4b8dee147c9b232fc52d34a223d600031c1e9d25bfc985cbd797";
    assert_root(&items, root, true);
}

/// Keys that share long beginnings, so that extensions and short nodes appear: the nibbles that vary
/// are few.
fn key() -> impl Strategy<Value = Key> {
    (0u8..4, 0u8..4, 0u8..3, 0u8..16, prop_oneof![Just(0u8), Just(1), Just(0x10)]).prop_map(
        |(a, b, c, d, last)| {
            let mut key = [0; 32];
            key[0] = a << 4;
            key[3] = b;
            key[9] = c << 4 | 1;
            key[30] = d << 4;
            key[31] = last;
            key
        },
    )
}

fn batches() -> impl Strategy<Value = Vec<Vec<(Key, Option<Vec<u8>>)>>> {
    // Values of one byte below 0x80 make encodings shorter than a hash.
    let value = prop_oneof![Just(vec![7]), proptest::collection::vec(any::<u8>(), 1..40),];
    let change = (key(), proptest::option::weighted(0.6, value));
    proptest::collection::vec(proptest::collection::vec(change, 0..24), 1..8)
}

fn apply(model: &mut Model, batch: &[(Key, Option<Vec<u8>>)]) {
    for (key, value) in batch {
        match value {
            Some(value) => model.insert(*key, value.clone()),
            None => model.remove(key),
        };
    }
}

fn changes(batch: &[(Key, Option<Vec<u8>>)]) -> Vec<Change<Text>> {
    let change = |(key, value): &(Key, Option<Vec<u8>>)| Change {
        key: *key,
        value: value.clone().map(Text),
    };
    batch.iter().map(change).collect()
}

proptest! {
    #[test]
    fn every_version_has_the_librarys_root_and_none_disturbs_another(
        batches in batches(),
        parents in proptest::collection::vec(any::<prop::sample::Index>(), 8),
        heir in any::<prop::sample::Index>(),
        twice in any::<bool>(),
    ) {
        let mut forest = Forest::new();
        let mut versions = vec![(NodeId::EMPTY, Model::new(), 0)];
        let mut edits = vec![None];
        for (batch, parent) in batches.iter().zip(&parents) {
            // Grow from any earlier version, which stays.
            let parent = parent.index(versions.len());
            let (root, mut model, _) = versions[parent].clone();
            apply(&mut model, batch);
            let mut edit = forest.edit();
            let all = changes(batch);
            // One edit may change what it has just made.
            let (first, second) = all.split_at(if twice { all.len() / 2 } else { 0 });
            let half = forest.update(&mut edit, root, first.to_vec());
            let grown = forest.update(&mut edit, half, second.to_vec());
            prop_assert_eq!(forest.hash(grown, &Sequential), root_of(&model));
            versions.push((grown, model, parent));
            edits.push(Some(edit));
        }
        for (root, model, _) in &versions {
            prop_assert_eq!(forest.hash(*root, &Sequential), root_of(model));
            for (key, value) in model {
                prop_assert_eq!(forest.get(*root, key).map(|text| &text.0), Some(value));
            }
        }
        // One version stays, with what it was grown from; the others go, the youngest first.
        let heir = heir.index(versions.len());
        let mut line = vec![heir];
        while let Some(last) = line.last().copied().filter(|last| *last > 0) {
            line.push(versions[last].2);
        }
        for at in (0..versions.len()).rev().filter(|at| !line.contains(at)) {
            forest.undo(edits[at].take().expect("each once"));
        }
        for at in line.iter().rev() {
            if let Some(edit) = edits[*at].take() {
                forest.settle(edit);
            }
        }
        let (root, model, _) = &versions[heir];
        prop_assert_eq!(forest.counts().leaves, model.len());
        for (key, value) in model {
            prop_assert_eq!(forest.get(*root, key).map(|text| &text.0), Some(value));
        }
        prop_assert_eq!(forest.hash(*root, &Sequential), root_of(model));
        let mut edit = forest.edit();
        forest.leave(&mut edit, *root);
        forest.settle(edit);
        let counts = forest.counts();
        prop_assert_eq!((counts.leaves, counts.branches, counts.extensions), (0, 0, 0));
    }

    #[test]
    fn proofs_of_presence_and_absence_verify_with_the_library(
        batch in proptest::collection::vec((key(), proptest::collection::vec(any::<u8>(), 1..40)), 0..40),
        asked in key(),
    ) {
        let mut forest = Forest::new();
        let model: Model = batch.into_iter().collect();
        let all: Vec<_> = model.iter().map(|(key, value)| (*key, Some(value.clone()))).collect();
        let mut edit = forest.edit();
        let trie = forest.update(&mut edit, NodeId::EMPTY, changes(&all));
        forest.settle(edit);
        let root = B256::new(forest.hash(trie, &Sequential).0);
        for key in model.keys().chain([&asked]) {
            let proof: Vec<_> =
                forest.prove(trie, key).into_iter().map(alloy_primitives::Bytes::from).collect();
            let value = model.get(key).cloned();
            let verified = verify_proof(root, Nibbles::unpack(key), value.clone(), &proof);
            prop_assert!(verified.is_ok(), "{:?} of {:?}", verified, value);
            let wrong = Some(vec![9; 41]);
            prop_assert!(verify_proof(root, Nibbles::unpack(key), wrong, &proof).is_err());
        }
    }
}

/// A pool of threads that gives tasks to whoever is free, as a test of order.
struct Backwards;

impl troupe_wire::Fork for Backwards {
    fn map<T, R, F>(&self, items: Vec<T>, work: F) -> Vec<R>
    where
        T: Send,
        R: Send,
        F: Fn(T) -> R + Sync,
    {
        let mut results: Vec<R> = items.into_iter().rev().map(work).collect();
        results.reverse();
        results
    }
}

#[test]
fn a_large_trie_hashed_in_portions_has_the_same_root() {
    let mut forest = Forest::new();
    let mut model = Model::new();
    let mut trie = NodeId::EMPTY;
    for round in 0u32..3 {
        let batch: Vec<_> = (0u32..3_000)
            .map(|n| {
                (keccak256((n * (round + 1)).to_be_bytes()).0, Some(vec![round as u8 + 1; 40]))
            })
            .collect();
        apply(&mut model, &batch);
        let mut edit = forest.edit();
        trie = forest.update(&mut edit, trie, changes(&batch));
        forest.settle(edit);
        assert_eq!(forest.hash(trie, &Backwards), root_of(&model));
    }
    let all: Vec<_> = model.keys().map(|key| (*key, None)).collect();
    let mut edit = forest.edit();
    trie = forest.update(&mut edit, trie, changes(&all));
    forest.settle(edit);
    assert_eq!(forest.hash(trie, &Sequential), EMPTY_ROOT);
    assert!(trie.is_empty());
}
