//! Records of a file that only grows.

/// Appends one record: length, checksum, payload. [`records`] reads them back.
#[must_use]
pub fn record(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(payload.len() + 12);
    bytes.extend(length.to_le_bytes());
    bytes.extend(checksum(length, payload));
    bytes.extend(payload);
    bytes
}

/// The whole records at the start of `bytes` and how many bytes they take. What follows was torn
/// by a crash in the middle of an append, or is damaged.
#[must_use]
pub fn records(bytes: &[u8]) -> (Vec<&[u8]>, usize) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((header, rest)) = bytes[at..].split_at_checked(12) {
        let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let Some(payload) = usize::try_from(length).ok().and_then(|n| rest.get(..n)) else { break };
        if checksum(length, payload) != header[4..] {
            break;
        }
        found.push(payload);
        at += 12 + payload.len();
    }
    (found, at)
}

fn checksum(length: u32, payload: &[u8]) -> [u8; 8] {
    use sha2::{Digest, Sha256};
    let digest: [u8; 32] =
        Sha256::new_with_prefix(length.to_le_bytes()).chain_update(payload).finalize().into();
    let mut short = [0; 8];
    short.copy_from_slice(&digest[..8]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_torn_or_damaged_tail_never_hides_the_records_before_it(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6),
            cut in any::<proptest::sample::Index>(),
            flip in any::<proptest::sample::Index>(),
        ) {
            let bytes: Vec<u8> = payloads.iter().flat_map(|payload| record(payload)).collect();
            let (all, used) = records(&bytes);
            prop_assert_eq!(all.len(), payloads.len());
            prop_assert_eq!(used, bytes.len());

            let cut = cut.index(bytes.len());
            let (kept, used) = records(&bytes[..cut]);
            prop_assert!(used <= cut);
            for (kept, payload) in kept.iter().zip(&payloads) {
                prop_assert_eq!(*kept, payload.as_slice());
            }

            let mut damaged = bytes.clone();
            let at = flip.index(bytes.len());
            damaged[at] ^= 0x10;
            let (kept, used) = records(&damaged);
            prop_assert!(used <= at, "the damaged record at {} was taken ({} used)", at, used);
            prop_assert!(kept.len() < payloads.len());
        }
    }
}
