//! The built program as a person or a script meets it: words in, text and exit code out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use rustix::pty::OpenptFlags;
use rustix::termios::LocalModes;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";

/// A folder of its own, without the environment of whoever runs the tests.
struct Shell {
    folder: TempDir,
}

struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Shell {
    fn new() -> Self {
        let shell = Self { folder: tempfile::tempdir().unwrap() };
        shell.write("password", 0o600, &format!("{PASSWORD}\n"));
        shell
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, mode: u32, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_troupe"));
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.args(words.split_whitespace()).stdin(Stdio::null());
        command
    }

    fn run(&self, words: &str) -> Ended {
        Ended::of(self.command(words).output().unwrap())
    }

    fn run_with(&self, words: &str, variable: &str, value: &str) -> Ended {
        Ended::of(self.command(words).env(variable, value).output().unwrap())
    }

    fn run_with_input(&self, words: &str, input: &str) -> Ended {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ended::of(child.wait_with_output().unwrap())
    }

    /// The names in the folder, for showing that nothing was changed.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap().trim_end().to_owned(),
            err: String::from_utf8(output.stderr).unwrap().trim_end().to_owned(),
        }
    }

    #[track_caller]
    fn good(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    fn json(self) -> Value {
        serde_json::from_str(&self.good()).unwrap()
    }

    #[track_caller]
    fn bad(self, code: i32, line: &str) {
        assert_eq!((self.code, self.err.as_str()), (code, line), "{}", self.out);
        assert_eq!(self.out, "", "a failure prints no result");
    }
}

#[test]
fn shipped_roles_are_good_and_explained() {
    let shell = Shell::new();
    for role in troupe_config::roles() {
        let text = shell.run(&format!("node check --role {role}")).good();
        assert!(text.starts_with(&format!("role {role}: good, role {role} with ")), "{text}");
        let json = shell.run(&format!("--output json node explain --role {role}")).json();
        assert_eq!(json["role"], role);
        let sum = json["memory"]["queues_bytes"].as_u64().unwrap()
            + json["memory"]["actors_bytes"].as_u64().unwrap();
        assert_eq!(json["memory"]["bound_bytes"].as_u64().unwrap(), sum);
    }
}

#[test]
fn a_worker_without_its_party_says_what_to_write() {
    let shell = Shell::new();
    let words = "--output json key new --kind certificate --cost light --file node-key.json --password-file password";
    let made = shell.run(words).json();
    let text = troupe_config::role("worker").unwrap().to_owned();
    shell.write("worker.toml", 0o644, &(text + "\n[process]\ndata_dir = \".\"\n"));
    let ended = shell.run(
        "node --manifest worker.toml --password-file password --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0",
    );
    let told = ended.err.lines().last().unwrap();
    assert_eq!(ended.code, 10, "{}", ended.err);
    for want in [
        "error: settings of actor session: party is missing: ",
        "[actor.session] settings = { party = \"NODE_ID@HOST:PORT\" }",
        &format!(
            "[actor.scheduler] settings = {{ workers = [\"{}\"] }}",
            made["node_id"].as_str().unwrap()
        ),
    ] {
        assert!(told.contains(want), "{want}: {told}");
    }
}

#[test]
fn explain_tells_tree_threads_ports_services_memory_and_settings() {
    let shell = Shell::new();
    let words = "node explain --role compute --set actor.session.settings.memory=64MiB \
                 --metrics-listen 127.0.0.1:9999";
    let text = shell.run(words).good();
    for want in [
        "role compute: Offers computing power to private computation.",
        "group work on thread work, restart one",
        "  session    x1  queue 4096 messages, 16MiB  holds 64MiB",
        "actors on chain, main, work; 1 network, 1 urgent, 8 jobs",
        "127.0.0.1:9470 UDP for QUIC, 127.0.0.1:9999 TCP for metrics and health",
        "compute.session by session",
        "0 bootstrap, 0 static",
        "/control.sock for control",
        // Eight queues of 16 MiB.
        "at most 385MiB: 128MiB in queues, 257MiB held by actors",
        "process.drain",
        "1s to 10m",
        "A supervisor kills what does not end in time",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
    let path = "actor.session.settings.memory";
    let written = text.lines().find(|line| line.starts_with(path)).unwrap();
    let cells: Vec<&str> = written.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
    assert_eq!(cells[1..5], ["\"64MiB\"", "--set", "\"512MiB\"", "16MiB to 1TiB"]);
}

#[test]
fn explain_tells_where_clients_are_answered() {
    let shell = Shell::new();
    let words = "node explain --role validator --set actor.grpc.settings.listen=127.0.0.1:7777";
    let text = shell.run(words).good();
    let want =
        "TCP for metrics and health, 127.0.0.1:7777 TCP for grpc, 127.0.0.1:8545 TCP for rpc";
    assert!(text.contains(want), "{text}");
}

#[test]
fn a_bad_manifest_is_told_line_by_line_and_nothing_is_changed() {
    let shell = Shell::new();
    let text = "role = \"data\"\nversion = 1\n[process]\ndran = \"1s\"\nstuck = \"1h\"\n\
                [[group]]\nname = \"g\"\nactors = [\"telemetri\"]\n";
    shell.write("bad.toml", 0o644, text);
    let before = shell.names();
    shell.run("node check bad.toml").bad(
        10,
        "error: bad.toml: line 4: process.dran: unknown key with value \"1s\", nearest is \"drain\"\n\
         error: bad.toml: line 5: process.stuck: got 1h, allowed is 100ms to 10m\n\
         error: bad.toml: line 8: group.g.actors: unknown actor \"telemetri\", nearest is \"telemetry\"",
    );
    let ended = shell.run("--output json node check bad.toml");
    assert_eq!((ended.code, ended.out.as_str()), (10, ""));
    let json: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!(json["error"]["code"], 10);
    assert_eq!(json["error"]["name"], "bad-manifest");
    assert_eq!(json["error"]["reasons"][1]["field"], "process.stuck");
    assert_eq!(shell.names(), before);
}

#[test]
fn files_that_are_no_manifest_are_refused() {
    let shell = Shell::new();
    shell
        .run("node check none.toml")
        .bad(12, "error: none.toml: cannot be read: No such file or directory (os error 2)");
    shell.write("large.toml", 0o644, &" ".repeat((1 << 20) + 1));
    shell
        .run("node check large.toml")
        .bad(10, "error: large.toml: document: size: got 1048577B, allowed is at most 1MiB");
    fs::write(shell.path("binary.toml"), b"role = \"\xff\"").unwrap();
    shell
        .run("node check binary.toml")
        .bad(10, "error: binary.toml: no UTF-8 text, got other bytes after 8");
    shell.write("broken.toml", 0o644, "role = \n");
    let ended = shell.run("node check broken.toml");
    assert_eq!(ended.code, 10);
    assert!(
        ended.err.starts_with("error: broken.toml: line 1: document: no valid TOML: "),
        "{}",
        ended.err
    );
    shell.run("node check .").bad(12, "error: .: cannot be read: Is a directory (os error 21)");
}

#[test]
fn a_manifest_comes_from_standard_input_too() {
    let shell = Shell::new();
    let text = "role = \"r\"\nversion = 1\n[[group]]\nname = \"g\"\nactors = [\"telemetry\"]\n";
    let out = shell.run_with_input("node check -", text).good();
    assert_eq!(out, "-: good, role r with 1 actor kinds in 1 groups");
}

#[test]
fn a_flag_outweighs_the_environment_and_both_the_file() {
    let shell = Shell::new();
    let drain = |ended: Ended| {
        let json = ended.json();
        let rows = json["settings"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["path"] == "process.drain").unwrap()
    };
    let words = "--output json node explain --role data";
    let row = drain(shell.run_with(words, "TROUPE_SET", "process.drain=7s"));
    assert_eq!(
        (row["value"].as_str(), row["written"].as_str()),
        (Some("\"7s\""), Some("TROUPE_SET"))
    );
    let both = format!("{words} --set process.drain=8s");
    let row = drain(shell.run_with(&both, "TROUPE_SET", "process.drain=7s"));
    assert_eq!((row["value"].as_str(), row["written"].as_str()), (Some("\"8s\""), Some("--set")));
    let out = shell.run_with("node check", "TROUPE_ROLE", "compute").good();
    assert!(out.starts_with("role compute: good"), "{out}");
    shell.run_with("node check --role data", "TROUPE_LISTEN", "nowhere").bad(
        10,
        "error: role data: --listen or TROUPE_LISTEN: network.listen: wants an IP address and a port \
         such as \"127.0.0.1:9464\", got \"nowhere\"",
    );
}

#[test]
fn wrong_words_get_one_line_with_what_was_probably_meant() {
    let shell = Shell::new();
    for (words, line) in [
        ("nod", "error: unknown command \"nod\", nearest is \"node\""),
        ("node check --rolle x", "error: unknown flag \"--rolle\", nearest is \"--role\""),
        ("node check", "error: FILE: missing, wants a manifest or --role NAME"),
        ("node check a --role b", "error: --role: got a manifest file too, allowed is one of them"),
        ("help exit-code", "error: help: unknown topic \"exit-code\", nearest is \"exit-codes\""),
        ("key export a.json", "error: --to <FILE>: missing, it is required"),
    ] {
        shell.run(words).bad(2, line);
    }
    shell
        .run("node check --role compte")
        .bad(10, "error: --role: role: unknown role \"compte\", nearest is \"compute\"");
    let ended = shell.run("--output json node check --rolle x");
    assert_eq!(ended.code, 2);
    let json: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!(json["error"]["name"], "usage");
}

#[test]
fn help_pages_manual_and_completions_are_printed() {
    let shell = Shell::new();
    let codes = shell.run("help exit-codes").good();
    assert!(codes.contains(" 10  bad-manifest\n     The manifest or the network file,"), "{codes}");
    assert!(codes.lines().all(|line| line.chars().count() <= 80), "{codes}");
    let json = shell.run("--output json help exit-codes").json();
    assert_eq!(json["exit_codes"][0]["code"], 0);
    let help = shell.run("help key new").good();
    assert!(help.contains("TROUPE_PASSWORD_FILE"), "{help}");
    assert!(help.contains("[default: account]"), "{help}");
    assert_eq!(shell.run("help key new").good(), shell.run("key new --help").good());
    let manual = shell.run("man").good();
    assert!(manual.contains(".TH troupe 1") && manual.contains("node\\-check"), "{manual}");
    for name in ["bash", "zsh", "fish"] {
        let script = shell.run(&format!("completions {name}")).good();
        assert!(script.contains("exit") || script.contains("troupe"), "{script}");
    }
    let version = shell.run("--version").good();
    assert_eq!(version, concat!("troupe ", env!("CARGO_PKG_VERSION")));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_key_is_made_shown_verified_and_listed_without_its_secret() {
    let shell = Shell::new();
    let made = shell
        .run("--output json key new --cost light --label savings --password-file password --dir keys")
        .json();
    let file = made["file"].as_str().unwrap();
    let address = made["address"].as_str().unwrap();
    let digits = address.strip_prefix("0x").unwrap().to_lowercase();
    assert_eq!(file, format!("keys/account-{digits}.json"));
    let bech32 = made["bech32"].as_str().unwrap();
    assert_eq!(mode(&shell.path(file)), 0o600);
    assert_eq!(mode(&shell.path("keys")), 0o700);
    let shown = shell.run(&format!("key show {file}")).good();
    assert_eq!(
        shown,
        format!(
            "kind    account\nname    {address}\nbech32  {bech32}\nlabel   savings\nfile    {file}"
        )
    );
    let verified = shell.run(&format!("key show {file} --verify --password-file password")).good();
    assert!(verified.ends_with("the password opens it and the secret is of this name"));
    let listed = shell.run("key list --dir keys").good();
    assert_eq!(listed, format!("account  {address}  {file}  savings"));
    let secret =
        shell.run(&format!("key export {file} --plaintext --password-file password")).good();
    assert_eq!(secret.len(), 64);
    let text = fs::read_to_string(shell.path(file)).unwrap();
    assert!(!text.contains(&secret), "the secret is not in the file");
}

#[test]
fn a_validator_s_key_shows_what_others_need_to_check_its_votes() {
    let shell = Shell::new();
    let words = "--output json key new --kind validator --cost light --password-file password";
    let made = shell.run(&format!("{words} --dir keys")).json();
    let (key, proof) = (made["public_key"].as_str().unwrap(), made["proof"].as_str().unwrap());
    assert_eq!((key.len(), proof.len()), (2 + 2 * 48, 2 + 2 * 96));
    let file = made["file"].as_str().unwrap();
    assert_eq!(file, format!("keys/validator-{}.json", &key[2..18]));
    let words = format!("key show {file} --verify --password-file password");
    let shown = shell.run(&words).good();
    assert!(shown.contains(key) && shown.contains(proof), "{shown}");
    // Without the password nobody knows which key the file holds.
    assert!(!shell.run(&format!("key show {file}")).good().contains(key));
}

#[test]
fn a_node_key_goes_out_in_plain_and_comes_back_the_same() {
    let shell = Shell::new();
    let words = "--output json key new --kind certificate --cost light --file node-key.json";
    let made = shell.run_with(words, "TROUPE_PASSWORD", PASSWORD).json();
    let node_id = made["node_id"].as_str().unwrap().to_owned();
    assert_eq!(node_id.len(), 64);
    let ended = shell.run_with(
        "key export node-key.json --plaintext --to node.pem",
        "TROUPE_PASSWORD",
        PASSWORD,
    );
    assert_eq!(ended.err, "note: node.pem holds the secret in plain");
    ended.good();
    assert_eq!(mode(&shell.path("node.pem")), 0o600);
    let words =
        "--output json key import --kind certificate --cost light node.pem --file again.json";
    let again = shell.run_with(words, "TROUPE_PASSWORD", PASSWORD).json();
    assert_eq!(again["node_id"], node_id.as_str());
}

#[test]
fn an_account_is_imported_from_digits_and_from_a_key_file_of_another_program() {
    let shell = Shell::new();
    let one = format!("0x{:064x}\n", 1);
    let words = "--output json key import - --cost light --file one.json --password-file password";
    let imported = shell.run_with_input(words, &one).json();
    assert_eq!(imported["address"], "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    // The example of the Web3 Secret Storage definition, scrypt being replaced by PBKDF2.
    let foreign = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
        "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
        "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
        "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
    shell.write("foreign.json", 0o600, foreign);
    shell.write("theirs", 0o600, "testpassword");
    let words = "--output json key import foreign.json --file mine.json --label old --cost light \
                 --password-file theirs --new-password-file password";
    let imported = shell.run(words).json();
    assert_eq!(imported["address"], "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b");
    assert_eq!(imported["label"], "old");
    let secret = shell.run("key export mine.json --plaintext --password-file password").good();
    assert_eq!(secret, "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
}

#[test]
fn an_exported_copy_opens_with_the_new_password_only() {
    let shell = Shell::new();
    shell.write("new", 0o600, "another password");
    shell.run("key new --cost light --file a.json --password-file password").good();
    let words = "key export a.json --to b.json --cost light --password-file password \
                 --new-password-file new";
    shell.run(words).good();
    assert_eq!(mode(&shell.path("b.json")), 0o600);
    shell.run("key show b.json --verify --password-file new").good();
    shell
        .run("key show b.json --verify --password-file password")
        .bad(11, "error: b.json: wrong password");
}

#[test]
fn bad_keys_and_passwords_are_named_and_nothing_is_changed() {
    let shell = Shell::new();
    shell.run("key new --cost light --file key.json --password-file password").good();
    let good = fs::read_to_string(shell.path("key.json")).unwrap();
    shell.write("open.json", 0o644, &good);
    shell.write("damaged.json", 0o600, &good.replacen("\"label\": \"\"", "\"label\": \"x\"", 1));
    shell.write("rubbish.json", 0o600, "rubbish");
    shell.write("short", 0o600, "short\n");
    shell.write("wrong", 0o600, "another password\n");
    shell.write("readable", 0o644, PASSWORD);
    shell.write("digits", 0o600, "abc\n");
    let before = shell.names();
    for (words, code, line) in [
        (
            "key show open.json",
            11,
            "error: open.json: key cannot be read: mode 644 lets others in, allowed is 600 or 640",
        ),
        (
            "key show damaged.json",
            11,
            "error: damaged.json: the keystore is damaged: its checksum is not of this content",
        ),
        ("key show rubbish.json", 11, "error: rubbish.json: not a keystore: line 1, column 1"),
        (
            "key show none.json",
            12,
            "error: none.json: key cannot be read: No such file or directory (os error 2)",
        ),
        ("key show key.json --verify --password-file wrong", 11, "error: key.json: wrong password"),
        (
            "key show key.json --verify --password-file readable",
            11,
            "error: readable: password cannot be read: mode 644 lets others in, allowed is 600 or 640",
        ),
        (
            "key show key.json --verify",
            11,
            "error: no password, wants --password-file FILE, TROUPE_PASSWORD or a terminal to ask on",
        ),
        (
            "key new --file new.json --password-file short",
            11,
            "error: password of 5 characters, allowed is at least 8",
        ),
        (
            "key new --file key.json --password-file password",
            12,
            "error: key.json: exists already and is not replaced",
        ),
        (
            "key import digits --file new.json --password-file password",
            11,
            "error: digits: wants 64 hexadecimal digits, got 3 characters",
        ),
        (
            "key import --kind certificate digits --file new.json --password-file password",
            11,
            "error: digits: wants an Ed25519 key as PKCS#8, in PEM or DER",
        ),
        (
            "key list --dir none",
            12,
            "error: none: cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        shell.run(words).bad(code, line);
    }
    assert_eq!(shell.names(), before);
    assert_eq!(fs::read_to_string(shell.path("key.json")).unwrap(), good);
}

/// A terminal whose other end is in our hand.
fn terminal() -> (fs::File, fs::File) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let hand = rustix::pty::openpt(flags).unwrap();
    rustix::pty::grantpt(&hand).unwrap();
    rustix::pty::unlockpt(&hand).unwrap();
    let name = rustix::pty::ptsname(&hand, Vec::new()).unwrap().into_string().unwrap();
    let seat = fs::File::options().read(true).write(true).open(name).unwrap();
    (fs::File::from(hand), seat)
}

/// What the terminal showed up to and with `end`.
fn read_until(hand: &mut fs::File, end: &str) -> String {
    let mut shown = String::new();
    let mut byte = [0];
    while !shown.ends_with(end) {
        assert_eq!(hand.read(&mut byte).unwrap(), 1, "{shown}");
        shown.push(char::from(byte[0]));
    }
    shown
}

#[test]
fn a_password_is_asked_for_on_a_terminal_and_not_shown() {
    let shell = Shell::new();
    let (mut hand, seat) = terminal();
    let mut command = shell.command("key new --cost light --file typed.json");
    command.stdin(seat.try_clone().unwrap()).stderr(seat).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    // The command holds the terminal too; without it, its end would not be noticed.
    drop(command);
    let mut shown = read_until(&mut hand, "New password: ");
    // What is typed earlier is thrown away when the echo is switched off.
    await_silence(&hand);
    hand.write_all(b"corect\x7f\x7f\x7frect horse\r").unwrap();
    shown += &read_until(&mut hand, "The same again: ");
    await_silence(&hand);
    hand.write_all(format!("{PASSWORD}\r").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(shown, "New password: \r\nThe same again: ");
    shell.run("key show typed.json --verify --password-file password").good();
}

/// Waits until the terminal no longer shows what is typed.
fn await_silence(hand: &fs::File) {
    let begin = Instant::now();
    while rustix::termios::tcgetattr(hand).unwrap().local_modes.contains(LocalModes::ECHO) {
        assert!(begin.elapsed() < Duration::from_secs(30), "the terminal still echoes");
        std::thread::yield_now();
    }
}

#[test]
fn a_list_tells_what_is_no_key() {
    let shell = Shell::new();
    fs::create_dir(shell.path("keys")).unwrap();
    shell.write("keys/rubbish.json", 0o600, "{}");
    shell.write("keys/notes.txt", 0o600, "{}");
    let ended = shell.run("key list --dir keys");
    assert!(ended.err.starts_with("note: keys/rubbish.json: "), "{}", ended.err);
    assert_eq!(ended.good(), "no keys in keys");
    let home = shell.path(".troupe").join("keys");
    assert_eq!(shell.run("key list").good(), format!("no keys in {}", home.display()));
}
