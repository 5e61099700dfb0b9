//! What a party kept, as it comes back from its disk: any bytes, and a good one with some bytes overwritten.
#![no_main]

#[path = "../../../protocols/mpc/tests/common/mod.rs"]
mod common;

use common::{PLACE, Weather, World, table};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use troupe_fuzz::{keeping, overwrite};
use troupe_mpc::{Kept, Shelf};

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Bytes(&'a [u8]),
    Overwritten(Vec<(u16, u8)>),
}

/// The product of two columns, at party 1.
fn kept() -> &'static [u8] {
    static KEPT: OnceLock<Vec<u8>> = OnceLock::new();
    KEPT.get_or_init(|| {
        let shelves = [(); 3].map(|()| Shelf::default());
        let tables = vec![
            table(3, &[("x", vec![1.0, 5.0, 9.0])]),
            table(3, &[("y", vec![10.0, 20.0, 60.0])]),
        ];
        let luck = (Weather::FAIR, 1);
        World::shelved(PLACE, &keeping(), tables, luck, &shelves).run();
        shelves[1].of(PLACE.session)[0].encode()
    })
}

fn reads(bytes: &[u8]) {
    let Ok(read) = Kept::decode(bytes) else { return };
    assert_eq!(read.encode(), bytes, "another form of the same");
    // Whatever is read is whole, and whatever is changed has another name.
    let whole = Kept::decode(kept()).expect("as it was kept");
    assert!(read == whole || read.id() != whole.id());
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Bytes(bytes) => reads(bytes),
        Input::Overwritten(changes) => {
            let mut bytes = kept().to_vec();
            overwrite(&mut bytes, &changes);
            reads(&bytes);
        }
    }
});
