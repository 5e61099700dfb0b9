//! Real files: sled's cut and overwritten behind its last checkpoint, as a loss of power does.

use crate::kit::{Acknowledged, check, go_on, open};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use troupe_runtime::Directory;
use troupe_storage::index::{Shelf, SledShelf};
use troupe_storage::{Error, IndexWas, Report, Store};
use troupe_types::{Bytes, Height};
use troupe_wire::{Seed, Stream};

/// What one process leaves: a folder with the log and state files, one with the index.
struct Left {
    folder: tempfile::TempDir,
}

impl Left {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn shelf(&self) -> SledShelf {
        SledShelf::new(self.folder.path().join("index"), Bytes::mib(8))
    }

    fn open(&self, boot: u8) -> Result<(Store, Report), Error> {
        let disk = Directory::open(self.folder.path().join("data")).expect("opens");
        open(Arc::new(disk), &self.shelf(), boot)
    }

    /// The files as they are now: what a killed process leaves in the page cache.
    fn copy(&self) -> Self {
        let to = Self::new();
        copy(self.folder.path(), to.folder.path());
        to
    }

    fn db(&self) -> PathBuf {
        self.folder.path().join("index/db")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed").map(|entry| entry.expect("listed")) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(fs::copy(path, to).expect("copied")),
        }
    }
}

/// Pages that were written after `checkpoint` are not on the disk: they hold what they held then, or
/// noise, or the file ends.
fn lose_power(db: &Path, checkpoint: &[u8], luck: &mut Stream) {
    let mut bytes = fs::read(db).expect("read");
    let since: Vec<usize> = (0..bytes.len())
        .step_by(4096)
        .filter(|at| bytes.get(*at..at + 4096) != checkpoint.get(*at..at + 4096))
        .collect();
    assert!(!since.is_empty(), "sled wrote nothing");
    for at in since {
        let page = at..(at + 4096).min(bytes.len());
        match luck.below(4) {
            0 => {}
            1 => bytes[page].fill_with(|| luck.below(256) as u8),
            _ => {
                let old = checkpoint.get(page.clone()).map_or(vec![0; page.len()], <[u8]>::to_vec);
                bytes[page].copy_from_slice(&old);
            }
        }
    }
    if luck.chance(1, 3) {
        let length = checkpoint.len() as u64 + luck.below(bytes.len() as u64 + 1);
        bytes.truncate(length as usize / 2);
    }
    fs::write(db, bytes).expect("written");
}

#[test]
fn a_sled_torn_after_its_checkpoint_is_rebuilt_and_nothing_is_lost() {
    let left = Left::new();
    let mut done = Acknowledged::default();
    let (mut store, _) = left.open(1).expect("opens");
    go_on(&mut store, 80, &mut done).expect("no fault");
    store.close().expect("closes: the checkpoint");
    let checkpoint = fs::read(left.db()).expect("read");
    let (mut store, report) = left.open(2).expect("opens");
    assert_eq!(report.index, IndexWas::Reopened);
    go_on(&mut store, 180, &mut done).expect("no fault");
    store.flush(Height(u64::MAX)).expect("flushes");
    // Its own thread writes the rest within half a second; the log has everything already.
    let killed = left.copy();
    drop(store);
    let written = left.copy();
    let mut refused = 0;
    for trial in 0..12 {
        let torn = if trial % 2 == 0 { written.copy() } else { killed.copy() };
        let mut luck = Seed::from_number(trial).stream("power");
        if fs::read(torn.db()).expect("read") != checkpoint {
            lose_power(&torn.db(), &checkpoint, &mut luck);
        }
        if torn.copy().shelf().open().is_err() {
            // It panics or says so; whoever opens it as it is finds out as well.
            let again = torn.copy();
            let (mut store, report) = again.open(2).expect("needs nobody");
            assert_eq!(report.index, IndexWas::Damaged, "trial {trial}");
            check(&mut store, done);
            refused += 1;
        }
        let (mut store, report) = torn.open(3).expect("needs nobody");
        assert_eq!(report.index, IndexWas::PowerMayBeLost, "trial {trial}");
        check(&mut store, done);
        store.close().expect("closes");
        let (mut store, report) = torn.open(4).expect("opens");
        assert_eq!(report.index, IndexWas::Reopened);
        check(&mut store, done);
    }
    assert!(refused > 0, "sled itself opened all of them: the test tears nothing that counts");
}

#[test]
fn a_killed_process_finds_its_sled_again_and_catches_up() {
    let left = Left::new();
    let mut done = Acknowledged::default();
    let (mut store, _) = left.open(1).expect("opens");
    go_on(&mut store, 150, &mut done).expect("no fault");
    let killed = left.copy();
    let (mut again, report) = killed.open(1).expect("opens");
    assert!([IndexWas::Reopened, IndexWas::Foreign].contains(&report.index), "{report:?}");
    check(&mut again, done);
    go_on(&mut again, 160, &mut done.clone()).expect("no fault");
    drop(again);
    // All of what it holds in memory is written when it ends in order.
    drop(store);
    let (mut again, report) = left.open(1).expect("opens");
    assert_eq!(report.index, IndexWas::Reopened);
    check(&mut again, done);
}

#[test]
fn a_sled_whose_settings_are_noise_or_whose_file_is_empty_is_rebuilt_even_in_the_same_boot() {
    let left = Left::new();
    let mut done = Acknowledged::default();
    let (mut store, _) = left.open(1).expect("opens");
    go_on(&mut store, 60, &mut done).expect("no fault");
    drop(store);
    for (file, bytes, want) in
        [("index/conf", &[b'?'; 99][..], IndexWas::Damaged), ("index/db", &[], IndexWas::Foreign)]
    {
        let torn = left.copy();
        fs::write(torn.folder.path().join(file), bytes).expect("written");
        let (mut store, report) = torn.open(1).expect("needs nobody");
        assert_eq!(report.index, want, "{file}");
        check(&mut store, done);
    }
}
