//! Reading what a stranger wrote: every offset and length is checked before it is used.

use super::Abi;

/// Bytes that are not what they should be. As with Solidity, the caller gets no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl core::fmt::Display for Malformed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not the ABI encoding of the types asked for")
    }
}

impl core::error::Error for Malformed {}

/// A place in bytes being read.
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    /// Where the head that is read begins: offsets count from here.
    base: usize,
    next: usize,
}

impl<'a> Decoder<'a> {
    /// Reads from the first byte on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, base: 0, next: 0 }
    }

    /// Reads the next value of the head.
    ///
    /// # Errors
    ///
    /// Bytes that are no value of this type.
    pub fn get<T: Abi>(&mut self) -> Result<T, Malformed> {
        if !T::IS_DYNAMIC {
            return T::decode(self);
        }
        let offset = self.length()?;
        let start = self.base.checked_add(offset).ok_or(Malformed)?;
        if start > self.bytes.len() {
            return Err(Malformed);
        }
        T::decode(&mut Decoder { bytes: self.bytes, base: start, next: start })
    }

    /// The next 32 bytes.
    pub(super) fn word(&mut self) -> Result<&'a [u8; 32], Malformed> {
        let rest = self.bytes.get(self.next..).ok_or(Malformed)?;
        let word = rest.first_chunk().ok_or(Malformed)?;
        self.next += 32;
        Ok(word)
    }

    /// The next 32 bytes as a length or an offset.
    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        let word = self.word()?;
        let (high, low) = word.split_at(28);
        if high.iter().any(|byte| *byte != 0) {
            return Err(Malformed);
        }
        let low = low.first_chunk().ok_or(Malformed)?;
        usize::try_from(u32::from_be_bytes(*low)).map_err(|_| Malformed)
    }

    /// The number of elements of a list whose heads follow, each of `head` bytes.
    pub(super) fn count(&mut self, head: usize) -> Result<usize, Malformed> {
        let count = self.length()?;
        let needed = count.checked_mul(head).ok_or(Malformed)?;
        if needed > self.bytes.len() - self.next {
            return Err(Malformed);
        }
        // Offsets of the elements count from behind the length.
        self.base = self.next;
        Ok(count)
    }

    /// Length and bytes.
    pub(super) fn blob(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        let rest = &self.bytes[self.next..];
        rest.get(..length).ok_or(Malformed)
    }
}
