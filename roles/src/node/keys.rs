//! The keys in whose name a process speaks: opened, and locked against a second process.

use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use crate::lock::Lock;
use std::path::Path;
use std::sync::Arc;
use troupe_actors::{ValidatorKey, remote_pen};
use troupe_blocks::Pen;
use troupe_chain::transaction::Signer as Account;
use troupe_config::{Manifest, Signer};
use troupe_consensus::PublicKey;
use troupe_crypto::ed25519::{PublicKey as NodeKey, Sign, Signature};
use troupe_crypto::sr25519::SecretKey;
use troupe_net::Identity;
use troupe_signer::Remote;
use troupe_types::Hash;

/// The keys of a process.
pub(crate) struct Keys {
    pub(super) identity: Identity,
    pub(super) validator: Option<Arc<ValidatorKey>>,
    /// The identity's key, for what is signed outside of connections.
    pub(super) key: Arc<dyn Sign>,
    /// For random words.
    pub(super) vrf: Arc<SecretKey>,
    /// Who signs instead, elsewhere.
    pub(super) pen: Option<Arc<dyn Pen>>,
    /// For transactions of the process itself.
    pub(super) account: Option<Arc<Account>>,
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
        let named = manifest.chain.as_ref().and_then(|chain| chain.account.as_ref());
        let account = match named {
            None => None,
            Some(named) => {
                let file = data.join(named);
                // Two processes with one account would take each other's nonces.
                locks.push(Lock::key(&file)?);
                Some(Arc::new(key::account_key(&file, password)?))
            }
        };
        let vrf = Arc::new(key::vrf_key(&identity));
        let signer = manifest.chain.as_ref().and_then(|chain| chain.signer.as_ref());
        let pen = signer.map(|signer| remote(signer, &identity)).transpose()?;
        let key = Arc::new(Seal(copy(&identity)?));
        Ok(Self { identity, key, validator, vrf, pen, account, locks })
    }
}

/// Signs with the key of an identity, which stays here.
struct Seal(Identity);

impl Sign for Seal {
    fn public_key(&self) -> NodeKey {
        NodeKey(self.0.public_key())
    }

    fn sign(&self, digest: &Hash) -> Result<Signature, troupe_crypto::Error> {
        // A key that was opened signs everything.
        self.0.sign(&digest.0).map(Signature).map_err(|_| troupe_crypto::Error::BadSignature)
    }
}

/// The network takes the identity with it.
fn copy(identity: &Identity) -> Outcome<Identity> {
    Identity::from_pkcs8(&identity.pkcs8()).map_err(|error| Failure::new(ExitCode::BadKey, error))
}

/// The other end is looked for when something is to be signed: a node starts without it.
fn remote(signer: &Signer, identity: &Identity) -> Outcome<Arc<dyn Pen>> {
    let (authority, key) = (signer.address.to_string(), PublicKey(signer.vote_key));
    let remote = Remote::new(authority, signer.node_id, key, identity)
        .map_err(|error| Failure::about(ExitCode::BadManifest, "chain.signer", error))?;
    Ok(remote_pen(remote))
}
