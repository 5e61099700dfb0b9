//! Ring 3: whole jobs at trace level. Secrets are planted in the data; then everything that any process wrote is
//! searched for them, in every form that a careless line would show them in.

mod needle;

use crate::network::{Network, signal, until};
use needle::{Found, Secret, Secrets};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, SystemTime};

/// Rows that each owner has; the last of both are the same people.
const ROWS: u64 = 40;
const COMMON: u64 = 30;

/// A person that both owners know, or that only one does. No two runs plant the same.
struct Planted {
    seed: u64,
    files: tempfile::TempDir,
}

impl Planted {
    fn new() -> Self {
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let files = tempfile::tempdir().expect("a temporary directory");
        Self { seed: clock.subsec_nanos().into(), files }
    }

    /// Nothing that a counter or a clock comes to by chance.
    fn word(&self, owner: u64, row: u64, what: u64) -> u64 {
        let mut word = self.seed ^ (owner << 48) ^ (row << 32) ^ (what << 16);
        for _ in 0..3 {
            // splitmix64
            word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
        }
        word
    }

    fn key(&self, owner: u64, row: u64) -> String {
        let owner = if row < COMMON { 9 } else { owner };
        format!("canary-{:016x}", self.word(owner, row, 0))
    }

    /// Between 2^29 and 2^30, with a fraction.
    fn value(&self, owner: u64, row: u64) -> f64 {
        let fraction = (self.word(owner, row, 1) % (1 << 44)) as f64 / (1_u64 << 44) as f64;
        (2.0_f64.powi(29) * (1.0 + fraction) * 1e6).round() / 1e6
    }

    /// The rows of an owner; the second one has them the other way round.
    fn file(&self, owner: u64) -> PathBuf {
        let mut text = "who,worth\n".to_owned();
        for at in 0..ROWS {
            let row = if owner == 1 { at } else { ROWS - 1 - at };
            writeln!(text, "{},{}", self.key(owner, row), self.value(owner, row)).expect("a text");
        }
        let path = self.files.path().join(format!("planted-{owner}.csv"));
        fs::write(&path, text).expect("the data");
        path
    }

    fn secrets(&self) -> Secrets {
        let mut secrets = Vec::new();
        for owner in 1..=2 {
            for row in 0..ROWS {
                let name = |what| format!("{what} of row {row} of data-{owner}");
                secrets.push(Secret::text(name("the key"), &self.key(owner, row)));
                secrets.extend(Secret::number(&name("the number"), self.value(owner, row)));
            }
        }
        // What the rows come to is for whoever asked alone.
        let value = |owner, row| self.value(owner, row);
        let sums = (0..COMMON).map(|row| value(1, row) + value(2, row));
        let total: f64 = (0..COMMON).map(|row| value(1, row)).sum();
        for (at, sum) in sums.chain([total]).enumerate() {
            secrets.extend(Secret::number(&format!("answer {at}"), sum));
        }
        Secrets::new(secrets)
    }
}

/// Every process logs all that it can say.
fn tell_everything(network: &Network) {
    for name in network.names() {
        let manifest = network.dir.join(&name).join("node.toml");
        let written = fs::read_to_string(&manifest).expect("the manifest");
        let text = written.replace("[process]\n", "[process]\nlog = { level = \"trace\" }\n");
        assert_ne!(text, written);
        fs::write(&manifest, text).expect("the manifest");
        signal(network.node(&name)["pid"].as_u64().expect("a process id"), "HUP");
        until("it tells everything", || {
            network.log(&name).contains("\"level\":\"TRACE\"").then_some(())
        });
    }
}

/// Both owners offer their planted rows.
fn offer(network: &Network, planted: &Planted) -> Vec<Output> {
    let policy = network.dir.join("policy.toml");
    let rules = "requesters = [\"*\"]\nallow = [\"statistics\", \"rows\"]\n\
                 matching = [\"aligned\", \"count\"]\npartners = [\"*\"]\n";
    fs::write(&policy, rules).expect("a policy");
    let add = |owner: u64| {
        let (file, node) = (planted.file(owner), format!("data-{owner}"));
        let mut command = network.command(&["data", "add"]);
        command.arg(file).args(["--name", "planted", "--node", &node]);
        command.args(["--column", "who:key", "--column", "worth:number:0..2147483648"]);
        let output = command.arg("--policy").arg(&policy).output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    };
    vec![add(1), add(2)]
}

fn job_file(network: &Network, layout: &str) -> PathBuf {
    let file = network.dir.join(format!("{layout}.toml"));
    let input = |name, owner| {
        format!(
            "[[input]]\nname = \"{name}\"\nowner = \"{owner}\"\ndataset = \"planted\"\n\
             keys = [\"who\"]\n"
        )
    };
    let text = format!(
        "name = \"planted\"\nlayout = \"{layout}\"\n{}{}\
         [[ask]]\nname = \"each\"\nrows = \"a.worth + b.worth\"\n\
         [[ask]]\nname = \"all\"\nformula = \"sum(a.worth)\"\n",
        input("a", "data-1"),
        input("b", "data-2"),
    );
    fs::write(&file, text).expect("the job file");
    file
}

/// All files below a folder.
fn files(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

#[test]
fn nothing_that_any_process_writes_at_trace_level_shows_a_secret() {
    let planted = Planted::new();
    let mut secrets = planted.secrets();
    let mut network = Network::start_with(&[
        "--validators",
        "1",
        "--data",
        "2",
        "--compute",
        "3",
        "--requester",
        "1",
    ]);
    tell_everything(&network);
    let added = offer(&network, &planted);

    // The market lists what is new within some blocks; a job that comes before is refused and named.
    let file = job_file(&network, "matched");
    // It runs in a node of whoever asks, which tells everything as well.
    let socket = network.node("requester-1")["control"].as_str().expect("a socket").to_owned();
    let mut job = network.command(&["job", "run", "--control", &socket]);
    job.arg(&file);
    let mut spoken = added;
    let answered = until("both data sets are listed and the job is done", || {
        let output = job.output().expect("the program runs");
        let is_done = output.status.success();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(is_done || told.contains("listed"), "{told}");
        let report = serde_json::from_slice::<Value>(&output.stdout).ok();
        spoken.push(Output { stdout: Vec::new(), ..output });
        if !is_done {
            std::thread::sleep(Duration::from_secs(1));
        }
        report.filter(|_| is_done)
    });
    // The job was one on the planted rows.
    let asked: Vec<&Value> = answered["results"].as_array().expect("results").iter().collect();
    assert_eq!(asked[0]["value"].as_array().map(Vec::len), usize::try_from(COMMON).ok());
    let total = (0..COMMON).map(|row| planted.value(1, row)).sum::<f64>();
    assert!((asked[1]["value"].as_f64().expect("a number") - total).abs() < 1.0, "{answered}");

    // Nobody is told which rows are common, the owners included.
    let mut joined = network.command(&["job", "run", "--control", &socket]);
    joined.arg(job_file(&network, "joined"));
    let joined = joined.output().expect("the program runs");
    assert!(joined.status.success(), "{}", String::from_utf8_lossy(&joined.stderr));
    let report: Value = serde_json::from_slice(&joined.stdout).expect("JSON");
    assert_eq!(report["results"][2]["value"].as_f64(), Some(COMMON as f64));
    spoken.push(Output { stdout: Vec::new(), ..joined });

    let pages: Vec<(String, String)> = network
        .names()
        .into_iter()
        .map(|name| (format!("metrics of {name}"), network.metrics(&name).expect("a page")))
        .collect();
    let explained = network.command(&["job", "explain"]).arg(&file).output().expect("it runs");
    let (status, listed) =
        (network.command(&["job", "status", "1"]), network.command(&["job", "list"]));
    spoken.push(explained);
    spoken.extend([status, listed].map(|mut command| command.output().expect("it runs")));
    let (logged, kept) = (network.names().len(), network.dir.clone());
    let log_of = |name: &str| network.log(name);
    let traced: usize =
        network.names().iter().map(|name| log_of(name).matches("TRACE").count()).sum();
    assert!(traced > 1_000 * logged, "{traced} lines of trace are too few to prove anything");

    // What a process says last is said as well.
    assert!(network.end().success());
    let mut found: Vec<Found> = Vec::new();
    for (name, page) in &pages {
        found.extend(secrets.search(name, page.as_bytes()));
    }
    for (at, output) in spoken.iter().enumerate() {
        found.extend(
            secrets.search(&format!("standard output of command {at}"), &output.stdout[..]),
        );
        found
            .extend(secrets.search(&format!("standard error of command {at}"), &output.stderr[..]));
    }
    let mut paths = Vec::new();
    files(&kept, &mut paths);
    for path in &paths {
        // Results are kept for whoever asked, in a file that nobody else may read.
        if path.strip_prefix(&kept).is_ok_and(|below| below.starts_with("requester-1/results")) {
            continue;
        }
        let file = fs::File::open(path).expect("a file of the network");
        found.extend(secrets.search(&path.display().to_string(), file));
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(secrets.searched() > 1 << 20, "{} bytes were searched", secrets.searched());
}
