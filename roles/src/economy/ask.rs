//! Asking the contracts.

use super::abi::{self, Staking};
use super::refusal::Refusal;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::rpc::{Client, data};
use alloy_sol_types::SolCall;
use serde_json::json;
use troupe_staking::contract;
use troupe_types::Address;

/// So much of an answer that is none is shown.
const SHOWN: usize = 120;

/// Asks the contracts of the chain that one server knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    client: &'a Client,
}

impl<'a> Asker<'a> {
    pub(crate) const fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Whom it asks.
    pub(crate) const fn client(&self) -> &'a Client {
        self.client
    }

    /// Whether the chain has an economy: elsewhere the contracts are accounts like others, and what is sent to them is lost.
    pub(crate) async fn has_economy(&self) -> Outcome<()> {
        self.ask(contract::STAKING, Staking::getCalendarCall {}).await.map(drop)
    }

    /// What a function answers; what it refuses is a failure that says why.
    pub(crate) async fn ask<C: SolCall>(&self, of: Address, call: C) -> Outcome<C::Return> {
        self.try_ask(of, call).await?.map_err(Failure::from)
    }

    /// What a function answers, or refuses.
    pub(crate) async fn try_ask<C: SolCall>(
        &self,
        of: Address,
        call: C,
    ) -> Outcome<Result<C::Return, Refusal>> {
        let asked = json!({ "to": data(of), "input": data(call.abi_encode()) });
        let bytes = match self.client.question(asked, "latest").await {
            Ok(bytes) => bytes,
            Err(error) => return Refusal::of(&error).map(Err).ok_or_else(|| error.into()),
        };
        if bytes.is_empty() {
            let text = format!("no contract of an economy answers at {}", of.to_checksum());
            return Err(Failure::about(ExitCode::Refused, self.client.url(), text));
        }
        let returned = abi::returned::<C>(&bytes);
        returned.map(Ok).map_err(|error| self.malformed(C::SIGNATURE, &error))
    }

    /// A list whose pages are asked for one after the other, each after what came before; more than so many are not.
    pub(crate) async fn pages<T>(
        &self,
        most: usize,
        mut page: impl AsyncFnMut(&[T]) -> Outcome<Vec<T>>,
    ) -> Outcome<Vec<T>> {
        let mut all = Vec::new();
        for _ in 0..most {
            let next = page(&all).await?;
            let is_last = next.len() < PAGE;
            all.extend(next);
            if is_last {
                return Ok(all);
            }
        }
        let text = format!("a list of more than {} entries, allowed are as many", all.len());
        Err(self.client.malformed(&text).into())
    }

    fn malformed(&self, signature: &str, error: &dyn std::fmt::Display) -> Failure {
        let name = signature.split('(').next().unwrap_or(signature);
        let reason: String = error.to_string().chars().take(SHOWN).collect();
        self.client.malformed(&format!("no answer of {name}: {reason}")).into()
    }
}

/// How long the pages are on which contracts give lists.
pub(crate) const PAGE: usize = 100;
