//! The batches of a segment, and what the bytes after the last whole one say.

use super::record::{Found, HEADER, Header, Kind, Place, Sequence};

/// What follows the last whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing.
    Nothing,
    /// Bytes that may be a batch which was being written.
    Torn,
    /// Damage in a batch that was acknowledged: a later one is there.
    Damaged {
        /// Where the first record is that cannot be read, in bytes from the start of the batches.
        at: usize,
    },
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned<'a> {
    /// The records of whole batches.
    pub records: Vec<Found<'a>>,
    /// Bytes of whole batches.
    pub end: usize,
    /// What follows.
    pub rest: Rest,
}

/// Reads batches that begin with the record `first`. `place` says of which segment they are and how
/// far into it they begin.
#[must_use]
pub fn read_batches(
    salt: u32,
    first: Sequence,
    (segment, start): (u64, u64),
    bytes: &[u8],
) -> Scanned<'_> {
    let mut scanned = Scanned { records: Vec::new(), end: 0, rest: Rest::Nothing };
    let mut batch: Vec<Found<'_>> = Vec::new();
    let (mut at, mut next, mut begun) = (0, first, first);
    let mut promised = 0;
    while at < bytes.len() {
        let found = Header::read(salt, &bytes[at..]).filter(|header| {
            let index = usize::from(header.index);
            let continues = batch.is_empty() || header.count == promised;
            header.sequence == next
                && index == batch.len()
                && header.index < header.count
                && continues
        });
        let whole = found.and_then(|header| Some((header, header.payload(salt, &bytes[at..])?)));
        let Some((header, payload)) = whole else {
            let is_followed = is_followed(salt, begun, &bytes[at + 1..]);
            scanned.rest = if is_followed { Rest::Damaged { at } } else { Rest::Torn };
            return scanned;
        };
        let length = HEADER + payload.len();
        let place = Place {
            segment,
            offset: start + at as u64,
            length: header.length.saturating_add(HEADER as u32),
        };
        batch.push(Found { sequence: next, kind: header.kind, place, payload });
        at += length;
        next = next.next();
        promised = header.count;
        if header.index + 1 == header.count {
            scanned.records.append(&mut batch);
            scanned.end = at;
            begun = next;
        }
    }
    if scanned.end < bytes.len() {
        scanned.rest = Rest::Torn;
    }
    scanned
}

/// Whether a record is in `bytes` that belongs to a later batch than the one that begins with `begun`.
fn is_followed(salt: u32, begun: Sequence, bytes: &[u8]) -> bool {
    // Each record takes a header at least, so that numbers beyond this are no records from here.
    let last = begun.0.saturating_add(super::MAX_BATCH as u64 + (bytes.len() / HEADER) as u64);
    let mut at = 0;
    while at + HEADER <= bytes.len() {
        let rest = &bytes[at..];
        let later = Header::read(salt, rest).filter(|header| {
            let batch = header.sequence.0.saturating_sub(u64::from(header.index));
            batch > begun.0 && header.sequence.0 <= last
        });
        if later.is_some_and(|header| header.payload(salt, rest).is_some()) {
            return true;
        }
        at += 1;
    }
    false
}

impl Found<'_> {
    /// Whether a process said with it that all is synced.
    pub(crate) fn is_close(&self) -> bool {
        self.kind == Kind::Close
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::batch_onto;
    use super::*;
    use proptest::prelude::*;

    const SALT: u32 = 77;

    fn batches(sizes: &[Vec<usize>]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends, mut next) = (Vec::new(), vec![0], Sequence(5));
        for sizes in sizes {
            let payloads: Vec<Vec<u8>> = sizes.iter().map(|size| vec![3; *size]).collect();
            let batch: Vec<_> =
                payloads.iter().map(|it| (Kind::Consensus, it.as_slice())).collect();
            batch_onto(SALT, next, &batch, &mut bytes).expect("small");
            next.0 += sizes.len() as u64;
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn read(bytes: &[u8]) -> Scanned<'_> {
        read_batches(SALT, Sequence(5), (1, 68), bytes)
    }

    #[test]
    fn records_know_where_they_are() {
        let (bytes, _) = batches(&[vec![10, 0], vec![4]]);
        let scanned = read(&bytes);
        assert_eq!((scanned.end, scanned.rest), (bytes.len(), Rest::Nothing));
        let last = scanned.records.last().expect("three");
        assert_eq!((last.sequence, last.place.offset, last.place.length), (Sequence(7), 134, 32));
        // Another salt, another number: no records at all.
        assert_eq!(read_batches(1, Sequence(5), (1, 0), &bytes).records, []);
        assert_eq!(read_batches(SALT, Sequence(6), (1, 0), &bytes).rest, Rest::Damaged { at: 0 });
    }

    #[test]
    fn a_page_that_came_before_another_one_of_its_batch_acknowledges_nothing() {
        let (mut bytes, ends) = batches(&[vec![10], vec![50, 50, 50]]);
        bytes[ends[1]..ends[1] + 60].fill(0);
        let scanned = read(&bytes);
        assert_eq!((scanned.end, scanned.rest), (ends[1], Rest::Torn));
    }

    proptest! {
        #[test]
        fn a_cut_keeps_whole_batches_and_a_changed_byte_before_the_last_one_is_damage(
            sizes in prop::collection::vec(prop::collection::vec(0_usize..40, 1..4), 1..6),
            cut in any::<prop::sample::Index>(),
            bits in 1_u8..,
        ) {
            let (bytes, ends) = batches(&sizes);
            let at = cut.index(bytes.len());
            let scanned = read(&bytes[..at]);
            let whole = *ends.iter().filter(|end| **end <= at).max().expect("zero");
            prop_assert_eq!(scanned.end, whole);
            prop_assert_eq!(scanned.rest, if whole == at { Rest::Nothing } else { Rest::Torn });

            let mut changed = bytes.clone();
            changed[at] ^= bits;
            let scanned = read(&changed);
            prop_assert_eq!(scanned.end, whole);
            let is_last = at >= ends[ends.len() - 2];
            let is_damaged = matches!(scanned.rest, Rest::Damaged { .. });
            prop_assert!(is_damaged != is_last, "{:?}", scanned.rest);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let scanned = read(&bytes);
            prop_assert!(scanned.end <= bytes.len());
        }
    }
}
