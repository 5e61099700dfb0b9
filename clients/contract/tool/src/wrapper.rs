//! The same bytes wherever a contract lies.
//!
//! Cargo gives each crate a number that depends on its folder, and the compiler orders functions by
//! it. So this command stands before the compiler during a build, and gives each crate its name,
//! version and features instead.

use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

/// Set while this command stands before the compiler.
pub(crate) const MARK: &str = "TROUPE_STANDS_BEFORE_RUSTC";

/// Runs the compiler in place of this command, if a build asked for that.
pub(crate) fn run() -> Option<ExitCode> {
    std::env::var_os(MARK)?;
    let mut arguments = std::env::args_os().skip(1);
    let compiler = arguments.next()?;
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let arguments = with_own_numbers(arguments.collect(), &version);
    let status = Command::new(compiler).args(arguments).status();
    let code = status.ok().and_then(|status| u8::try_from(status.code()?).ok());
    Some(ExitCode::from(code.unwrap_or(1)))
}

fn with_own_numbers(mut arguments: Vec<OsString>, version: &str) -> Vec<OsString> {
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.to_str().map(str::to_owned)
    };
    let Some(name) = after("--crate-name") else { return arguments };
    let pairs = arguments.windows(2).filter(|pair| pair[0] == "--cfg");
    let features: Vec<String> = pairs
        .filter_map(|pair| pair[1].to_str())
        .filter(|cfg| cfg.starts_with("feature="))
        .map(|cfg| cfg.chars().filter(char::is_ascii_alphanumeric).collect())
        .collect();
    let number = format!("metadata={name}-{version}-{}", features.join("-"));
    let is_metadata = |argument: &OsStr| argument.to_string_lossy().starts_with("metadata=");
    if let Some(argument) = arguments.iter_mut().find(|argument| is_metadata(argument)) {
        *argument = number.into();
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(arguments: &[&str]) -> Vec<String> {
        let arguments = arguments.iter().map(OsString::from).collect();
        let changed = with_own_numbers(arguments, "1.2.3");
        changed.into_iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_crate_is_numbered_by_what_it_is() {
        let given = ["--crate-name", "a", "--cfg", "feature=\"x\"", "-C", "metadata=77", "-O"];
        let wanted = [
            "--crate-name",
            "a",
            "--cfg",
            "feature=\"x\"",
            "-C",
            "metadata=a-1.2.3-featurex",
            "-O",
        ];
        assert_eq!(numbered(&given), wanted);
    }

    #[test]
    fn a_question_to_the_compiler_stays_as_it_is() {
        assert_eq!(numbered(&["-vV"]), ["-vV"]);
        assert_eq!(numbered(&["--crate-name"]), ["--crate-name"]);
    }
}
