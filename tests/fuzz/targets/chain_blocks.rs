//! Headers, blocks and receipts: what is read has one form. The first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::block::{Stored, decode_receipts, encode_receipts, receipts_root};
use troupe_chain::{Block, Header};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 4 {
        0 => {
            let Ok(header) = Header::decode(body) else { return };
            let mut again = Vec::new();
            header.encode(&mut again);
            assert_eq!(again, body, "a second encoding of the same header");
        }
        1 => {
            let Ok(block) = Block::decode(body) else { return };
            assert_eq!(block.encode().as_deref(), Ok(body), "a second encoding of the same block");
            let _ = block.check_body();
        }
        2 => {
            let header = Stored::decode_header(body);
            let Ok(stored) = Stored::decode(body) else { return };
            assert_eq!(header.as_ref(), Ok(stored.block.header()));
            assert_eq!(stored.encode().as_deref(), Ok(body), "a second encoding");
        }
        _ => {
            let Ok(receipts) = decode_receipts(body) else { return };
            assert_eq!(encode_receipts(&receipts).as_deref(), Ok(body), "a second encoding");
            let _ = receipts_root(&receipts);
        }
    }
});
