//! Keys and signatures as they travel. What they are worth is found out by [`Keys`](crate::Keys),
//! outside of the machine, whatever the scheme.

use bincode::{Decode, Encode};
use core::fmt;

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                for byte in &self.0[16..22] {
                    write!(f, "{byte:02x}")?;
                }
                f.write_str(")")
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

opaque!(
    /// A signature of one validator, or the sum of several.
    Signature,
    96
);
opaque!(
    /// A validator's public key.
    PublicKey,
    48
);
