//! The commands.

use super::{declare, keep};
use crate::control::ControlArgs;
use crate::exit::Outcome;
use crate::output::Report;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Offers the rows of a CSV or Parquet file, or an ONNX model, at a data node, which has to reach the file; neither leaves it
    #[command(
        after_help = "Example: troupe data add rows.parquet --name sales --column customer:key --column units:integer:0..500 --policy policy.toml\n\
                            Example: troupe data add risk.onnx --name risk --policy policy.toml\n\
                            A policy file has the keys of a manifest's policy: requesters, allow, matching, \
                            partners, ... Without one nobody may use the rows."
    )]
    Add(AddArgs),
    /// Lists what a data node offers: rows, columns, price, uses; of one data set all of it, with its policy
    #[command(
        after_help = "Example: troupe data list\nExample: troupe data list clinic\nExample: troupe data list --control node/control.sock --output json"
    )]
    List(ListArgs),
    /// Takes back what was added; what stands in the manifest of the node stays
    #[command(after_help = "Example: troupe data remove sales --node data-1")]
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// A CSV file with a header, a Parquet file, or a model: a file whose name ends with .onnx
    pub(super) file: PathBuf,
    /// What jobs will call it
    #[arg(long, env = "TROUPE_DATA_NAME")]
    pub(super) name: String,
    /// A column to offer, as HEADER:KIND with number, integer, boolean or key; after numbers and integers may stand what all
    /// values lie between, which everybody learns; repeatable, or several with commas between; a model has none
    #[arg(
        long = "column",
        value_name = "HEADER:KIND[:LOW..HIGH]",
        value_delimiter = ',',
        env = "TROUPE_DATA_COLUMNS"
    )]
    pub(super) columns: Vec<String>,
    /// What its owner gets for every computation on it, such as "0.5 LAT"; nothing without a word
    #[arg(long, env = "TROUPE_DATA_PRICE")]
    pub(super) price: Option<String>,
    /// A TOML file that says who may do what
    #[arg(long, env = "TROUPE_DATA_POLICY")]
    pub(super) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(super) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// One data set
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) at: At,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// The data set
    pub(super) name: String,
    #[command(flatten)]
    pub(super) at: At,
}

/// Which data node.
#[derive(Debug, Args)]
#[command(next_help_heading = "Node")]
pub(crate) struct At {
    #[command(flatten)]
    pub(super) control: ControlArgs,
    /// The data node of the development network: its name, or its node id
    #[arg(long, default_value = "data-1", env = "TROUPE_DATA_NODE")]
    pub(super) node: String,
    /// Directory of the development network
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    pub(super) dir: PathBuf,
}

impl At {
    /// What people are told that it is.
    pub(super) fn told(&self) -> String {
        let path = self.control.control.as_ref();
        path.map_or_else(|| self.node.clone(), |path| path.display().to_string())
    }
}

pub(crate) fn command(command: &DataCommand) -> Outcome<Report> {
    match command {
        DataCommand::Add(args) => keep::add(&declare::text(args)?, &args.at),
        DataCommand::List(args) => keep::list(args),
        DataCommand::Remove(args) => keep::remove(&args.name, &args.at),
    }
}
