//! Which chain, and who of a development network has money on it.

use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::rpc::Client;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;
use troupe_chain::transaction::Signer;
use troupe_crypto::ecdsa;
use zeroize::Zeroizing;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whom to ask.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// JSON-RPC of a node, such as http://127.0.0.1:8545; without it, the first of the network in --dir
    #[arg(long, value_name = "URL", env = "TROUPE_RPC")]
    rpc: Option<String>,
    /// Directory of a development network
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
}

impl PlaceArgs {
    /// The development network.
    pub(crate) fn record(&self) -> Outcome<Record> {
        Record::read(&self.dir)
    }

    /// A client of the node that was named.
    pub(crate) fn client(&self) -> Outcome<Client> {
        match &self.rpc {
            Some(url) => Ok(Client::new(url, PATIENCE)?),
            None => {
                let urls = urls(&self.record()?, &self.dir)?;
                Ok(Client::new(&urls[0], PATIENCE)?)
            }
        }
    }
}

/// Where a network's nodes answer, at least one.
pub(crate) fn urls(record: &Record, dir: &Path) -> Outcome<Vec<String>> {
    if record.rpc.is_empty() {
        let text = "no node of this network has a chain";
        return Err(Failure::about(ExitCode::Unreachable, dir.display(), text));
    }
    Ok(record.rpc.clone())
}

/// The funded accounts of a development network, whose keys everybody knows.
pub(crate) fn dev_accounts(record: &Record) -> Outcome<Vec<Signer>> {
    (0..record.accounts.len()).map(|number| dev_account(record, number)).collect()
}

/// One of them.
pub(crate) fn dev_account(record: &Record, number: usize) -> Outcome<Signer> {
    let account = record.accounts.get(number).ok_or_else(|| {
        let count = record.accounts.len();
        let text = format!("got {number}, the network has {count} funded accounts, from 0");
        Failure::about(ExitCode::Usage, "--account", text)
    })?;
    let digits = account.get("private_key").and_then(serde_json::Value::as_str).unwrap_or_default();
    let mut secret = Zeroizing::new([0; 32]);
    let read = hex::decode_to_slice(digits.trim_start_matches("0x"), secret.as_mut_slice());
    let secret = read.ok().and_then(|()| ecdsa::SecretKey::from_bytes(&secret).ok());
    secret.map(Signer::Ethereum).ok_or_else(|| {
        let text = format!("the key of account {number} is none");
        Failure::about(ExitCode::BadFile, "devnet.json", text)
    })
}
