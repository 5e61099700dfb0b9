//! Blocks that nobody proposes, of transactions that nobody signed: `eth_simulateV1` asks for them.

use crate::call::{CallRequest, with_code};
use crate::error::{Error, Unfit};
use crate::executor::{Call, Executor, Outcome};
use crate::message::MAX_INIT_CODE;
use crate::observe::Observer;
use alloy_primitives::U256;
use troupe_chain::Invalid;
use troupe_chain::state::StateView;
use troupe_chain::transaction::{Intrinsic, Kind, makes_module};
use troupe_types::{Address, Bytes as Size, Hash};

/// On which terms a transaction is executed that nobody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pretence {
    /// The type that its receipt has.
    pub kind: Kind,
    /// Its number, where that has to be its sender's next.
    pub nonce: Option<u64>,
    /// What it pays; `None` for nothing, whatever the block asks.
    pub fee: Option<Fee>,
}

/// What a transaction pays for gas, in von for each unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// At most.
    pub cap: u128,
    /// Above the base fee, at most.
    pub tip: u128,
}

impl Fee {
    /// What it pays where a block asks this much.
    // EIP-1559
    #[must_use]
    pub fn effective(&self, base_fee: u64) -> u128 {
        self.cap.min(self.tip.saturating_add(base_fee.into()))
    }
}

impl<V: StateView + Send + 'static, O: Observer> Executor<V, O> {
    /// The next nonce of an account as things are.
    pub fn nonce(&self, of: &Address) -> Result<u64, Error> {
        let nonce = self.journal.account(of).nonce;
        self.journal.check().map(|()| nonce)
    }

    /// Executes a transaction that nobody signed; its sender may be a contract. What it did stays for the next one. The
    /// inner error says that it has no place here and nothing happened; after an outer one nothing of the block
    /// counts.
    pub fn pretend(
        &mut self,
        request: &CallRequest,
        pretence: Pretence,
    ) -> Result<Result<Outcome, Unfit>, Error> {
        if let Err(unfit) = self.admit_pretence(request, pretence) {
            self.journal.check()?;
            return Ok(Err(unfit));
        }
        let base_fee = self.journal.env.base_fee;
        let price = pretence.fee.map_or(0, |fee| fee.effective(base_fee));
        let call = Call {
            hash: Hash::default(),
            from: request.from,
            to: request.to,
            value: request.value,
            gas: request.gas,
            input: &request.input,
            access_list: &request.access_list,
            price,
        };
        let outcome = call.make(&mut self.journal)?;
        self.record(pretence.kind, price, &outcome);
        Ok(Ok(with_code(&self.journal, outcome)?))
    }

    /// What must hold, in the order in which geth finds fault.
    fn admit_pretence(&self, request: &CallRequest, pretence: Pretence) -> Result<(), Unfit> {
        let (got, left) = (request.gas, self.gas_left());
        if got > left {
            return Err(Unfit::BlockFull { got, left });
        }
        let account = self.journal.account(&request.from);
        if let Some(got) = pretence.nonce {
            let want = account.nonce;
            if got < want {
                return Err(Invalid::NonceTooLow { got, want }.into());
            }
            if got > want {
                return Err(Invalid::NonceTooHigh { got, want }.into());
            }
            if got == u64::MAX {
                return Err(Invalid::NonceMax.into());
            }
        }
        let base = self.journal.env.base_fee;
        let cap = match pretence.fee {
            None => 0,
            Some(Fee { cap, tip }) if tip > cap => {
                return Err(Invalid::TipAboveCap { tip, cap }.into());
            }
            Some(Fee { cap, .. }) if cap < u128::from(base) => {
                return Err(Invalid::CapBelowBase { cap, base }.into());
            }
            Some(Fee { cap, .. }) => cap,
        };
        let gas = U256::from(cap).saturating_mul(U256::from(request.gas.0));
        let (balance, cost) = (account.balance, gas.saturating_add(request.value));
        if balance < cost {
            return Err(Invalid::Funds { balance, cost }.into());
        }
        let is_create = request.to.is_none();
        let want = Intrinsic::of(&request.input, is_create, &request.access_list);
        let want = want.within(self.journal.env.fork).least();
        if request.gas < want {
            return Err(Invalid::IntrinsicGas { got: request.gas, want }.into());
        }
        let (got, limit) = (Size::of(request.input.len()), Size::of(MAX_INIT_CODE));
        if is_create && got > limit && !makes_module(&request.input) {
            return Err(Invalid::InitCode { got, limit }.into());
        }
        Ok(())
    }
}
