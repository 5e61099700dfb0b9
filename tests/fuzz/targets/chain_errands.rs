//! Records of errands: what is read has one form, and whatever they say together, a later process begins with it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::errand::{Errands, Limits, Record};
use troupe_wire::Now;

fuzz_target!(|data: &[u8]| {
    let read = |part: &[u8]| {
        let record = Record::decode(part).ok()?;
        assert_eq!(record.encode(), part, "a second encoding of the same record");
        Some(record)
    };
    // Several of them, each behind its length.
    let (mut records, mut rest) = (Vec::new(), data);
    while let Some((length, tail)) = rest.split_first() {
        let (part, later) = tail.split_at(usize::from(*length).min(tail.len()));
        records.extend(read(part));
        rest = later;
    }
    let errands = Errands::new(Limits::default(), records, Now::default());
    let again = Errands::new(Limits::default(), errands.records(), Now::default());
    assert_eq!(errands.records(), again.records());
});
