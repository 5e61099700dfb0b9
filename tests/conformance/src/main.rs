//! Test files of others, run against ours: `cargo x ethereum-tests DIR`.
//!
//! Below DIR every JSON file is read, one at a time and core; what it holds is told by its form:
//! state tests, transactions, tries, RLP, or calls of precompiled contracts as go-ethereum lists them.
//! The files are those of <https://github.com/ethereum/tests> and of go-ethereum's
//! `core/vm/testdata/precompiles`; none of them lies in this repository. Those of our own in
//! `tests/vectors` have the same form.
//!
//! A case passes, fails, or is skipped: what this chain does not have (other forks, transactions with
//! blobs) is not counted as passed. The exit code is 1 if one failed or none was run.

#[cfg(test)]
mod blank;
mod case;
mod file;
mod json;
mod precompile;
mod progress;
mod report;
mod rlp;
mod state;
mod transaction;
mod trie;
mod work;

use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
ethereum-tests DIR [--output json] [--only TEXT] [--all]

  --output json  prints counts and failures as JSON
  --only TEXT    runs the files whose path holds this text
  --all          lists every failure, not only the first fifty";

/// What the command line asks for.
struct Request {
    folder: PathBuf,
    only: Option<String>,
    is_json: bool,
    is_all: bool,
}

impl Request {
    fn parse(words: &[String]) -> Result<Self> {
        let (mut folder, mut only, mut is_json, mut is_all) = (None, None, false, false);
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--output" => match words.next() {
                    Some("json") => is_json = true,
                    Some("text") => is_json = false,
                    other => bail!("--output wants json or text, got {other:?}\n\n{HELP}"),
                },
                "--only" => match words.next() {
                    Some(text) => only = Some(text.to_owned()),
                    None => bail!("--only wants a text\n\n{HELP}"),
                },
                "--all" => is_all = true,
                "--help" => bail!("{HELP}"),
                path if !path.starts_with('-') && folder.is_none() => {
                    folder = Some(PathBuf::from(path));
                }
                other => bail!("`{other}` is not understood\n\n{HELP}"),
            }
        }
        match folder {
            Some(folder) => Ok(Self { folder, only, is_json, is_all }),
            None => bail!("which folder?\n\n{HELP}"),
        }
    }
}

fn run(words: &[String]) -> Result<bool> {
    let request = Request::parse(words)?;
    let files = file::find(&request.folder, request.only.as_deref())?;
    if files.is_empty() {
        bail!("no JSON file below {}", request.folder.display());
    }
    let report = work::run(&request.folder, &files);
    if request.is_json {
        println!("{:#}", report.to_json());
    } else {
        print!("{}", report.to_text(if request.is_all { usize::MAX } else { 50 }));
    }
    Ok(report.is_good())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_command_line_is_read_or_explained() {
        let request = Request::parse(&words("a/b --output json --only st --all")).expect("good");
        assert_eq!(request.folder, PathBuf::from("a/b"));
        assert_eq!(request.only.as_deref(), Some("st"));
        assert!(request.is_json && request.is_all);
        for (line, says) in [
            ("", "which folder"),
            ("a b", "`b` is not understood"),
            ("a --output xml", "wants json or text"),
            ("a --only", "wants a text"),
        ] {
            let error = Request::parse(&words(line)).err().expect("refused").to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_vectors_of_this_repository_pass() {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors"));
        let files = file::find(&folder, None).expect("the folder is there");
        let report = work::run(&folder, &files);
        assert!(report.is_good(), "{}", report.to_text(50));
        for kind in ["state", "transaction", "trie", "rlp", "precompile"] {
            assert!(report.passed_of(kind) > 0, "no {kind} among the vectors");
        }
    }

    #[test]
    fn a_wrong_vector_fails() {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors"));
        let mut count = 0;
        for path in file::find(&folder, None).expect("the folder is there") {
            let text = std::fs::read_to_string(&path).expect("it reads");
            // Some files hold nothing but what is to be refused.
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("fail-") || name.starts_with("refused") {
                continue;
            }
            let changed = blank::changed(&text).expect("every other file names a result");
            let cases = file::cases(&path, changed.as_bytes()).expect("it is still JSON");
            let is_failed =
                cases.iter().any(|case| matches!(case.verdict, case::Verdict::Failed(_)));
            assert!(is_failed, "{} passes with a wrong result", path.display());
            count += 1;
        }
        assert!(count > 10, "{count} files were changed");
    }
}
