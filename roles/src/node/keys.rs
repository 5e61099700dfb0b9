//! The keys in whose name a process speaks: opened, and locked against a second process.

use crate::exit::Outcome;
use crate::key::{self, PasswordArgs};
use crate::lock::Lock;
use std::path::Path;
use std::sync::Arc;
use troupe_actors::ValidatorKey;
use troupe_config::Manifest;
use troupe_crypto::sr25519::SecretKey;
use troupe_net::Identity;

/// The keys of a process.
pub(crate) struct Keys {
    pub(super) identity: Identity,
    pub(super) validator: Option<Arc<ValidatorKey>>,
    /// For random words.
    pub(super) vrf: Arc<SecretKey>,
    pub(super) locks: Vec<Lock>,
}

impl Keys {
    /// Opens what the manifest names, all under one password. Two processes with one identity would
    /// contradict each other, and two that vote with one key would be punished for it.
    pub(crate) fn open(manifest: &Manifest, data: &Path, password: &PasswordArgs) -> Outcome<Self> {
        let file = data.join(&manifest.process.node_key);
        let mut locks = vec![Lock::key(&file)?];
        let identity = key::node_identity(&file, password)?;
        let named = manifest.chain.as_ref().and_then(|chain| chain.key.as_ref());
        let validator = match named {
            None => None,
            Some(named) => {
                let file = data.join(named);
                locks.push(Lock::key(&file)?);
                Some(Arc::new(key::validator_key(&file, password)?))
            }
        };
        let vrf = Arc::new(key::vrf_key(&identity));
        Ok(Self { identity, validator, vrf, locks })
    }
}
