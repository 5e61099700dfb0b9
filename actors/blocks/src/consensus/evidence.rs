//! Evidence against validators: durable first, then told to whoever asks and to whoever makes blocks.

use super::{AGAIN, Consensus};
use crate::executor::Accuse;
use crate::shared::Shared;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_consensus::{Evidence, Offence};
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault, Pool};
use troupe_vault::MAX_EVIDENCE;

/// Evidence of the latest views, one piece an offence.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<Offence, Evidence>);

impl Seen {
    pub(crate) fn new(evidence: &[Evidence]) -> Self {
        let mut seen = Self::default();
        for one in evidence {
            seen.add(*one);
        }
        seen
    }

    fn has(&self, offence: &Offence) -> bool {
        self.0.contains_key(offence)
    }

    fn add(&mut self, evidence: Evidence) {
        self.0.insert(evidence.offence(), evidence);
        if self.0.len() > MAX_EVIDENCE {
            self.0.pop_first();
        }
    }

    /// All of it, the earliest first.
    pub(super) fn all(&self) -> Vec<Evidence> {
        self.0.values().copied().collect()
    }
}

impl<S: Scheme> Consensus<S> {
    /// Takes note of evidence whose signatures were checked: the machine found it, or a final block
    /// carries it.
    pub(super) fn accuse(
        &mut self,
        evidence: Evidence,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        // After a restart the machine finds again what was written down before.
        if self.evidence.has(&evidence.offence()) {
            return Ok(());
        }
        self.parts.shared.metrics.contradicted();
        let Offence { epoch, view, kind, signer } = evidence.offence();
        tracing::warn!(%epoch, %view, ?kind, signer, "a validator contradicted itself");
        self.note(evidence, cx)
    }

    fn note(&mut self, evidence: Evidence, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let vault = Arc::clone(&self.parts.shared.vault);
        let job = move || Shared::lock(&vault).accuse(&evidence).map_err(|error| error.to_string());
        let submitted = cx.pool(Pool::Urgent, job, move |consensus, noted, cx| match noted {
            Ok(Ok(())) => {
                consensus.evidence.add(evidence);
                // It is on the disk: the next process hands it over.
                let _ = cx.tell(&consensus.accuse, Accuse(evidence));
                Ok(())
            }
            Ok(Err(error)) => Err(Fault::Storage(error)),
            Err(why) => Err(Fault::Storage(format!("the write {why}"))),
        });
        if submitted.is_err() {
            cx.after(AGAIN, move |consensus, cx| consensus.note(evidence, cx));
        }
        Ok(())
    }
}
