//! Why a call gave nothing.

use troupe_types::Gas;

/// Why a call gave nothing. Whatever it was, it costs all gas that the call had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The call had less gas than its input costs.
    #[error("out of gas: got {got}, the input costs {want}")]
    OutOfGas {
        /// What the call had.
        got: Gas,
        /// What it would have needed, or the largest number if that is beyond all gas.
        want: Gas,
    },
    /// The input is not as long as it must be.
    #[error("input of {got} bytes, wanted {want}")]
    Length {
        /// How long it is.
        got: usize,
        /// How long it should be, in words.
        want: &'static str,
    },
    /// A number is not below the modulus of its field, or its padding is not zero.
    #[error("number is not the canonical one of its field")]
    NotInField,
    /// A point does not satisfy the equation of its curve.
    #[error("point is not on the curve")]
    NotOnCurve,
    /// A point is on the curve, but not in the group that pairings and multiples are defined on.
    #[error("point is not in the subgroup")]
    NotInSubgroup,
    /// The flag of the last block is neither 0 nor 1.
    #[error("flag of the last block is {got}, wanted 0 or 1")]
    Flag {
        /// What it is.
        got: u8,
    },
    /// The versioned hash is not that of the commitment.
    #[error("versioned hash is not that of the commitment")]
    VersionedHash,
    /// The polynomial committed to has another value at this point, or the proof proves nothing.
    #[error("proof does not open the commitment to this value")]
    Proof,
}
