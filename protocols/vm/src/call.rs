//! Questions that change nothing: `eth_call` and `eth_estimateGas` ask them.

use crate::env::Env;
use crate::error::{Error, Unfit};
use crate::executor::{Call, Outcome};
use crate::journal::Journal;
use crate::message::MAX_INIT_CODE;
use crate::observe::{Observer, Silent};
use alloy_primitives::{Bytes, U256};
use troupe_chain::Invalid;
use troupe_chain::state::StateView;
use troupe_chain::transaction::{AccessListItem, intrinsic_gas_of, makes_module};
use troupe_types::{Address, Bytes as Size, Gas, Hash};

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
    call_observed(view, env, request, Silent).map(|(outcome, _)| outcome)
}

/// The same; an observer looks on and is given back.
pub fn call_observed<V: StateView + Send + 'static, O: Observer>(
    view: V,
    env: Env,
    request: &CallRequest,
    observer: O,
) -> Result<(Result<Outcome, Unfit>, Option<O>), Error> {
    let mut journal = Journal::new(view, observer, Env { base_fee: 0, ..env });
    let outcome = match admit(&journal, request) {
        Ok(()) => Ok(make(&mut journal, request)?),
        Err(invalid) => Err(invalid.into()),
    };
    let (_, observer) = journal.finish()?;
    Ok((outcome, observer))
}

fn admit<V: StateView, O: Observer>(
    journal: &Journal<V, O>,
    request: &CallRequest,
) -> Result<(), Invalid> {
    let account = journal.account(&request.from);
    let balance = account.balance;
    if balance < request.value {
        return Err(Invalid::Funds { balance, cost: request.value });
    }
    if account.nonce == u64::MAX {
        return Err(Invalid::NonceMax);
    }
    let (got, limit) = (Size::of(request.input.len()), Size::of(MAX_INIT_CODE));
    let is_create = request.to.is_none();
    if is_create && got > limit && !makes_module(&request.input) {
        return Err(Invalid::InitCode { got, limit });
    }
    let got = request.gas;
    let want = intrinsic_gas_of(&request.input, is_create, &request.access_list);
    if got < want {
        return Err(Invalid::IntrinsicGas { got, want });
    }
    Ok(())
}

fn make<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    request: &CallRequest,
) -> Result<Outcome, Error> {
    let call = Call {
        hash: Hash::default(),
        from: request.from,
        to: request.to,
        value: request.value,
        gas: request.gas,
        input: &request.input,
        access_list: &request.access_list,
        price: 0,
    };
    let outcome = call.make(journal)?;
    with_code(journal, outcome)
}

/// Whoever asks what a creation gives wants the code.
pub(crate) fn with_code<V: StateView, O: Observer>(
    journal: &Journal<V, O>,
    mut outcome: Outcome,
) -> Result<Outcome, Error> {
    if let (Ok(output), Some(contract)) = (&mut outcome.result, outcome.contract) {
        *output = journal.program(&contract).code().clone();
        journal.check()?;
    }
    Ok(outcome)
}
