//! Finding out, off the actor's thread, which of many envelopes are transactions and whose.

use crate::shared::Signers;
use std::sync::Arc;
use troupe_chain::Invalid;
use troupe_chain::transaction::{Recovered, Rules, Transaction, recover_all};
use troupe_types::Hash;
use troupe_wire::Fork;

/// What was found out of one envelope.
pub(super) enum Judged {
    /// It is fit for the pool, as far as can be said without the state.
    Sound(Recovered),
    /// The pool has it.
    Known,
    /// It is fit for no block, or with [`Invalid::Underpriced`] not for this pool.
    Refused(Option<Hash>, Invalid),
}

/// Looks at many at once, in their order. What the pool has is not recovered again.
pub(super) fn judge<'a>(
    envelopes: impl Iterator<Item = &'a [u8]>,
    rules: &Rules,
    known: &Signers,
    fork: &impl Fork,
) -> Vec<Judged> {
    let mut unknown: Vec<Arc<Transaction>> = Vec::new();
    let first: Vec<Option<Judged>> = envelopes
        .map(|envelope| {
            let transaction = match Transaction::decode(envelope) {
                Ok(transaction) => transaction,
                Err(invalid) => return Some(Judged::Refused(None, invalid)),
            };
            let hash = transaction.hash();
            if known.knows(&hash) {
                return Some(Judged::Known);
            }
            if let Err(invalid) = rules.check_for_pool(&transaction) {
                return Some(Judged::Refused(Some(hash), invalid));
            }
            unknown.push(Arc::new(transaction));
            None
        })
        .collect();
    let hashes: Vec<Hash> = unknown.iter().map(|transaction| transaction.hash()).collect();
    let mut recovered = recover_all(unknown, fork).into_iter().zip(hashes);
    let fill = |judged: Option<Judged>| {
        judged.unwrap_or_else(|| match recovered.next().expect("one for each that was unknown") {
            (Ok(recovered), _) => Judged::Sound(recovered),
            (Err(invalid), hash) => Judged::Refused(Some(hash), invalid),
        })
    };
    first.into_iter().map(fill).collect()
}

/// Whether no honest node sends on what is refused like this. Nodes may ask for different tips and
/// have seen different blocks, and nothing else of this differs between them.
pub(super) const fn is_fault(invalid: &Invalid) -> bool {
    match invalid {
        Invalid::Underpriced { .. }
        | Invalid::NonceTooLow { .. }
        | Invalid::NonceTooHigh { .. }
        | Invalid::Funds { .. }
        | Invalid::CapBelowBase { .. }
        | Invalid::ReplacementUnderpriced
        | Invalid::AlreadyKnown
        | Invalid::AccountLimit { .. }
        | Invalid::FutureReplacesPending
        | Invalid::PoolFull => false,
        Invalid::Malformed(_)
        | Invalid::Oversized { .. }
        | Invalid::Unsupported(_)
        | Invalid::Signature
        | Invalid::Sender
        | Invalid::Unprotected
        | Invalid::ChainId { .. }
        | Invalid::NonceMax
        | Invalid::IntrinsicGas { .. }
        | Invalid::BlockGas { .. }
        | Invalid::TipAboveCap { .. }
        | Invalid::InitCode { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{TxKind, U256};
    use troupe_chain::transaction::{TxEip1559, Unsigned};
    use troupe_crypto::ecdsa::SecretKey;
    use troupe_types::{Bytes, Gas};
    use troupe_wire::Sequential;

    const RULES: Rules = Rules {
        chain_id: 1,
        block_gas: Gas(30_000_000),
        max_init_code: Bytes::kib(48),
        min_tip: 2,
    };

    fn envelope(chain_id: u64, tip: u128) -> Vec<u8> {
        let fields = TxEip1559 {
            chain_id,
            gas_limit: 21_000,
            max_fee_per_gas: 100,
            max_priority_fee_per_gas: tip,
            to: TxKind::Call([9; 20].into()),
            value: U256::from(1),
            ..TxEip1559::default()
        };
        let secret = SecretKey::from_bytes(&[7; 32]).unwrap();
        Transaction::sign(Unsigned::DynamicFee(fields), &secret).unwrap().to_bytes()
    }

    fn name(judged: &Judged) -> String {
        match judged {
            Judged::Sound(recovered) => format!("sound {:?}", recovered.transaction().max_tip()),
            Judged::Known => "known".to_owned(),
            Judged::Refused(_, invalid) => {
                let kind = if is_fault(invalid) { "fault" } else { "no fault" };
                format!("{kind}: {invalid}")
            }
        }
    }

    #[test]
    fn each_is_judged_in_its_place_and_what_the_pool_has_is_not_recovered_again() {
        let known = Signers::default();
        let envelopes =
            [envelope(1, 5), vec![1, 2, 3], envelope(1, 3), envelope(2, 5), envelope(1, 1)];
        let all = || envelopes.iter().map(Vec::as_slice);
        let first = judge(all(), &RULES, &known, &Sequential);
        let names: Vec<String> = first.iter().map(name).collect();
        assert_eq!((names[0].as_str(), names[2].as_str()), ("sound 5", "sound 3"));
        assert!(names[1].starts_with("fault: rlp"), "{names:?}");
        assert_eq!(names[3], "fault: invalid chain id for signer: have 2 want 1");
        assert!(names[4].starts_with("no fault: transaction underpriced"), "{names:?}");
        known.learn(first.into_iter().filter_map(|judged| match judged {
            Judged::Sound(recovered) => Some(recovered),
            Judged::Known | Judged::Refused(..) => None,
        }));
        let second: Vec<String> =
            judge(all(), &RULES, &known, &Sequential).iter().map(name).collect();
        assert_eq!((second[0].as_str(), second[2].as_str()), ("known", "known"));
        assert_eq!(second[3..], names[3..]);
    }
}
