//! Strict reading of RLP: one encoding a value, nothing after the end.

use crate::Error;
use alloy_rlp::{Decodable, Encodable, Header};
use troupe_types::{Address, Hash};

/// What is left of a list's content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// What is read, for errors.
    what: &'static str,
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The content of the one list that `bytes` are, if they are at most `limit`.
    pub(crate) fn open(what: &'static str, bytes: &'a [u8], limit: usize) -> Result<Self, Error> {
        if bytes.len() > limit {
            return Err(Error::TooLong { what, got: bytes.len(), limit });
        }
        let mut whole = Self { what, left: bytes };
        let content = whole.list()?;
        whole.end()?;
        Ok(content)
    }

    /// One item that was taken from a list.
    pub(crate) const fn item(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, left: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether the next item is a list.
    pub(crate) fn is_at_list(&self) -> bool {
        self.left.first().is_some_and(|first| *first >= 0xc0)
    }

    /// The next item, a number or bytes of a fixed length.
    pub(crate) fn value<T: Decodable>(&mut self) -> Result<T, Error> {
        T::decode(&mut self.left).map_err(|error| self.refuse(reason(&error)))
    }

    pub(crate) fn hash(&mut self) -> Result<Hash, Error> {
        self.value().map(Hash)
    }

    pub(crate) fn address(&mut self) -> Result<Address, Error> {
        self.value().map(Address)
    }

    /// The next item, bytes, at most so many.
    pub(crate) fn bytes(&mut self, limit: usize) -> Result<&'a [u8], Error> {
        let bytes = Header::decode_bytes(&mut self.left, false)
            .map_err(|error| self.refuse(reason(&error)))?;
        if bytes.len() > limit {
            return Err(Error::TooLong { what: self.what, got: bytes.len(), limit });
        }
        Ok(bytes)
    }

    /// The next item, a list.
    pub(crate) fn list(&mut self) -> Result<Self, Error> {
        let left = Header::decode_bytes(&mut self.left, true)
            .map_err(|error| self.refuse(reason(&error)))?;
        Ok(Self { what: self.what, left })
    }

    /// The next item with its header, whatever it is.
    pub(crate) fn raw(&mut self) -> Result<&'a [u8], Error> {
        let before = self.left;
        let header = Header::decode(&mut self.left).map_err(|error| self.refuse(reason(&error)))?;
        // `decode` has seen that so many bytes are there.
        let (_, left) = self
            .left
            .split_at_checked(header.payload_length)
            .ok_or(self.refuse("the bytes end too early"))?;
        self.left = left;
        Ok(&before[..before.len() - left.len()])
    }

    /// Nothing may be left.
    pub(crate) fn end(self) -> Result<(), Error> {
        if self.left.is_empty() { Ok(()) } else { Err(self.refuse("something follows its end")) }
    }

    pub(crate) fn refuse(&self, reason: &'static str) -> Error {
        Error::Malformed { what: self.what, reason }
    }
}

/// Names the kind of failure without repeating a peer's bytes.
pub(crate) fn reason(error: &alloy_rlp::Error) -> &'static str {
    use alloy_rlp::Error as E;
    match error {
        E::Overflow => "a number too large for its field",
        E::LeadingZero => "a number with leading zeros",
        E::InputTooShort => "the bytes end too early",
        E::NonCanonicalSingleByte => "a byte written as a string",
        E::NonCanonicalSize => "a length longer than needed",
        E::UnexpectedLength | E::ListLengthMismatch { .. } => "a field or list of another length",
        E::UnexpectedString => "a string where a list belongs",
        E::UnexpectedList => "a list where a string belongs",
        E::Custom(_) => "not an encoding of its kind",
    }
}

/// Appends the header of a list whose content is so long.
pub(crate) fn push_list_header(payload_length: usize, out: &mut Vec<u8>) {
    Header { list: true, payload_length }.encode(out);
}

/// Appends a list of whatever `content` appends.
pub(crate) fn push_list(out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let mut payload = Vec::new();
    content(&mut payload);
    push_list_header(payload.len(), out);
    out.extend_from_slice(&payload);
}

/// Appends a string.
pub(crate) fn push_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    bytes.encode(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_encoding_is_read() {
        let read = |bytes: &[u8]| -> Result<u64, Error> {
            let mut list = Reader::open("test", bytes, 16)?;
            let value = list.value()?;
            list.end()?;
            Ok(value)
        };
        assert_eq!(read(&[0xc1, 0x07]), Ok(7));
        for (bytes, reason) in [
            (&[0xc1, 0x00][..], "a number with leading zeros"),
            (&[0xc2, 0x81, 0x07], "a byte written as a string"),
            (&[0xc2, 0x07, 0x07], "something follows its end"),
            (&[0xc1, 0x07, 0x07], "something follows its end"),
            (&[0xf8, 0x01, 0x07], "a length longer than needed"),
            (&[0xc2, 0x07], "the bytes end too early"),
            (&[0x07], "a string where a list belongs"),
            (&[0xc1, 0xc0], "a list where a string belongs"),
        ] {
            assert_eq!(read(bytes), Err(Error::Malformed { what: "test", reason }), "{bytes:x?}");
        }
        let limit = Error::TooLong { what: "test", got: 17, limit: 16 };
        assert_eq!(read(&[0xc0; 17]), Err(limit));
    }
}
