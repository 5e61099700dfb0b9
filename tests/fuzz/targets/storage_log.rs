//! A log as a crash or a bad disk left it: what was acknowledged is there, or the log says that it is not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::overwrite;
use troupe_runtime::sim::Disk;
use troupe_storage::log::{Identity, Kind, Log, Opened, Rest, Sequence, read_batches};
use troupe_types::{Bytes, Hash};
use troupe_wire::Seed;

/// The records of a log; none when it is refused.
fn records(disk: &Disk) -> Option<(Opened, Vec<Vec<u8>>)> {
    let identity = Identity { chain: Hash([1; 32]), salt: 7 };
    let mut records = Vec::new();
    let opened = Log::open(disk.mount(), identity, Bytes(512), &mut |found, _| {
        records.push(found.payload.to_vec());
        Ok(())
    });
    opened.ok().map(|opened| (opened, records))
}

/// The batches that are written, the file that is spoiled, what is written over it, how much of its
/// end goes, and bytes that are read as a log of their own.
type Input = (Vec<Vec<Vec<u8>>>, u8, Vec<(u16, u8)>, u16, Vec<u8>);

fuzz_target!(|input: Input| {
    let (batches, file, changes, cut, raw) = input;
    // Bytes that nobody wrote.
    let scanned = read_batches(0, Sequence::FIRST, (1, 0), &raw);
    assert!(scanned.end <= raw.len());
    assert_eq!(scanned.rest == Rest::Nothing, scanned.end == raw.len());

    let disk = Disk::new(&Seed::from_number(1));
    let (mut opened, _) = records(&disk).expect("an empty disk");
    for batch in &batches {
        let batch: Vec<_> = batch.iter().map(|it| (Kind::Consensus, it.as_slice())).collect();
        opened.log.append(&batch).expect("no fault");
    }
    let names = disk.names();
    let name = &names[usize::from(file) % names.len()];
    let mut bytes = disk.contents(name);
    overwrite(&mut bytes, &changes);
    bytes.truncate(bytes.len() - usize::from(cut) % bytes.len());
    disk.put(name, Some(bytes));
    if let Some((_, found)) = records(&disk) {
        let written = batches.concat();
        assert!(written.starts_with(&found), "a record that nobody wrote");
        assert!(name == "log-mark" || found == written, "an acknowledged record is forgotten");
    }
});
