//! Calls.

use alloy_primitives::U256;
use alloy_sol_types::SolInterface;
use alloy_sol_types::abi::AbiDecoderConfig;
use troupe_types::{Address, Hash, Height, UnixMillis};

/// The longest input that is read, in bytes: what contracts take is shorter.
pub const LONGEST_INPUT: usize = 65_536;

/// What reading arguments may hold in memory, in bytes: more than any input has.
const MEMORY: usize = 4 * LONGEST_INPUT;

/// A call of a contract, at a place in a chain.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Which account is called.
    pub contract: Address,
    /// Who calls.
    pub caller: Address,
    /// What is sent with it, in von: the contract has it already.
    pub value: U256,
    /// Whether nothing may change.
    pub is_static: bool,
    /// What is asked.
    pub input: &'a [u8],
    /// Of which transaction this is a part.
    pub transaction: Hash,
    /// The chain.
    pub chain_id: u64,
    /// The block.
    pub height: Height,
    /// When the block before was made.
    pub time: UnixMillis,
}

/// There is less gas left than something costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("out of gas")]
pub struct OutOfGas;

/// What calls are paid with.
pub trait Meter {
    /// Takes gas for what is about to be done.
    fn charge(&mut self, gas: u64) -> Result<(), OutOfGas>;
}

/// Why a call comes to nothing: whatever it wrote is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// There is no gas left.
    OutOfGas,
    /// It would change something and may not.
    Static,
    /// It is refused: the error as Solidity's contracts read it.
    Reverted(Vec<u8>),
}

/// Why an input is no call of an interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No function is named.
    #[error("no function of this contract is named by an input of {got} bytes")]
    Function {
        /// The length of the input.
        got: usize,
    },
    /// What is given to a function is none of its arguments.
    #[error("arguments: {0}")]
    Arguments(String),
}

/// The one encoding of a function's arguments, and nothing behind it.
pub fn read<I: SolInterface>(input: &[u8]) -> Result<I, Error> {
    let unknown = Error::Function { got: input.len() };
    let Some((selector, arguments)) = input.split_first_chunk::<4>() else { return Err(unknown) };
    if !I::valid_selector(*selector) {
        return Err(unknown);
    }
    let config = AbiDecoderConfig::new().strict(true).memory_limit(MEMORY);
    let read = I::abi_decode_raw_with_config(*selector, arguments, config);
    read.map_err(|error| Error::Arguments(error.to_string().chars().take(128).collect()))
}
