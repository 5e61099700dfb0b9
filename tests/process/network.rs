//! A development network of real processes, for tests: started, inspected, hurt, ended.

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// The program under test.
pub(crate) const TROUPE: &str = env!("CARGO_BIN_EXE_troupe");

/// Longer than anything takes on a loaded machine; tests poll and go on at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Six processes for private computation; a chain has tests of its own.
pub(crate) const NO_CHAIN: &[&str] = &["--validators", "0"];

/// A running network; everything of it is killed when it is dropped.
pub(crate) struct Network {
    pub(crate) dir: PathBuf,
    base_port: u16,
    process: Child,
    home: tempfile::TempDir,
}

impl Network {
    /// Starts `troupe devnet` and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::start_with(NO_CHAIN)
    }

    /// As [`Network::start`], with more flags.
    pub(crate) fn start_with(flags: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let dir = home.path().join("net");
        let base_port = free_base_port();
        let process = spawn(&home.path().join("devnet.log"), &dir, base_port, flags);
        let network = Self { dir, base_port, process, home };
        network.ready();
        network
    }

    /// Starts it again after [`Network::end`], as it was left.
    pub(crate) fn begin(&mut self, flags: &[&str]) {
        let log = self.home.path().join("devnet.log");
        self.process = spawn(&log, &self.dir, self.base_port, flags);
        self.ready();
    }

    fn ready(&self) {
        until("the network is ready", || self.dir.join("devnet.json").exists().then_some(()));
    }

    /// `devnet.json` as it is now.
    pub(crate) fn record(&self) -> Value {
        let read = || {
            let text = fs::read_to_string(self.dir.join("devnet.json")).ok()?;
            serde_json::from_str(&text).ok()
        };
        until("devnet.json is readable", read)
    }

    /// A node of the record.
    pub(crate) fn node(&self, name: &str) -> Value {
        let record = self.record();
        let nodes = record["nodes"].as_array().expect("nodes").clone();
        nodes.into_iter().find(|node| node["name"] == name).expect("a node of this name")
    }

    /// The names of all nodes.
    pub(crate) fn names(&self) -> Vec<String> {
        let record = self.record();
        let nodes = record["nodes"].as_array().expect("nodes").iter();
        nodes.map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// `kill -9` of a node; returns once the network has started it again and it is ready.
    pub(crate) fn kill(&self, name: &str) -> u64 {
        let pid = self.node(name)["pid"].as_u64().expect("a process id");
        signal(pid, "KILL");
        pid
    }

    /// Waits until a node runs under another process id than `old`, and is ready.
    pub(crate) fn back(&self, name: &str, old: u64) {
        until(&format!("{name} is back"), || {
            let node = self.node(name);
            let pid = node["pid"].as_u64()?;
            (pid != 0 && pid != old && self.is_ready(&node)).then_some(())
        });
    }

    /// Whether all nodes say that they are ready.
    pub(crate) fn all_ready(&self) -> bool {
        self.names().iter().all(|name| self.is_ready(&self.node(name)))
    }

    fn is_ready(&self, node: &Value) -> bool {
        let metrics = node["metrics"].as_str().expect("a metrics address");
        get(&metrics.replace("/metrics", "/readyz")).is_some_and(|page| page.contains(" 200 "))
    }

    /// A node's metrics page.
    pub(crate) fn metrics(&self, name: &str) -> Option<String> {
        get(self.node(name)["metrics"].as_str()?)
    }

    /// `troupe ARGS --dir ...` with JSON output.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(TROUPE);
        command.args(["--output", "json"]).args(args).arg("--dir").arg(&self.dir);
        command
    }

    /// Runs a job file to its end.
    pub(crate) fn job(&self, file: &Path) -> Output {
        let file = file.to_str().expect("a plain path");
        self.command(&["job", "run", file]).output().expect("the program runs")
    }

    /// Asks the network to drain; how it ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        self.end()
    }

    /// As [`Network::terminate`], and its folder stays.
    pub(crate) fn end(&mut self) -> ExitStatus {
        signal(self.process.id().into(), "TERM");
        until("the network has drained", || self.process.try_wait().expect("our own child"))
    }

    /// The log of a node.
    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.dir.join(name).join("log")).unwrap_or_default()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The nodes end with their standard input, which is a pipe of this process.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(log: &Path, dir: &Path, base_port: u16, flags: &[&str]) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(log).expect("a log file");
    Command::new(TROUPE)
        .args(["devnet", "--base-port", &base_port.to_string(), "--dir"])
        .arg(dir)
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the program starts")
}

/// Sends a signal by name.
pub(crate) fn signal(pid: u64, name: &str) {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill -s {name} {pid}");
}

/// Whether a process of this id runs.
pub(crate) fn is_alive(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie has ended; nobody has asked yet how.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Polls until `look` gives something; panics after [`PATIENCE`].
pub(crate) fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look)
}

/// As [`until`], for what takes longer.
pub(crate) fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < patience, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The whole answer to a GET, status line included.
pub(crate) fn get(url: &str) -> Option<String> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// The value of an unlabelled metric on a page.
pub(crate) fn metric(page: &str, name: &str) -> Option<f64> {
    let line =
        page.lines().find(|line| line.strip_prefix(name).is_some_and(|r| r.starts_with(' ')))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

/// A base port whose network would find all its ports free. Tests of one run never get the same.
fn free_base_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + u16::try_from(std::process::id() % 180).expect("below 180") * 100;
    for _ in 0..1_000 {
        let base = start.wrapping_add(NEXT.fetch_add(20, Ordering::Relaxed));
        let ports = (0..12).flat_map(|i| {
            [
                base.checked_add(i),
                base.checked_add(600 + i),
                base.checked_add(1_000 + i),
                base.checked_add(1_200 + i),
            ]
        });
        let is_free = |port: Option<u16>| {
            port.is_some_and(|port| {
                TcpListener::bind(("127.0.0.1", port)).is_ok()
                    && UdpSocket::bind(("127.0.0.1", port)).is_ok()
            })
        };
        if base > 10_000 && ports.into_iter().all(is_free) {
            return base;
        }
    }
    panic!("no free ports");
}

/// A shipped example.
pub(crate) fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(path)
}
