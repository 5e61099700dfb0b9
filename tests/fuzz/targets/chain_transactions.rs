//! Transactions: what is read has one form, and can be recovered or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::Transaction;
use troupe_chain::transaction::{Rules, intrinsic_gas, recover};
use troupe_types::{Bytes, Gas};

fuzz_target!(|data: &[u8]| {
    let Ok(transaction) = Transaction::decode(data) else { return };
    assert_eq!(transaction.to_bytes(), data, "a second encoding of the same transaction");
    assert_eq!(transaction.encoded_length(), data.len());
    assert!(intrinsic_gas(&transaction) >= Gas(21_000));
    let _ = (transaction.cost(), transaction.effective_price(7));
    let rules = Rules {
        chain_id: 1,
        block_gas: Gas(30_000_000),
        max_init_code: Bytes::kib(48),
        min_tip: 1,
    };
    let _ = rules.check_for_pool(&transaction);
    let hash = transaction.hash();
    if let Ok(recovered) = recover(transaction) {
        assert_eq!(recovered.hash(), hash);
    }
});
