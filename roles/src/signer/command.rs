//! What is asked of `troupe signer`, and its life.

use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use crate::lock::Lock;
use crate::node::{start_log, told};
use crate::output::Report;
use clap::Args;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use troupe_runtime::Directory;
use troupe_signer::{Allowed, Book, Error, Past, Server};
use troupe_types::NodeId;

/// Which key, and for whom.
#[derive(Debug, Args)]
pub(crate) struct SignerArgs {
    /// The key file for votes, of kind validator
    #[arg(long, value_name = "FILE", env = "TROUPE_VALIDATOR_KEY")]
    key: PathBuf,
    /// The signer's own key file, of kind certificate: nodes know it by its node id
    #[arg(long, value_name = "FILE", env = "TROUPE_SIGNER_KEY")]
    node_key: PathBuf,
    /// Folder for what was signed; made where it does not exist
    #[arg(long, value_name = "DIR", env = "TROUPE_SIGNER_DIR")]
    dir: PathBuf,
    /// Where to listen, over TCP
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9146",
        env = "TROUPE_SIGNER_LISTEN"
    )]
    listen: SocketAddr,
    /// The node id of a node that may ask; can be given several times
    #[arg(
        long,
        value_name = "NODE_ID",
        required = true,
        value_delimiter = ',',
        env = "TROUPE_SIGNER_ALLOW"
    )]
    allow: Vec<NodeId>,
    /// What is logged: error, warn, info, debug, trace
    #[arg(long, value_name = "FILTER", default_value = "info", env = "TROUPE_SIGNER_LOG")]
    log: String,
    #[command(flatten)]
    password: PasswordArgs,
}

/// Signs until it is told to stop.
pub(crate) fn run(args: &SignerArgs) -> Outcome<Report> {
    let _log = start_log(&args.log)?;
    let _directory = Lock::directory(&args.dir)?;
    let _locks = [Lock::key(&args.key)?, Lock::key(&args.node_key)?];
    let past = open(&args.dir)?;
    let identity = key::node_identity(&args.node_key, &args.password)?;
    let book = Book::new(past, key::validator_key(&args.key, &args.password)?);
    let vote_key = hex::encode(book.key().0);
    let allowed: Allowed = args.allow.iter().copied().collect();
    let server = Server::new(&identity, allowed, book).map_err(|error| failed(&args.dir, error))?;
    troupe_runtime::run(async {
        let taken = |error| Failure::about(ExitCode::AddressInUse, args.listen, error);
        let listener = TcpListener::bind(args.listen).await.map_err(taken)?;
        let listen = listener.local_addr().map_err(taken)?;
        tracing::info!(%listen, signer_id = %identity.id(), vote_key, "signer started");
        let ended = server.serve(listener, told()).await;
        ended.map_err(|error| failed(&args.dir, error))?;
        tracing::info!("signer stopped");
        Ok(Report::new("stopped", json!({ "stopped": true })))
    })
}

/// What was signed, in a folder that is locked.
pub(crate) fn open(folder: &Path) -> Outcome<Past> {
    let disk = Directory::open(folder)
        .map_err(|error| Failure::about(ExitCode::BadFile, folder.display(), error))?;
    Past::open(Arc::new(disk)).map_err(|error| failed(folder, error))
}

/// What went wrong with a signer, or with its folder.
pub(crate) fn failed(folder: &Path, error: Error) -> Failure {
    let code = match &error {
        Error::Disk(_) | Error::Digest { .. } | Error::Form(_) | Error::Failed(_) => {
            ExitCode::Storage
        }
        Error::Many { .. } => ExitCode::Refused,
        Error::OtherChain { .. } => ExitCode::BadFile,
        Error::Tls(_) => ExitCode::BadKey,
    };
    Failure::about(code, folder.display(), error)
}
