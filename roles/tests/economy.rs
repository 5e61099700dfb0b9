//! `troupe stake` and `troupe gov` against servers that answer nonsense.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};

const NODE: &str = "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";
const ACCOUNT: &str = "0x32D79b00859C3d1f1F1366BA5B96909Cc9b7967c";

/// A server that answers every call of a contract with the same, and everything else as a chain would; where it is. It lives as
/// long as the tests do.
fn serve(answer: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || converse(stream, &answer));
        }
    });
    url
}

fn converse(mut stream: TcpStream, answer: &Value) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? <= 2 {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let asked: Value = serde_json::from_slice(&body).ok()?;
        let mut told = match asked["method"].as_str()? {
            "eth_call" => answer.clone(),
            "eth_chainId" => json!({ "result": "0x7" }),
            _ => json!({ "result": null }),
        };
        (told["jsonrpc"], told["id"]) = (json!("2.0"), asked["id"].clone());
        let told = told.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            told.len()
        );
        stream.write_all(format!("{head}{told}").as_bytes()).ok()?;
    }
}

fn run(words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_troupe"));
    command.env_clear().args(words.split_whitespace()).stdin(Stdio::null()).output().unwrap()
}

/// Every command that asks something, and one that would change something.
fn commands() -> Vec<String> {
    vec![
        "stake list".to_owned(),
        format!("stake info {NODE}"),
        format!("stake rewards {ACCOUNT}"),
        format!("stake plan show {ACCOUNT}"),
        "gov list".to_owned(),
        format!("gov show {NODE}"),
        format!("gov tally {NODE}"),
        "gov params".to_owned(),
        format!("stake redeem --dry-run --caller {ACCOUNT}"),
        format!("stake delegate {NODE} 10LAT --dry-run --caller {ACCOUNT} --source mixed"),
    ]
}

/// Runs all of them against a server with this answer; how each has to end, and what each has to say.
fn all_end(answer: &Value, code: i32, said: &str) {
    let url = serve(answer.clone());
    for words in commands() {
        let output = run(&format!("{words} --rpc {url}"));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words}: {error}");
        assert!(error.contains(said), "{words}: {error}");
        assert_eq!(error.lines().count(), 1, "{words}: {error}");
        assert!(output.stdout.is_empty(), "a failure prints no result");
    }
}

#[test]
fn an_answer_that_is_none_ends_every_command_with_a_reason() {
    let word = |number: u64| format!("{number:064x}");
    let huge = format!("0x{}{}", word(32), word(u64::MAX));
    let nested = format!("0x{}", [word(32), word(1 << 20), word(32), word(32)].concat());
    let long = format!("0x{}", "00".repeat(1 << 20));
    for answer in ["0x00".to_owned(), format!("0x{}", "ff".repeat(640)), huge, nested, long] {
        all_end(&json!({ "result": answer }), 40, "no answer of ");
    }
    for answer in [json!(7), json!("0x0"), Value::Null, json!(["0x"])] {
        all_end(&json!({ "result": answer }), 40, "no answer to eth_call");
    }
}

#[test]
fn where_nobody_answers_for_the_contracts_nothing_is_sent_there() {
    all_end(&json!({ "result": "0x" }), 42, "no contract of an economy answers at 0x100000");
}

#[test]
fn a_refusal_that_is_none_is_told_in_the_server_s_words() {
    for data in
        [json!("0x"), json!("0xffffffff"), json!(7), json!(format!("0x{}", "00".repeat(200)))]
    {
        let error = json!({ "code": 3, "message": "execution reverted: so be it", "data": data });
        all_end(&json!({ "error": error }), 42, "error: execution reverted: so be it");
    }
}

#[test]
fn a_refusal_has_its_number_its_name_and_amounts_that_people_read() {
    // Refused(uint32,string), by the interface: a selector, a number, where the text begins, how long it is.
    let reason = "a balance of 5 von, wanted are 2000000000000000000";
    let signature = troupe_crypto::hash::keccak256("Refused(uint32,string)");
    let mut data = format!("0x{}", hex::encode(&signature.0[..4]));
    data += &format!("{:064x}{:064x}{:064x}", 301_111, 64, reason.len());
    data += &format!("{:0<128}", hex::encode(reason));
    let error = json!({ "code": 3, "message": "execution reverted", "data": data });
    let said = "301111 balance-too-low: a balance of 5 von, wanted are 2 LAT";
    all_end(&json!({ "error": error }), 42, said);
    let url = serve(json!({ "error": error }));
    let output = run(&format!("--output json stake info {NODE} --rpc {url}"));
    let told: Value = serde_json::from_slice(&output.stderr).unwrap();
    let want = json!({ "code": 301_111, "name": "balance-too-low", "reason": reason });
    assert_eq!(told["error"]["refusal"], want);
}
