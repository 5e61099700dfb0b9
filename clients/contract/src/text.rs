//! Text put together while compiling: signatures and the ABI's JSON.

/// At most `N` bytes of text. More stop the build.
#[derive(Debug, Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

/// The name of a type in a signature: `(address,uint256)[]`.
pub type Name = Text<192>;

/// One entry of the ABI's JSON.
pub type Entry = Text<4096>;

impl<const N: usize> Text<N> {
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; N], length: 0 };

    /// What a literal says.
    pub const fn of(text: &str) -> Self {
        Self::EMPTY.then(text)
    }

    /// The text with `more` at its end.
    pub const fn then(self, more: &str) -> Self {
        self.then_bytes(more.as_bytes(), more.len())
    }

    /// The text with another at its end.
    pub const fn join<const M: usize>(self, more: &Text<M>) -> Self {
        self.then_bytes(&more.bytes, more.length)
    }

    /// The text with a decimal number at its end.
    pub const fn number(self, number: usize) -> Self {
        let digit = [b'0' + (number % 10) as u8];
        let before = if number < 10 { self } else { self.number(number / 10) };
        before.then_bytes(&digit, 1)
    }

    const fn then_bytes(mut self, more: &[u8], length: usize) -> Self {
        assert!(
            self.length + length <= N,
            "the name of a type, or an entry of the ABI, is too long"
        );
        let mut at = 0;
        while at < length {
            self.bytes[self.length + at] = more[at];
            at += 1;
        }
        self.length += length;
        self
    }

    /// How many bytes it has.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes alone; `L` has to be [`Text::len`].
    pub const fn exact<const L: usize>(&self) -> [u8; L] {
        assert!(L == self.length, "a text of another length");
        let mut bytes = [0; L];
        let mut at = 0;
        while at < L {
            bytes[at] = self.bytes[at];
            at += 1;
        }
        bytes
    }

    /// As a string slice.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.length]).expect("made of string slices and digits")
    }

    /// The hash of a signature.
    pub const fn keccak256(&self) -> [u8; 32] {
        crate::keccak::keccak256_of(&self.bytes, self.length)
    }

    /// What a call of the function with this signature begins with.
    pub const fn selector(&self) -> [u8; 4] {
        let hash = self.keccak256();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_put_together_and_hashed_while_compiling() {
        const NAME: Name = Name::of("address");
        const SIGNATURE: Entry =
            Entry::of("transfer(").join(&NAME).then(",uint").number(256).then(")");
        const SELECTOR: [u8; 4] = SIGNATURE.selector();
        assert_eq!(SIGNATURE.as_str(), "transfer(address,uint256)");
        assert_eq!(SELECTOR, [0xa9, 0x05, 0x9c, 0xbb]);
        assert_eq!(&NAME.exact::<7>(), b"address");
    }

    #[test]
    #[should_panic(expected = "too long")]
    fn a_text_without_room_is_refused() {
        let _ = Text::<3>::of("four");
    }
}
