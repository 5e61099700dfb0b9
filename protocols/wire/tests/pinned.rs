//! The encodings that peers rely on: a changed one stops here, not on a network.

use rand_core::RngCore;
use troupe_types::{Bytes, Hash, Incarnation, Millis, NetworkId, NodeId, SessionId, UnixMillis};
use troupe_wire::{
    Blob, CallError, Limit, List, Seed, Stream, Text, Version, VersionRange, codec, vectors,
};

fn length(stream: &mut Stream, most: u64) -> usize {
    usize::try_from(stream.below(most + 1)).expect("a small length")
}

/// Numbers of every width, so that each form of the variable-length encoding is pinned.
fn number(stream: &mut Stream) -> u64 {
    let width = stream.below(64);
    stream.next_u64() >> width
}

fn version(stream: &mut Stream) -> Version {
    Version(u16::try_from(stream.below(1 << 16)).expect("sixteen bits"))
}

#[test]
fn plain_values_keep_their_encoding() {
    let small = Limit::KiB1;
    assert_eq!(vectors::hash(small, |s| Hash(s.array())), "b46aa98237bc6128");
    assert_eq!(vectors::hash(small, |s| NodeId(s.array())), "b46aa98237bc6128");
    assert_eq!(vectors::hash(small, |s| SessionId(s.array())), "c37f1dc762ebb11d");
    assert_eq!(vectors::hash(small, |s| NetworkId(number(s))), "835feab1726245ca");
    assert_eq!(vectors::hash(small, |s| Incarnation(number(s))), "835feab1726245ca");
    assert_eq!(vectors::hash(small, |s| Millis(number(s))), "835feab1726245ca");
    assert_eq!(vectors::hash(small, |s| UnixMillis(number(s))), "835feab1726245ca");
    assert_eq!(vectors::hash(small, |s| Bytes(number(s))), "835feab1726245ca");
}

#[test]
fn versions_and_outcomes_keep_their_encoding() {
    let small = Limit::KiB1;
    assert_eq!(vectors::hash(small, version), "c82ca29f60361131");
    assert_eq!(
        vectors::hash(small, |s| VersionRange { min: version(s), max: version(s) }),
        "cbf36909e49a5a7e"
    );
    assert_eq!(vectors::hash(small, |s| CallError::ALL[length(s, 7)]), "87fdae99f79ac5aa");
}

#[test]
fn collections_keep_their_encoding() {
    let small = Limit::KiB1;
    let list = |s: &mut Stream| {
        let values = (0..length(s, 64)).map(|_| number(s)).collect();
        List::<u64, 64>::new(values).expect("at most 64")
    };
    let text = |s: &mut Stream| {
        let letters = ["a", "é", "Ω", "🎭"];
        let text: String = (0..length(s, 20)).map(|_| letters[length(s, 3)]).collect();
        Text::<80>::new(text).expect("at most twenty letters of four bytes")
    };
    let blob = |s: &mut Stream| {
        let mut bytes = vec![0; length(s, 500)];
        s.fill_bytes(&mut bytes);
        Blob::<500>::new(bytes).expect("at most 500")
    };
    assert_eq!(vectors::hash(small, list), "dbc00d13dc9bdb07");
    assert_eq!(vectors::hash(small, text), "0b9aa296e788760e");
    assert_eq!(vectors::hash(small, blob), "c3bfc927ba15be63");
}

#[test]
fn the_bytes_of_a_small_example_are_these() {
    let range = VersionRange { min: Version(1), max: Version(300) };
    let name = Text::<8>::new("rôle").expect("five bytes");
    let rows = List::<u32, 4>::new(vec![7, 70_000]).expect("two");
    let bytes = codec::encode(&(range, name, rows, true), Limit::KiB1).expect("small");
    let want: &[u8] = &[
        1, 251, 44, 1, // versions 1 and 300
        5, b'r', 0xc3, 0xb4, b'l', b'e', // five bytes of text
        2, 7, 252, 0x70, 0x11, 1, 0, // two numbers
        1, // true
    ];
    assert_eq!(bytes, want);
}

#[test]
fn a_seed_gives_the_same_stream_on_every_machine() {
    // Computed apart from this code: SHA-256 for the seeds, one ChaCha20 block for the stream.
    let bytes: [u8; 8] = Seed::from_number(1).child("node", 2).stream("delays").array();
    assert_eq!(bytes, [152, 133, 35, 153, 4, 125, 59, 221]);
}
