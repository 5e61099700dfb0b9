//! What runs contracts.

use crate::Error;
use crate::artefact::{ArtefactKey, Artefacts, Shelf};
use crate::cache::Cache;
use crate::check::{check, convention_of};
use crate::compiled::{Compiled, Failure, compile};
use crate::convention::Convention;
use crate::error::Refused;
use crate::host::Host;
use crate::outcome::{Finished, Outcome, Trap};
use crate::platon::is_invocation;
use crate::prices;
use crate::rules::Rules;
use crate::run::{Start, run};
use alloy_primitives::Bytes;
use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_types::{Bytes as Size, Hash};

/// The version of everything that a result can depend on: rules, costs, prices, compiler.
///
/// Part of consensus: nodes with different versions may not agree on a block.
pub const ENGINE_VERSION: u32 = 3;

/// The most runs that may be within each other in one transaction, whichever machines are between.
///
/// The host counts them: it answers a call beyond with [`Status::Failed`](crate::Status::Failed).
pub const MAX_RUNS: u32 = 64;

/// What a node grants; no result depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory for compiled contracts.
    pub cache: Size,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cache: Size::mib(256) }
    }
}

/// Which function of a contract is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// `main`, for calls.
    Main,
    /// `deploy`, once, when the contract is created. Those of PlatON's convention have `invoke` for both.
    Deploy,
}

/// Runs contracts; clones share what is compiled.
#[derive(Clone)]
pub struct Engine {
    cache: Arc<Mutex<Cache>>,
    shelf: Option<Shelf>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("cached_bytes", &self.cached_bytes()).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that keeps compiled contracts in memory only.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let limit = usize::try_from(limits.cache.0).unwrap_or(usize::MAX);
        Self { cache: Arc::new(Mutex::new(Cache::new(limit))), shelf: None }
    }

    /// An engine that also keeps them where the node says.
    #[must_use]
    pub fn with_artefacts(limits: Limits, store: Arc<dyn Artefacts>, key: ArtefactKey) -> Self {
        Self { shelf: Some(Shelf { store, key }), ..Self::new(limits) }
    }

    /// Whether a module may become a contract, and of which convention; what a creation checks.
    ///
    /// Takes time and memory in proportion to the bytes, of which there are at most 512 KiB.
    pub fn check(&self, code: &[u8]) -> Result<Convention, Refused> {
        check(code, &Rules::contract(convention_of(code))).map(|checked| checked.convention)
    }

    /// Runs an entry of a contract with at most so much gas, and gives the host back.
    ///
    /// `code_hash` has to be the hash of `code`: what was compiled is found by it.
    pub fn run<H: Host>(
        &self,
        code_hash: &Hash,
        code: &Bytes,
        entry: Entry,
        input: Bytes,
        gas: u64,
        host: H,
    ) -> (H, Finished) {
        let compiled = match self.compiled(code_hash, code) {
            Ok(compiled) => compiled,
            Err(Failure::Trap(trap)) => return (host, Finished::nothing(Outcome::Trapped(trap))),
            Err(Failure::Fault(error)) => return (host, Finished::nothing(Outcome::Fault(error))),
        };
        if entry == Entry::Deploy && !compiled.facts.has_deploy {
            let outcome = match input.is_empty() {
                true => {
                    return (host, Finished { outcome: Outcome::Success(input), gas_left: gas });
                }
                false => Outcome::Trapped(Trap::NoDeploy),
            };
            return (host, Finished::nothing(outcome));
        }
        if compiled.facts.convention == Convention::Platon && entry == Entry::Main {
            // A transfer to the contract runs nothing.
            if input.is_empty() {
                return (host, Finished { outcome: Outcome::Success(input), gas_left: gas });
            }
            if !is_invocation(&input) {
                return (host, Finished::nothing(Outcome::Trapped(Trap::NotInvocation)));
            }
        }
        let price = prices::start(code.len(), compiled.facts.pages, compiled.facts.table);
        let Some(gas) = gas.checked_sub(price) else {
            return (host, Finished::nothing(Outcome::OutOfGas));
        };
        run(&compiled, Start { entry, input, gas }, host)
    }

    /// Memory that compiled contracts take now.
    #[must_use]
    pub fn cached_bytes(&self) -> Size {
        Size(self.cache.lock().unwrap_or_else(PoisonError::into_inner).bytes() as u64)
    }

    fn compiled(&self, hash: &Hash, code: &Bytes) -> Result<Arc<Compiled>, Failure> {
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(hash);
        if let Some(compiled) = cached {
            return Ok(compiled);
        }
        let compiled = match self.shelf.as_ref().and_then(|shelf| shelf.load(hash)) {
            Some(compiled) => Arc::new(compiled),
            None => {
                let compiled = Arc::new(compile(code)?);
                if let Some(shelf) = &self.shelf {
                    shelf.save(hash, &compiled);
                }
                compiled
            }
        };
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(*hash, compiled.clone());
        Ok(compiled)
    }
}

impl Finished {
    /// An end with no gas left.
    pub(crate) fn nothing(outcome: Outcome) -> Self {
        Self { outcome, gas_left: 0 }
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}
