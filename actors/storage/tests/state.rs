//! State files: written beside their name, checked to the last byte.

use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_runtime::Directory;
use troupe_runtime::sim::{Disk, DiskFault, Tear};
use troupe_storage::log::Sequence;
use troupe_storage::state::{About, Item, StateFile, list, write};
use troupe_storage::{Error, Phase, Progress};
use troupe_types::{Bytes, Hash, Height, Millis};
use troupe_wire::Seed;

type State = BTreeMap<Vec<u8>, Vec<u8>>;

const CHAIN: Hash = Hash([1; 32]);

fn about(height: u64) -> About {
    let (height, sequence) = (Height(height), Sequence(height * 10));
    About { chain: CHAIN, height, sequence, root: Hash([height.0 as u8; 32]) }
}

fn put(disk: &dyn troupe_runtime::Disk, height: u64, state: &State) -> Result<StateFile, Error> {
    let mut source = |after: Option<&[u8]>, limit: usize| {
        let mut size = 0;
        let rest = state.iter().filter(|(key, _)| after.is_none_or(|after| key.as_slice() > after));
        let items = rest.take_while(|(key, value)| {
            let fits = size < limit;
            size += key.len() + value.len();
            fits
        });
        Ok(items.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    write(disk, about(height), Bytes::ZERO, &mut source, &mut |_| {})
}

fn read(disk: &dyn troupe_runtime::Disk, file: &StateFile) -> Result<Vec<Item>, Error> {
    let mut chunks = file.chunks(disk);
    let mut items = Vec::new();
    while let Some(chunk) = chunks.read_next()? {
        items.extend(chunk.items);
    }
    Ok(items)
}

fn large(values: usize) -> State {
    (0..values).map(|n| (format!("key {n:06}").into_bytes(), vec![n as u8; 300_000])).collect()
}

#[test]
fn a_state_is_read_back_in_chunks_with_what_is_left_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Directory::open(folder.path()).expect("opens");
    let state = large(20);
    let written = put(&disk, 7, &state).expect("written");
    let (files, refused) = list(&disk, CHAIN).expect("listed");
    assert_eq!((files.as_slice(), refused.len()), (&[written][..], 0));
    let file = &files[0];
    assert_eq!((file.about(), file.items()), (&about(7), 20));
    let mut chunks = file.chunks(&disk);
    let (mut items, mut left) = (Vec::new(), Vec::new());
    while let Some(chunk) = chunks.read_next().expect("whole") {
        assert!(chunk.items.len() < 6, "about a megabyte at a time");
        items.extend(chunk.items);
        let progress = chunks.progress();
        assert_eq!((progress.phase, progress.items), (Phase::Loading, items.len() as u64));
        left.push(progress.remaining(Millis::secs(1)).expect("known"));
    }
    assert!(items.into_iter().eq(state));
    assert!(left.len() > 3 && left.is_sorted_by(|a, b| a > b) && left.last() == Some(&Millis(0)));
    let other = list(&disk, Hash([2; 32])).expect("listed");
    assert!(matches!(other.1[..], [Error::OtherChain { .. }]) && other.0.is_empty());
}

#[test]
fn progress_is_told_after_each_chunk_and_memory_is_one_chunk() {
    let disk = Disk::new(&Seed::from_number(1)).mount();
    let (mut asked, mut told) = (Vec::new(), Vec::new());
    let mut source = |after: Option<&[u8]>, limit: usize| {
        asked.push((after.map(<[u8]>::to_vec), limit));
        let next = after.map_or(0, |after| after[0] + 1);
        Ok(if next < 3 { vec![(vec![next], vec![0; 5])] } else { Vec::new() })
    };
    let mut tell = |progress: Progress| told.push(progress.items);
    write(&*disk, about(1), Bytes::mib(1), &mut source, &mut tell).expect("written");
    let after: Vec<_> = asked.into_iter().map(|(after, _)| after).collect();
    assert_eq!(after, [None, Some(vec![0]), Some(vec![1]), Some(vec![2])]);
    assert_eq!(told, [1, 2, 3]);

    let mut backwards = |_: Option<&[u8]>, _| Ok(vec![(vec![4], vec![])]);
    let error = write(&*disk, about(2), Bytes::ZERO, &mut backwards, &mut |_| {});
    assert!(matches!(error.expect_err("for ever"), Error::Malformed { .. }));
    assert_eq!(list(&*disk, CHAIN).expect("listed").0.len(), 1);
    assert_eq!(disk.list().expect("listed").len(), 1, "what was begun is gone");
}

#[test]
fn whatever_call_a_crash_meets_a_state_file_is_whole_or_not_there() {
    let state = large(6);
    let older: State = [(b"a".to_vec(), b"b".to_vec())].into();
    for tear in Tear::ALL {
        for call in 1.. {
            let disk = Disk::new(&Seed::from_number(call));
            put(&*disk.mount(), 3, &older).expect("no fault yet");
            disk.fault_at(disk.calls() + call, DiskFault::Crashes(tear));
            if put(&*disk.mount(), 4, &state).is_ok() {
                assert!(call > 7, "begin, header, chunks, trailer, sync, rename, names");
                break;
            }
            let mounted = disk.mount();
            let (files, refused) = list(&*mounted, CHAIN).expect("listed");
            assert!(refused.is_empty(), "{refused:?}");
            assert!(
                read(&*mounted, files.last().expect("one"))
                    .expect("whole")
                    .into_iter()
                    .eq(older.clone())
            );
            if files.len() == 2 {
                assert!(read(&*mounted, &files[0]).expect("whole").into_iter().eq(state.clone()));
            }
            assert_eq!(disk.names().len(), files.len(), "nothing unfinished is left");
        }
    }
}

#[test]
fn every_changed_byte_and_every_cut_of_a_small_file_is_seen() {
    let disk = Disk::new(&Seed::from_number(1));
    let mounted = disk.mount();
    let state: State = (0..5_u8).map(|n| (vec![n], vec![n; 9])).collect();
    let file = put(&*mounted, 4, &state).expect("written");
    let whole = disk.contents(file.file());
    let is_seen = || match &list(&*mounted, CHAIN).expect("listed").0[..] {
        [found] => read(&*mounted, found).is_err(),
        _ => true,
    };
    assert!(!is_seen());
    for at in 0..whole.len() {
        disk.damage(file.file(), at, 1 << (at % 8));
        assert!(is_seen(), "byte {at}");
        disk.put(file.file(), Some(whole[..at].to_vec()));
        assert!(is_seen(), "cut at {at}");
        disk.put(file.file(), Some(whole.clone()));
    }
    disk.put(file.file(), Some([whole, vec![0]].concat()));
    assert!(is_seen(), "a byte too many");
}

proptest! {
    #[test]
    fn any_state_is_read_back(
        state in prop::collection::btree_map(
            prop::collection::vec(any::<u8>(), 1..60),
            prop::collection::vec(any::<u8>(), 0..200),
            0..80,
        ),
    ) {
        let disk = Disk::new(&Seed::from_number(1)).mount();
        let file = put(&*disk, 9, &state).expect("written");
        prop_assert_eq!(file.items(), state.len() as u64);
        prop_assert!(read(&*disk, &file).expect("whole").into_iter().eq(state));
    }
}
