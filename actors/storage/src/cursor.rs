//! Reading fixed fields from bytes that may be anything.

use crate::Error;
use troupe_types::Hash;

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    pub(crate) const fn refuse(&self, reason: &'static str) -> Error {
        Error::Malformed { what: self.what, reason }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(self.refuse("too short"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(self.refuse("too short"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn hash(&mut self) -> Result<Hash, Error> {
        self.array().map(Hash)
    }

    /// Bytes behind their length in 16 bits.
    pub(crate) fn short(&mut self) -> Result<&'a [u8], Error> {
        let length = self.u16()?;
        self.bytes(usize::from(length))
    }

    /// Bytes behind their length in 32 bits.
    pub(crate) fn long(&mut self) -> Result<&'a [u8], Error> {
        let length = self.u32()?;
        self.bytes(usize::try_from(length).unwrap_or(usize::MAX))
    }

    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.refuse("trailing bytes")) }
    }
}

/// Appends bytes behind their length in 16 bits.
pub(crate) fn short_onto(out: &mut Vec<u8>, what: &'static str, bytes: &[u8]) -> Result<(), Error> {
    let (got, limit) = (bytes.len(), usize::from(u16::MAX));
    let length = u16::try_from(got).map_err(|_| Error::TooLong { what, got, limit })?;
    out.extend(length.to_le_bytes());
    out.extend(bytes);
    Ok(())
}

/// Appends bytes behind their length in 32 bits.
pub(crate) fn long_onto(out: &mut Vec<u8>, what: &'static str, bytes: &[u8]) -> Result<(), Error> {
    let (got, limit) = (bytes.len(), crate::log::MAX_PAYLOAD);
    let length = u32::try_from(got).ok().filter(|_| got <= limit);
    let length = length.ok_or(Error::TooLong { what, got, limit })?;
    out.extend(length.to_le_bytes());
    out.extend(bytes);
    Ok(())
}
