//! A frame's memory, and pieces of it that others read.

use std::rc::Rc;

/// A word of memory.
const WORD: u64 = 32;
/// Beyond this nobody can pay for memory.
const MOST: u64 = 1 << 32;

/// Bytes that a frame was handed: a piece of its caller's memory, which rests meanwhile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    bytes: Rc<Vec<u8>>,
    from: usize,
    to: usize,
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        let to = bytes.len();
        Self { bytes: Rc::new(bytes), from: 0, to }
    }
}

impl Data {
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.from..self.to).unwrap_or_default()
    }
}

/// Memory that grows by words. Reading and writing are for ranges that it has grown to before.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    bytes: Rc<Vec<u8>>,
    /// What its size has cost in all.
    cost: u64,
}

impl Memory {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// What it costs to grow so that it ends there at the earliest; `None` where nobody can pay.
    // Yellow Paper, appendix H: 3 gas a word, and the square of the words by 512.
    pub(crate) fn price(&self, end: u64) -> Option<u64> {
        if end <= self.bytes.len() as u64 {
            return Some(0);
        }
        if end > MOST {
            return None;
        }
        let words = end.div_ceil(WORD);
        let cost = 3 * words + words * words / 512;
        Some(cost - self.cost)
    }

    /// Grows, where its price was paid.
    pub(crate) fn grow(&mut self, end: u64, price: u64) {
        if price == 0 {
            return;
        }
        self.cost += price;
        let size = usize::try_from(end.div_ceil(WORD) * WORD).unwrap_or(usize::MAX);
        Rc::make_mut(&mut self.bytes).resize(size, 0);
    }

    pub(crate) fn read(&self, from: usize, length: usize) -> &[u8] {
        &self.bytes[from..from + length]
    }

    /// A piece that stays as it is: whoever holds it has gone when this frame goes on.
    pub(crate) fn share(&self, from: usize, length: usize) -> Data {
        if length == 0 {
            return Data::default();
        }
        Data { bytes: Rc::clone(&self.bytes), from, to: from + length }
    }

    pub(crate) fn write(&mut self, from: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            Rc::make_mut(&mut self.bytes)[from..from + bytes.len()].copy_from_slice(bytes);
        }
    }

    /// Copies from a place in `source`; zeros come from behind its end.
    pub(crate) fn copy(&mut self, from: usize, length: usize, source: &[u8], offset: usize) {
        if length == 0 {
            return;
        }
        let found = source.get(offset..).unwrap_or_default();
        let found = &found[..found.len().min(length)];
        let target = &mut Rc::make_mut(&mut self.bytes)[from..from + length];
        let (head, tail) = target.split_at_mut(found.len());
        head.copy_from_slice(found);
        tail.fill(0);
    }

    /// Copies within; the ranges may overlap.
    pub(crate) fn shift(&mut self, from: usize, to: usize, length: usize) {
        if length > 0 {
            Rc::make_mut(&mut self.bytes).copy_within(from..from + length, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nobody_can_pay_for_memory_without_end() {
        let memory = Memory::default();
        assert_eq!(memory.price(MOST + 1), None);
        assert!(memory.price(MOST).is_some_and(|price| price > 1 << 44));
        assert_eq!(
            (memory.price(0), memory.price(1), memory.price(33)),
            (Some(0), Some(3), Some(6))
        );
    }

    #[test]
    fn what_was_shared_is_not_written_over() {
        let mut memory = Memory::default();
        memory.grow(64, 6);
        memory.write(1, &[7; 3]);
        let shared = memory.share(0, 4);
        memory.write(0, &[9; 4]);
        assert_eq!((shared.as_slice(), memory.read(0, 4)), (&[0, 7, 7, 7][..], &[9; 4][..]));
    }

    proptest! {
        /// Whatever the steps, the price of all is that of the size in the end.
        #[test]
        fn growing_in_steps_costs_what_growing_at_once_costs(
            ends in proptest::collection::vec(0u64..100_000, 1..20),
        ) {
            let mut memory = Memory::default();
            for end in &ends {
                let price = memory.price(*end).unwrap();
                memory.grow(*end, price);
            }
            let last = ends.iter().max().unwrap();
            prop_assert_eq!(Some(memory.cost), Memory::default().price(*last));
            prop_assert_eq!(memory.as_slice().len() as u64, last.div_ceil(WORD) * WORD);
        }
    }
}
