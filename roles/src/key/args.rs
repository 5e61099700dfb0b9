//! What can be asked of `troupe key`.

use super::password::{NewPasswordArgs, PasswordArgs};
use crate::kept::KeptArgs;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use troupe_crypto::keystore;
use troupe_types::Address;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key and keeps it encrypted
    #[command(after_help = "Example: troupe key new --label savings\n\
                            Example: troupe key new --kind certificate --file /var/lib/troupe/node-key.json\n\
                            Example: troupe key new --kind validator --file /var/lib/troupe/validator-key.json")]
    New(NewArgs),
    /// Takes a key from elsewhere and keeps it encrypted
    ///
    /// Reads an account's or a validator's secret as 64 hexadecimal digits, a certificate's as PKCS#8 in PEM or DER, and
    /// key files of other programs. Secrets are never taken from the command line.
    #[command(after_help = "Example: troupe key import secret.txt\n\
                            Example: troupe key import --kind certificate node.pem")]
    Import(ImportArgs),
    /// Lists the keys of a folder
    #[command(after_help = "Example: troupe key list")]
    List(ListArgs),
    /// Copies a key under another password, or in plain when that is asked for
    #[command(after_help = "Example: troupe key export savings.json --to copy.json\n\
                            Example: troupe key export savings.json --plaintext")]
    Export(ExportArgs),
    /// Signs what a candidate registers: that its keys are its own
    ///
    /// The node's key and the vote key both sign for one chain and one account; with it, and nothing else, that
    /// account can stake for this node. The key of random words is derived from the node's key.
    #[command(
        after_help = "Example: troupe key register --key node-key.json --validator validator-key.json \
                            --chain-id 1120260 --staker lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm"
    )]
    Register(RegisterArgs),
    /// Carries what vote keys signed from one machine to another
    ///
    /// A validator that moves takes its history along, so that it never contradicts itself. The node must not run:
    /// not here, and the old one never again.
    History(HistoryArgs),
    /// Shows what a key file says about itself
    #[command(after_help = "Example: troupe key show savings.json --verify")]
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// What the key is for
    #[arg(long, value_enum, default_value_t, env = "TROUPE_KEY_KIND")]
    pub(super) kind: Kind,
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) password: PasswordArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Where the secret is, or - for standard input; readable by its owner alone
    pub(super) from: PathBuf,
    /// What the key is for
    #[arg(long, value_enum, default_value_t, env = "TROUPE_KEY_KIND")]
    pub(super) kind: Kind,
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) password: PasswordArgs,
    #[command(flatten)]
    pub(super) new_password: NewPasswordArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Folder of key files; without it, .troupe/keys in the home folder
    #[arg(long, value_name = "DIR", env = "TROUPE_KEYS")]
    pub(super) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The key file
    pub(super) file: PathBuf,
    /// Writes the secret itself, for whoever reads it: hexadecimal digits or PEM
    #[arg(long, env = "TROUPE_EXPORT_PLAINTEXT")]
    pub(super) plaintext: bool,
    /// Where the copy goes; a plain one goes to standard output without it
    #[arg(
        long,
        value_name = "FILE",
        env = "TROUPE_EXPORT_TO",
        required_unless_present = "plaintext"
    )]
    pub(super) to: Option<PathBuf>,
    #[command(flatten)]
    pub(super) password: PasswordArgs,
    #[command(flatten)]
    pub(super) new_password: NewPasswordArgs,
    /// How long a guess at the new password takes
    #[arg(long, value_enum, default_value_t, env = "TROUPE_KEY_COST")]
    pub(super) cost: Cost,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(subcommand)]
    pub(super) command: HistoryCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// Writes the latest signatures of every key that voted here to a file
    #[command(
        after_help = "Example: troupe key history export history.json --manifest node.toml\n\
                            Example: troupe key history export history.json --signer-dir signer"
    )]
    Export(HistoryExportArgs),
    /// Takes in what keys signed elsewhere: here they sign later things only
    ///
    /// Of what is known and what is brought the later stays: nothing is lowered. A file of another chain is refused.
    #[command(
        after_help = "Example: troupe key history import history.json --manifest node.toml\n\
                            Example: troupe key history import history.json --signer-dir signer"
    )]
    Import(HistoryImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HistoryExportArgs {
    /// The file, which must not exist; - for standard output
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) kept: KeptArgs,
    /// The folder of a signer, instead of a node's
    #[arg(long, value_name = "DIR", conflicts_with_all = ["manifest", "dir", "genesis"], env = "TROUPE_SIGNER_DIR")]
    pub(super) signer_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryImportArgs {
    /// The file; - for standard input
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) kept: KeptArgs,
    /// The folder of a signer, instead of a node's
    #[arg(long, value_name = "DIR", conflicts_with_all = ["manifest", "dir", "genesis"], env = "TROUPE_SIGNER_DIR")]
    pub(super) signer_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The node's key file, of kind certificate
    #[arg(long, value_name = "FILE", env = "TROUPE_NODE_KEY")]
    pub(super) key: PathBuf,
    /// The key file for votes, of kind validator
    #[arg(long, value_name = "FILE", env = "TROUPE_VALIDATOR_KEY")]
    pub(super) validator: PathBuf,
    /// Which chain
    #[arg(long, value_name = "N", env = "TROUPE_CHAIN_ID")]
    pub(super) chain_id: u64,
    /// The account that stakes
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_STAKER")]
    pub(super) staker: Address,
    #[command(flatten)]
    pub(super) password: PasswordArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The key file
    pub(super) file: PathBuf,
    /// Opens the file and checks that what it says is true
    #[arg(long, env = "TROUPE_KEY_VERIFY")]
    pub(super) verify: bool,
    #[command(flatten)]
    pub(super) password: PasswordArgs,
}

/// Where a key that is made goes, and how it is kept.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The key file; without it, one in --dir that is named after the key
    #[arg(long, value_name = "FILE", env = "TROUPE_KEY_FILE")]
    pub(super) file: Option<PathBuf>,
    /// Folder of key files; without it, .troupe/keys in the home folder
    #[arg(long, value_name = "DIR", env = "TROUPE_KEYS")]
    pub(super) dir: Option<PathBuf>,
    /// What an account is called, up to 64 bytes
    #[arg(long, value_name = "TEXT", env = "TROUPE_KEY_LABEL")]
    pub(super) label: Option<String>,
    /// How long a guess at the password takes
    #[arg(long, value_enum, default_value_t, env = "TROUPE_KEY_COST")]
    pub(super) cost: Cost,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Kind {
    /// Signs transactions (secp256k1)
    #[default]
    Account,
    /// Is the identity of a node (Ed25519)
    Certificate,
    /// Signs a validator's votes (BLS12-381)
    Validator,
}

/// How long a guess at a password takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Cost {
    /// About a second and 256 MiB
    #[default]
    Standard,
    /// A blink and 4 MiB: for keys that are worth nothing, such as those of tests
    Light,
}

impl Cost {
    pub(super) fn parameters(self) -> keystore::Cost {
        match self {
            Self::Standard => keystore::Cost::STANDARD,
            Self::Light => keystore::Cost::new(12, 8, 1).expect("less than the standard cost"),
        }
    }
}
