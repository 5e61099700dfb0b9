//! Durable files in memory that outlive their process, and what can happen to them.

use crate::disk;
use crate::sim::files::{Files, torn};
use crate::sim::life::{Deaths, Life};
use crate::sim::mounted::Mounted;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_wire::{Seed, Stream};

/// What a crash leaves of a write that is under way, and of those that were never synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tear {
    /// Nothing: the power went out.
    Nothing,
    /// A part of it, as long as the seed says.
    Part,
    /// A part of it and then noise where the rest should be.
    Noise,
    /// All of it, although nobody was told: only the process died.
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
    /// An error in the sync, or in the writing back before it. What was written can be read, and is
    /// lost with the power.
    NotSynced,
    /// No space: an error, with a part of it written.
    Full,
    /// The end of the process.
    Crashes(Tear),
}

/// The disk of one node. Clones are the same disk.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<Inner>>);

pub(crate) struct Inner {
    pub(crate) files: Files,
    luck: Stream,
    calls: u64,
    faults: BTreeMap<u64, DiskFault>,
    fails_per_million: u64,
    last_call: Option<Tear>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let inner = self.lock();
        let sizes = inner.files.all.iter().map(|(name, file)| (name, file.bytes.len()));
        f.debug_map().entries(sizes).finish()
    }
}

impl Disk {
    /// An empty one.
    #[must_use]
    pub fn new(seed: &Seed) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            files: Files::default(),
            luck: seed.stream("disk"),
            calls: 0,
            faults: BTreeMap::new(),
            fails_per_million: 0,
            last_call: None,
        })))
    }

    /// The disk as a process sees it that starts now, outside of a world. A crash that was asked for
    /// with [`Disk::fault_at`] ends that process: no call of it works afterwards.
    #[must_use]
    pub fn mount(&self) -> Arc<dyn disk::Disk> {
        let life = Life::new(0, &Arc::new(Deaths::default()));
        Arc::new(Mounted { disk: self.clone(), life })
    }

    /// What the loss of power leaves of all that was not synced.
    pub fn lose_power(&self, tear: Tear) {
        let mut inner = self.lock();
        let Inner { files, luck, .. } = &mut *inner;
        files.lose_power(tear, luck);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the node called its disk: those of all its incarnations. Finishing a draft
    /// is three: its sync, its new name, the sync of the names. Removing a file is two.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// What lies in a file; empty when there is none. Not a call of the node.
    #[must_use]
    pub fn contents(&self, file: &str) -> Vec<u8> {
        self.lock().files.all.get(file).map(|file| file.bytes.clone()).unwrap_or_default()
    }

    /// Makes one call, counted from 1 over all incarnations, meet a fault.
    pub fn fault_at(&self, call: u64, fault: DiskFault) {
        self.lock().faults.insert(call, fault);
    }

    /// Takes back the faults that were not met.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Makes so many in a million writes fail.
    pub fn fails(&self, per_million: u64) {
        self.lock().fails_per_million = per_million;
    }

    /// Inverts bits of one byte of a file, as rot does; nothing where the file is shorter.
    pub fn damage(&self, file: &str, offset: usize, bits: u8) {
        let mut inner = self.lock();
        let file = inner.files.all.get_mut(file);
        if let Some(byte) = file.and_then(|file| file.bytes.get_mut(offset)) {
            *byte ^= bits;
        }
    }

    /// Gives a file another content, as a person does; `None` removes it.
    pub fn put(&self, file: &str, bytes: Option<Vec<u8>>) {
        let mut inner = self.lock();
        inner.files.renamed.remove(file);
        inner.files.all.remove(file);
        if let Some(bytes) = bytes {
            inner.files.entry(file).bytes = bytes;
        }
    }

    /// The names of the files.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.lock().files.all.keys().cloned().collect()
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
    pub(crate) fn call(&mut self, writes: bool) -> Option<DiskFault> {
        self.calls += 1;
        if let Some(fault) = self.faults.remove(&self.calls) {
            return Some(fault);
        }
        let may_fail = writes && self.fails_per_million > 0;
        let fails = may_fail && self.luck.chance(self.fails_per_million, 1_000_000);
        fails.then_some(DiskFault::Fails)
    }

    /// What is left of `bytes` when the process died while they were written.
    pub(crate) fn torn(&mut self, bytes: &[u8], tear: Tear) -> Vec<u8> {
        torn(bytes, tear, &mut self.luck)
    }

    /// The call that a process makes when it is dead already, if one is let through.
    pub(crate) fn take_last_call(&mut self) -> Option<Tear> {
        self.last_call.take()
    }

    pub(crate) fn lose_power(&mut self, tear: Tear) {
        self.files.lose_power(tear, &mut self.luck);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Disk as _;

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
