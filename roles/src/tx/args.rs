//! What can be asked of `troupe tx`.

use super::amount::Amount;
use super::code::Data;
use super::place::PlaceArgs;
use super::signer::SignerArgs;
use super::{call, send, wait};
use crate::exit::Outcome;
use crate::output::Report;
use clap::{Args, Subcommand};
use troupe_types::{Address, Hash, Millis};

#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Sends a transfer or a call of a contract, and waits until it is in a block
    #[command(
        after_help = "Example: troupe tx send --account 0 --to lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm --value 1.5LAT\n\
                            Example: troupe tx send --from savings.json --to 0x32D79b00859C3d1f1F1366BA5B96909Cc9b7967c \
                            --data 0xa9059cbb --rpc http://127.0.0.1:8545\n\
                            Example: troupe tx send --from savings.json --to lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm --value 1LAT \
                            --offline --chain-id 1120260 --nonce 0 --gas-limit 21000 --max-fee 2gvon"
    )]
    Send(SendArgs),
    /// Asks what a call of a contract would give, without sending anything
    #[command(
        after_help = "Example: troupe tx call --to 0x32D79b00859C3d1f1F1366BA5B96909Cc9b7967c --data 0x18160ddd"
    )]
    Call(CallArgs),
    /// Makes a contract from its code
    #[command(after_help = "Example: troupe tx deploy token.hex --account 0\n\
                            Example: troupe tx deploy 0x60016000f3 --from savings.json")]
    Deploy(DeployArgs),
    /// Hands in transactions that were signed offline
    #[command(after_help = "Example: troupe tx submit signed.hex")]
    Submit(SubmitArgs),
    /// Shows what became of a transaction
    #[command(after_help = "Example: troupe tx receipt \
                            0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060 --wait")]
    Receipt(ReceiptArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// Whom to pay or call: 0x... or lat1...
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_TX_TO")]
    pub(super) to: Address,
    /// How much to pay: "1.5 LAT", "20 gvon", or whole von
    #[arg(long, value_name = "AMOUNT", default_value = "0", env = "TROUPE_TX_VALUE")]
    pub(super) value: Amount,
    /// What to call the contract with, in hexadecimal digits
    #[arg(long, value_name = "HEX", default_value = "0x", env = "TROUPE_TX_DATA")]
    pub(super) data: Data,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// The code that makes the contract: a file of hexadecimal digits, or the digits after 0x
    pub(super) code: String,
    /// How much to pay to the contract: "1.5 LAT", "20 gvon", or whole von
    #[arg(long, value_name = "AMOUNT", default_value = "0", env = "TROUPE_TX_VALUE")]
    pub(super) value: Amount,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// Whom to call: 0x... or lat1...
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_TX_TO")]
    pub(super) to: Address,
    /// What to call the contract with, in hexadecimal digits
    #[arg(long, value_name = "HEX", default_value = "0x", env = "TROUPE_TX_DATA")]
    pub(super) data: Data,
    /// Who is said to call
    #[arg(long, value_name = "ADDRESS", env = "TROUPE_TX_CALLER")]
    pub(super) caller: Option<Address>,
    /// How much is said to be paid: "1.5 LAT", "20 gvon", or whole von
    #[arg(long, value_name = "AMOUNT", default_value = "0", env = "TROUPE_TX_VALUE")]
    pub(super) value: Amount,
    /// On the state after the block of this height; without it, the last
    #[arg(long, value_name = "HEIGHT", env = "TROUPE_TX_BLOCK")]
    pub(super) block: Option<u64>,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// A signed transaction: a file of hexadecimal digits, or the digits after 0x
    pub(super) transaction: String,
    #[command(flatten)]
    pub(super) patience: PatienceArgs,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReceiptArgs {
    /// The transaction
    pub(super) hash: Hash,
    /// Wait until it is in a block
    #[arg(long, env = "TROUPE_TX_WAIT")]
    pub(super) wait: bool,
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "60s", env = "TROUPE_TX_WITHIN")]
    pub(super) within: Millis,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Who signs a transaction, what it offers, and what becomes of it then.
#[derive(Debug, Args)]
pub(crate) struct HowArgs {
    #[command(flatten)]
    pub(crate) signer: SignerArgs,
    #[command(flatten)]
    pub(crate) price: PriceArgs,
    #[command(flatten)]
    pub(crate) patience: PatienceArgs,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// What is otherwise asked of the node.
#[derive(Debug, Args)]
#[command(next_help_heading = "Instead of what the node says")]
pub(crate) struct PriceArgs {
    /// How many transactions the account sent before
    #[arg(long, value_name = "N", env = "TROUPE_TX_NONCE")]
    pub(crate) nonce: Option<u64>,
    /// The most gas it may use
    #[arg(long, value_name = "GAS", env = "TROUPE_TX_GAS_LIMIT")]
    pub(crate) gas_limit: Option<u64>,
    /// The most it pays for a unit of gas, such as "20 gvon"
    #[arg(long, value_name = "AMOUNT", env = "TROUPE_TX_MAX_FEE")]
    pub(crate) max_fee: Option<Amount>,
    /// The most of it that goes to the proposer
    #[arg(long, value_name = "AMOUNT", env = "TROUPE_TX_TIP")]
    pub(crate) tip: Option<Amount>,
    /// The chain that it is signed for
    #[arg(long, value_name = "N", env = "TROUPE_CHAIN_ID")]
    pub(crate) chain_id: Option<u64>,
    /// Print the signed transaction and ask nobody: wants --nonce, --gas-limit, --max-fee and --chain-id
    #[arg(long, env = "TROUPE_TX_OFFLINE")]
    pub(crate) offline: bool,
}

/// How long to stay.
#[derive(Debug, Args)]
pub(crate) struct PatienceArgs {
    /// End when the node has taken it, not when it is in a block
    #[arg(long, env = "TROUPE_TX_NO_WAIT")]
    pub(crate) no_wait: bool,
    /// How long to wait for the block
    #[arg(long, value_name = "TIME", default_value = "60s", env = "TROUPE_TX_WITHIN")]
    pub(crate) within: Millis,
}

/// Does what was asked of `troupe tx`.
pub(crate) fn run(command: &TxCommand) -> Outcome<Report> {
    match command {
        TxCommand::Send(args) => send::send(args),
        TxCommand::Call(args) => call::call(args),
        TxCommand::Deploy(args) => send::deploy(args),
        TxCommand::Submit(args) => send::hand_in(args),
        TxCommand::Receipt(args) => wait::receipt(args),
    }
}
