//! A transfer that becomes final.

use super::command::say;
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Format;
use crate::rpc::{Client, data};
use crate::tx::dev_accounts;
use alloy_primitives::U256;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use troupe_chain::transaction::Draft;
use troupe_config::Amount;
use troupe_types::Address;

/// How long one answer, or the transfer, may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A transfer's gas. Ethereum yellow paper, appendix G
const GAS: u64 = 21_000;

/// Sends 1 LAT from the first funded account to the second, and asks every validator what they have.
pub(super) async fn show(record: &Record, format: Format) -> Outcome<Value> {
    let clients: Result<Vec<Client>, _> =
        record.rpc.iter().map(|url| Client::new(url, PATIENCE)).collect();
    let clients = clients?;
    let first = clients.first().ok_or_else(|| {
        Failure::new(ExitCode::Internal, "the demo's network has no node with a chain")
    })?;
    let accounts = dev_accounts(record)?;
    let [payer, payee, ..] = &accounts[..] else {
        return Err(Failure::new(ExitCode::Internal, "the demo's network has no funded accounts"));
    };
    let payee = payee.address();
    let from = payer.address();
    let value = U256::from(10).pow(U256::from(18));
    let fees = first.fees().await?;
    let draft = Draft {
        chain_id: first.chain_id().await?,
        nonce: first.nonce(from).await?,
        to: Some(payee),
        value,
        input: Default::default(),
        gas_limit: GAS,
        max_fee: fees.max_fee(),
        max_tip: fees.tip,
    };
    let before = first.balance(payee).await?;
    let signed = payer.sign(draft).map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let began = Instant::now();
    first.send_raw(&signed.to_bytes()).await?;
    let receipt = first.await_receipt(signed.hash(), PATIENCE).await?;
    let took = began.elapsed().as_millis();
    if !receipt.is_success {
        return Err(Failure::about(ExitCode::Reverted, data(signed.hash()), "the transfer failed"));
    }
    let (block, hash) = (receipt.block, data(signed.hash()));
    say(
        format,
        &format!("   {} pays {} to {}", from.to_checksum(), amount(value), payee.to_checksum()),
    );
    say(format, &format!("   transaction {hash}"));
    say(
        format,
        &format!("   final in block {block} after {took} ms; a fee of {}", amount(receipt.fee())),
    );
    agree(&clients, payee, before + value, block).await?;
    say(
        format,
        &format!(
            "   {} had {}, now {}: so say all {} validators",
            payee.to_bech32(),
            amount(before),
            amount(before + value),
            clients.len()
        ),
    );
    Ok(
        json!({ "hash": hash, "block": block, "milliseconds": u64::try_from(took).unwrap_or(u64::MAX) }),
    )
}

fn amount(von: U256) -> String {
    // The supply is below 2^128.
    Amount(u128::try_from(von).unwrap_or(u128::MAX)).to_string()
}

/// Every node says the same as soon as it has the block.
async fn agree(clients: &[Client], of: Address, want: U256, block: u64) -> Outcome<()> {
    let until = Instant::now() + PATIENCE;
    for client in clients {
        while client.block_number().await? < block && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let got = client.balance(of).await?;
        if got != want {
            let text = format!("{} has {got} von there, wanted {want}", of.to_checksum());
            return Err(Failure::about(ExitCode::Internal, client.url(), text));
        }
    }
    Ok(())
}
