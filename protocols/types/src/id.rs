//! Identities: fixed-size byte strings with a hexadecimal text form.

use crate::error::{Error, shorten};
use bincode::{Decode, Encode};
use core::{fmt, str::FromStr};

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Borrows the bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The first eight hexadecimal digits, for people's eyes only.
            #[must_use]
            pub fn short(&self) -> String {
                hex::encode(&self.0[..4])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

/// Reads hexadecimal digits with or without `0x`.
pub(crate) fn read_digits<const N: usize>(
    what: &'static str,
    text: &str,
) -> Result<[u8; N], Error> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() != 2 * N {
        return Err(Error::HexLength { what, want: 2 * N, got: digits.len() });
    }
    let mut bytes = [0u8; N];
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|_| Error::HexDigit { what, got: shorten(digits) })?;
    Ok(bytes)
}

macro_rules! read_as_digits {
    ($($name:ident),*) => {
        $(impl FromStr for $name {
            type Err = Error;

            /// Accepts hexadecimal digits with or without `0x`.
            fn from_str(text: &str) -> Result<Self, Error> {
                read_digits(stringify!($name), text).map(Self)
            }
        })*
    };
}

// An account has more than one text form: see the module of addresses.
read_as_digits!(Hash, NodeId, SessionId);

byte_id!(
    /// A 256-bit digest; which function made it is said where it is made.
    Hash,
    32
);
byte_id!(
    /// The identity of a process on the network: SHA-256 of its certificate's public key
    /// (the DER `SubjectPublicKeyInfo`).
    NodeId,
    32
);
byte_id!(
    /// An account: the last 20 bytes of the Keccak-256 of its public key, or of where it was made.
    ///
    /// It prints as plain digits; [`Address::to_checksum`] and [`Address::to_bech32`] are what people
    /// are shown.
    Address,
    20
);
byte_id!(
    /// One private computation, from declaration to result.
    SessionId,
    16
);

/// Which network a process belongs to; peers of another network are refused at the hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct NetworkId(pub u64);

/// How often a node has started (its durable start counter).
///
/// A route is `NodeId + Incarnation`, so that an address from before a restart is known to be stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct Incarnation(pub u64);

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_round_trips(bytes in any::<[u8; 32]>()) {
            let id = NodeId(bytes);
            prop_assert_eq!(id.to_string().parse::<NodeId>(), Ok(id));
            prop_assert_eq!(format!("0x{id}").parse::<NodeId>(), Ok(id));
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = text.parse::<SessionId>();
        }
    }

    #[test]
    fn an_error_says_what_was_wanted() {
        let short = "abcd".parse::<NodeId>().unwrap_err();
        assert_eq!(short.to_string(), "NodeId wants 64 hexadecimal digits, got 4");
        let odd = "z".repeat(64).parse::<NodeId>().unwrap_err();
        assert!(odd.to_string().starts_with("NodeId wants hexadecimal digits, got `zzz"));
    }
}
