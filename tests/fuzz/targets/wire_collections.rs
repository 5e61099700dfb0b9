//! Bounded collections, nested as messages nest them, under every limit.
#![no_main]

use bincode::{Decode, Encode};
use libfuzzer_sys::fuzz_target;
use troupe_fuzz::decodes;
use troupe_wire::{Blob, Limit, List, Text};

#[derive(Encode, Decode)]
struct Row {
    name: Text<16>,
    cells: List<u64, 8>,
}

#[derive(Encode, Decode)]
enum Sample {
    Empty,
    Rows { id: u64, rows: List<Row, 32> },
    Body(Blob<2048>),
    Nested(List<List<Option<Text<8>>, 4>, 4>),
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let limits = [Limit::KiB1, Limit::KiB16, Limit::KiB64, Limit::KiB256, Limit::KiB512];
    decodes::<Sample>(body, limits[usize::from(choice % 4)]);
});
