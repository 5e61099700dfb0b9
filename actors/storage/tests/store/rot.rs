//! Files that changed by themselves.

use crate::kit::{Acknowledged, check, go_on, open};
use troupe_runtime::sim::Disk;
use troupe_storage::index::MemoryShelf;
use troupe_storage::{Error, IndexWas};
use troupe_wire::Seed;

/// A store with two state files and some log.
fn written() -> (Disk, MemoryShelf, Acknowledged, Vec<String>) {
    let (disk, shelf) = (Disk::new(&Seed::from_number(3)), MemoryShelf::default());
    let (mut store, _) = open(disk.mount(), &shelf, 1).expect("opens");
    let mut done = Acknowledged::default();
    go_on(&mut store, 150, &mut done).expect("no fault");
    let states = store.states().iter().map(|state| state.file().to_owned()).collect();
    (disk, shelf, done, states)
}

#[test]
fn with_the_newest_state_file_damaged_anywhere_the_older_one_and_the_log_do() {
    let (disk, shelf, done, states) = written();
    let newest = disk.contents(&states[0]);
    let log = disk.names().into_iter().map(|name| (disk.contents(&name), name));
    let files: Vec<_> = log.collect();
    for at in (0..newest.len()).step_by(17) {
        for (bytes, name) in &files {
            disk.put(name, Some(bytes.clone()));
        }
        disk.damage(&states[0], at, 0x20);
        let (mut store, report) = open(disk.mount(), &shelf, 2).expect("opens");
        assert_eq!(report.index, IndexWas::PowerMayBeLost);
        assert!(matches!(&report.refused[..], [Error::Damaged { file, .. }] if *file == states[0]));
        assert_eq!(store.states().len(), 1);
        check(&mut store, done);
    }
    // Both of them, and the log does not reach back to the first block.
    for (bytes, name) in &files {
        disk.put(name, Some(bytes.clone()));
    }
    disk.damage(&states[0], 100, 1);
    disk.damage(&states[1], 100, 1);
    let error = open(disk.mount(), &shelf, 3).expect_err("nothing to begin with");
    assert!(matches!(error, Error::NoState { .. }), "{error}");
}

#[test]
fn without_state_files_the_log_alone_does() {
    let (disk, shelf) = (Disk::new(&Seed::from_number(3)), MemoryShelf::default());
    let mut done = Acknowledged::default();
    go_on(&mut open(disk.mount(), &shelf, 1).expect("opens").0, 30, &mut done).expect("no fault");
    let (mut store, report) = open(disk.mount(), &shelf, 2).expect("opens");
    assert!(store.states().is_empty());
    assert_eq!(report.index, IndexWas::PowerMayBeLost);
    check(&mut store, done);
}

#[test]
fn a_log_that_rotted_is_refused_with_file_and_offset_even_if_the_index_is_whole() {
    let (disk, shelf, _, _) = written();
    let mut seen = 0;
    for name in disk.names() {
        if !name.starts_with("log-0") {
            continue;
        }
        for at in (0..disk.contents(&name).len()).step_by(101) {
            disk.damage(&name, at, 4);
            let error = open(disk.mount(), &shelf, 1).expect_err("it rotted");
            assert!(error.to_string().starts_with(&name), "{error}");
            assert!(!error.is_fatal());
            disk.damage(&name, at, 4);
            seen += 1;
        }
    }
    assert!(seen > 200, "{seen} places");
}

#[test]
fn a_log_that_is_gone_is_not_begun_again() {
    let (disk, shelf, _, _) = written();
    for name in disk.names() {
        if name.starts_with("log-") {
            disk.put(&name, None);
        }
    }
    let error = open(disk.mount(), &shelf, 1).expect_err("a state without its log");
    assert!(matches!(error, Error::NoState { .. }), "{error}");
}
