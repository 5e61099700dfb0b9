//! What the engine itself charges for the host's functions, in gas. Part of consensus.
//!
//! What needs the world (storage, balances, calls) is priced by the [`Host`](crate::Host), as the
//! like instruction of the EVM is.

/// What it costs to start a contract: an instance is made and thrown away again.
pub const START: u64 = 3_000;

/// What a page of memory costs that a contract has from the start.
pub const START_PAGE: u64 = crate::cost::PAGE / crate::cost::FUEL_PER_GAS;

/// What an element of a table costs at the start.
pub const START_ELEMENT: u64 = 1;

/// Bytes of code for one gas whenever the contract is started: its data is copied.
pub const START_BYTES_PER_GAS: u64 = 32;

/// A byte of code when a transaction uses the contract for the first time. The compiled form may have
/// to be loaded, which takes 20 to 50 nanoseconds for it.
const LOADED_BYTE: u64 = 1;

/// A call out of the contract and back in.
pub(crate) const CROSSING: u64 = 20;

/// A word of 32 bytes that is copied. Yellow paper, G_copy
pub(crate) const COPY_WORD: u64 = 3;

/// Keccak-256: once, and for a word. Yellow paper, G_keccak256
pub(crate) const KECCAK: (u64, u64) = (30, 6);

/// SHA-256: once, and for a word. Yellow paper, appendix E.1
pub(crate) const SHA256: (u64, u64) = (60, 12);

/// RIPEMD-160: once, and for a word. Yellow paper, appendix E.1
pub(crate) const RIPEMD160: (u64, u64) = (600, 120);

/// Recovery of a signer. Yellow paper, appendix E.1
pub(crate) const ECRECOVER: u64 = 3_000;

/// A signature over ristretto255: once, and for a word of the message.
pub(crate) const SR25519: (u64, u64) = (20_000, 12);

/// A signature over BLS12-381, without assembly: once, and for a word of the message.
pub(crate) const BLS: (u64, u64) = (900_000, 12);

/// A proof of a random word: once, and for a word of the input.
pub(crate) const VRF: (u64, u64) = (40_000, 12);

/// A line for the node's log, for each word.
pub(crate) const DEBUG_WORD: u64 = 3;

/// The price of something that costs once and for each word.
pub(crate) fn by_words(price: (u64, u64), bytes: usize) -> u64 {
    price.0.saturating_add(price.1.saturating_mul(words(bytes)))
}

/// Words of 32 bytes, the last one perhaps not full.
pub(crate) fn words(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(32)
}

/// What starting a contract costs.
pub(crate) fn start(code: usize, pages: u64, table: u64) -> u64 {
    let code = code as u64 / START_BYTES_PER_GAS;
    START
        .saturating_add(pages.saturating_mul(START_PAGE))
        .saturating_add(table.saturating_mul(START_ELEMENT))
        .saturating_add(code)
}

/// What the first use of a contract in a transaction costs on top of a cold account, which the virtual
/// machine charges.
#[must_use]
pub fn load(code: usize) -> u64 {
    (code as u64).saturating_mul(LOADED_BYTE)
}
