//! The processes of a development network: started, watched, started again, drained.

use super::files::{Prepaid, Prepared};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::http;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// A process that ends by itself is started again after this, twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What a drain may take beyond the manifest's own time before the process is killed.
const DRAIN_PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

/// A process under supervision.
pub(super) struct Supervised {
    pub(super) node: Prepared,
    pid: watch::Receiver<Option<u32>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<bool>,
}

impl Supervised {
    /// Starts a process and keeps it running.
    pub(super) fn start(node: Prepared, prepaid: &Prepaid) -> Outcome<Self> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::new(ExitCode::Internal, format!("own program: {error}")))?;
        let (pid_out, pid) = watch::channel(None);
        let (stop, stop_in) = watch::channel(false);
        let password = prepaid.password_file.clone();
        let first = spawn(&program, &node, &password)?;
        let supervised = node.clone();
        let task = tokio::spawn(async move {
            supervise(&program, &supervised, &password, first, &pid_out, stop_in).await
        });
        Ok(Self { node, pid, stop, task })
    }

    /// The process id at this moment; `None` between two lives.
    pub(super) fn pid(&self) -> Option<u32> {
        *self.pid.borrow()
    }

    /// Completes when the process id changes.
    pub(super) async fn changed(&mut self) {
        if self.pid.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Drains the process; whether it ended cleanly.
    pub(super) async fn end(self) -> bool {
        let _ = self.stop.send(true);
        self.task.await.unwrap_or(false)
    }
}

/// Waits until a node says that it is ready.
pub(super) async fn ready(node: &Prepared, until: Instant) -> Outcome<()> {
    let url = format!("http://{}/readyz", node.planned.metrics);
    let mut last = "it has not answered".to_owned();
    while Instant::now() < until {
        match http::get(&url, Duration::from_millis(500)).await {
            Ok(page) if page.is_ok() => return Ok(()),
            Ok(page) => last = page.text.trim().replace('\n', "; "),
            Err(error) => last = error,
        }
        sleep(LOOK).await;
    }
    let log = node.dir.join("log");
    let text = format!("is not ready: {last}; its log is {}", log.display());
    Err(Failure::about(ExitCode::Unreachable, &node.planned.name, text))
}

fn spawn(program: &Path, node: &Prepared, password: &Path) -> Outcome<Child> {
    let log_path = node.dir.join("log");
    let log = OpenOptions::new().create(true).append(true).open(&log_path);
    let log = log.map_err(|error| Failure::about(ExitCode::BadFile, log_path.display(), error))?;
    Command::new(program)
        .arg("node")
        .arg("--manifest")
        .arg(&node.manifest)
        .arg("--password-file")
        .arg(password)
        .arg("--stop-with-stdin")
        .current_dir(&node.dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        // A signal of the terminal goes to us alone; we pass it on in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            Failure::new(ExitCode::Internal, format!("{}: {error}", node.planned.name))
        })
}

/// Keeps a process running until told to stop; whether its last end was clean.
async fn supervise(
    program: &Path,
    node: &Prepared,
    password: &Path,
    first: Child,
    pid: &watch::Sender<Option<u32>>,
    mut stop: watch::Receiver<bool>,
) -> bool {
    let mut child = first;
    let mut pause = FIRST_PAUSE;
    loop {
        pid.send_replace(child.id());
        // Waiting for a child closes its input, and ours end with their input.
        let _input = child.stdin.take();
        let began = Instant::now();
        let status = tokio::select! {
            status = child.wait() => status,
            () = told_to_stop(&mut stop) => return drain(child).await,
        };
        pid.send_replace(None);
        let name = &node.planned.name;
        let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        eprintln_line(&format!("{name} ended by itself ({how}); starting it again"));
        if began.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = told_to_stop(&mut stop) => return false,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
        match spawn(program, node, password) {
            Ok(again) => child = again,
            Err(failure) => {
                eprintln_line(&failure.to_string());
                return false;
            }
        }
    }
}

async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    // Whoever could tell is gone as well when the sender is.
    let _ = stop.wait_for(|told| *told).await;
}

/// Asks a process to drain and waits; kills it when it does not end.
async fn drain(mut child: Child) -> bool {
    if let Some(pid) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        // It may have ended this very moment.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    match timeout(DRAIN_PATIENCE, child.wait()).await {
        Ok(Ok(status)) => status.success(),
        Ok(Err(_)) => false,
        Err(_) => {
            let _ = child.kill().await;
            false
        }
    }
}

/// A remark of the supervisor, beside whatever the command prints.
pub(super) fn eprintln_line(text: &str) {
    use std::io::Write;
    // Nobody may be reading.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
