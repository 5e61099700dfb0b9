//! Questions that change nothing: `eth_call` and `eth_estimateGas` ask them.

use crate::env::Env;
use crate::error::{Error, Unfit};
use crate::evm::CONFIG;
use crate::executor::{Call, Outcome};
use crate::journal::Journal;
use alloy_primitives::{Bytes, U256};
use evm::standard::TransactGasPrice;
use troupe_chain::Invalid;
use troupe_chain::state::StateView;
use troupe_chain::transaction::{AccessListItem, intrinsic_gas_of};
use troupe_types::{Address, Bytes as Size, Gas};

/// A call that nobody signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRequest {
    /// Who would make it.
    pub from: Address,
    /// Who would be called; `None` makes a contract.
    pub to: Option<Address>,
    /// What would be paid, in von.
    pub value: U256,
    /// The most gas that it may use.
    pub gas: Gas,
    /// Call data, or the code that makes a contract.
    pub input: Bytes,
    /// What it says it will touch.
    pub access_list: Vec<AccessListItem>,
}

impl Default for CallRequest {
    fn default() -> Self {
        Self {
            from: Address::default(),
            to: None,
            value: U256::ZERO,
            gas: Gas(30_000_000),
            input: Bytes::new(),
            access_list: Vec::new(),
        }
    }
}

/// Makes a call on a state and forgets what it changed. It pays no fee, needs no nonce, and sees a
/// base fee of zero; the caller may be a contract.
pub fn call<V: StateView + Send + 'static>(
    view: V,
    env: Env,
    request: &CallRequest,
) -> Result<Result<Outcome, Unfit>, Error> {
    let mut journal = Journal::new(view, Env { base_fee: 0, ..env });
    let balance = journal.account(&request.from).balance;
    journal.check()?;
    if balance < request.value {
        return Ok(Err(Invalid::Funds { balance, cost: request.value }.into()));
    }
    let got = Size::of(request.input.len());
    let limit = CONFIG.max_initcode_size().map_or(Size(u64::MAX), Size::of);
    if request.to.is_none() && got > limit {
        return Ok(Err(Invalid::InitCode { got, limit }.into()));
    }
    let is_create = request.to.is_none();
    let got = request.gas;
    let want = intrinsic_gas_of(&request.input, is_create, &request.access_list);
    if got < want {
        return Ok(Err(Invalid::IntrinsicGas { got, want }.into()));
    }
    let call = Call {
        from: request.from,
        to: request.to,
        value: request.value,
        gas: request.gas,
        input: &request.input,
        access_list: &request.access_list,
        price: TransactGasPrice::FeeMarket { max_priority: U256::ZERO, max: U256::ZERO },
    };
    // Whoever asks signs nothing: it may be a contract.
    journal.excused = Some(request.from);
    let mut outcome = call.make(&mut journal)?;
    // Whoever asks what a creation gives wants the code.
    if let (Ok(output), Some(contract)) = (&mut outcome.result, outcome.contract) {
        *output = journal.code_of(&contract);
        journal.check()?;
    }
    Ok(Ok(outcome))
}
