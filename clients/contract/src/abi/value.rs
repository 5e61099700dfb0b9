//! What a value of the ABI is.

use super::{Decoder, Encoder, Malformed};
use crate::text::{Entry, Name};
use alloc::vec::Vec;

/// How a type is called.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// In signatures: `(address,uint256)[]`.
    pub name: Name,
    /// In the ABI's JSON, where a struct is a `tuple`: `tuple[]`.
    pub kind: Name,
    /// In Solidity: `struct Deal[]`.
    pub internal: Name,
    /// The members of a struct as a list of JSON objects without brackets; else empty.
    pub members: Entry,
}

impl Shape {
    /// A type that is called the same everywhere.
    pub const fn plain(name: Name) -> Self {
        Self { name, kind: name, internal: name, members: Entry::EMPTY }
    }

    /// A list of this type: `suffix` is `[]`, or `[N]`.
    pub const fn list(self, suffix: &Name) -> Self {
        Self {
            name: self.name.join(suffix),
            kind: self.kind.join(suffix),
            internal: self.internal.join(suffix),
            members: self.members,
        }
    }

    /// The JSON object of a parameter of this type; `extra` follows its type.
    pub const fn parameter(&self, name: &str, extra: &str) -> Entry {
        let entry = Entry::of("{\"name\":\"")
            .then(name)
            .then("\",\"type\":\"")
            .join(&self.kind)
            .then("\",\"internalType\":\"")
            .join(&self.internal)
            .then("\"")
            .then(extra);
        if self.members.is_empty() {
            return entry.then("}");
        }
        entry.then(",\"components\":[").join(&self.members).then("]}")
    }
}

/// A value that Solidity's ABI knows.
pub trait Abi: Sized {
    /// What it is called.
    const SHAPE: Shape;
    /// Bytes of its own head: 32, or more for tuples and arrays of fixed length.
    const HEAD: usize;
    /// Whether an offset stands in its place, and the value itself behind everything else.
    const IS_DYNAMIC: bool;

    /// Writes the value: into the head that is open, or for a dynamic type after everything else.
    fn encode(&self, to: &mut Encoder);

    /// Reads the value from where the decoder stands.
    ///
    /// # Errors
    ///
    /// Bytes that are no value of this type, dirty padding among them.
    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed>;
}

/// Encodes one value alone, as `abi.encode(value)` does.
pub fn encode<T: Abi>(value: &T) -> Vec<u8> {
    let mut encoder = Encoder::new(head::<T>());
    encoder.put(value);
    encoder.finish()
}

/// Decodes one value alone, as `abi.decode(bytes, (T))` does; more bytes may follow it.
///
/// # Errors
///
/// Bytes that are no value of this type.
pub fn decode<T: Abi>(bytes: &[u8]) -> Result<T, Malformed> {
    Decoder::new(bytes).get()
}

/// Bytes that a type takes in the head of a sequence.
pub(crate) const fn head<T: Abi>() -> usize {
    if T::IS_DYNAMIC { 32 } else { T::HEAD }
}
