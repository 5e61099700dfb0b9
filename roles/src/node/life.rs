//! A process from its start to its drain.

use super::{Assembled, Keys, Place, assemble, logs};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::manifest::{Found, Source};
use crate::output::Report;
use crate::{key, lock::Lock, starts};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};
use troupe_runtime::{Drained, StopCause};
use troupe_types::Millis;

/// What the network gets to send what was accepted.
const FAREWELL: Millis = Millis::secs(2);

/// Which process to run.
#[derive(Debug, Args)]
pub(crate) struct NodeArgs {
    /// The manifest
    #[arg(long, value_name = "FILE", env = "TROUPE_MANIFEST")]
    manifest: Option<PathBuf>,
    /// One of the shipped roles instead of a manifest [env: TROUPE_ROLE]
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    #[command(flatten)]
    password: key::PasswordArgs,
    #[command(flatten)]
    over: crate::manifest::OverrideArgs,
    /// Drain when standard input ends: for a parent that may be killed
    #[arg(long, env = "TROUPE_STOP_WITH_STDIN")]
    stop_with_stdin: bool,
}

/// Runs one process until it is told to stop.
pub(crate) fn run(args: &NodeArgs) -> Outcome<Report> {
    let source = Source::choose(args.manifest.as_deref(), args.role.as_deref())?;
    let found = source.load(&args.over)?;
    let base = base(args.manifest.as_deref())?;
    let log = logs::start(&found.loaded.manifest.process.log)?;
    let process = &found.loaded.manifest.process;
    let data = base.join(&process.data_dir);
    let _directory = Lock::directory(&data)?;
    let keys = Keys::open(&found.loaded.manifest, &data, &args.password)?;
    let incarnation = starts::count(&data)?;
    let place = Place { base: &base, data: &data };
    troupe_runtime::run(async {
        let assembled = assemble(&found.loaded.manifest, place, keys, incarnation)?;
        announce(&found, &assembled);
        tokio::task::spawn_local(logs::follow(log, source, args.over.clone()));
        let cause = until_told(&assembled, args.stop_with_stdin).await;
        end(assembled, cause).await
    })
}

/// Relative paths of a manifest start at its folder; those of a shipped role where one stands.
fn base(manifest: Option<&Path>) -> Outcome<PathBuf> {
    let folder = manifest.and_then(Path::parent).filter(|path| !path.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    folder
        .canonicalize()
        .map_err(|error| Failure::about(ExitCode::BadFile, folder.display(), error))
}

fn announce(found: &Found, assembled: &Assembled) {
    let manifest = &found.loaded.manifest;
    tracing::info!(
        role = %manifest.role,
        node_id = %assembled.id,
        listen = %assembled.net.address(),
        metrics = %manifest.metrics.listen,
        "node started"
    );
}

/// Why the process ends: a signal, the parent's end, or a fault of its own.
async fn until_told(assembled: &Assembled, stop_with_stdin: bool) -> StopCause {
    let parent = async {
        match stop_with_stdin {
            true => drop(end_of_input().await),
            false => std::future::pending().await,
        }
    };
    tokio::select! {
        cause = assembled.node.stopped() => cause,
        () = told() => StopCause::Asked,
        () = parent => StopCause::Asked,
    }
}

/// Completes when standard input ends. A thread of its own reads it: a read that blocks cannot be
/// taken back, and must not keep the process from ending.
fn end_of_input() -> tokio::sync::oneshot::Receiver<()> {
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let copied = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        tracing::debug!(?copied, "standard input ended");
        // The process may be draining already.
        let _ = ended.send(());
    });
    has_ended
}

/// Completes at the first SIGTERM or SIGINT.
pub(crate) async fn told() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // Without handlers the signals end the process themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Ends a node's actors within the manifest's time, then its network.
pub(crate) async fn drain(assembled: &Assembled) -> Drained {
    let drained = assembled.node.drain(assembled.drain).await;
    assembled.net.close(FAREWELL).await;
    // The log has everything; without this the next start only takes longer.
    if let Err(error) = assembled.commons.close() {
        tracing::warn!(%error, "the chain's index was not closed");
    }
    drained
}

async fn end(assembled: Assembled, cause: StopCause) -> Outcome<Report> {
    tracing::info!(?cause, "draining");
    let drained = drain(&assembled).await;
    match cause {
        StopCause::Asked if drained.is_clean() => {
            tracing::info!("drained");
            Ok(Report::new("drained", json!({ "drained": true })))
        }
        StopCause::Asked => {
            let left: Vec<String> = drained
                .unfinished
                .iter()
                .map(|(kind, messages)| format!("{kind} ({messages} messages)"))
                .collect();
            let text = format!("the drain time ended before {} had finished", left.join(", "));
            Err(Failure::new(ExitCode::DrainedWithLosses, text))
        }
        StopCause::Fault { kind, fault: troupe_runtime::Fault::Storage(reason) } => {
            Err(Failure::new(ExitCode::Storage, format!("actor {kind}: {reason}")))
        }
        StopCause::Fault { kind, fault: troupe_runtime::Fault::Diverged(reason) } => {
            Err(Failure::new(ExitCode::Diverged, format!("actor {kind}: {reason}")))
        }
        StopCause::Fault { kind, fault: troupe_runtime::Fault::Twin(reason) } => {
            Err(Failure::new(ExitCode::Twin, format!("actor {kind}: {reason}")))
        }
        StopCause::Fault { kind, fault: troupe_runtime::Fault::Outdated(reason) } => {
            Err(Failure::new(ExitCode::Outdated, format!("actor {kind}: {reason}")))
        }
        StopCause::Fault { kind, fault } => {
            Err(Failure::new(ExitCode::Internal, format!("actor {kind}: {fault}")))
        }
        StopCause::CrashLoop { kind, last } => {
            let text = format!("actor {kind} fell too often; the last time: {last}");
            Err(Failure::new(ExitCode::Internal, text))
        }
    }
}
