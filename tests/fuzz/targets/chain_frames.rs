//! Files of frames: whatever the bytes, what is taken is what its writer would have written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::frames::{Content, HEAD, Head, MAX_PAYLOAD, PREFACE, Preface, Sum, Tag};

fuzz_target!(|bytes: &[u8]| {
    let Some((preface, mut rest)) = bytes.split_first_chunk::<PREFACE>() else { return };
    for content in [Content::Blocks, Content::Snapshot] {
        if let Ok(read) = Preface::decode(preface, content) {
            assert_eq!(read.bytes(), preface);
        }
    }
    let (mut sum, mut again) = (Sum::default(), Sum::default());
    while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
        let Ok(read) = Head::decode(head) else { return };
        assert!(read.length <= MAX_PAYLOAD);
        let Some((payload, after)) = after.split_at_checked(read.length) else { return };
        if sum.check(&read, payload).is_err() {
            return;
        }
        if read.tag == Tag::End {
            assert_eq!(again.finish(), [&head[..], payload].concat());
            return;
        }
        let written = again.frame(read.tag, payload).expect("short");
        assert_eq!(written, [&head[..], payload].concat());
        rest = after;
    }
});
