//! Durable files in memory that outlive their process, and what can happen to them.

use crate::disk;
use crate::sim::life::Life;
use rand_core::RngCore;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_wire::{Seed, Stream};

/// How much of an append is on the disk when the power goes out in the middle of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tear {
    /// Nothing of it.
    Nothing,
    /// A part of it, as long as the seed says.
    Part,
    /// A part of it and then noise where the rest should be.
    Noise,
    /// All of it, although nobody was told.
    Everything,
}

impl Tear {
    /// Every way, for tests that try each.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Part, Self::Noise, Self::Everything];
}

/// What a call to the disk meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// An error, with nothing written.
    Fails,
    /// The end of the process.
    Crashes(Tear),
}

/// The disk of one node. Clones are the same disk.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<Inner>>);

struct Inner {
    files: BTreeMap<String, Vec<u8>>,
    luck: Stream,
    calls: u64,
    faults: BTreeMap<u64, DiskFault>,
    fails_per_million: u64,
    last_call: Option<Tear>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inner = self.lock();
        let sizes = inner.files.iter().map(|(name, bytes)| (name, bytes.len()));
        f.debug_map().entries(sizes).finish()
    }
}

impl Disk {
    pub(crate) fn new(seed: &Seed) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            files: BTreeMap::new(),
            luck: seed.stream("disk"),
            calls: 0,
            faults: BTreeMap::new(),
            fails_per_million: 0,
            last_call: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the node called its disk: appends, reads and truncations of all its incarnations.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// What lies in a file; empty when there is none. Not a call of the node.
    #[must_use]
    pub fn contents(&self, file: &str) -> Vec<u8> {
        self.lock().files.get(file).cloned().unwrap_or_default()
    }

    /// Makes one call, counted from 1 over all incarnations, meet a fault.
    pub fn fault_at(&self, call: u64, fault: DiskFault) {
        self.lock().faults.insert(call, fault);
    }

    /// Makes so many in a million appends and truncations fail.
    pub fn fails(&self, per_million: u64) {
        self.lock().fails_per_million = per_million;
    }

    /// Inverts bits of one byte of a file, as rot does; nothing where the file is shorter.
    pub fn damage(&self, file: &str, offset: usize, bits: u8) {
        if let Some(byte) = self.lock().files.get_mut(file).and_then(|f| f.get_mut(offset)) {
            *byte ^= bits;
        }
    }

    /// The way in which a process that dies now leaves an append that is under way.
    pub(crate) fn draw_tear(&self) -> Tear {
        let drawn = self.lock().luck.below(Tear::ALL.len() as u64);
        Tear::ALL[usize::try_from(drawn).unwrap_or(0)]
    }

    /// Lets one call of a dead process through, torn: it was under way when the process died.
    pub(crate) fn set_last_call(&self, tear: Option<Tear>) {
        self.lock().last_call = tear;
    }
}

impl Inner {
    /// Counts a call and says what it meets.
    fn call(&mut self, writes: bool) -> Option<DiskFault> {
        self.calls += 1;
        if let Some(fault) = self.faults.remove(&self.calls) {
            return Some(fault);
        }
        let may_fail = writes && self.fails_per_million > 0;
        let fails = may_fail && self.luck.chance(self.fails_per_million, 1_000_000);
        fails.then_some(DiskFault::Fails)
    }

    /// What is left of `bytes` when the process died while they were appended.
    fn torn(&mut self, bytes: &[u8], tear: Tear) -> Vec<u8> {
        let cut = usize::try_from(self.luck.below(bytes.len() as u64 + 1)).unwrap_or(0);
        match tear {
            Tear::Nothing => Vec::new(),
            Tear::Part => bytes[..cut].to_vec(),
            Tear::Noise => {
                let mut left = bytes.to_vec();
                self.luck.fill_bytes(&mut left[cut..]);
                left
            }
            Tear::Everything => bytes.to_vec(),
        }
    }
}

/// A disk as one incarnation uses it: nothing it does after its death leaves a trace.
pub(crate) struct Mounted {
    pub(crate) disk: Disk,
    pub(crate) life: Arc<Life>,
}

impl Mounted {
    /// Passes a call, unless it meets a fault. `torn` is done when the process dies meanwhile.
    fn call<T>(
        &self,
        (file, writes): (&str, bool),
        torn: impl FnOnce(&mut Inner, Tear),
        call: impl FnOnce(&mut Inner) -> T,
    ) -> io::Result<T> {
        // The same names as a directory takes.
        if file.is_empty() || file.starts_with('.') || file.contains(['/', '\\']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file name"));
        }
        let mut inner = self.disk.lock();
        if self.life.is_dead() {
            if let Some(tear) = inner.last_call.take() {
                torn(&mut inner, tear);
            }
            return Err(io::Error::other("the process is dead"));
        }
        match inner.call(writes) {
            Some(DiskFault::Crashes(tear)) => {
                torn(&mut inner, tear);
                drop(inner);
                self.life.die();
                Err(io::Error::other("the process died in this call"))
            }
            Some(DiskFault::Fails) => Err(io::Error::other("the disk failed")),
            None => Ok(call(&mut inner)),
        }
    }
}

impl disk::Disk for Mounted {
    fn append(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let torn = |inner: &mut Inner, tear| {
            let left = inner.torn(bytes, tear);
            inner.files.entry(file.to_owned()).or_default().extend(left);
        };
        self.call((file, true), torn, |inner| {
            inner.files.entry(file.to_owned()).or_default().extend(bytes);
        })
    }

    fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        let read = |inner: &mut Inner| inner.files.get(file).cloned().unwrap_or_default();
        self.call((file, false), |_, _| {}, read)
    }

    fn truncate(&self, file: &str, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let cut = |inner: &mut Inner| match inner.files.get_mut(file) {
            Some(bytes) => {
                bytes.resize(length, 0);
                Ok(())
            }
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let torn = |inner: &mut Inner, tear| {
            if tear != Tear::Nothing {
                let _ = cut(inner);
            }
        };
        self.call((file, true), torn, cut)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Disk as _;
    use crate::sim::life::Deaths;

    fn mounted() -> Mounted {
        let life = Life::new(0, &Arc::new(Deaths::default()));
        Mounted { disk: Disk::new(&Seed::from_number(1)), life }
    }

    #[test]
    fn a_crash_in_an_append_leaves_what_its_tear_says_and_ends_the_process() {
        for tear in Tear::ALL {
            let mounted = mounted();
            mounted.append("log", b"whole").expect("no fault yet");
            mounted.disk.fault_at(2, DiskFault::Crashes(tear));
            mounted.append("log", b"torn record").expect_err("the process died");
            let left = mounted.disk.contents("log").split_off(5);
            match tear {
                Tear::Nothing => assert_eq!(left, b""),
                Tear::Part => assert!(b"torn record".starts_with(&left)),
                Tear::Noise => assert_eq!(left.len(), 11),
                Tear::Everything => assert_eq!(left, b"torn record"),
            }
            assert!(mounted.life.is_dead());
            mounted.append("log", b"ghost").expect_err("the dead write nothing");
            assert_eq!(mounted.disk.contents("log").len(), 5 + left.len());
        }
    }

    #[test]
    fn a_failing_call_writes_nothing_and_the_next_one_works() {
        let mounted = mounted();
        mounted.disk.fault_at(1, DiskFault::Fails);
        mounted.append("log", b"a").expect_err("the first call fails");
        mounted.append("log", b"b").expect("the second does not");
        assert_eq!(mounted.disk.contents("log"), b"b");
        mounted.append("a/b", b"b").expect_err("not a plain name");
        mounted.truncate("none", 0).expect_err("no such file");
        assert_eq!(mounted.disk.calls(), 3);
    }

    #[test]
    fn appends_fail_as_often_as_asked() {
        let mounted = mounted();
        mounted.disk.fails(250_000);
        let failed = (0..4_000).filter(|_| mounted.append("log", b"x").is_err()).count();
        assert!((800..1_200).contains(&failed), "{failed} of 4000");
        assert!((0..100).all(|_| mounted.read("log").is_ok()), "reads do not");
    }
}
