//! Compiled contracts on the node's disk: machine code, which is run without a further look.
//!
//! So a file is believed only if a key says that this node wrote it, for this code and this engine.
//! Anything else is as if there were none: the contract is compiled anew.

use crate::ENGINE_VERSION;
use crate::compiled::{Compiled, Facts, engine};
use crate::convention::Convention;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::sync::Arc;
use troupe_types::Hash;
use wasmer::Module;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Where a node keeps compiled contracts. What it returns may be anything.
pub trait Artefacts: Send + Sync {
    /// What was put under the hash of the code, if it is still there.
    fn get(&self, code_hash: &Hash) -> Option<Vec<u8>>;

    /// Keeps something under the hash of the code, or does not.
    fn put(&self, code_hash: &Hash, artefact: Vec<u8>);
}

/// The secret of one node by which it knows its own artefacts.
///
/// Who has it and can write where they are kept can run anything in the process.
#[expect(missing_debug_implementations, reason = "a secret is not shown")]
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ArtefactKey([u8; 32]);

impl ArtefactKey {
    /// Takes 32 bytes of entropy that the node keeps to itself.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }
}

/// A store with the key to what is in it.
#[derive(Clone)]
pub(crate) struct Shelf {
    pub store: Arc<dyn Artefacts>,
    pub key: ArtefactKey,
}

/// The code's tag, then the facts, then what the compiler made.
const TAG: usize = 32;
const FACTS: usize = 17;

impl Shelf {
    /// Reads and checks; `None` means that the contract has to be compiled.
    pub(crate) fn load(&self, code_hash: &Hash) -> Option<Compiled> {
        let artefact = self.store.get(code_hash)?;
        let (tag, content) = artefact.split_at_checked(TAG)?;
        self.mac(code_hash, content).verify_slice(tag).ok()?;
        let (facts, machine_code) = content.split_at_checked(FACTS)?;
        let facts = Facts::read(facts.try_into().ok()?)?;
        let engine = engine();
        #[expect(unsafe_code, reason = "machine code can be run in no other way")]
        // SAFETY: the tag shows that this node serialised it from a module that it had compiled, with
        // this version of the compiler; the package checks that the processor has what it needs.
        let module = unsafe { Module::deserialize(&engine, machine_code.to_vec()) }.ok()?;
        Compiled::new(engine, module, facts, machine_code.len()).ok()
    }

    pub(crate) fn save(&self, code_hash: &Hash, compiled: &Compiled) {
        let Ok(machine_code) = compiled.module.serialize() else { return };
        let mut content = compiled.facts.write().to_vec();
        content.extend_from_slice(&machine_code);
        let mut artefact = self.mac(code_hash, &content).finalize().into_bytes().to_vec();
        artefact.extend_from_slice(&content);
        self.store.put(code_hash, artefact);
    }

    fn mac(&self, code_hash: &Hash, content: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key.0).expect("a key of any length will do");
        mac.update(b"troupe wasm artefact");
        mac.update(&ENGINE_VERSION.to_le_bytes());
        mac.update(&code_hash.0);
        mac.update(content);
        mac
    }
}

impl Facts {
    fn write(self) -> [u8; FACTS] {
        let mut bytes = [0; FACTS];
        bytes[..8].copy_from_slice(&self.pages.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.table.to_le_bytes());
        let is_platon = self.convention == Convention::Platon;
        bytes[16] = u8::from(self.has_deploy) | u8::from(is_platon) << 1;
        bytes
    }

    fn read(bytes: &[u8; FACTS]) -> Option<Self> {
        Some(Self {
            pages: u64::from_le_bytes(bytes[..8].try_into().ok()?),
            table: u64::from_le_bytes(bytes[8..16].try_into().ok()?),
            convention: match bytes[16] >> 1 {
                0 => Convention::Troupe,
                1 => Convention::Platon,
                _ => return None,
            },
            has_deploy: bytes[16] & 1 == 1,
        })
    }
}
