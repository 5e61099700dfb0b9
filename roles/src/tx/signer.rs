//! Who signs: a key file, or an account of a development network.

use super::place::{PlaceArgs, dev_account};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use clap::Args;
use std::path::PathBuf;
use troupe_chain::transaction::Signer;
use troupe_types::Address;

/// Whose transaction it is.
#[derive(Debug, Args)]
pub(crate) struct SignerArgs {
    /// Key file of the account that signs and pays
    #[arg(long, value_name = "KEYFILE", env = "TROUPE_TX_FROM")]
    from: Option<PathBuf>,
    /// Number of a funded account of the development network instead, from 0
    #[arg(long, value_name = "N", env = "TROUPE_TX_ACCOUNT")]
    account: Option<usize>,
    #[command(flatten)]
    password: PasswordArgs,
}

impl SignerArgs {
    /// The signer; a key file is opened, for which its password is asked.
    pub(crate) fn open(&self, place: &PlaceArgs) -> Outcome<Signer> {
        match (&self.from, self.account) {
            (Some(path), None) => key::account_key(path, &self.password),
            (None, Some(number)) => dev_account(&place.record()?, number),
            (Some(_), Some(_)) => {
                let text = "got --from too, allowed is one of them";
                Err(Failure::about(ExitCode::Usage, "--account", text))
            }
            (None, None) => {
                let text = "missing, wants a key file, or --account N on a development network";
                Err(Failure::about(ExitCode::Usage, "--from", text))
            }
        }
    }
}

impl SignerArgs {
    /// Whose the signer is, which asks for no password where the key file says it; `None` where none was named.
    pub(crate) fn address(&self, place: &PlaceArgs) -> Outcome<Option<Address>> {
        match (&self.from, self.account) {
            (None, None) => Ok(None),
            (Some(path), None) if key::account_address(path).is_ok() => {
                key::account_address(path).map(Some)
            }
            (Some(_), _) | (None, Some(_)) => self.open(place).map(|signer| Some(signer.address())),
        }
    }

    /// What opens its key file, and others of the same command.
    pub(crate) const fn password(&self) -> &PasswordArgs {
        &self.password
    }
}
