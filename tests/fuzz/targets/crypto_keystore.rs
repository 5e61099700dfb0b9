//! Keystore files: any text, and a sealed file with some bytes overwritten.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use troupe_crypto::keystore::{Cost, Entry, Kind, Secret, inspect, open};
use troupe_fuzz::overwrite;
use troupe_wire::Seed;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Text(&'a str),
    Overwritten(Vec<(u16, u8)>),
}

const SECRET: [u8; 32] = [7; 32];
const PASSWORD: &[u8] = b"open sesame";

fn sealed() -> Vec<u8> {
    let secret = Secret::new(SECRET.to_vec()).expect("32 bytes");
    let entry = Entry::new(Kind::Account, "savings", secret).expect("a key of its kind");
    let cost = Cost::new(1, 1, 1).expect("the smallest");
    entry.seal(PASSWORD, cost, &mut Seed::from_number(1).stream("keystore")).into_bytes()
}

/// Only fields are overwritten, so the cost stays near the smallest. Where even the name of our part
/// is gone, the file is another program's, has no label, and promises less.
fn overwritten(changes: &[(u16, u8)]) {
    let mut bytes = sealed();
    overwrite(&mut bytes, changes);
    let Ok(text) = String::from_utf8(bytes) else { return };
    let _ = inspect(&text);
    if let Ok(entry) = open(&text, PASSWORD)
        && !entry.label().is_empty()
    {
        assert_eq!(entry.secret().expose(), SECRET, "another secret under the same seal");
        assert_eq!(entry.label(), "savings", "another label under the same seal");
    }
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Text(text) => drop(inspect(text)),
        Input::Overwritten(changes) => overwritten(&changes),
    }
});
