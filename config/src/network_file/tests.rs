use super::*;
use crate::amount::Amount;
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_types::{Address, Epoch, Gas, Millis, NodeId, UnixMillis};

const GOOD: &str = r#"version = 1
chain_id = 1120260
time = "2026-11-20T12:00:00Z"
gas_limit = 30_000_000
base_fee = "2 gvon"
base_fee_floor = 7
blocks_per_view = 10
election_distance = 19

[[term]]
from = 0

[[term.validator]]
node_id = "0101010101010101010101010101010101010101010101010101010101010101"
key = "0x111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
vrf = "0x3131313131313131313131313131313131313131313131313131313131313131"
address = "lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm"

[[term.validator]]
node_id = "0202020202020202020202020202020202020202020202020202020202020202"
key = "222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
vrf = "0x4242424242424242424242424242424242424242424242424242424242424242"
address = "0x32D79b00859C3d1f1F1366BA5B96909Cc9b7967c"

[[account]]
address = "0xf6724469e92ab927b0f2757ac4d235e61a9a1ba6"
balance = "1000000 LAT"

[[account]]
address = "0x8a1d878cf67826250657b6cbbb91487252fb54f6"
nonce = 1
code = "0x6001"
storage = { 0x0 = "0x2a", 0x0100 = "0x00" }
"#;

#[test]
fn a_network_file_says_what_a_chain_begins_with() {
    let file = NetworkFile::load(GOOD).unwrap();
    assert_eq!((file.chain_id, file.time), (1_120_260, UnixMillis(1_795_176_000_000)));
    assert_eq!((file.base_fee, file.base_fee_floor), (2_000_000_000, 7));
    let validators = &file.terms[0].validators;
    assert_eq!(validators[0].address, validators[1].address);
    assert_eq!((validators[1].key.len(), validators[1].key[0]), (48, 0x22));
    assert_eq!(file.supply(), Some(Amount::lat(1_000_000)));
    let contract = file.accounts.values().next().unwrap();
    assert_eq!(contract.code, [0x60, 0x01]);
    let word = |low: u8, high: u8| {
        let mut word = [0; 32];
        (word[31], word[30]) = (low, high);
        word
    };
    let storage = BTreeMap::from([(word(0, 0), word(0x2a, 0)), (word(0, 1), word(0, 0))]);
    assert_eq!(contract.storage, storage);
    assert_eq!(NetworkFile::load(&file.write()).unwrap(), file);
}

#[test]
fn each_mistake_has_its_line_its_field_its_value_and_its_limit() {
    let (node, _) = GOOD.split_once("\n\n[[term.validator]]").unwrap();
    assert_eq!(node.lines().count(), 11);
    let cases = [
        ("version = 1", "version = 2", "line 1: version: got 2, allowed is 1 to 1"),
        (
            "chain_id = 1120260",
            "chain_id = 0",
            "line 2: chain_id: got 0, allowed is 1 to 9223372036854775789",
        ),
        (
            "chain_id",
            "chainid",
            "line 2: chainid: unknown key with value 1120260, nearest is \"chain_id\"",
        ),
        (
            "\"2026-11-20T12:00:00Z\"",
            "1_795_176_000",
            "line 3: time: got 1970-01-21T18:39:36Z, allowed is 2000-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z",
        ),
        (
            "2026-11-20T12:00:00Z",
            "2026-11-31T12:00:00Z",
            "line 3: time: wants a time such as \"2026-11-20T12:00:00Z\", or milliseconds since 1970, got \"2026-11-31T12:00:00Z\"",
        ),
        (
            "gas_limit = 30_000_000",
            "gas_limit = 21_000",
            "line 4: gas_limit: got 21000, allowed is 9424776 to 300000000",
        ),
        (
            "gas_limit = 30_000_000\n",
            "",
            "document: gas_limit: missing, wants a whole number such as 4",
        ),
        ("\"2 gvon\"", "6", "line 5: base_fee: 6 von is below the base_fee_floor of 7 von"),
        (
            "\"2 gvon\"",
            "\"1 gwei\"",
            "line 5: base_fee: wants an amount such as \"1.5 LAT\", \"1 gvon\" or \"7 von\", got \"1 gwei\"",
        ),
        (
            "\"2 gvon\"",
            "\"19 LAT\"",
            "line 5: base_fee: got 19 LAT, allowed is 0 von to 18.446744073709551615 LAT",
        ),
        (
            "blocks_per_view = 10",
            "blocks_per_view = 2",
            "line 7: blocks_per_view: got 2, allowed is 3 to 32",
        ),
        (
            "election_distance = 19",
            "election_distance = 20",
            "line 8: election_distance: got 20, with 2 validators allowed is 13 (blocks_per_view and 3) to 19 (an epoch less one)",
        ),
        ("from = 0", "from = 1", "line 11: term.0.from: the first term is from epoch 0, got 1"),
        (
            "0202020202020202020202020202020202020202020202020202020202020202",
            "0101010101010101010101010101010101010101010101010101010101010101",
            "line 20: term.0.validator.1.node_id: node 01010101 is listed twice",
        ),
        (
            "\"222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222\"",
            "\"111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111\"",
            "line 21: term.0.validator.1.key: key 1111111111111111 is listed twice",
        ),
        (
            "\"222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222\"",
            "\"0x22\"",
            "line 21: term.0.validator.1.key: got 1 bytes, a public key for votes has 48",
        ),
        (
            "0x4242424242424242424242424242424242424242424242424242424242424242",
            "0x3131313131313131313131313131313131313131313131313131313131313131",
            "line 22: term.0.validator.1.vrf: key 3131313131313131 is listed twice",
        ),
        (
            "0x4242424242424242424242424242424242424242424242424242424242424242",
            "0x42",
            "line 22: term.0.validator.1.vrf: got 1 bytes, a public key for random words has 32",
        ),
        (
            "\"0x32D79b00859C3d1f1F1366BA5B96909Cc9b7967c\"",
            "\"0x32d79b00859C3d1f1F1366BA5B96909Cc9b7967c\"",
            "line 23: term.0.validator.1.address: address `0x32d79b00859C3d1f1F1366BA5B96909Cc9b7967c` is mistyped, or its case is: these digits are written `0x32D79b00859C3d1f1F1366BA5B96909Cc9b7967c`",
        ),
        (
            "\"1000000 LAT\"",
            "\"400000000000000000000 LAT\"",
            "line 27: account.0.balance: \"400000000000000000000 LAT\" is not below 2^128 von",
        ),
        (
            "\"1000000 LAT\"",
            "0",
            "line 27: account.0.balance: missing, wants an amount above 0, or a nonce, or code",
        ),
        (
            "nonce = 1\ncode = \"0x6001\"",
            "nonce = 1",
            "line 32: account.1.storage: an account without code has no storage",
        ),
        (
            "\"0x6001\"",
            "\"0x601\"",
            "line 32: account.1.code: wants bytes as hexadecimal digits such as \"0x6001\", got \"0x601\"",
        ),
        ("0x0100 = ", "0x00 = ", "line 33: account.1.storage.0x00: \"0x00\" is listed twice"),
        (
            "\"0x2a\"",
            "42",
            "line 33: account.1.storage.0x0: wants 0x and 1 to 64 hexadecimal digits such as \"0x2a\", got 42",
        ),
        (
            "0x8a1d878cf67826250657b6cbbb91487252fb54f6",
            "0xf6724469e92ab927b0f2757ac4d235e61a9a1ba6",
            "line 30: account.1.address: account 0xf6724469e92AB927b0F2757AC4D235e61a9a1BA6 is listed twice",
        ),
    ];
    for (from, to, want) in cases {
        assert!(GOOD.contains(from), "{from}");
        let errors = NetworkFile::load(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
        let found = errors.lines().any(|line| line == want);
        assert!(found, "{from} -> {to}\nwant {want}\ngot  {errors}");
    }
}

#[test]
fn more_money_than_there_can_be_is_refused_where_it_is_too_much() {
    let rich = "340282366920938463463 LAT";
    let text = GOOD.replace("1000000 LAT", rich).replace("nonce = 1\n", "balance = \"1 LAT\"\n");
    assert_eq!(
        NetworkFile::load(&text).unwrap_err().to_string(),
        "line 31: account.1.balance: all accounts together have 2^128 von or more"
    );
}

#[test]
fn terms_come_in_order_and_none_is_empty() {
    let later = format!("{GOOD}\n[[term]]\nfrom = 0\n");
    let errors = NetworkFile::load(&later).unwrap_err().to_string();
    assert_eq!(
        errors,
        "line 36: term.1.from: got 0, the term before it is from 0\n\
         line 35: term.1.validator: got 0 validators, allowed is 1 to 100"
            .lines()
            .rev()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn a_draft_lacks_what_is_known_last() {
    let time = UnixMillis(1_795_176_000_000);
    let draft = NetworkFile::load_draft(crate::DEVNET, time).unwrap();
    assert_eq!((draft.time, draft.terms.len(), draft.accounts.len()), (time, 0, 0));
    let errors = NetworkFile::load(crate::DEVNET).unwrap_err().to_string();
    assert!(errors.contains("document: time: missing, wants a time such as"), "{errors}");
    // What a draft says itself holds.
    let own = format!("time = \"2026-01-01T00:00:00Z\"\n{}", crate::DEVNET);
    assert_ne!(NetworkFile::load_draft(&own, time).unwrap().time, time);
    let no_terms = NetworkFile::load(&own).unwrap_err().to_string();
    assert_eq!(no_terms, "document: term: missing, wants at least one [[term]]");
}

#[test]
fn a_development_network_may_have_any_number_of_validators() {
    let mut file = NetworkFile::load_draft(crate::DEVNET, UnixMillis(1_795_176_000_000)).unwrap();
    for count in 1u8..=64 {
        let validator = |n: u8| Validator {
            node_id: NodeId([n; 32]),
            key: vec![n; 48],
            vrf: [n; 32],
            address: Address([n; 20]),
        };
        let validators = (0..count).map(validator).collect();
        file.terms = vec![Term { from: Epoch(0), validators }];
        assert_eq!(NetworkFile::load(&file.write()).as_ref(), Ok(&file));
    }
}

fn account() -> impl Strategy<Value = Account> {
    let storage = prop::collection::btree_map(any::<[u8; 32]>(), any::<[u8; 32]>(), 0..3);
    let code = prop::collection::vec(any::<u8>(), 1..9);
    (1u128..1 << 120, 0u64..1 << 63, prop::option::of((code, storage))).prop_map(
        |(balance, nonce, contract)| {
            let (code, storage) = contract.unwrap_or_default();
            Account { balance: Amount(balance), nonce, code, storage }
        },
    )
}

prop_compose! {
    fn staking()(
        seats in 2u32..=43,
        amounts in any::<(u128, u128)>(),
        spans in (1_000u64..1 << 39, 1_000u64..1 << 40),
        is_square in any::<bool>(),
        producers in 0u32..=100,
        whose in any::<([u8; 20], [u8; 20])>(),
        foundation_from in any::<u64>(),
        params in prop::collection::btree_map("[a-z][a-zA-Z]{0,20}", any::<u128>().prop_map(Amount), 0..4),
    ) -> Staking {
        Staking {
            seats,
            stake: Amount(amounts.0),
            pool: Amount(amounts.1),
            epoch: Millis(spans.0),
            cycle: Millis(spans.0 * 4),
            voting: Millis(spans.1),
            weighing: if is_square { Weighing::SquareRoot } else { Weighing::Votes },
            producers,
            developers: Address(whose.0),
            foundation: Address(whose.1),
            foundation_from: foundation_from >> 1,
            params,
        }
    }
}

prop_compose! {
    fn market()(
        amounts in prop::array::uniform3(1u128..1 << 100),
        spans in prop::array::uniform3(1u64..31_622_400_000),
        views in 1u64..=1_000,
        percents in prop::array::uniform3(0u32..=100),
        least in (0u128..1 << 100, 1u64..86_400_000),
    ) -> Market {
        let mut amounts = amounts;
        amounts.sort_unstable();
        let [small_bond, bond, stake] = amounts.map(Amount);
        let [unbonding, answer, draw] = spans.map(Millis);
        let [slashed, reporter, abandoned] = percents;
        let (least_fee, least_span) = (Amount(least.0), Millis(least.1));
        Market {
            stake, bond, small_bond, unbonding, answer, draw, views, slashed, reporter, abandoned,
            least_fee, least_span,
        }
    }
}

prop_compose! {
    fn file()(
        chain_id in 1u64..=9_223_372_036_854_775_789,
        time in 946_684_800_000u64..=253_402_300_799_999,
        gas_limit in 9_424_776u64..=300_000_000,
        fees in any::<(u64, u64)>(),
        blocks_per_view in 3u64..=32,
        counts in prop::collection::vec(2u8..100, 1..4),
        staking in prop::option::of(staking()),
        market in prop::option::of(market()),
        accounts in prop::collection::btree_map(any::<[u8; 20]>().prop_map(Address), account(), 0..4),
    ) -> NetworkFile {
        let validator =
            |n: u8| Validator { node_id: NodeId([n; 32]), key: vec![n; 48], vrf: [n; 32], address: Address([n; 20]) };
        let terms = counts.iter().zip(0u64..).map(|(count, from)| Term {
            from: Epoch(from * from),
            validators: (0..*count).map(validator).collect(),
        });
        NetworkFile {
            chain_id,
            time: UnixMillis(time),
            gas_limit: Gas(gas_limit),
            base_fee: fees.0.max(fees.1),
            base_fee_floor: fees.0.min(fees.1),
            blocks_per_view,
            // Two views and a view less one block.
            election_distance: blocks_per_view + 3,
            terms: terms.take(if staking.is_some() { 1 } else { usize::MAX }).collect(),
            staking,
            market,
            accounts,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(file in file()) {
        // Two validators with short views have too few blocks for an election.
        prop_assume!(file.blocks_per_view > 3);
        let text = file.write();
        let again = NetworkFile::load(&text);
        prop_assert_eq!(again.as_ref(), Ok(&file), "{}", text);
        prop_assert_eq!(again.unwrap().write(), text);
    }

    #[test]
    fn no_document_panics_and_every_error_is_one_line(
        at in 0usize..GOOD.len(),
        length in 0usize..40,
        text in "([a-z]{1,8}|[\\[\\]{}=,\"'\n.# -]|[0-9]|\\PC){0,6}",
    ) {
        let end = (at + length).min(GOOD.len());
        let broken = format!("{}{}{}", &GOOD[..at], text, &GOOD[end..]);
        if let Err(errors) = NetworkFile::load(&broken) {
            for error in errors.as_slice() {
                prop_assert_eq!(error.to_string().lines().count(), 1);
                prop_assert!(error.to_string().len() < 4_000);
            }
        }
    }
}
