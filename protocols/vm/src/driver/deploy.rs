//! Making contracts: what code may be kept, and what that costs.

use super::Checked;
use super::{Control, fail};
use crate::bridge;
use crate::frame::Place;
use crate::journal::Journal;
use crate::message::MAX_CODE;
use crate::observe::Observer;
use alloy_primitives::Bytes;
use evm::interpreter::{ExitException, Opcode};
use std::fmt::Display;
use troupe_chain::state::StateView;
use troupe_chain::transaction::is_module;
use troupe_types::Address;
use troupe_wasm::{Convention, Deployment};

/// A byte of code that is kept. Yellow Paper, appendix G
const KEPT_BYTE: u64 = 200;
/// A byte of a module that is kept: a token in Rust is nine times as long as one in Solidity.
const KEPT_MODULE_BYTE: u64 = 24;
/// A byte of a module that is checked and compiled: 0.33 us as compilers write it, 1.45 us in the worst that was
/// found, see `cargo x bench wasm`; which makes 5 and 23 ns a gas. Precompiled contracts take up to 26.
const CHECKED_BYTE: u64 = 64;
/// A code that nobody may have. EIP-3541
const RESERVED: u8 = 0xef;

fn charge(gas: &mut u64, price: u64) -> Result<(), ExitException> {
    *gas = gas.checked_sub(price).ok_or(ExitException::OutOfGas)?;
    Ok(())
}

/// Whether a module is a contract, and what finding that out costs.
fn check<V: StateView, O: Observer>(
    journal: &Journal<V, O>,
    module: &[u8],
    gas: &mut u64,
) -> Result<Convention, ExitException> {
    charge(gas, CHECKED_BYTE.saturating_mul(module.len() as u64))?;
    journal.env.vm.wasm.check(module).map_err(invalid)
}

fn invalid(reason: impl Display) -> ExitException {
    ExitException::Other(format!("invalid contract: {reason}").into())
}

/// Begins to make a contract of a module with its constructor's arguments.
pub(super) fn begin<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    place: Place,
    data: &[u8],
    mut gas: u64,
    modules: u32,
) -> Control {
    let Deployment { convention, module, arguments } = match troupe_wasm::split(data) {
        Ok(parts) => parts,
        Err(refused) => return fail(invalid(refused), 0),
    };
    match check(journal, module, &mut gas) {
        Ok(found) if found == convention => {}
        Ok(_) => return fail(invalid("the module is not of the data's convention"), 0),
        Err(exception) => return fail(exception, 0),
    }
    bridge::deploy(journal, &Bytes::copy_from_slice(module), place, arguments, gas, modules)
}

/// Keeps the code of a contract that was made.
pub(super) fn keep<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    address: Address,
    code: Vec<u8>,
    gas: &mut u64,
    checked: Checked,
) -> Result<(), ExitException> {
    let size = code.len() as u64;
    if is_module(&code) {
        match checked {
            Checked::Yes => {}
            Checked::No => {
                check(journal, &code, gas)?;
            }
        }
        charge(gas, KEPT_MODULE_BYTE.saturating_mul(size))?;
    } else {
        // EIP-170
        if code.len() > MAX_CODE {
            return Err(ExitException::CreateContractLimit);
        }
        if code.first() == Some(&RESERVED) {
            return Err(ExitException::InvalidOpcode(Opcode(RESERVED)));
        }
        charge(gas, KEPT_BYTE.saturating_mul(size))?;
    }
    journal.set_program(address, &code.into());
    Ok(())
}
