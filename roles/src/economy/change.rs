//! Changing something: tried, signed, sent, waited for, and told.

use super::ask::Asker;
use super::refusal::Refusal;
use super::rehearse::{call, dry_run, rehearse};
use super::{Clock, Deed, Facts, told};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::PasswordArgs;
use crate::output::Report;
use crate::rpc::{Client, Receipt, data, quantity};
use crate::tx::{self, Amount, HowArgs};
use alloy_primitives::U256;
use clap::Args;
use serde_json::json;
use troupe_chain::transaction::Signer;
use troupe_types::Address;

/// So much more gas is allowed than was needed a moment ago, in percent: what a call costs grows with the records that it
/// goes through.
const SPARE: u64 = 20;

/// How something is changed.
#[derive(Debug, Args)]
pub(crate) struct ChangeArgs {
    #[command(flatten)]
    how: HowArgs,
    /// Say what would happen and what it would cost, and send nothing; no key is opened for that
    #[arg(long, env = "TROUPE_DRY_RUN")]
    dry_run: bool,
    /// Whose call a dry run tries, where no key is named
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_TX_CALLER")]
    caller: Option<Address>,
    /// Send it although it would be refused; wants --gas-limit
    #[arg(long, env = "TROUPE_FORCE")]
    force: bool,
}

/// Who changes something, and whom he asks.
pub(crate) struct Hand<'a> {
    args: &'a ChangeArgs,
    who: Who,
    /// Nobody is asked offline.
    client: Option<Client>,
}

enum Who {
    Signs(Box<Signer>),
    /// Nothing is signed in a dry run.
    IsNamed(Address),
}

impl ChangeArgs {
    /// Whoever was named, with the key open unless nothing is signed.
    pub(crate) fn hand(&self) -> Outcome<Hand<'_>> {
        let HowArgs { signer, price, place, .. } = &self.how;
        if self.dry_run && price.offline {
            let text = "got --offline too, and a dry run asks a node";
            return Err(Failure::about(ExitCode::Usage, "--dry-run", text));
        }
        let client = if price.offline { None } else { Some(place.client()?) };
        let who = match signer.address(place)? {
            named if self.dry_run => {
                let Some(address) = named.or(self.caller) else {
                    let text = "missing, a dry run wants it, or a key";
                    return Err(Failure::about(ExitCode::Usage, "--caller", text));
                };
                Who::IsNamed(address)
            }
            Some(_) | None => Who::Signs(Box::new(signer.open(place)?)),
        };
        Ok(Hand { args: self, who, client })
    }

    /// What opens key files.
    pub(crate) const fn password(&self) -> &PasswordArgs {
        self.how.signer.password()
    }
}

impl Hand<'_> {
    /// Whose call it is.
    pub(crate) fn address(&self) -> Address {
        match &self.who {
            Who::Signs(signer) => signer.address(),
            Who::IsNamed(address) => *address,
        }
    }

    /// For asking a node; refused offline, where `what` cannot be known.
    pub(crate) fn asker(&self, what: &str) -> Outcome<Asker<'_>> {
        let client = self.client.as_ref().ok_or_else(|| {
            let text = format!("{what} is asked of a node, so it has to be given");
            Failure::about(ExitCode::Usage, "--offline", text)
        })?;
        Ok(Asker::new(client))
    }

    /// The chain that is signed for.
    pub(crate) async fn chain_id(&self) -> Outcome<u64> {
        match (self.args.how.price.chain_id, &self.client) {
            (Some(chain_id), _) => Ok(chain_id),
            (None, Some(client)) => Ok(client.chain_id().await?),
            (None, None) => {
                let text = "missing, --offline wants it";
                Err(Failure::about(ExitCode::Usage, "--chain-id", text))
            }
        }
    }

    /// Does it.
    pub(crate) async fn carry_out(&self, deed: Deed) -> Outcome<Report> {
        let price = &self.args.how.price;
        let (client, signer) = match (&self.client, &self.who) {
            (None, Who::Signs(signer)) => {
                let draft = tx::offline(&deed.wish, price)?;
                let transaction = signer.sign(draft).map_err(tx::unsigned)?;
                return Ok(tx::raw(&transaction, signer.address()));
            }
            (Some(client), Who::IsNamed(address)) => {
                let asker = Asker::new(client);
                asker.has_economy().await?;
                let gives = rehearse(&asker, *address, &deed).await?;
                return dry_run(client, *address, &deed, gives).await;
            }
            (Some(client), Who::Signs(signer)) => (client, signer),
            (None, Who::IsNamed(_)) => {
                let text = "got --dry-run too, and a dry run asks a node";
                return Err(Failure::about(ExitCode::Usage, "--offline", text));
            }
        };
        let asker = Asker::new(client);
        asker.has_economy().await?;
        if !self.args.force {
            rehearse(&asker, signer.address(), &deed).await?;
        } else if price.gas_limit.is_none() {
            let text = "missing, --force wants it: nobody says how much a refused call needs";
            return Err(Failure::about(ExitCode::Usage, "--gas-limit", text));
        }
        let mut draft = tx::draft(client, signer.address(), &deed.wish, price).await?;
        if price.gas_limit.is_none() {
            draft.gas_limit = draft.gas_limit.saturating_add(draft.gas_limit / 100 * SPARE);
        }
        let transaction = signer.sign(draft).map_err(tx::unsigned)?;
        client.send_raw(&transaction.to_bytes()).await?;
        if self.args.how.patience.no_wait {
            return Ok(tx::sent(&transaction, signer.address()));
        }
        let receipt = tx::wait(client, transaction.hash(), self.args.how.patience.within).await?;
        if receipt.is_success {
            return Ok(done(&asker, &receipt, &deed).await);
        }
        Err(undone(client, &receipt, &deed).await)
    }
}

/// What happened.
async fn done(asker: &Asker<'_>, receipt: &Receipt, deed: &Deed) -> Report {
    // It is done whether or not the calendar is told.
    let clock = Clock::read(asker).await.ok();
    let events = told::told(&receipt.json, clock.as_ref());
    let fee = format!("{} for {} gas", Amount(receipt.fee()), receipt.gas_used);
    let mut facts = Facts::default()
        .put("transaction", data(receipt.hash), data(receipt.hash))
        .put("result", format!("final in block {}", receipt.block), "success")
        .put("from", receipt.from.to_checksum(), data(receipt.from));
    if events.is_empty() {
        facts = facts.put("done", "nothing: there was nothing to do", "");
    }
    for event in &events {
        facts = facts.put("done", &event.words, "");
    }
    let text = facts.put("fee", fee, "").lines();
    let json = json!({
        "hash": data(receipt.hash), "status": "success", "block": receipt.block,
        "from": data(receipt.from), "to": data(deed.to), "value": deed.wish.value.to_string(),
        "gas_used": receipt.gas_used, "fee": receipt.fee().to_string(), "did": deed.what,
        "events": told::json(&events),
    });
    Report::new(text, json)
}

/// Why nothing happened, as far as a node says it: the same call on the state before the block.
async fn undone(client: &Client, receipt: &Receipt, deed: &Deed) -> Failure {
    let before = quantity(U256::from(receipt.block.saturating_sub(1)));
    let answer = client.question(call(receipt.from, deed), &before).await;
    let refusal = answer.err().and_then(|error| Refusal::of(&error));
    let fee = Amount(receipt.fee());
    let lost = format!("reverted in block {}, its fee of {fee} was paid", receipt.block);
    let hash = data(receipt.hash);
    match refusal {
        None => Failure::about(ExitCode::Reverted, hash, lost),
        Some(refusal) => {
            let failure = Failure::about(ExitCode::Reverted, hash, format!("{lost}; {refusal}"));
            failure.with("refusal", refusal.json())
        }
    }
}
