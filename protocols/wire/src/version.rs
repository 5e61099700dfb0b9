//! Versions of the language that processes speak, and how two of them agree on one.

use bincode::{Decode, Encode};

/// A version of the protocol between processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Version(pub u16);

/// The versions a process understands, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct VersionRange {
    /// The oldest.
    pub min: Version,
    /// The newest.
    pub max: Version,
}

impl VersionRange {
    /// What this build speaks.
    pub const CURRENT: Self = Self { min: Version(1), max: Version(1) };

    /// The newest version that both understand.
    #[must_use]
    pub fn agree(self, other: Self) -> Option<Version> {
        let newest = self.max.min(other.max);
        let oldest = self.min.max(other.min);
        (oldest <= newest).then_some(newest)
    }
}

impl core::fmt::Display for Version {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl core::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} to {}", self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range() -> impl Strategy<Value = VersionRange> {
        (1u16..9, 0u16..4)
            .prop_map(|(min, more)| VersionRange { min: Version(min), max: Version(min + more) })
    }

    proptest! {
        #[test]
        fn agreement_is_mutual_and_understood_by_both(a in range(), b in range()) {
            prop_assert_eq!(a.agree(b), b.agree(a));
            if let Some(version) = a.agree(b) {
                prop_assert!(a.min <= version && version <= a.max);
                prop_assert!(b.min <= version && version <= b.max);
            }
        }
    }
}
