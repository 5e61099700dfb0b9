//! A simulated disk as one process sees it.

use crate::disk::{DRAFT, Draft, check_name};
use crate::sim::disk::{Disk, DiskFault, Inner, Tear};
use crate::sim::life::Life;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// A disk as one incarnation uses it: nothing it does after its death leaves a trace.
#[derive(Clone)]
pub(crate) struct Mounted {
    pub(crate) disk: Disk,
    pub(crate) life: Arc<Life>,
}

/// A draft of one incarnation.
struct Making {
    disk: Mounted,
    file: String,
}

/// What a call does.
enum Kind {
    Reads,
    Writes,
}

impl Mounted {
    /// Passes a call, unless it meets a fault. `torn` is done when the process dies meanwhile or the
    /// disk is full, `unsynced` when the sync fails.
    fn call<T>(
        &self,
        (file, kind): (&str, Kind),
        torn: impl FnOnce(&mut Inner, Tear),
        unsynced: impl FnOnce(&mut Inner),
        call: impl FnOnce(&mut Inner) -> T,
    ) -> io::Result<T> {
        // The same names as a directory takes.
        check_name(file)?;
        let mut inner = self.disk.lock();
        if self.life.is_dead() {
            if let Some(tear) = inner.take_last_call() {
                torn(&mut inner, tear);
            }
            return Err(io::Error::other("the process is dead"));
        }
        let writes = matches!(kind, Kind::Writes);
        match inner.call(writes) {
            Some(DiskFault::Crashes(tear)) => {
                torn(&mut inner, tear);
                inner.lose_power(tear);
                drop(inner);
                self.life.die();
                Err(io::Error::other("the process died in this call"))
            }
            Some(DiskFault::NotSynced) if writes => {
                unsynced(&mut inner);
                Err(io::Error::other("the sync failed"))
            }
            Some(DiskFault::Full) if writes => {
                torn(&mut inner, Tear::Part);
                Err(io::ErrorKind::StorageFull.into())
            }
            Some(DiskFault::Fails | DiskFault::NotSynced | DiskFault::Full) => {
                Err(io::Error::other("the disk failed"))
            }
            None => Ok(call(&mut inner)),
        }
    }

    fn read<T>(&self, file: &str, read: impl FnOnce(&Inner) -> T) -> io::Result<T> {
        self.call((file, Kind::Reads), |_, _| {}, |_| {}, |inner| read(inner))
    }

    /// A step that is done or not done, and then synced with the names.
    fn step(&self, file: &str, step: impl Fn(&mut Inner)) -> io::Result<()> {
        let torn = |inner: &mut Inner, tear| {
            if tear != Tear::Nothing {
                step(inner);
            }
        };
        self.call((file, Kind::Writes), torn, |_| {}, |inner| step(inner))
    }

    fn sync_names(&self, file: &str) -> io::Result<()> {
        let sync = |inner: &mut Inner| inner.files.renamed.clear();
        self.call((file, Kind::Writes), |_, _| {}, |_| {}, sync)
    }
}

impl crate::disk::Disk for Mounted {
    fn append(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let torn = |inner: &mut Inner, tear| {
            let left = inner.torn(bytes, tear);
            inner.files.append(file, &left);
        };
        let unsynced = |inner: &mut Inner| inner.files.write(file, bytes);
        let append = |inner: &mut Inner| inner.files.append(file, bytes);
        self.call((file, Kind::Writes), torn, unsynced, append)
    }

    fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        self.read(file, |inner| {
            inner.files.all.get(file).map(|file| file.bytes.clone()).unwrap_or_default()
        })
    }

    fn read_part(&self, file: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        self.read(file, |inner| {
            let whole = inner.files.all.get(file).map(|file| file.bytes.as_slice());
            let rest = whole.and_then(|bytes| bytes.get(from..)).unwrap_or_default();
            rest[..length.min(rest.len())].to_vec()
        })
    }

    fn truncate(&self, file: &str, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let cut = |inner: &mut Inner| match inner.files.all.get_mut(file) {
            Some(file) => {
                file.bytes.resize(length, 0);
                if let Some(safe) = &mut file.safe {
                    safe.resize(length, 0);
                }
                Ok(())
            }
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let torn = |inner: &mut Inner, tear| {
            if tear != Tear::Nothing {
                let _ = cut(inner);
            }
        };
        self.call((file, Kind::Writes), torn, |_| {}, cut)?
    }

    fn list(&self) -> io::Result<BTreeMap<String, u64>> {
        self.read("all", |inner| {
            let files = inner.files.all.iter();
            files.map(|(name, file)| (name.clone(), file.bytes.len() as u64)).collect()
        })
    }

    fn draft(&self, file: &str) -> io::Result<Box<dyn Draft>> {
        let draft = format!("{file}{DRAFT}");
        self.step(file, |inner| inner.files.overwrite(&draft, b""))?;
        Ok(Box::new(Making { disk: self.clone(), file: file.to_owned() }))
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        self.step(file, |inner| inner.files.rename(file, None))?;
        self.sync_names(file)
    }

    fn note(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let torn = |inner: &mut Inner, tear| {
            let left = inner.torn(bytes, tear);
            inner.files.overwrite(file, &left);
        };
        self.call((file, Kind::Writes), torn, |_| {}, |inner| inner.files.overwrite(file, bytes))
    }
}

impl Draft for Making {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let draft = format!("{}{DRAFT}", self.file);
        let torn = |inner: &mut Inner, tear| {
            let left = inner.torn(bytes, tear);
            inner.files.write(&draft, &left);
        };
        self.disk.call(
            (&self.file, Kind::Writes),
            torn,
            |_| {},
            |inner| inner.files.write(&draft, bytes),
        )
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { disk, file } = *self;
        let draft = format!("{file}{DRAFT}");
        // What was not synced before a crash in the sync is torn with all else that was not.
        let sync = |inner: &mut Inner| inner.files.entry(&draft).safe = None;
        disk.call((&file, Kind::Writes), |_, _| {}, |_| {}, sync)?;
        disk.step(&file, |inner| inner.files.rename(&draft, Some(&file)))?;
        disk.sync_names(&file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_wire::Seed;

    fn disk() -> (Disk, Arc<dyn crate::disk::Disk>) {
        let disk = Disk::new(&Seed::from_number(5));
        let mounted = disk.mount();
        (disk, mounted)
    }

    #[test]
    fn whatever_call_of_a_replacement_dies_one_of_the_two_contents_is_left() {
        for tear in Tear::ALL {
            let mut last = None;
            for call in 2.. {
                let (disk, mounted) = disk();
                mounted.append("state", b"old").expect("no fault yet");
                disk.fault_at(call, DiskFault::Crashes(tear));
                let outcome = mounted.replace("state", b"newer");
                let left = disk.contents("state");
                assert!(left == b"old" || left == b"newer", "call {call}: {left:?}");
                if outcome.is_ok() {
                    assert_eq!(left, b"newer");
                    last = Some(call);
                    break;
                }
            }
            assert_eq!(last, Some(7), "begin, write, sync, rename, sync of the names");
        }
    }

    #[test]
    fn what_a_failed_sync_left_is_read_until_the_power_goes() {
        let (disk, mounted) = disk();
        mounted.append("log", b"a").expect("no fault yet");
        disk.fault_at(2, DiskFault::NotSynced);
        mounted.append("log", b"b").expect_err("the sync fails");
        mounted.append("log", b"c").expect("this one seems to work");
        assert_eq!(mounted.read("log").expect("read"), b"abc");
        disk.lose_power(Tear::Nothing);
        assert_eq!(mounted.read("log").expect("read"), b"a\0c", "the second sync lied");
    }

    #[test]
    fn a_removal_may_be_undone_until_its_names_are_synced() {
        for (call, left) in [(2, true), (3, true), (4, false)] {
            let (disk, mounted) = disk();
            mounted.append("log", b"a").expect("no fault yet");
            disk.fault_at(call, DiskFault::Crashes(Tear::Nothing));
            let done = mounted.remove("log").and_then(|()| mounted.remove("other"));
            done.expect_err("the process died");
            assert_eq!(disk.names().len() == 1, left, "call {call}");
        }
    }

    #[test]
    fn a_full_disk_leaves_a_part_and_a_note_is_lost_with_the_power() {
        let (disk, mounted) = disk();
        disk.fault_at(1, DiskFault::Full);
        let error = mounted.append("log", b"0123456789").expect_err("no space");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(b"0123456789".starts_with(&disk.contents("log")[..]));
        mounted.note("mark", b"one").expect("noted");
        assert_eq!(mounted.read("mark").expect("read"), b"one");
        disk.lose_power(Tear::Everything);
        assert_eq!(disk.contents("mark"), b"one", "only the process died");
        disk.lose_power(Tear::Nothing);
        assert_eq!(disk.contents("mark"), b"");
    }
}
