//! The beginning of a chain, and what is refused as one.

use alloy_primitives::U256;
use std::collections::BTreeMap;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::state::{Account, Flat, StateView};
use troupe_crypto::sr25519::SecretKey;
use troupe_types::{Address, Epoch, Gas, Hash, Height, NodeId, UnixMillis};
use troupe_wire::Sequential;

fn validator(n: u8) -> Validator {
    let vrf = SecretKey::from_seed(&[n; 32]).public_key().to_bytes();
    Validator { node: NodeId([n; 32]), key: vec![n; 48], vrf, address: Address([n; 20]) }
}

fn genesis() -> Genesis {
    let rich = Allocation { balance: U256::from(10).pow(U256::from(24)), ..Allocation::default() };
    let contract = Allocation {
        nonce: 1,
        code: vec![0x60, 0x00].into(),
        storage: BTreeMap::from([(Hash([1; 32]), U256::from(5)), (Hash([2; 32]), U256::ZERO)]),
        ..Allocation::default()
    };
    Genesis {
        chain_id: 1_120_260,
        time: UnixMillis(1_700_000_000_000),
        gas_limit: Gas(30_000_000),
        base_fee: 1_000,
        base_fee_floor: 7,
        blocks_per_view: 10,
        election_distance: 20,
        terms: vec![
            Term { from: Epoch(0), validators: (0..4).map(validator).collect() },
            Term { from: Epoch(3), validators: (4..8).map(validator).collect() },
        ],
        is_staked: false,
        alloc: BTreeMap::from([(Address([1; 20]), rich), (Address([2; 20]), contract)]),
    }
}

#[test]
fn the_genesis_block_commits_to_the_state_and_to_every_setting() {
    let (block, changes) = genesis().build(&Sequential).unwrap();
    assert_eq!(block.header().height, Height::ZERO);
    assert_eq!(block.check_body(), Ok(()));
    let mut flat = Flat::default();
    flat.apply(&changes);
    let contract = flat.account(&Address([2; 20])).unwrap().unwrap();
    assert_eq!((contract.nonce, contract.balance), (1, U256::ZERO));
    assert_eq!(&flat.code(&contract.code_hash).unwrap()[..], [0x60, 0x00]);
    assert_eq!(flat.storage(&Address([2; 20]), &Hash([1; 32])), Ok(U256::from(5)));

    // The state root against the library's.
    let storage_root = alloy_trie::root::storage_root_unhashed([([1; 32].into(), U256::from(5))]);
    assert_eq!(contract.storage_root, Hash(storage_root.0));
    let accounts = flat.accounts().iter().map(|(address, account)| {
        let Account { nonce, balance, code_hash, storage_root } = *account;
        let account = alloy_trie::TrieAccount {
            nonce,
            balance,
            storage_root: storage_root.0.into(),
            code_hash: code_hash.0.into(),
        };
        (address.0.into(), account)
    });
    let root = alloy_trie::root::state_root_unhashed(accounts);
    assert_eq!(block.header().state_root, Hash(root.0));

    type Change = fn(&mut Genesis);
    let changes: [Change; 12] = [
        |genesis| genesis.chain_id += 1,
        |genesis| genesis.time.0 += 1,
        |genesis| genesis.gas_limit.0 += 1,
        |genesis| genesis.base_fee += 1,
        |genesis| genesis.base_fee_floor += 1,
        |genesis| genesis.blocks_per_view += 1,
        |genesis| genesis.election_distance += 1,
        |genesis| genesis.terms[1].from = Epoch(4),
        |genesis| genesis.terms[1].validators[0].key[0] ^= 1,
        |genesis| genesis.terms[0].validators[0].vrf = validator(9).vrf,
        |genesis| genesis.terms[0].validators[0].address.0[0] ^= 1,
        |genesis| genesis.alloc.entry(Address([1; 20])).or_default().nonce += 1,
    ];
    for change in changes {
        let mut other = genesis();
        change(&mut other);
        assert_ne!(other.build(&Sequential).unwrap().0.hash(), block.hash());
    }
}

#[test]
fn a_wrong_field_is_named_with_its_value_and_its_limit() {
    type Change = fn(&mut Genesis);
    let refusals: [(Change, &str); 18] = [
        (|g| g.chain_id = 0, "chain_id is 0, wanted 1 to 9223372036854775789"),
        (
            |g| g.time = UnixMillis(1_700_000_000),
            "time is 1700000000, wanted 946684800000 to 253402300799999",
        ),
        (|g| g.gas_limit = Gas(21_000), "gas_limit is 21000, wanted 9424776 to 300000000"),
        (|g| g.base_fee = 6, "base_fee is 6, wanted 7 to 18446744073709551615"),
        (|g| g.blocks_per_view = 0, "blocks_per_view is 0, wanted 1 to 100"),
        (|g| g.terms.clear(), "terms is 0, wanted 1 to 1024"),
        (|g| g.terms[0].from = Epoch(1), "terms[0].from is 1, wanted 0"),
        (|g| g.terms[1].from = Epoch(0), "terms[1].from is 0, wanted above 0"),
        (|g| g.terms[1].validators.clear(), "terms[1].validators is 0, wanted 1 to 100"),
        (
            |g| g.terms[1].validators[3].key = vec![5; 48],
            "terms[1].validators[3].key is 0505050505050505.., wanted a key once",
        ),
        (
            |g| g.terms[0].validators[2].key.clear(),
            "terms[0].validators[2].key is 0 bytes, wanted 1 to 96 bytes",
        ),
        (
            |g| g.terms[0].validators[1].vrf = [0; 32],
            "terms[0].validators[1].vrf is 0000000000000000.., wanted a point of sr25519: public key is the identity",
        ),
        (
            |g| g.terms[0].validators[1].vrf = [0xff; 32],
            "terms[0].validators[1].vrf is ffffffffffffffff.., wanted a point of sr25519: public key is not a canonical encoding",
        ),
        (
            |g| g.terms[0].validators[1].node = NodeId([0; 32]),
            "terms[0].validators[1].node is 0000000000000000000000000000000000000000000000000000000000000000, wanted a node once",
        ),
        (
            |g| g.election_distance = 12,
            "election_distance is 12, wanted 13 (blocks_per_view + 3) to 39 (an epoch of 40 blocks less one)",
        ),
        (
            |g| g.election_distance = 40,
            "election_distance is 40, wanted 13 (blocks_per_view + 3) to 39 (an epoch of 40 blocks less one)",
        ),
        (
            |g| g.alloc.entry(Address([1; 20])).or_default().balance = U256::MAX,
            "alloc.0x0101010101010101010101010101010101010101.balance is 115792089237316195423570985008687907853269984665640564039457584007913129639935, wanted a sum below 2^128 von",
        ),
        (
            |g| {
                g.alloc.insert(Address([9; 20]), Allocation::default());
            },
            "alloc.0x0909090909090909090909090909090909090909.balance is 0, wanted above 0, or a nonce, or code",
        ),
    ];
    assert_eq!(genesis().check(), Ok(()));
    for (change, want) in refusals {
        let mut wrong = genesis();
        change(&mut wrong);
        assert_eq!(wrong.check().unwrap_err().to_string(), want);
        assert!(wrong.build(&Sequential).is_err());
    }
}

#[test]
fn a_key_for_random_words_is_of_one_validator() {
    let mut wrong = genesis();
    wrong.terms[1].validators[1].vrf = validator(4).vrf;
    let fault = wrong.check().unwrap_err();
    assert_eq!((&fault.field[..], &fault.limit[..]), ("terms[1].validators[1].vrf", "a key once"));
    // In another term the same validator has the same key.
    let mut again = genesis();
    again.terms[1].validators[1] = validator(0);
    assert_eq!(again.check(), Ok(()));
}

#[test]
fn an_epoch_has_the_validators_of_the_last_term_that_began() {
    let genesis = genesis();
    for (epoch, first) in [(0, 0), (2, 0), (3, 4), (1_000, 4)] {
        assert_eq!(genesis.validators(Epoch(epoch))[0], validator(first), "{epoch}");
    }
    assert_eq!(genesis.blocks_in_epoch(Epoch(9)), 40);
}

#[test]
fn an_epoch_of_one_validator_is_long_enough_to_read_the_next_set_in_it() {
    let mut lonely = genesis();
    lonely.terms = vec![Term { from: Epoch(0), validators: vec![validator(1)] }];
    assert_eq!(lonely.check(), Ok(()));
    assert_eq!(lonely.blocks_in_epoch(Epoch(1)), 30, "20 blocks before the end are within it");
    lonely.terms.push(Term { from: Epoch(1), validators: vec![validator(2)] });
    assert_eq!(lonely.check(), Ok(()));
    lonely.election_distance = 12;
    assert!(lonely.check().is_err());
}
