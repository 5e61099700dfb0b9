//! Who signed.

use super::native::PURPOSE;
use super::{Native, Transaction, envelope::checked};
use crate::Invalid;
use alloy_consensus::SignableTransaction;
use alloy_primitives::Signature;
use std::sync::Arc;
use troupe_crypto::hash::keccak256;
use troupe_crypto::sr25519::{self, PublicKey, Signed};
use troupe_types::{Address, Bytes, Hash};
use troupe_wire::Fork;

/// Signatures of secp256k1 that one task recovers.
const ECDSA_TASK: usize = 16;
/// Signatures of sr25519 that one task verifies together.
const NATIVE_TASK: usize = 128;

/// A transaction whose signer is known. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    transaction: Arc<Transaction>,
    hash: Hash,
    sender: Address,
    size: Bytes,
}

impl Recovered {
    fn new(transaction: Arc<Transaction>, sender: Address) -> Self {
        let (hash, size) = (transaction.hash(), Bytes::of(transaction.encoded_length()));
        Self { transaction, hash, sender, size }
    }

    /// The transaction.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The transaction, to keep.
    #[must_use]
    pub fn share(&self) -> Arc<Transaction> {
        Arc::clone(&self.transaction)
    }

    /// Its hash.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// Whose it is.
    #[must_use]
    pub const fn sender(&self) -> Address {
        self.sender
    }

    /// Bytes of its envelope.
    #[must_use]
    pub const fn size(&self) -> Bytes {
        self.size
    }
}

/// Finds out who signed one transaction.
pub fn recover(transaction: impl Into<Arc<Transaction>>) -> Result<Recovered, Invalid> {
    let transaction = transaction.into();
    let sender = match &*transaction {
        Transaction::Legacy(signed) => ecdsa_sender(signed.tx(), signed.signature()),
        Transaction::AccessList(signed) => ecdsa_sender(signed.tx(), signed.signature()),
        Transaction::DynamicFee(signed) => ecdsa_sender(signed.tx(), signed.signature()),
        Transaction::Native(native) => native
            .public_key()?
            .verify(PURPOSE, &native.digest().0, native.signature())
            .map(|()| Native::address_of(native.key()))
            .map_err(|_| Invalid::Sender),
    }?;
    Ok(Recovered::new(transaction, sender))
}

/// Finds out who signed many transactions; the results are in their order.
///
/// Signatures of secp256k1 are recovered one by one; those of sr25519 are verified together, and
/// halved only where one is bad.
pub fn recover_all(
    transactions: Vec<Arc<Transaction>>,
    fork: &impl Fork,
) -> Vec<Result<Recovered, Invalid>> {
    let mut tasks: Vec<Placed<Arc<Transaction>>> = Vec::new();
    let (mut ecdsa, mut native) = (Vec::new(), Vec::new());
    let count = transactions.len();
    for (at, transaction) in transactions.into_iter().enumerate() {
        let is_native = matches!(*transaction, Transaction::Native(_));
        let (open, most) =
            if is_native { (&mut native, NATIVE_TASK) } else { (&mut ecdsa, ECDSA_TASK) };
        open.push((at, transaction));
        if open.len() == most {
            tasks.push(core::mem::take(open));
        }
    }
    tasks.extend([native, ecdsa].into_iter().filter(|open| !open.is_empty()));
    let mut results: Vec<Option<Result<Recovered, Invalid>>> = (0..count).map(|_| None).collect();
    for done in fork.map(tasks, recover_task) {
        for (at, result) in done {
            results[at] = Some(result);
        }
    }
    results.into_iter().map(|result| result.expect("every place is in one task")).collect()
}

type Placed<T> = Vec<(usize, T)>;

/// The transactions of a task are all native, or none is.
fn recover_task(task: Placed<Arc<Transaction>>) -> Placed<Result<Recovered, Invalid>> {
    let is_native =
        |(_, first): &(usize, Arc<Transaction>)| matches!(**first, Transaction::Native(_));
    if task.first().is_some_and(is_native) {
        return verify_task(task);
    }
    task.into_iter().map(|(at, transaction)| (at, recover(transaction))).collect()
}

fn verify_task(task: Placed<Arc<Transaction>>) -> Placed<Result<Recovered, Invalid>> {
    // Keys that are no points are refused before, each by itself.
    let mut held: Vec<(PublicKey, Hash, sr25519::Signature)> = Vec::with_capacity(task.len());
    let mut bad = vec![true; task.len()];
    let mut places = Vec::with_capacity(task.len());
    for (place, (_, transaction)) in task.iter().enumerate() {
        let Transaction::Native(native) = &**transaction else { continue };
        if let Ok(key) = native.public_key() {
            held.push((key, native.digest(), *native.signature()));
            places.push(place);
            bad[place] = false;
        }
    }
    let batch: Vec<Signed<'_>> = held
        .iter()
        .map(|(key, digest, signature)| Signed { key, message: &digest.0, signature })
        .collect();
    for at in sr25519::bad_signatures(PURPOSE, &batch) {
        bad[places[at]] = true;
    }
    let judged = task.into_iter().zip(bad).map(|((at, transaction), is_bad)| {
        let sender = match &*transaction {
            Transaction::Native(native) if !is_bad => Ok(Native::address_of(native.key())),
            _ => Err(Invalid::Sender),
        };
        (at, sender.map(|sender| Recovered::new(transaction, sender)))
    });
    judged.collect()
}

fn ecdsa_sender<T: SignableTransaction<Signature>>(
    fields: &T,
    signature: &Signature,
) -> Result<Address, Invalid> {
    let digest = keccak256(fields.encoded_for_signing());
    let key = checked(signature)?.recover(&digest).map_err(|_| Invalid::Sender)?;
    Ok(Address(key.address()))
}
