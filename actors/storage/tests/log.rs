//! The log under crashes at every call, changed bytes and cut files.

use std::ops::ControlFlow;
use std::sync::Arc;
use troupe_runtime::sim::{Disk, DiskFault, Tear};
use troupe_storage::Error;
use troupe_storage::log::{Identity, Kind, Log, Opened, Sequence, look};
use troupe_types::{Bytes, Hash};
use troupe_wire::Seed;

/// Rotates every few batches.
const SEGMENT: Bytes = Bytes(500);

fn disk(seed: u64) -> Disk {
    Disk::new(&Seed::from_number(seed))
}

/// The records of a batch, which differ from those of any other.
fn batch(number: u64) -> Vec<Vec<u8>> {
    (0..1 + number % 3).map(|at| vec![number as u8; (number * 7 + at * 31) as usize % 90]).collect()
}

fn batches(numbers: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    numbers.flat_map(batch).collect()
}

/// Opens the log, and says which records it has.
fn open(disk: &Arc<dyn troupe_runtime::Disk>) -> Result<(Opened, Vec<Vec<u8>>), Error> {
    let identity = Identity { chain: Hash([1; 32]), salt: 0x5a17 };
    let mut records = Vec::new();
    let mut next = Sequence::FIRST;
    let opened = Log::open(Arc::clone(disk), identity, SEGMENT, &mut |found, _| {
        assert_eq!(found.sequence, next, "in order, without a gap");
        next = next.next();
        records.push(found.payload.to_vec());
        Ok(())
    })?;
    Ok((opened, records))
}

/// As [`open`], after a look that has to foresee all of it and to change nothing.
fn foreseen(disk: &Disk) -> Result<(Opened, Vec<Vec<u8>>), Error> {
    let contents = |disk: &Disk| -> Vec<_> {
        disk.names().into_iter().map(|name| (disk.contents(&name), name)).collect()
    };
    let (before, mut seen) = (contents(disk), Vec::new());
    let look = look(&*disk.mount(), Hash([1; 32]), &mut |found, _| {
        seen.push(found.payload.to_vec());
        ControlFlow::Continue(())
    });
    let look = look.expect("the disk reads");
    assert!(contents(disk) == before, "a look changes nothing");
    let opened = open(&disk.mount());
    match &opened {
        Ok((opened, records)) => {
            assert!(look.wrong.is_empty(), "{:?}", look.wrong);
            assert_eq!(&seen, records);
            assert_eq!((&look.torn, look.was_closed), (&opened.cut, opened.was_closed));
            assert_eq!(look.next, opened.log.next());
        }
        Err(error) => {
            // Without a segment the salt is not known, nor what the mark says.
            let known = |error: &Error| error.to_string().replace("record 39", "record 1");
            let told: Vec<String> = look.wrong.iter().map(known).collect();
            assert!(told.contains(&known(error)), "{error}: {told:?}");
        }
    }
    opened
}

/// Appends batches until the disk says no; how many were acknowledged.
fn append(log: &mut Log, numbers: std::ops::Range<u64>) -> u64 {
    for number in numbers.clone() {
        let payloads = batch(number);
        let records: Vec<_> = payloads.iter().map(|it| (Kind::Consensus, it.as_slice())).collect();
        if log.append(&records).is_err() {
            assert!(matches!(log.append(&records), Err(Error::Failed)), "nothing is tried again");
            return number;
        }
    }
    numbers.end
}

/// Runs twenty batches into a fault at one call. The call, if there was one, and what was acknowledged.
fn run_into(disk: &Disk, call: u64, fault: DiskFault) -> u64 {
    disk.fault_at(call, fault);
    match open(&disk.mount()) {
        Ok((mut opened, _)) => append(&mut opened.log, 0..20),
        Err(error) => {
            assert!(matches!(error, Error::Io { .. }), "{error}");
            0
        }
    }
}

#[test]
fn whatever_call_a_crash_meets_what_was_acknowledged_is_there_and_nothing_is_invented() {
    let calls = {
        let disk = disk(0);
        assert_eq!(run_into(&disk, u64::MAX, DiskFault::Fails), 20);
        disk.calls()
    };
    assert!(calls > 45, "{calls} calls: batches, marks, segments");
    let power = [DiskFault::Fails, DiskFault::NotSynced, DiskFault::Full];
    let faults = Tear::ALL.map(DiskFault::Crashes).into_iter().chain(power);
    for fault in faults {
        for call in 1..=calls {
            let disk = disk(call);
            let acknowledged = run_into(&disk, call, fault);
            assert!(acknowledged < 20, "{fault:?} at {call}");
            // A failed sync, and the power goes after it; or while the next process begins.
            let tear = Tear::ALL[call as usize % 4];
            disk.fault_at(disk.calls() + 1 + call % 9, DiskFault::Crashes(tear));
            let _ = open(&disk.mount());
            disk.lose_power(tear);
            let again = open(&disk.mount()).or_else(|_| open(&disk.mount()));
            let (mut opened, records) = again.expect("no operator is needed");
            let (least, most) = (batches(0..acknowledged), batches(0..acknowledged + 1));
            assert!(records == least || records == most, "{fault:?} at {call}: {opened:?}");
            let from = acknowledged + u64::from(records == most);
            assert_eq!(append(&mut opened.log, from..20), 20);
            drop(opened);
            let (_, records) = open(&disk.mount()).expect("opens");
            assert_eq!(records, batches(0..20), "{fault:?} at {call}");
        }
    }
}

/// A log of three segments, and the files it consists of.
fn written() -> (Disk, Vec<Vec<u8>>) {
    let disk = disk(3);
    let mut log = open(&disk.mount()).expect("opens").0.log;
    assert_eq!(append(&mut log, 0..8), 8);
    assert_eq!(disk.names(), ["log-0000000001", "log-0000000002", "log-mark"]);
    (disk, batches(0..8))
}

#[test]
fn every_changed_byte_of_what_was_acknowledged_is_named_by_file_and_offset() {
    let (disk, written) = written();
    for file in disk.names() {
        let whole = disk.contents(&file);
        for at in 0..whole.len() {
            disk.damage(&file, at, 1 << (at % 8));
            match foreseen(&disk) {
                Ok((_, records)) => {
                    assert_eq!(records, written);
                    assert_eq!(file, "log-mark", "byte {at} of {file} was taken");
                }
                Err(Error::Damaged { file: named, offset, .. }) => {
                    assert!(named == file && offset <= at as u64, "{named} {offset}: {file} {at}");
                }
                Err(Error::Lost { file: named, offset, .. }) => {
                    assert!(named == file && offset <= at as u64, "{named} {offset}: {file} {at}");
                }
                Err(other) => panic!("byte {at} of {file}: {other}"),
            }
            disk.put(&file, Some(whole.clone()));
        }
    }
}

#[test]
fn without_the_mark_only_the_last_batch_may_go() {
    let (disk, written) = written();
    disk.put("log-mark", None);
    let last = disk.contents("log-0000000002");
    let mut cut = 0;
    for at in 0..last.len() {
        disk.damage("log-0000000002", at, 0x10);
        if let Ok((opened, records)) = foreseen(&disk) {
            assert_eq!(records, batches(0..7));
            assert_eq!(opened.cut.expect("it is told").file, "log-0000000002");
            cut += 1;
        }
        disk.put("log-0000000002", Some(last.clone()));
    }
    let bytes: usize = batch(7).iter().map(|payload| 28 + payload.len()).sum();
    assert_eq!(cut, bytes);
    assert_eq!(foreseen(&disk).expect("opens").1, written);
}

#[test]
fn a_file_cut_at_any_length_is_refused_or_loses_nothing() {
    let (disk, written) = written();
    for file in ["log-0000000001", "log-0000000002"] {
        let whole = disk.contents(file);
        for length in 0..whole.len() {
            disk.put(file, Some(whole[..length].to_vec()));
            let error = foreseen(&disk).expect_err("something acknowledged is gone");
            let text = error.to_string();
            assert!(text.starts_with(file), "{text}");
            disk.put(file, Some(whole.clone()));
        }
        // Bytes that were never acknowledged may follow.
        disk.put(file, Some([whole.clone(), vec![0; 40]].concat()));
        let outcome = foreseen(&disk);
        assert_eq!(outcome.is_ok(), file == "log-0000000002");
        disk.put(file, Some(whole));
        disk.put("log-0000000001.draft", Some(vec![1; 70]));
    }
    assert_eq!(foreseen(&disk).expect("opens").1, written);
    assert_eq!(disk.names().len(), 3, "the draft is gone");
}

#[test]
fn a_missing_file_and_another_chain_are_named() {
    let (disk, _) = written();
    let mut log = foreseen(&disk).expect("opens").0.log;
    assert_eq!(append(&mut log, 8..20), 20);
    let second = disk.contents("log-0000000002");
    disk.put("log-0000000002", None);
    let error = foreseen(&disk).expect_err("a gap").to_string();
    assert_eq!(error, "log-0000000002 is missing");
    disk.put("log-0000000002", Some(second));
    for name in disk.names() {
        if name != "log-mark" {
            disk.put(&name, None);
        }
    }
    let error = foreseen(&disk).expect_err("all of it is gone");
    assert!(matches!(error, Error::Lost { .. }), "{error}");

    let (disk, _) = written();
    let identity = Identity { chain: Hash([2; 32]), salt: 1 };
    let error = Log::open(disk.mount(), identity, SEGMENT, &mut |_, _| Ok(()));
    assert!(matches!(error.expect_err("not ours"), Error::OtherChain { .. }));
}

#[test]
fn a_replay_begins_where_it_is_told_and_old_segments_go_whole() {
    let disk = disk(4);
    let mut log = open(&disk.mount()).expect("opens").0.log;
    assert_eq!(append(&mut log, 0..20), 20);
    let all = batches(0..20);
    let mut places = Vec::new();
    log.replay(Sequence::FIRST..log.next(), &mut |found| {
        places.push(found.place);
        Ok(())
    })
    .expect("replays");
    for (place, payload) in places.iter().zip(&all) {
        assert_eq!(log.read(*place).expect("there"), *payload);
    }
    for from in 1..=log.next().0 {
        let mut seen = Vec::new();
        log.replay(Sequence(from)..log.next(), &mut |found| {
            seen.push(found.payload.to_vec());
            Ok(())
        })
        .expect("replays");
        assert_eq!(seen, all[from as usize - 1..]);
    }
    let middle = Sequence(log.next().0 / 2);
    let stays = log.retirable(middle);
    assert!(log.retire(middle).expect("removed") > 0);
    assert_eq!(log.first(), stays);
    assert!(log.first() <= middle && log.first() > Sequence::FIRST);
    let first = log.first();
    assert!(matches!(log.read(places[0]), Err(Error::Missing { .. })));
    let mounted = disk.mount();
    let identity = Identity { chain: Hash([1; 32]), salt: 0 };
    let mut seen = Vec::new();
    let again = Log::open(Arc::clone(&mounted), identity, SEGMENT, &mut |found, _| {
        seen.push(found.payload.to_vec());
        Ok(())
    });
    assert_eq!(again.expect("opens").log.first(), first);
    assert_eq!(seen, all[first.0 as usize - 1..]);
    assert!(mounted.list().expect("listed").len() < 10);
}
