//! The files of a simulated disk: what a process sees, and what a loss of power would leave.

use crate::sim::disk::Tear;
use rand_core::RngCore;
use std::collections::BTreeMap;
use troupe_wire::Stream;

/// One file.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    /// What is read.
    pub(crate) bytes: Vec<u8>,
    /// What is on the platter, where that is something else.
    pub(crate) safe: Option<Vec<u8>>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) all: BTreeMap<String, File>,
    /// Names that changed since the directory was synced, with the files they stood for.
    pub(crate) renamed: BTreeMap<String, Option<File>>,
}

impl Files {
    pub(crate) fn entry(&mut self, file: &str) -> &mut File {
        self.all.entry(file.to_owned()).or_default()
    }

    /// Appends and syncs. What an earlier sync lost stays lost, as in Linux.
    pub(crate) fn append(&mut self, file: &str, bytes: &[u8]) {
        let file = self.entry(file);
        if let Some(safe) = &mut file.safe {
            safe.resize(file.bytes.len(), 0);
            safe.extend(bytes);
        }
        file.bytes.extend(bytes);
    }

    /// Appends without a sync.
    pub(crate) fn write(&mut self, file: &str, bytes: &[u8]) {
        let file = self.entry(file);
        file.safe.get_or_insert_with(|| file.bytes.clone());
        file.bytes.extend(bytes);
    }

    /// Gives a file another content without a sync.
    pub(crate) fn overwrite(&mut self, file: &str, bytes: &[u8]) {
        let file = self.entry(file);
        let before = std::mem::replace(&mut file.bytes, bytes.to_vec());
        file.safe.get_or_insert(before);
    }

    /// Moves a file to another name, or to none; lasting when the directory is synced.
    pub(crate) fn rename(&mut self, from: &str, to: Option<&str>) {
        let Some(file) = self.all.remove(from) else { return };
        self.renamed.entry(from.to_owned()).or_insert_with(|| Some(file.clone()));
        if let Some(to) = to {
            let before = self.all.insert(to.to_owned(), file);
            self.renamed.entry(to.to_owned()).or_insert(before);
        }
    }

    /// The power goes out, and comes back.
    pub(crate) fn lose_power(&mut self, tear: Tear, luck: &mut Stream) {
        let forgets_names = match tear {
            Tear::Everything => return,
            Tear::Nothing => true,
            Tear::Part | Tear::Noise => luck.chance(1, 2),
        };
        for (name, before) in std::mem::take(&mut self.renamed) {
            match before {
                _ if !forgets_names => {}
                Some(file) => drop(self.all.insert(name, file)),
                None => drop(self.all.remove(&name)),
            }
        }
        for file in self.all.values_mut() {
            let Some(safe) = file.safe.take() else { continue };
            let unsynced = file.bytes.get(safe.len()..).unwrap_or_default();
            let left = torn(unsynced, tear, luck);
            let keeps_old = tear == Tear::Nothing || luck.chance(1, 2);
            if file.bytes.starts_with(&safe) {
                file.bytes = [safe, left].concat();
            } else if keeps_old {
                file.bytes = safe;
            } else {
                file.bytes = torn(&file.bytes, tear, luck);
            }
        }
    }
}

/// What is left of `bytes` when the process died while they were written.
pub(crate) fn torn(bytes: &[u8], tear: Tear, luck: &mut Stream) -> Vec<u8> {
    let cut = usize::try_from(luck.below(bytes.len() as u64 + 1)).unwrap_or(0);
    match tear {
        Tear::Nothing => Vec::new(),
        Tear::Part => bytes[..cut].to_vec(),
        Tear::Noise => {
            let mut left = bytes.to_vec();
            luck.fill_bytes(&mut left[cut..]);
            left
        }
        Tear::Everything => bytes.to_vec(),
    }
}
