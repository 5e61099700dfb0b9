//! What a gateway is told when it starts.

use crate::heavy::Bench;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use troupe_rpc::{Chain, Operator, Settings};
use troupe_types::Millis;

/// What a gateway does for a living.
pub type Phase = troupe_door::Phase<SocketAddr>;

/// What a gateway is told when it starts.
#[derive(Clone)]
pub struct About {
    /// What is the same for all blocks.
    pub chain: Chain,
    /// What bounds clients.
    pub settings: Settings,
    /// The least tip that the pool takes, in von per gas.
    pub min_tip: u128,
    /// How long an actor is waited for.
    pub patience: Millis,
    /// How many peers there are.
    pub peers: Arc<dyn Fn() -> usize + Send + Sync>,
    /// A file to listen at besides, for the node's owner, and who knows the node.
    pub local: Option<(PathBuf, Arc<dyn Operator>)>,
    /// Where long work is done, if others do theirs there too.
    pub bench: Option<Bench>,
    /// Whom it tells what it does.
    pub report: Arc<dyn Fn(Phase) + Send + Sync>,
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("About")
            .field("chain", &self.chain)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl About {
    /// Usual patience, no peers, nobody to tell.
    #[must_use]
    pub fn new(chain: Chain, settings: Settings) -> Self {
        Self {
            chain,
            settings,
            min_tip: 0,
            patience: Millis::secs(10),
            peers: Arc::new(|| 0),
            local: None,
            bench: None,
            report: Arc::new(|_| {}),
        }
    }
}
