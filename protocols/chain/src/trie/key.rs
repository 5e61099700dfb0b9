//! Keys and their half bytes.

/// A hashed key: 64 half bytes, the path from the root.
pub type Key = [u8; 32];

/// Half bytes in a key.
pub(super) const NIBBLES: usize = 64;

/// The half byte at a depth below [`NIBBLES`].
pub(super) fn nibble(key: &Key, depth: usize) -> u8 {
    let byte = key[depth / 2];
    if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0x0f }
}

/// The key with another half byte at a depth.
pub(super) fn with_nibble(key: &Key, depth: usize, nibble: u8) -> Key {
    let mut changed = *key;
    let byte = &mut changed[depth / 2];
    *byte = if depth.is_multiple_of(2) {
        (*byte & 0x0f) | (nibble << 4)
    } else {
        (*byte & 0xf0) | nibble
    };
    changed
}

/// How many half bytes two keys have in common from the start.
pub(super) fn common(a: &Key, b: &Key) -> usize {
    for (at, (x, y)) in a.iter().zip(b).enumerate() {
        if x != y {
            return 2 * at + usize::from(x >> 4 == y >> 4);
        }
    }
    NIBBLES
}

/// Appends the hexadecimal-prefix encoding of the half bytes `from..to`.
// Yellow paper, appendix C: the first half byte says whether the count is odd and whether a leaf follows.
pub(super) fn push_path(key: &Key, from: usize, to: usize, is_leaf: bool, out: &mut Vec<u8>) {
    let flag = if is_leaf { 0x20 } else { 0 };
    let is_odd = !(to - from).is_multiple_of(2);
    let mut at = from;
    if is_odd {
        out.push(flag | 0x10 | nibble(key, at));
        at += 1;
    } else {
        out.push(flag);
    }
    if at.is_multiple_of(2) && to.is_multiple_of(2) {
        out.extend_from_slice(&key[at / 2..to / 2]);
        return;
    }
    while at < to {
        out.push((nibble(key, at) << 4) | nibble(key, at + 1));
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_written_as_the_yellow_paper_has_them() {
        let mut key = [0; 32];
        key[..3].copy_from_slice(&[0x12, 0x34, 0x5f]);
        let path = |from, to, is_leaf| {
            let mut out = Vec::new();
            push_path(&key, from, to, is_leaf, &mut out);
            out
        };
        assert_eq!(path(0, 5, false), [0x11, 0x23, 0x45]);
        assert_eq!(path(0, 6, false), [0x00, 0x12, 0x34, 0x5f]);
        assert_eq!(path(1, 5, true), [0x20, 0x23, 0x45]);
        assert_eq!(path(4, 5, true), [0x35]);
        assert_eq!(path(2, 2, false), [0x00]);
    }

    proptest! {
        #[test]
        fn the_common_part_is_common_and_ends_there(a in any::<[u8; 32]>(), at in 0usize..64, to in 0u8..16) {
            let b = with_nibble(&a, at, to);
            prop_assert_eq!(nibble(&b, at), to);
            let want = if nibble(&a, at) == to { NIBBLES } else { at };
            prop_assert_eq!(common(&a, &b), want);
        }
    }
}
