//! What a job is on the chain, from whoever pays for it.

use crate::devnet::Record;
use crate::economy::{Asker, Refusal, events};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::rpc::{Client, Receipt, data, quantity};
use crate::tx;
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use serde_json::json;
use std::time::Duration;
use troupe_chain::transaction::{Draft, Signer};
use troupe_market::call::abi::TaskMarket;
use troupe_market::contract::TASKS;
use troupe_market::task::Phase;
use troupe_types::{Address, NodeId};

/// How long one answer, or a transaction, may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Tasks that an answer of the chain holds.
const PAGE: u64 = 16;
/// Tasks that are listed.
const MOST_TASKS: usize = 4_096;
/// So much more gas is allowed than was needed a moment ago, in percent.
const SPARE: u64 = 20;

/// A chain and whoever pays for jobs on it.
pub(super) struct Chain {
    client: Client,
    /// Nobody, for those who only look.
    signer: Option<Signer>,
    pub(super) id: u64,
}

impl Chain {
    /// The chain of a network.
    pub(super) async fn join(record: &Record, signer: Option<Signer>) -> Outcome<Self> {
        let url = record.rpc.first().ok_or_else(|| {
            let text = "no node of this network has a chain that is known of; --rpc names one";
            Failure::new(ExitCode::Unreachable, text)
        })?;
        let client = Client::new(url, PATIENCE)?;
        let id = client.chain_id().await?;
        Ok(Self { client, signer, id })
    }

    /// Who pays.
    pub(super) fn payer(&self) -> Outcome<Address> {
        self.signer().map(Signer::address)
    }

    fn signer(&self) -> Outcome<&Signer> {
        self.signer.as_ref().ok_or_else(|| {
            let text = "missing, wants the key file of the account that it is about";
            Failure::about(ExitCode::Usage, "--from", text)
        })
    }

    /// The task of a number.
    pub(super) async fn look(&self, number: u64) -> Outcome<TaskMarket::Task> {
        let call = TaskMarket::getTaskCall { task: number };
        Asker::new(&self.client).ask(TASKS, call).await
    }

    /// All tasks, the oldest first.
    pub(super) async fn tasks(&self) -> Outcome<Vec<TaskMarket::Task>> {
        let (asker, mut all) = (Asker::new(&self.client), Vec::new());
        while all.len() < MOST_TASKS {
            let after = all.last().map_or(0, |task: &TaskMarket::Task| task.id);
            let call = TaskMarket::getTasksCall { afterId: after, count: PAGE };
            let page: Vec<TaskMarket::Task> = asker.ask(TASKS, call).await?;
            let is_last = (page.len() as u64) < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
        let text = format!("{MOST_TASKS} tasks and more are not listed");
        Err(Failure::new(ExitCode::Refused, text))
    }

    /// The nodes that have the seats of a task, in their order.
    pub(super) async fn nodes(&self, task: &TaskMarket::Task) -> Outcome<Vec<NodeId>> {
        let mut nodes = Vec::new();
        for seat in &task.seats {
            let call = TaskMarket::getNodeCall { id: seat.id };
            let node: TaskMarket::Node = Asker::new(&self.client).ask(TASKS, call).await?;
            nodes.push(NodeId(node.node.0));
        }
        Ok(nodes)
    }

    /// Declares a task and pays its deposit; its number.
    pub(super) async fn declare(&self, declaration: TaskMarket::Declaration) -> Outcome<u64> {
        let deposit = U256::from(declaration.fee) + U256::from(declaration.prices);
        let receipt = self.send(&TaskMarket::declareCall { declaration }, deposit).await?;
        let mut events = events::<TaskMarket::TaskMarketEvents>(&receipt.json, TASKS);
        let declared = events.find_map(|event| match event {
            TaskMarket::TaskMarketEvents::Declared(declared) => Some(declared.task),
            _ => None,
        });
        declared.ok_or_else(|| self.client.malformed("a declaration that no event tells of").into())
    }

    /// Takes a task back before it is final.
    pub(super) async fn cancel(&self, number: u64) -> Outcome<Receipt> {
        self.send(&TaskMarket::cancelCall { task: number }, U256::ZERO).await
    }

    /// Calls the task market, and waits until that is final.
    async fn send<C: SolCall>(&self, call: &C, value: U256) -> Outcome<Receipt> {
        let (from, input) = (self.payer()?, call.abi_encode());
        let asked = json!({
            "from": data(from), "to": data(TASKS), "value": quantity(value), "input": data(&input),
        });
        let gas = match self.client.estimate(asked).await {
            Ok(gas) => gas,
            Err(error) => {
                let refusal = Refusal::of(&error).map(Failure::from);
                return Err(refusal.unwrap_or_else(|| error.into()));
            }
        };
        let fees = self.client.fees().await?;
        let draft = Draft {
            chain_id: self.id,
            nonce: self.client.nonce(from).await?,
            to: Some(TASKS),
            value,
            input: input.into(),
            gas_limit: gas.saturating_add(gas / 100 * SPARE),
            max_fee: fees.max_fee(),
            max_tip: fees.tip,
        };
        let signed = self.signer()?.sign(draft).map_err(tx::unsigned)?;
        self.client.send_raw(&signed.to_bytes()).await?;
        let receipt = self.client.await_receipt(signed.hash(), PATIENCE).await?;
        if receipt.is_success {
            return Ok(receipt);
        }
        let text = format!("reverted in block {}", receipt.block);
        Err(Failure::about(ExitCode::Reverted, data(receipt.hash), text))
    }
}

/// The phase of a task; one that this program does not know is over.
pub(super) fn phase(task: &TaskMarket::Task) -> Phase {
    const ALL: [Phase; 6] =
        [Phase::Consent, Phase::Draw, Phase::Accept, Phase::Start, Phase::Compute, Phase::Settle];
    ALL.into_iter().find(|phase| *phase as u8 == task.phase).unwrap_or(Phase::Ended)
}

/// How a task ended, in words; nothing while it goes on.
pub(super) const fn ended(end: u8) -> Option<&'static str> {
    Some(match end {
        0 => return None,
        1 => "paid",
        2 => "cancelled by its sender",
        3 => "not every owner of its data agreed in time",
        4 => "an owner of its data took its consent back",
        5 => "no view came to elect its parties",
        6 => "too few compute nodes could be elected",
        7 => "elected compute nodes did not take their seats",
        8 => "an owner of its data did not let the parties start",
        9 => "a party said nothing until the deadline",
        10 => "parties said different things",
        11 => "a party gave up",
        12 => "a party did not publish what was demanded of it",
        13 => "a party was caught contradicting itself",
        _ => "for a reason that this program does not know",
    })
}
