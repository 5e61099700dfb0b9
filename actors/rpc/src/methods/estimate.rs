//! How much gas a transaction needs.

use super::asked::Asked;
use super::call::{Scene, Stage};
use crate::arguments::Arguments;
use crate::context::Api;
use crate::encode::quantity;
use crate::error::Error;
use alloy_primitives::U256;
use serde_json::Value;
use std::sync::Arc;
use troupe_chain::state::StateView;
use troupe_chain::transaction::intrinsic_gas_of;
use troupe_types::Gas;
use troupe_vm::{CallRequest, Failure, Outcome};

/// What no transaction can do without. Yellow paper, appendix G
const LEAST: u64 = 21_000;
/// The search ends when what is left to find is less than this part of the answer.
const PRECISION: u64 = 64;

pub(super) async fn estimate(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let asked = Asked::read(arguments.required("transaction")?)?;
    let block = arguments.block()?;
    let stage = Stage::next(&api, block, &mut arguments).await?;
    Ok(quantity(needed(&api, stage, asked).await?.0).into())
}

/// The least gas with which it succeeds, or a little more.
pub(super) async fn needed(api: &Api, stage: Stage, asked: Asked) -> Result<Gas, Error> {
    let most = api.settings.call_gas.min(stage.gas_limit());
    stage.look_ahead(&asked.request).await;
    let work = move |wanted| Search { scene: stage.at(wanted), asked }.run(most);
    api.heavy(work).await?
}

struct Search {
    scene: Scene,
    asked: Asked,
}

impl Search {
    fn attempt(&self, gas: u64) -> Result<Outcome, Error> {
        let request = CallRequest { gas: Gas(gas), ..self.asked.request.clone() };
        self.scene.run(&request)
    }

    /// What the client allows, the chain, and the sender's purse.
    fn allowance(&self, most: Gas) -> Result<u64, Error> {
        let limit = self.asked.gas.filter(|gas| gas.0 >= LEAST).unwrap_or(most).min(most);
        let price = self.asked.price();
        if price.is_zero() {
            return Ok(limit.0);
        }
        let account = self.scene.view.account(&self.asked.request.from)?;
        let balance = account.unwrap_or_default().balance;
        let left = balance.saturating_sub(self.asked.request.value);
        let affordable = left / price;
        Ok(u64::try_from(affordable.min(U256::from(limit.0))).unwrap_or(limit.0))
    }

    /// What is used before anything runs.
    fn least(&self) -> Gas {
        let CallRequest { to, input, access_list, .. } = &self.asked.request;
        intrinsic_gas_of(input, to.is_none(), access_list)
    }

    /// Whether this much is enough.
    fn is_enough(&self, gas: u64) -> Result<bool, Error> {
        if Gas(gas) < self.least() {
            return Ok(false);
        }
        Ok(self.attempt(gas)?.result.is_ok())
    }

    fn run(&self, most: Gas) -> Result<Gas, Error> {
        let mut high = self.allowance(most)?;
        if Gas(high) < self.least() {
            return Err(Error::Allowance { limit: Gas(high) });
        }
        let first = self.attempt(high)?;
        match first.result {
            Ok(_) => {}
            Err(Failure::Reverted(data)) => return Err(Error::Reverted(data)),
            Err(Failure::OutOfGas) => return Err(Error::Allowance { limit: Gas(high) }),
            Err(failure @ Failure::Exception(_)) => {
                return Err(Error::Failed(failure.to_string()));
            }
        }
        let used = first.gas_used.0.min(high);
        if used == high || self.is_enough(used)? {
            return Ok(Gas(used));
        }
        // Refunds come at the end, and a part of the gas is kept back at each call: most need little
        // more than they use. EIP-150
        let mut low = used;
        let mut next = used.saturating_add(used / 63 + 1);
        while low + 1 < high {
            let middle = next.clamp(low + 1, high - 1);
            if self.is_enough(middle)? {
                high = middle;
            } else {
                low = middle;
            }
            if high - low <= high / PRECISION {
                break;
            }
            // Towards the low end: answers far below a limit are found in fewer steps.
            next = (low + (high - low) / 2).min(low.saturating_mul(2));
        }
        Ok(Gas(high))
    }
}
