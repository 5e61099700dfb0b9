//! Finding out, off the actor's thread, which of many envelopes are transactions and whose.

use crate::shared::Signers;
use std::sync::Arc;
use troupe_chain::Invalid;
use troupe_chain::transaction::{Recovered, Rules, Transaction, recover_all};
use troupe_types::Hash;
use troupe_wire::Sequential;

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
    let mut recovered = recover_all(unknown, &Sequential).into_iter().zip(hashes);
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
