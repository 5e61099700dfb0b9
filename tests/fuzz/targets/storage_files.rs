//! Parts of state files, and committed blocks of the log; the first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_storage::Commit;
use troupe_storage::state::{MAX_CHUNK, read_chunk, read_header, read_trailer};

/// Gives a damaged part its checksum again, so that what is behind it is reached.
fn seal(bytes: &mut [u8], at: usize) {
    if bytes.len() > at + 4 {
        let crc = crc32fast::hash(&bytes[at + 4..]);
        bytes[at..at + 4].copy_from_slice(&crc.to_le_bytes());
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let mut bytes = body.to_vec();
    match choice % 4 {
        0 => {
            seal(&mut bytes, 8);
            let _ = read_header(&bytes);
        }
        1 => {
            seal(&mut bytes, 8);
            let _ = read_trailer(&bytes);
        }
        2 => {
            seal(&mut bytes, 0);
            if let Ok(chunk) = read_chunk(&bytes) {
                assert!(bytes.len() <= MAX_CHUNK + 16);
                assert!(chunk.items.is_sorted_by(|(a, _), (b, _)| a < b), "keys out of order");
            }
        }
        _ => {
            if let Ok(commit) = Commit::decode(&bytes) {
                assert_eq!(commit.encode().expect("it fitted"), bytes, "another form of it");
            }
        }
    }
});
