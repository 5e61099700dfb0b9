//! What all who execute share.

use crate::native::{Native, Natives};
use crate::program::Programs;
use std::fmt;
use std::sync::Arc;
use troupe_types::{Address, Bytes};
use troupe_wasm::{Engine, Limits};

/// So much code is kept as it runs.
const PROGRAMS: Bytes = Bytes::mib(32);

/// What executions share: code that was read or compiled before, and the native contracts of a chain, of which
/// every chain has the one at [`RANDOMNESS`](crate::RANDOMNESS). Cheap to clone;
/// clones share. Make one for a process, with all native contracts.
#[derive(Clone)]
pub struct Vm {
    pub(crate) programs: Arc<Programs>,
    pub(crate) natives: Natives,
    pub(crate) wasm: Engine,
}

impl Default for Vm {
    fn default() -> Self {
        let programs = Arc::new(Programs::new(PROGRAMS));
        Self { programs, natives: Natives::default(), wasm: Engine::new(Limits::default()) }
    }
}

impl fmt::Debug for Vm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vm({} native contracts)", self.natives.len())
    }
}

impl Vm {
    /// With an engine for contracts in WebAssembly that keeps what it has compiled elsewhere, too.
    #[must_use]
    pub fn with_engine(self, wasm: Engine) -> Self {
        Self { wasm, ..self }
    }

    /// With a native contract at an address. Which ones there are is a rule of the chain: every node has the
    /// same.
    #[must_use]
    pub fn with(mut self, address: Address, native: Arc<dyn Native>) -> Self {
        self.natives.add(address, native);
        self
    }

    /// Whether there is a native contract at an address.
    #[must_use]
    pub fn has(&self, address: &Address) -> bool {
        self.natives.at(address).is_some()
    }
}
