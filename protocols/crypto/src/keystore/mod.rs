//! Secrets at rest: JSON text under a password, in the Web3 Secret Storage format, version 3.
//!
//! What is written here, Ethereum's tools open, and the other way round (scrypt and PBKDF2). Ours
//! also says what the secret is for and what it is called, and carries two checks of its own: a plain
//! one that tells a damaged file from a wrong password before any work is done, and a keyed one over
//! everything, because the format's own check covers neither the initialisation vector nor the rest.
//!
//! It opens no file, and it draws no randomness but from the [`Stream`](troupe_wire::Stream) handed in.
//! What a file may cost to open is bounded: 256 MiB and about twice the time of the standard setting.
//!
//! ```
//! use troupe_crypto::keystore::{Cost, Entry, Error, Kind, Secret, open};
//! use troupe_wire::Seed;
//!
//! let secret = Secret::new(vec![7; 32]).unwrap();
//! let entry = Entry::new(Kind::Account, "savings", secret).unwrap();
//! let mut entropy = Seed::from_number(1).stream("keystore");
//! // `Cost::STANDARD` outside of examples.
//! let text = entry.seal(b"open sesame", Cost::new(4, 8, 1).unwrap(), &mut entropy);
//!
//! let opened = open(&text, b"open sesame").unwrap();
//! assert_eq!(opened.label(), "savings");
//! assert_eq!(opened.secret().expose(), [7; 32]);
//! assert_eq!(open(&text, b"sesame").err(), Some(Error::WrongPassword));
//! ```

mod document;
mod entry;
mod error;
mod kdf;
mod kind;
mod open;
mod scrypt;
mod seal;
mod secret;

pub use entry::Entry;
pub use error::Error;
pub use kdf::Cost;
pub use kind::Kind;
pub use open::{Summary, inspect, open};
pub use secret::Secret;

/// The longest text that is read, in bytes.
pub const MAX_TEXT: usize = 16 << 10;
/// The longest secret, in bytes: a certificate key with room to spare.
pub const MAX_SECRET: usize = 1024;
/// The longest label, in bytes.
pub const MAX_LABEL: usize = 64;
