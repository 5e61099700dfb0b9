//! Ethereum's precompiled contracts: functions of bytes and gas, and nothing else.
//!
//! * [`Set`]: which of them a chain has, under which addresses; [`Set::run`] calls one.
//! * [`Output`]: what came out and what it cost; [`Error`]: why nothing came out.
//!
//! | address | what it does | rule |
//! |---|---|---|
//! | `0x01` | recovers the signer of a digest | Yellow Paper, appendix E |
//! | `0x02` `0x03` `0x04` | SHA-256, RIPEMD-160, the input itself | Yellow Paper, appendix E |
//! | `0x05` | powers modulo a number | EIP-198, EIP-2565 |
//! | `0x06` `0x07` `0x08` | sums, multiples and pairings on alt_bn128 | EIP-196, EIP-197, EIP-1108 |
//! | `0x09` | rounds of BLAKE2b | EIP-152 |
//! | `0x0a` | opens a commitment to a polynomial | EIP-4844 |
//! | `0x0b` to `0x11` | sums, sums of multiples, pairings and maps on BLS12-381 | EIP-2537 |
//!
//! The price is known before the work begins, and nothing is allocated that was not paid for. A
//! failure costs all gas that the call was given and gives no output; that is for the caller to
//! charge. What [`Set::Cancun`] has are the first ten, [`Set::Prague`] has them all.
//!
//! ```
//! use troupe_precompiles::{Error, Set};
//! use troupe_types::{Address, Gas};
//!
//! let sha256 = Set::Cancun.addresses().nth(1).unwrap();
//! let output = Set::Cancun.run(&sha256, b"abc", Gas(100)).unwrap().unwrap();
//! assert_eq!(output.gas_used, Gas(72));
//! assert_eq!(output.bytes, troupe_crypto::hash::sha256("abc").0);
//!
//! let failure = Set::Cancun.run(&sha256, b"abc", Gas(71)).unwrap();
//! assert_eq!(failure, Err(Error::OutOfGas { got: Gas(71), want: Gas(72) }));
//! assert_eq!(Set::Cancun.run(&Address([1; 20]), b"abc", Gas(100)), None);
//! ```

mod blake2f;
mod bls;
mod bn254;
mod digest;
mod error;
mod input;
mod kzg;
mod modexp;
mod recover;
mod set;

pub use error::Error;
pub use set::{Output, Set};
