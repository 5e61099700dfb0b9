//! Sizes a message type may choose as its hard limit.

/// A hard limit on the encoded size of a message, checked before and while decoding.
///
/// A closed set, because the decoder's own accounting takes its limit as a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// 1,024 bytes.
    KiB1,
    /// 16,384 bytes.
    KiB16,
    /// 65,536 bytes.
    KiB64,
    /// 262,144 bytes.
    KiB256,
    /// 524,288 bytes: the largest message. More than this is bulk.
    KiB512,
}

impl Limit {
    /// The largest limit there is.
    pub const MAX: Self = Self::KiB512;

    /// The limit in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::KiB1 => 1 << 10,
            Self::KiB16 => 1 << 14,
            Self::KiB64 => 1 << 16,
            Self::KiB256 => 1 << 18,
            Self::KiB512 => 1 << 19,
        }
    }
}
