//! What a call uses before anything runs. The chain knows it for transactions; this is for those that
//! nobody signed.

use troupe_types::Gas;
use troupe_vm::CallRequest;

/// Every transaction. Yellow paper, appendix G
const BASE: u64 = 21_000;
/// Making a contract. EIP-2
const CREATE: u64 = 32_000;
/// A byte of input that is zero, and one that is not. EIP-2028
const ZERO_BYTE: u64 = 4;
const OTHER_BYTE: u64 = 16;
/// A word of init code. EIP-3860
const INIT_WORD: u64 = 2;
/// An address and a slot of an access list. EIP-2930
const LISTED_ADDRESS: u64 = 2_400;
const LISTED_SLOT: u64 = 1_900;

/// The gas that a call uses before anything runs.
pub(super) fn intrinsic_gas(request: &CallRequest) -> Gas {
    // Each summand is a length times a small number, and lengths are those of a request.
    let input = &request.input;
    let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
    let length = input.len() as u64;
    let mut gas = BASE + zeros * ZERO_BYTE + (length - zeros) * OTHER_BYTE;
    if request.to.is_none() {
        gas += CREATE + length.div_ceil(32) * INIT_WORD;
    }
    for item in &request.access_list {
        gas += LISTED_ADDRESS + item.storage_keys.len() as u64 * LISTED_SLOT;
    }
    Gas(gas)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::TxKind;
    use proptest::prelude::*;
    use troupe_chain::transaction::{
        self, AccessList, AccessListItem, Transaction, TxEip1559, Unsigned,
    };
    use troupe_types::Address;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_is_what_the_chain_says_of_the_transaction(
            input in proptest::collection::vec(0u8..3, 0..200),
            keys in proptest::collection::vec(0usize..3, 0..3),
            is_create: bool,
        ) {
            let list: Vec<AccessListItem> = keys.into_iter().map(|keys| AccessListItem {
                address: [1; 20].into(),
                storage_keys: vec![[2; 32].into(); keys],
            }).collect();
            let request = CallRequest {
                to: (!is_create).then_some(Address([3; 20])),
                input: input.clone().into(),
                access_list: list.clone(),
                ..CallRequest::default()
            };
            let fields = TxEip1559 {
                to: if is_create { TxKind::Create } else { TxKind::Call([3; 20].into()) },
                input: input.into(),
                access_list: AccessList(list),
                ..TxEip1559::default()
            };
            let secret = troupe_crypto::ecdsa::SecretKey::from_bytes(&[7; 32]).unwrap();
            let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret).unwrap();
            prop_assert_eq!(intrinsic_gas(&request), transaction::intrinsic_gas(&signed));
        }
    }
}
