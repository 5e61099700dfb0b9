//! Transactions against Ethereum's own vectors, and our own type.

mod common;

use common::{CHAIN, dynamic, native, rules, secret};
use proptest::prelude::*;
use troupe_chain::transaction::{
    AccessList, AccessListItem, Fork, Intrinsic, MAX_TRANSACTION, Transaction, TxEip1559,
    TxEip2930, TxLegacy, Unsigned, intrinsic_gas, recover, recover_all,
};
use troupe_chain::{Invalid, Unsupported};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::sr25519;
use troupe_types::{Address, Bytes, Gas};
use troupe_wire::Sequential;

/// ethereum/tests, TransactionTests at Cancun, or the last fork they name: all whose encoding is below 3 KB. A line holds
/// the name, then `taken`, hash, sender, intrinsic gas; or `refused` and why; then the bytes.
const VECTORS: &str = include_str!("vectors/transactions.hex");

#[test]
fn ethereums_vectors_are_taken_and_refused_as_they_should_be() {
    let (mut taken, mut refused, mut unpayable) = (0, 0, Vec::new());
    for line in VECTORS.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let bytes = hex::decode(words[words.len() - 1].trim_matches('-')).unwrap();
        let recovered = Transaction::decode(&bytes).and_then(recover);
        let checked = recovered.and_then(|recovered| {
            let mut rules = rules();
            rules.block_gas = Gas(u64::MAX);
            rules.chain_id = 1;
            // Some of the vectors are for any chain; that we refuse those is tested below.
            match rules.check_in(recovered.transaction(), Fork::Cancun) {
                Err(Invalid::Unprotected) => {
                    rules.check_fields(recovered.transaction(), Fork::Cancun)
                }
                other => other,
            }?;
            Ok(recovered)
        });
        match (words[1], checked) {
            ("taken", Ok(recovered)) => {
                taken += 1;
                assert_eq!(recovered.hash().to_string(), words[2], "{}", words[0]);
                assert_eq!(recovered.sender().to_string(), words[3], "{}", words[0]);
                let transaction = recovered.transaction();
                let (is_create, list) = (transaction.to().is_none(), transaction.access_list());
                // The vectors are those of Cancun, which had no floor.
                let gas = Intrinsic::of(transaction.input(), is_create, list).used;
                assert_eq!(gas.to_string(), words[4], "{}", words[0]);
                assert_eq!(recovered.transaction().to_bytes(), bytes, "{}", words[0]);
            }
            ("refused", Err(_)) => refused += 1,
            // Prices of more than 128 bits, which Ethereum takes and nobody can pay.
            ("taken", Err(Invalid::Malformed("a number too large for its field"))) => {
                unpayable.push(words[0]);
            }
            (want, got) => panic!("{}: {want} by Ethereum, {got:?} by us", words[0]),
        }
    }
    let prices = [
        "ttEIP1559/GasLimitPriceProductOverflowtMinusOne",
        "ttGasPrice/TransactionWithHighGasPrice",
        "ttVValue/V_equals38",
    ];
    assert_eq!(unpayable, prices);
    assert!(taken >= 40 && refused >= 100, "{taken} taken, {refused} refused");
}

/// The example of EIP-155.
#[test]
fn the_example_of_eip_155_is_signed_as_there() {
    let fields = TxLegacy {
        chain_id: Some(1),
        nonce: 9,
        gas_price: 20_000_000_000,
        gas_limit: 21_000,
        to: alloy_primitives::TxKind::Call([0x35; 20].into()),
        value: alloy_primitives::U256::from(1_000_000_000_000_000_000u64),
        input: alloy_primitives::Bytes::new(),
    };
    let secret = SecretKey::from_bytes(&[0x46; 32]).unwrap();
    let signed = Transaction::sign(Unsigned::Legacy(fields), &secret).unwrap();
    let want = "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400\
                008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d89\
                97f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
    assert_eq!(hex::encode(signed.to_bytes()), want);
    let sender = recover(signed).unwrap().sender();
    assert_eq!(sender.to_string(), "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
}

/// A transaction of Ethereum's main net.
#[test]
fn a_dynamic_fee_transaction_of_the_main_net_has_its_hash_and_sender() {
    let input = "a22cb4650000000000000000000000005eee75727d804a2b13038928d36f8b188945a57a0000000000\
                 000000000000000000000000000000000000000000000000000000";
    let to = "6069a6c32cf691f5982febae4faf8a6f3ab2f0f6";
    let fields = format!("0142843b9aca008504a817c80082ad6294{to}80b844{input}c0");
    let r = "840cfc572845f5786e702984c2a582528cad4b49b2a10b9db1be7fca90058565";
    let s = "25e7109ceb98168d95b09b18bbf6b685130e0562f233877d492b94eee0c5b6d1";
    let content = hex::decode(format!("{fields}80a0{r}a0{s}")).unwrap();
    let header = [2, 0xf8, u8::try_from(content.len()).unwrap()];
    let transaction = Transaction::decode(&[&header[..], &content].concat()).unwrap();
    let hash = "0ec0b6a2df4d87424e5f6ad2a654e27aaeb7dac20ae9e8385cc09087ad532ee0";
    assert_eq!(transaction.hash().to_string(), hash);
    let sender = recover(transaction).unwrap().sender();
    assert_eq!(sender.to_string(), "dd6b8b3dc6b7ad97db52f08a275ff4483e024cea");
}

#[test]
fn types_we_do_not_have_are_refused_by_name() {
    let refused = |bytes: &[u8]| Transaction::decode(bytes).unwrap_err().to_string();
    let unsupported = "transaction type not supported: ";
    assert_eq!(refused(&[3, 0xc0]), format!("{unsupported}blob transactions (EIP-4844)"));
    assert_eq!(refused(&[4, 0xc0]), format!("{unsupported}set-code transactions (EIP-7702)"));
    assert_eq!(refused(&[0x77]), format!("{unsupported}type 0x77"));
    let zero = Invalid::Unsupported(Unsupported::Other(0));
    assert_eq!(Transaction::decode(&[0, 0xc0]), Err(zero));
}

#[test]
fn a_transaction_over_its_limit_is_refused_before_it_is_read() {
    let bytes = vec![0xff; MAX_TRANSACTION + 1];
    let error = Transaction::decode(&bytes).unwrap_err();
    let (got, limit) = (Bytes(131_073), Bytes::kib(128));
    assert_eq!(error, Invalid::Oversized { got, limit });
    assert_eq!(error.to_string(), "oversized data: transaction size 131073B, limit 128KiB");
}

#[test]
fn the_larger_of_two_signatures_is_refused() {
    let transaction = dynamic(&secret(1), 0, 7);
    let Transaction::DynamicFee(signed) = transaction else { panic!("made as such") };
    let order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order: alloy_primitives::U256 = order.parse().unwrap();
    let signature = alloy_primitives::Signature::new(
        signed.signature().r(),
        order - signed.signature().s(),
        !signed.signature().v(),
    );
    let twin = alloy_consensus::Signed::new_unhashed(signed.tx().clone(), signature);
    let twin = Transaction::DynamicFee(twin).to_bytes();
    let error = Transaction::decode(&twin).unwrap_err();
    assert_eq!(error.to_string(), "invalid transaction v, r, s values");
}

#[test]
fn a_legacy_transaction_for_any_chain_is_refused_by_the_rules() {
    let fields = TxLegacy { gas_limit: 21_000, ..TxLegacy::default() };
    let signed = Transaction::sign(Unsigned::Legacy(fields), &secret(1)).unwrap();
    assert_eq!(rules().check(&signed), Err(Invalid::Unprotected));
}

#[test]
fn every_rule_says_what_it_got_and_what_it_wants() {
    let good = TxEip1559 {
        chain_id: CHAIN,
        nonce: 1,
        gas_limit: 21_000,
        max_fee_per_gas: 10,
        max_priority_fee_per_gas: 2,
        to: alloy_primitives::TxKind::Call([7; 20].into()),
        ..TxEip1559::default()
    };
    let check = |change: fn(&mut TxEip1559)| {
        let mut fields = good.clone();
        change(&mut fields);
        let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(1)).unwrap();
        rules().check_for_pool(&signed).map_err(|error| error.to_string())
    };
    assert_eq!(check(|_| {}), Ok(()));
    type Change = fn(&mut TxEip1559);
    let refusals: [(Change, &str); 7] = [
        (|tx| tx.chain_id = 1, "invalid chain id for signer: have 1 want 1120260"),
        (|tx| tx.nonce = u64::MAX, "nonce has max value"),
        (|tx| tx.gas_limit = 20_999, "intrinsic gas too low: gas 20999, minimum needed 21000"),
        (|tx| tx.gas_limit = 30_000_001, "exceeds block gas limit: gas 30000001, limit 30000000"),
        (
            |tx| tx.max_priority_fee_per_gas = 11,
            "max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: 11, maxFeePerGas: 10",
        ),
        (
            |tx| {
                tx.to = alloy_primitives::TxKind::Create;
                tx.input = vec![0; 49_153].into();
            },
            "max initcode size exceeded: code size 49153B, limit 48KiB",
        ),
        (
            |tx| tx.max_priority_fee_per_gas = 0,
            "transaction underpriced: gas tip cap 0, minimum needed 1",
        ),
    ];
    for (change, want) in refusals {
        assert_eq!(check(change).unwrap_err(), want);
    }
}

/// EIP-2930, EIP-2028, EIP-2 and EIP-3860 give the numbers.
#[test]
fn access_lists_input_and_init_code_use_the_gas_that_their_eips_say() {
    let slots = |n: usize| vec![[n as u8; 32].into(); n];
    let item = |n: usize| AccessListItem { address: [n as u8; 20].into(), storage_keys: slots(n) };
    let fields = TxEip2930 {
        chain_id: CHAIN,
        gas_price: 9,
        gas_limit: 200_000,
        to: alloy_primitives::TxKind::Call([7; 20].into()),
        access_list: AccessList(vec![item(0), item(3)]),
        input: vec![0, 1, 0, 2, 3].into(),
        ..TxEip2930::default()
    };
    let sign = |fields: &TxEip2930| {
        Transaction::sign(Unsigned::AccessList(fields.clone()), &secret(1)).unwrap()
    };
    let call = sign(&fields);
    assert_eq!(intrinsic_gas(&call), Gas(21_000 + 2 * 2_400 + 3 * 1_900 + 2 * 4 + 3 * 16));
    assert_eq!((call.max_fee(), call.max_tip(), call.effective_price(4)), (9, 9, Some(9)));
    assert_eq!(Transaction::decode(&call.to_bytes()).as_ref(), Ok(&call));
    assert_eq!(recover(call).unwrap().sender(), common::address(&secret(1)));
    let create = TxEip2930 {
        to: alloy_primitives::TxKind::Create,
        access_list: AccessList::default(),
        input: vec![1; 33].into(),
        ..fields
    };
    assert_eq!(intrinsic_gas(&sign(&create)), Gas(53_000 + 33 * 16 + 2 * 2));
}

#[test]
fn data_costs_its_floor_at_least_whatever_is_done_with_it() {
    // EIP-7623: ten for a zero and forty for another byte, of data that costs 4 and 16 when it is used.
    let input = [0, 1, 0, 2, 3];
    let plain = Intrinsic::of(&input, false, &[]);
    assert_eq!(plain.used, Gas(21_000 + 2 * 4 + 3 * 16));
    assert_eq!((plain.floor, plain.least()), (Gas(21_000 + 2 * 10 + 3 * 40), plain.floor));
    let item = AccessListItem { address: [1; 20].into(), storage_keys: Vec::new() };
    let listed = Intrinsic::of(&input, false, &[item]);
    assert_eq!((listed.floor, listed.least()), (plain.floor, Gas(plain.used.0 + 2_400)));
    let create = Intrinsic::of(&input, true, &[]);
    assert_eq!(plain.within(Fork::Cancun).least(), plain.used);
    assert_eq!((create.floor, create.used), (plain.floor, Gas(plain.used.0 + 32_000 + 2)));
}

#[test]
fn a_module_may_be_as_long_as_a_transaction_and_init_code_may_not() {
    let make = |input: Vec<u8>| {
        let (chain_id, gas_limit) = (CHAIN, 10_000_000);
        let fields = TxEip1559 { chain_id, gas_limit, input: input.into(), ..TxEip1559::default() };
        Transaction::sign(Unsigned::DynamicFee(fields), &secret(1)).unwrap()
    };
    let mut code = vec![0; 60_000];
    let limit = rules().max_init_code;
    let refused = Err(Invalid::InitCode { got: Bytes(60_000), limit });
    assert_eq!(rules().check(&make(code.clone())), refused);
    for (start, want) in [
        (b"\0asm\x01\0\0\0", Ok(())),
        // PlatON's form: the magic number and a list.
        (b"\0asm\xf9\xea\x5d\0", Ok(())),
        (b"\0asm\x02\0\0\0", refused),
    ] {
        code[..8].copy_from_slice(start);
        assert_eq!(rules().check(&make(code.clone())), want);
    }
}

#[test]
fn a_native_transaction_belongs_to_the_key_that_signed_it() {
    let secret = sr25519::SecretKey::from_seed(&[3; 32]);
    let signed = native(&secret, 5, 2);
    assert_eq!(signed.to_bytes()[0], 0x78);
    let recovered = recover(signed.clone()).unwrap();
    assert_eq!(recovered.sender(), common::native_address(&secret));
    assert_eq!(recovered.size(), Bytes::of(signed.to_bytes().len()));
    // Pinned: the address of this key is part of what the chain promises.
    assert_eq!(recovered.sender().to_string(), "8f6dc3d12b036e00ac1557e62626067359d3055a");
}

#[test]
fn every_byte_of_a_native_transaction_is_signed() {
    let secret = sr25519::SecretKey::from_seed(&[3; 32]);
    let bytes = native(&secret, 5, 2).to_bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let outcome = Transaction::decode(&changed).and_then(recover);
        // A changed key is another sender's at best; its signature does not verify.
        assert!(outcome.is_err(), "byte {at}");
    }
}

#[test]
fn a_batch_finds_the_bad_ones_and_keeps_the_order() {
    let keys: Vec<_> = (0..4).map(|n| sr25519::SecretKey::from_seed(&[n; 32])).collect();
    let mut batch = Vec::new();
    let mut want: Vec<Option<Address>> = Vec::new();
    for n in 0u64..300 {
        let key = &keys[(n % 4) as usize];
        match n % 3 {
            0 => {
                batch.push(dynamic(&secret(1), n, 7));
                want.push(Some(common::address(&secret(1))));
            }
            1 => {
                batch.push(native(key, n, 7));
                want.push(Some(common::native_address(key)));
            }
            _ => {
                let mut bytes = native(key, n, 7).to_bytes();
                // Any bit of the signature but the scheme's mark and what it must not exceed.
                let at = bytes.len() - 40;
                bytes[at] ^= (n as u8) | 1;
                batch.push(Transaction::decode(&bytes).unwrap());
                want.push(None);
            }
        }
    }
    let results = recover_all(batch.iter().cloned().map(Into::into).collect(), &Sequential);
    for (n, (result, want)) in results.iter().zip(&want).enumerate() {
        assert_eq!(result.as_ref().ok().map(|got| got.sender()), *want, "{n}");
        if let Ok(got) = result {
            assert_eq!(got.hash(), batch[n].hash());
        }
    }
}

fn transactions() -> impl Strategy<Value = Transaction> {
    (1u8..8, any::<u64>(), 0u64..1_000, 0usize..200, any::<bool>()).prop_map(
        |(who, nonce, tip, input, is_native)| {
            let input: Vec<u8> = (0..input).map(|n| (n * 7) as u8).collect();
            if is_native {
                let secret = sr25519::SecretKey::from_seed(&[who; 32]);
                return common::native_with(&secret, nonce, tip.into(), input);
            }
            common::dynamic_with(&secret(who), nonce, tip.into(), input)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_transaction_round_trips_and_no_part_of_it_is_one(transaction in transactions()) {
        let bytes = transaction.to_bytes();
        prop_assert_eq!(bytes.len(), transaction.encoded_length());
        prop_assert_eq!(&Transaction::decode(&bytes), &Ok(transaction));
        for cut in 0..bytes.len() {
            prop_assert!(Transaction::decode(&bytes[..cut]).is_err());
        }
        let mut longer = bytes;
        longer.push(0);
        prop_assert!(Transaction::decode(&longer).is_err());
    }

    #[test]
    fn a_changed_byte_is_refused_or_another_transaction_with_one_form(
        transaction in transactions(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
    ) {
        let mut bytes = transaction.to_bytes();
        for (at, change) in changes {
            let place = at.index(bytes.len());
            bytes[place] ^= change;
        }
        if let Ok(other) = Transaction::decode(&bytes) {
            prop_assert_eq!(other.to_bytes(), &bytes[..]);
            prop_assert_eq!(other.encoded_length(), bytes.len());
            let _ = (recover(other.clone()), rules().check_for_pool(&other));
        }
    }

    #[test]
    fn no_bytes_panic_and_what_decodes_has_one_form(
        head in prop_oneof![Just(vec![]), Just(vec![1]), Just(vec![2]), Just(vec![0x78]), Just(vec![0xf8])],
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes = [head, body].concat();
        if let Ok(transaction) = Transaction::decode(&bytes) {
            prop_assert_eq!(transaction.to_bytes(), bytes);
        }
    }
}
