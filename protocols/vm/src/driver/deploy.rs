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
use troupe_chain::state::StateView;
use troupe_chain::transaction::is_module;
use troupe_types::Address;

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
) -> Result<(), ExitException> {
    charge(gas, CHECKED_BYTE.saturating_mul(module.len() as u64))?;
    let refused = journal.env.vm.wasm.check(module);
    refused.map_err(|refused| ExitException::Other(format!("invalid contract: {refused}").into()))
}

/// Begins to make a contract of a module with its constructor's arguments.
pub(super) fn begin<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    place: Place,
    data: &[u8],
    mut gas: u64,
    modules: u32,
) -> Control {
    let (module, arguments) = match troupe_wasm::split(data) {
        Ok(parts) => parts,
        Err(refused) => {
            let text = format!("invalid contract: {refused}");
            return fail(ExitException::Other(text.into()), 0);
        }
    };
    if let Err(exception) = check(journal, module, &mut gas) {
        return fail(exception, 0);
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
            Checked::No => check(journal, &code, gas)?,
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
