//! What can be wrong with a program.

use super::{Fact, Kind};
use crate::Peer;

/// Why a program may not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// More of something than the limit.
    #[error("{got} {what} exceed {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        got: u64,
        /// How many there may be.
        limit: u64,
    },
    /// Less than one of something.
    #[error("no {what}")]
    None {
        /// Of what.
        what: &'static str,
    },
    /// A column or reveal names a peer that is not there.
    #[error("{peer} is not in the program")]
    UnknownPeer {
        /// The peer.
        peer: Peer,
    },
    /// A peer without a part in the program.
    #[error("{peer} has nothing to do")]
    Idle {
        /// The peer.
        peer: Peer,
    },
    /// Owners of one group with different numbers of rows.
    #[error("owner {first} and owner {second} are of one group and have {left} and {right} rows")]
    Group {
        /// One owner.
        first: u8,
        /// The other.
        second: u8,
        /// The rows of the first.
        left: u32,
        /// The rows of the second.
        right: u32,
    },
    /// Two columns of an owner, or two results of a receiver, of one name.
    #[error("{peer} has two times `{name}`")]
    SameName {
        /// The peer.
        peer: Peer,
        /// The name.
        name: String,
    },
    /// A column that is empty, upside down or in no format.
    #[error("column `{name}` has an impossible {what}")]
    Column {
        /// The column.
        name: String,
        /// What is impossible about it.
        what: &'static str,
    },
    /// A result with an impossible divisor or format.
    #[error("result `{name}` has an impossible {what}")]
    Result {
        /// The result.
        name: String,
        /// What is impossible about it.
        what: &'static str,
    },
    /// A register that is not filled at that point.
    #[error("operation {op} reads register {register}, which is not filled before it")]
    UnknownRegister {
        /// The operation, from 0.
        op: usize,
        /// The register.
        register: u32,
    },
    /// A register of numbers where bits belong, or the other way round.
    #[error("operation {op} wants {want} in register {register}")]
    Kind {
        /// The operation, from 0.
        op: usize,
        /// What it wants.
        want: Kind,
        /// The register.
        register: u32,
    },
    /// A reveal of a register that does not exist.
    #[error("result `{name}` reveals register {register}, which does not exist")]
    UnknownResult {
        /// The result.
        name: String,
        /// The register.
        register: u32,
    },
    /// Two vectors that do not go together.
    #[error("operation {op} joins lengths {left} and {right}")]
    Lengths {
        /// The operation, from 0.
        op: usize,
        /// The left length.
        left: u32,
        /// The right length.
        right: u32,
    },
    /// A number of bits that cannot be truncated.
    #[error("operation {op} truncates {shift} bits, outside {low} to {high}")]
    Shift {
        /// The operation, from 0.
        op: usize,
        /// The bits.
        shift: u8,
        /// The fewest bits there.
        low: u8,
        /// The most.
        high: u8,
    },
    /// A number of bits that numbers do not have.
    #[error("operation {op} takes {count} bits, outside 1 to 64")]
    Bits {
        /// The operation, from 0.
        op: usize,
        /// The bits.
        count: u8,
    },
    /// A register of which it is not sure that it has what an operation needs.
    #[error("operation {op} wants {want} in register {register}")]
    Fact {
        /// The operation, from 0.
        op: usize,
        /// What it wants.
        want: Fact,
        /// The register.
        register: u32,
    },
    /// A sum over blocks of nothing.
    #[error("operation {op} has blocks of 0 elements")]
    Block {
        /// The operation, from 0.
        op: usize,
    },
    /// A vector of nothing.
    #[error("operation {op} fills nothing")]
    Empty {
        /// The operation, from 0.
        op: usize,
    },
    /// An element that is not there.
    #[error("operation {op} reads element {at} of {length}")]
    Reach {
        /// The operation, from 0.
        op: usize,
        /// The last element read, from 0.
        at: u64,
        /// Elements of the vector.
        length: u32,
    },
    /// A claimed range without a value in it.
    #[error("operation {op} claims an impossible range")]
    Claim {
        /// The operation, from 0.
        op: usize,
    },
    /// From the ranges of the columns, a value could outgrow its place.
    #[error("operation {op} can reach {bits} bits, and {limit} are safe")]
    Range {
        /// The operation, from 0.
        op: usize,
        /// Bits without the sign.
        bits: u32,
        /// Bits that are safe.
        limit: u32,
    },
    /// An operation without a form whose messages can be proven.
    #[error("operation {op} does not exist with malicious security")]
    Unguarded {
        /// The operation, from 0.
        op: usize,
    },
    /// The encoding is not one of a program.
    #[error("{0}")]
    Encoding(#[from] troupe_wire::Error),
}
