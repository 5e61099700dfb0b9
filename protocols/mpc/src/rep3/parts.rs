//! Thirds of a vector, each with another dealer, so that no party sends or works more than others.

use super::traffic::Role;
use core::ops::Range;

/// Bits in a word: a part begins and ends where words of bits do.
const BITS: usize = u64::BITS as usize;

/// A stretch of a vector whose exchange one party deals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// What a party does in it: which one deals follows from the operation and the part.
    pub(crate) role: Role,
    /// The words, where elements are bits.
    pub(crate) words: Range<usize>,
    /// The elements.
    pub(crate) elements: Range<usize>,
}

/// The parts of the operation at `op` with so many elements, as `party` sees them; none is empty.
pub(crate) fn parts(op: usize, length: usize, party: u8) -> impl Iterator<Item = Part> {
    let words = length.div_ceil(BITS);
    (0..3).filter_map(move |third| {
        // Words are at most 2^24 here, so a triple of them is far from the end of usize.
        let range = words * third / 3..words * (third + 1) / 3;
        if range.is_empty() {
            return None;
        }
        let elements = range.start * BITS..length.min(range.end * BITS);
        Some(Part { role: Role::of(op + third, party), words: range, elements })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_cover_a_vector_once_and_every_party_deals_a_third(
            op in 0usize..5000,
            length in 1usize..100_000,
        ) {
            let mut end = 0;
            let mut dealt = [0; 3];
            for part in parts(op, length, 0) {
                prop_assert_eq!(part.elements.start, end);
                prop_assert_eq!(part.words.start * BITS, end);
                end = part.elements.end;
                prop_assert!(part.words.end * BITS >= end && !part.elements.is_empty());
            }
            prop_assert_eq!(end, length);
            for (party, dealt) in (0..3).zip(&mut dealt) {
                let own = parts(op, length, party).filter(|part| part.role == Role::Dealer);
                *dealt = own.map(|part| part.words.len()).sum();
            }
            let (least, most) = (dealt.iter().min(), dealt.iter().max());
            prop_assert!(most <= least.map(|least| least + 1).as_ref());
        }
    }
}
