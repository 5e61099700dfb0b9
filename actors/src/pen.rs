//! A signer in another process, as consensus knows one.

use std::sync::Arc;
use troupe_blocks::{Pen, Signing, Unsigned};
use troupe_consensus::{PublicKey, Statement};
use troupe_signer::{Failure, Refusal, Remote};
use troupe_types::Hash;

struct Elsewhere(Arc<Remote>);

/// Has a signer elsewhere sign for this process.
#[must_use]
pub fn remote_pen(remote: Remote) -> Arc<dyn Pen> {
    Arc::new(Elsewhere(Arc::new(remote)))
}

impl Pen for Elsewhere {
    fn key(&self) -> PublicKey {
        self.0.key()
    }

    fn sign(&self, genesis: Hash, statement: Statement) -> Signing {
        let remote = Arc::clone(&self.0);
        Box::pin(async move { remote.sign(genesis, &statement).await.map_err(unsigned) })
    }
}

fn unsigned(failure: Failure) -> Unsigned {
    match failure {
        Failure::Refused(Refusal::NotLater(mark)) => Unsigned::NotLater(mark),
        Failure::Refused(refusal @ (Refusal::OtherChain { .. } | Refusal::OtherKey)) => {
            Unsigned::Misplaced(refusal.to_string())
        }
        Failure::Refused(Refusal::Storage(reason)) => Unsigned::Storage(reason),
        Failure::Unreachable(reason) => Unsigned::Unreachable(reason),
    }
}
