//! Money and nonces of the accounts that send.

use super::prepare::{TRANSFER_GAS, Terms};
use super::senders::Sender;
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::progress;
use crate::rpc::{Client, Question, Told, data, large, number};
use crate::tx::{Amount, dev_accounts};
use alloy_primitives::U256;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use troupe_chain::pool::Limits;
use troupe_chain::transaction::{Draft, Signer};
use troupe_types::Address;

/// How long one round may take to come into blocks.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it did.
const LOOK: Duration = Duration::from_millis(50);

/// One who gives, and how far it is.
struct Giver {
    signer: Signer,
    nonce: u64,
}

/// Finds out the senders' nonces, and funds those that have less than `need`; gives how many it were.
pub(super) async fn fund(
    client: &Client,
    record: Option<&Record>,
    senders: &mut [Sender],
    need: U256,
    terms: &Terms,
) -> Outcome<usize> {
    let addresses: Vec<Address> = senders.iter().map(|sender| sender.address).collect();
    let nonces = ask(client, "eth_getTransactionCount", &addresses, "pending").await?;
    for (sender, nonce) in senders.iter_mut().zip(&nonces) {
        sender.nonce = number(nonce).unwrap_or_default();
    }
    let balances = ask(client, "eth_getBalance", &addresses, "latest").await?;
    let poor: Vec<(Address, U256)> = addresses
        .iter()
        .zip(&balances)
        .map(|(address, balance)| {
            (*address, need.saturating_sub(large(balance).unwrap_or_default()))
        })
        .filter(|(_, missing)| !missing.is_zero())
        .collect();
    let Some((first, missing)) = poor.first() else { return Ok(0) };
    let signers = record.map(dev_accounts).transpose()?.unwrap_or_default();
    if signers.is_empty() {
        let missing = Amount(*missing);
        let text = format!(
            "lacks {missing}, and no development network is named whose accounts could give it"
        );
        return Err(Failure::about(ExitCode::Refused, first.to_checksum(), text));
    }
    give(client, signers, &poor, terms).await?;
    Ok(poor.len())
}

/// Pays everybody, in rounds of as much as the pool holds of each giver.
async fn give(
    client: &Client,
    signers: Vec<Signer>,
    poor: &[(Address, U256)],
    terms: &Terms,
) -> Outcome<()> {
    let bar = progress::bar(poor.len() as u64);
    bar.set_message("funding");
    let addresses: Vec<Address> = signers.iter().map(Signer::address).collect();
    let nonces = ask(client, "eth_getTransactionCount", &addresses, "pending").await?;
    let mut givers: Vec<Giver> = signers
        .into_iter()
        .zip(&nonces)
        .map(|(signer, nonce)| Giver { signer, nonce: number(nonce).unwrap_or_default() })
        .collect();
    for round in poor.chunks(givers.len() * Limits::default().executable) {
        let count = givers.len();
        let mut sent: Vec<Question> = Vec::with_capacity(round.len());
        for (place, (to, value)) in round.iter().enumerate() {
            let giver = &mut givers[place % count];
            sent.push(("eth_sendRawTransaction", json!([giver.pay(*to, *value, terms)?])));
        }
        let answers = client.batch(&sent).await?;
        answers
            .into_iter()
            .collect::<Result<Vec<Value>, Told>>()
            .map_err(crate::rpc::Error::from)?;
        let wanted: Vec<u64> = givers.iter().map(|giver| giver.nonce).collect();
        committed(client, &addresses, &wanted).await?;
        bar.inc(round.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

impl Giver {
    fn pay(&mut self, to: Address, value: U256, terms: &Terms) -> Outcome<String> {
        let draft = Draft {
            chain_id: terms.chain_id,
            nonce: self.nonce,
            to: Some(to),
            value,
            input: Default::default(),
            gas_limit: TRANSFER_GAS,
            max_fee: terms.max_fee,
            max_tip: terms.tip,
        };
        self.nonce = self.nonce.saturating_add(1);
        let transaction = self.signer.sign(draft);
        let transaction = transaction.map_err(|error| Failure::new(ExitCode::Internal, error))?;
        Ok(data(transaction.to_bytes()))
    }
}

/// Waits until these accounts have sent so many transactions that are in blocks.
async fn committed(client: &Client, of: &[Address], wanted: &[u64]) -> Outcome<()> {
    let begin = Instant::now();
    loop {
        let nonces = ask(client, "eth_getTransactionCount", of, "latest").await?;
        let reached = |(nonce, wanted): (&Value, &u64)| number(nonce) >= Some(*wanted);
        if nonces.iter().zip(wanted).all(reached) {
            return Ok(());
        }
        if begin.elapsed() > PATIENCE {
            let text = format!("the accounts were not funded within {} s", PATIENCE.as_secs());
            return Err(Failure::new(ExitCode::TimedOut, text));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Asks the same about many accounts.
async fn ask(
    client: &Client,
    method: &'static str,
    of: &[Address],
    block: &str,
) -> Outcome<Vec<Value>> {
    let asked: Vec<Question> =
        of.iter().map(|address| (method, json!([data(address), block]))).collect();
    let answers = client.batch(&asked).await?;
    let answers: Result<Vec<Value>, Told> = answers.into_iter().collect();
    Ok(answers.map_err(crate::rpc::Error::from)?)
}
