//! How a frame breaks a rule.

use evm::interpreter::{ExitError, ExitException, ExitFatal, Opcode};

/// A rule that a frame broke. It costs all its gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Underflow,
    Overflow,
    OutOfGas,
    BadJump,
    BadInstruction(u8),
    BeyondReturned,
    WriteProtection,
    InitCode,
    /// The package ended an instruction as it never should.
    Package,
}

impl From<ExitException> for Fault {
    fn from(exception: ExitException) -> Self {
        match exception {
            ExitException::StackUnderflow => Self::Underflow,
            ExitException::StackOverflow => Self::Overflow,
            ExitException::OutOfGas => Self::OutOfGas,
            ExitException::InvalidOpcode(Opcode(byte)) => Self::BadInstruction(byte),
            _ => Self::Package,
        }
    }
}

impl From<Fault> for ExitError {
    fn from(fault: Fault) -> Self {
        let exception = match fault {
            Fault::Underflow => ExitException::StackUnderflow,
            Fault::Overflow => ExitException::StackOverflow,
            Fault::OutOfGas => ExitException::OutOfGas,
            Fault::BadJump => ExitException::InvalidJump,
            Fault::BadInstruction(byte) => ExitException::InvalidOpcode(Opcode(byte)),
            Fault::BeyondReturned => ExitException::OutOfOffset,
            Fault::WriteProtection => ExitException::Other("write protection".into()),
            Fault::InitCode => ExitException::Other("max initcode size exceeded".into()),
            Fault::Package => {
                let text = "an instruction ended as it never should";
                return ExitFatal::Other(text.into()).into();
            }
        };
        exception.into()
    }
}

/// What geth calls it.
pub(crate) fn words(exception: &ExitException) -> String {
    let text = match exception {
        ExitException::StackUnderflow => "stack underflow",
        ExitException::StackOverflow => "stack limit reached 1024 (1023)",
        ExitException::InvalidJump => "invalid jump destination",
        ExitException::InvalidOpcode(Opcode(0xef)) => "invalid code: must not begin with 0xef",
        ExitException::InvalidOpcode(Opcode(0xfe)) | ExitException::DesignatedInvalid => {
            "invalid opcode: INVALID"
        }
        ExitException::InvalidOpcode(Opcode(byte)) => {
            return format!("invalid opcode: opcode {byte:#x} not defined");
        }
        ExitException::CallTooDeep => "max call depth exceeded",
        ExitException::CreateCollision => "contract address collision",
        ExitException::CreateContractLimit => "max code size exceeded",
        ExitException::OutOfFund => "insufficient balance for transfer",
        ExitException::OutOfOffset => "return data out of bounds",
        ExitException::MaxNonce => "nonce uint64 overflow",
        ExitException::OutOfGas => "out of gas",
        ExitException::Other(text) => return text.to_string(),
        other => return format!("{other:?}"),
    };
    text.to_owned()
}
