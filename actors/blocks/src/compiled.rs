//! Compiled contracts on the disk of a node, so that a restart compiles nothing anew.
//!
//! What lies there is believed only under the node's own key, which is the engine's affair. Here are so
//! many bytes of it, those that were used last; losing any of them costs time and nothing else.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_runtime::Disk;
use troupe_types::{Bytes, Hash};
use troupe_vm::Vm;
use troupe_wasm::{ArtefactKey, Artefacts, Engine, Limits};

/// How the name of a file ends; before it is the hash of the code.
const ENDING: &str = ".compiled";
/// The file with the key.
const KEY: &str = "key";

/// What executions share, with an engine that keeps what it compiles on a disk, at most so many bytes.
///
/// The disk is for nothing else, and for nobody else to write: the key lies on it, and what has its mark is
/// run as it is. `fresh` is entropy, for a disk without a key.
pub fn keeping(disk: Arc<dyn Disk>, limit: Bytes, fresh: [u8; 32]) -> io::Result<Vm> {
    let key = match <[u8; 32]>::try_from(disk.read(KEY)?) {
        Ok(key) => key,
        Err(_) => {
            disk.replace(KEY, &fresh)?;
            fresh
        }
    };
    let compiled = Arc::new(Compiled::open(disk, limit)?);
    let engine = Engine::with_artefacts(Limits::default(), compiled, ArtefactKey::new(key));
    Ok(Vm::default().with_engine(engine))
}

/// A disk with compiled contracts on it.
struct Compiled {
    disk: Arc<dyn Disk>,
    limit: u64,
    files: Mutex<Files>,
}

/// Which files there are.
#[derive(Default)]
struct Files {
    known: BTreeMap<Hash, Known>,
    bytes: u64,
    /// Grows with each use.
    uses: u64,
}

#[derive(Clone, Copy)]
struct Known {
    bytes: u64,
    /// 0 for what was there at the start.
    used: u64,
}

fn name(hash: &Hash) -> String {
    format!("{hash}{ENDING}")
}

impl Compiled {
    /// Looks at what is there, and removes what does not fit any more.
    fn open(disk: Arc<dyn Disk>, limit: Bytes) -> io::Result<Self> {
        let mut files = Files::default();
        for (name, bytes) in disk.list()? {
            let hash = name.strip_suffix(ENDING).and_then(|digits| digits.parse().ok());
            if let Some(hash) = hash {
                files.add(hash, Known { bytes, used: 0 });
            }
        }
        let surplus = files.make_room(0, limit.0);
        let compiled = Self { disk, limit: limit.0, files: Mutex::new(files) };
        compiled.remove(&surplus)?;
        Ok(compiled)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, hashes: &[Hash]) -> io::Result<()> {
        hashes.iter().try_for_each(|hash| self.disk.remove(&name(hash)))
    }

    fn keep(&self, hash: &Hash, artefact: &[u8]) -> io::Result<()> {
        let bytes = artefact.len() as u64;
        if bytes > self.limit {
            return Ok(());
        }
        let mut files = self.files();
        files.forget(hash);
        let surplus = files.make_room(bytes, self.limit);
        let used = files.next_use();
        files.add(*hash, Known { bytes, used });
        drop(files);
        self.remove(&surplus)?;
        self.disk.note(&name(hash), artefact)
    }
}

impl Artefacts for Compiled {
    fn get(&self, code_hash: &Hash) -> Option<Vec<u8>> {
        let mut files = self.files();
        let used = files.next_use();
        let known = files.known.get_mut(code_hash)?;
        known.used = used;
        let length = usize::try_from(known.bytes).ok()?;
        drop(files);
        match self.disk.read_part(&name(code_hash), 0, length) {
            Ok(artefact) => Some(artefact),
            Err(error) => {
                tracing::warn!(%error, contract = %code_hash, "a compiled contract was not read");
                None
            }
        }
    }

    fn put(&self, code_hash: &Hash, artefact: Vec<u8>) {
        if let Err(error) = self.keep(code_hash, &artefact) {
            tracing::warn!(%error, contract = %code_hash, "a compiled contract was not kept");
        }
    }
}

impl Files {
    fn next_use(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }

    fn add(&mut self, hash: Hash, known: Known) {
        self.known.insert(hash, known);
        self.bytes = self.bytes.saturating_add(known.bytes);
    }

    fn forget(&mut self, hash: &Hash) {
        if let Some(known) = self.known.remove(hash) {
            self.bytes = self.bytes.saturating_sub(known.bytes);
        }
    }

    /// Forgets what was not used for longest until so many bytes more are within the limit; their files are
    /// to be removed.
    fn make_room(&mut self, more: u64, limit: u64) -> Vec<Hash> {
        let mut forgotten = Vec::new();
        while self.bytes.saturating_add(more) > limit {
            let Some((oldest, _)) = self.known.iter().min_by_key(|(_, known)| known.used) else {
                break;
            };
            let oldest = *oldest;
            self.forget(&oldest);
            forgotten.push(oldest);
        }
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_chain::state::{Account, Changes, Flat};
    use troupe_crypto::hash::keccak256;
    use troupe_runtime::sim;
    use troupe_types::Address;
    use troupe_vm::{CallRequest, Env, call};
    use troupe_wire::Seed;

    const LIMIT: Bytes = Bytes(100);

    fn disk() -> Arc<dyn Disk> {
        sim::Disk::new(&Seed::new([1; 32])).mount()
    }

    fn open(disk: &Arc<dyn Disk>) -> Compiled {
        Compiled::open(Arc::clone(disk), LIMIT).unwrap()
    }

    fn hash(number: u8) -> Hash {
        Hash([number; 32])
    }

    #[test]
    fn a_restart_finds_what_was_kept_and_nothing_else() {
        let disk = disk();
        disk.append("other", b"left alone").unwrap();
        let first = open(&disk);
        first.put(&hash(1), vec![1; 40]);
        first.put(&hash(2), vec![2; 40]);
        first.put(&hash(2), vec![3; 50]);
        let second = open(&disk);
        assert_eq!(second.get(&hash(1)), Some(vec![1; 40]));
        assert_eq!(second.get(&hash(2)), Some(vec![3; 50]));
        assert_eq!(second.get(&hash(3)), None);
        assert_eq!(disk.read("other").unwrap(), b"left alone");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let disk = disk();
        let kept = open(&disk);
        for number in 1..=3 {
            kept.put(&hash(number), vec![number; 30]);
        }
        kept.get(&hash(1)).unwrap();
        kept.put(&hash(4), vec![4; 30]);
        let there = [1, 2, 3, 4].map(|number| kept.get(&hash(number)).is_some());
        assert_eq!(there, [true, false, true, true]);
        kept.put(&hash(5), vec![5; 101]);
        assert_eq!(kept.get(&hash(5)), None, "more than there is room for");
        assert_eq!(disk.list().unwrap().values().sum::<u64>(), 90);
    }

    #[test]
    fn a_disk_with_too_much_is_brought_below_the_limit() {
        let disk = disk();
        for number in 1..=5 {
            disk.append(&name(&hash(number)), &[number; 40]).unwrap();
        }
        open(&disk);
        assert_eq!(disk.list().unwrap().values().sum::<u64>(), 80);
    }

    /// A page of memory, and `main` that reverts with nothing.
    const MODULE: &[u8] =
        b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x05\x03\x01\0\x01\
        \x07\x11\x02\x06memory\x02\0\x04main\0\0\x0a\x06\x01\x04\0\x41\x01\x0b";

    /// Runs it, and says what lies on the disk then.
    fn run(disk: &Arc<dyn Disk>) -> Vec<u8> {
        let (at, code_hash) = (Address([1; 20]), keccak256(MODULE));
        let mut changes = Changes::default();
        changes.accounts.insert(at, Some(Account { code_hash, ..Account::default() }));
        changes.codes.insert(code_hash, MODULE.to_vec().into());
        let mut state = Flat::default();
        state.apply(&changes);
        let vm = keeping(Arc::clone(disk), Bytes::mib(1), [1; 32]).unwrap();
        let request = CallRequest { to: Some(at), ..CallRequest::default() };
        let outcome = call(state, Env { vm, ..Env::default() }, &request).unwrap().unwrap();
        assert_eq!(outcome.result, Err(troupe_vm::Failure::Reverted(Default::default())));
        disk.read(&name(&code_hash)).unwrap()
    }

    #[test]
    fn what_was_compiled_lies_on_the_disk_and_is_compiled_anew_where_it_was_touched() {
        let disk = disk();
        let first = run(&disk);
        assert!(first.len() > 1_000, "{} bytes", first.len());
        assert_eq!(run(&disk), first);
        let mut touched = first.clone();
        touched[40] ^= 1;
        disk.note(&name(&keccak256(MODULE)), &touched).unwrap();
        assert_eq!(run(&disk), first);
    }

    #[test]
    fn a_disk_keeps_its_key_and_a_broken_one_gets_another() {
        let disk = disk();
        for (fresh, want) in [([1; 32], [1; 32]), ([2; 32], [1; 32])] {
            keeping(Arc::clone(&disk), LIMIT, fresh).unwrap();
            assert_eq!(disk.read(KEY).unwrap(), want);
        }
        disk.truncate(KEY, 31).unwrap();
        keeping(Arc::clone(&disk), LIMIT, [3; 32]).unwrap();
        assert_eq!(disk.read(KEY).unwrap(), [3; 32]);
    }

    proptest! {
        #[test]
        fn there_is_never_more_than_the_limit_and_what_comes_back_was_put(
            puts in proptest::collection::vec((0u8..8, 0usize..120), 1..40),
        ) {
            let disk = disk();
            let kept = open(&disk);
            let mut last = BTreeMap::new();
            for (number, length) in puts {
                kept.put(&hash(number), vec![number; length]);
                if length <= 100 {
                    last.insert(number, length);
                }
                prop_assert!(disk.list().unwrap().values().sum::<u64>() <= LIMIT.0);
            }
            for (number, length) in last {
                let got = kept.get(&hash(number));
                prop_assert!(got.is_none_or(|got| got == vec![number; length]));
            }
        }
    }
}
