//! Records of a log as a crash or a bad disk left them: some bytes overwritten, the end cut off.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::overwrite;
use troupe_runtime::{record, records};

fuzz_target!(|input: (Vec<Vec<u8>>, Vec<(u16, u8)>, u16)| {
    let (written, changes, cut) = input;
    let mut bytes: Vec<u8> = written.iter().flat_map(|payload| record(payload)).collect();
    if !bytes.is_empty() {
        overwrite(&mut bytes, &changes);
        bytes.truncate(bytes.len() - usize::from(cut) % bytes.len());
    }
    let (found, used) = records(&bytes);
    assert!(used <= bytes.len());
    assert!(found.len() <= written.len(), "a record that nobody wrote");
    assert!(
        found.iter().zip(&written).all(|(found, written)| found == written),
        "a changed record"
    );
});
