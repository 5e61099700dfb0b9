//! Where passwords come from: a file, the environment, or the terminal. Never the command line,
//! where every process of the machine could read them.

use super::prompt;
use crate::exit::{ExitCode, Failure, Outcome};
use clap::Args;
use std::path::{Path, PathBuf};
use troupe_storage::files;
use zeroize::{Zeroize, Zeroizing};

/// A password file holds a line.
const LONGEST: u64 = 4_096;

/// Shorter ones are tried out in no time.
const SHORTEST: usize = 8;

/// How a key file's password is given.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PasswordArgs {
    /// File with the password as its only line, readable by its owner alone; without it,
    /// TROUPE_PASSWORD or the terminal is asked
    #[arg(long, value_name = "FILE", env = "TROUPE_PASSWORD_FILE")]
    password_file: Option<PathBuf>,
}

/// How the new password of a key that is exported is given.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NewPasswordArgs {
    /// File with the password for the copy; without it, TROUPE_NEW_PASSWORD or the terminal is asked
    #[arg(long, value_name = "FILE", env = "TROUPE_NEW_PASSWORD_FILE")]
    new_password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// A password that lies in a file.
    pub(crate) fn in_file(path: &Path) -> Self {
        Self { password_file: Some(path.to_owned()) }
    }

    /// The password of an existing key file.
    pub(crate) fn obtain(&self, key: &Path) -> Outcome<Zeroizing<String>> {
        let source = Source { flag: "--password-file", variable: "TROUPE_PASSWORD" };
        match source.given(self.password_file.as_deref())? {
            Some(password) => Ok(password),
            None => source.ask(&format!("Password of {}", key.display())),
        }
    }

    /// A password for a key that is made; a typed one is asked for twice.
    pub(crate) fn choose(&self) -> Outcome<Zeroizing<String>> {
        let source = Source { flag: "--password-file", variable: "TROUPE_PASSWORD" };
        source.choose(self.password_file.as_deref())
    }
}

impl NewPasswordArgs {
    /// As [`PasswordArgs::choose`].
    pub(crate) fn choose(&self) -> Outcome<Zeroizing<String>> {
        let source = Source { flag: "--new-password-file", variable: "TROUPE_NEW_PASSWORD" };
        source.choose(self.new_password_file.as_deref())
    }
}

struct Source {
    flag: &'static str,
    variable: &'static str,
}

impl Source {
    fn choose(&self, file: Option<&Path>) -> Outcome<Zeroizing<String>> {
        let password = match self.given(file)? {
            Some(password) => password,
            None => {
                let first = self.ask("New password")?;
                let second = self.ask("The same again")?;
                if *first != *second {
                    return Err(Failure::new(ExitCode::BadKey, "the two passwords differ"));
                }
                first
            }
        };
        let length = password.chars().count();
        if length < SHORTEST {
            let text = format!("password of {length} characters, allowed is at least {SHORTEST}");
            return Err(Failure::new(ExitCode::BadKey, text));
        }
        Ok(password)
    }

    fn given(&self, file: Option<&Path>) -> Outcome<Option<Zeroizing<String>>> {
        if let Some(path) = file {
            return read_file(path).map(Some);
        }
        match std::env::var(self.variable) {
            Ok(password) => Ok(Some(Zeroizing::new(password))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Failure::about(ExitCode::BadKey, self.variable, "no UTF-8 text"))
            }
        }
    }

    fn ask(&self, question: &str) -> Outcome<Zeroizing<String>> {
        if !prompt::is_possible() {
            let text = format!(
                "no password, wants {} FILE, {} or a terminal to ask on",
                self.flag, self.variable
            );
            return Err(Failure::new(ExitCode::BadKey, text));
        }
        prompt::ask(question)
            .map_err(|error| Failure::new(ExitCode::BadKey, format!("no password: {error}")))
    }
}

fn read_file(path: &Path) -> Outcome<Zeroizing<String>> {
    let wrong = |text: String| Failure::about(ExitCode::BadKey, path.display(), text);
    let bytes = files::read_private(path, LONGEST)
        .map_err(|error| wrong(format!("password cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        error.into_bytes().zeroize();
        wrong("password is no UTF-8 text".to_owned())
    })?;
    let text = Zeroizing::new(text);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains('\n') {
        let count = text.lines().count();
        return Err(wrong(format!("password file of {count} lines, allowed is one")));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_storage::files::Existing;

    fn read(text: &str) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        files::write(&path, text.as_bytes(), Existing::Keep).unwrap();
        let chosen = PasswordArgs::in_file(&path).choose().map(|password| password.to_string());
        chosen.map_err(|failure| {
            assert_eq!(failure.code, ExitCode::BadKey);
            failure.to_string().replace(&path.display().to_string(), "FILE")
        })
    }

    #[test]
    fn the_end_of_the_line_is_no_part_of_the_password() {
        for text in ["long enough", "long enough\n", "long enough\r\n"] {
            assert_eq!(read(text).as_deref(), Ok("long enough"));
        }
        assert_eq!(read(" spaces stay \n").as_deref(), Ok(" spaces stay "));
    }

    #[test]
    fn what_is_no_password_is_refused() {
        let cases = [
            ("short\n", "password of 5 characters, allowed is at least 8"),
            ("", "password of 0 characters, allowed is at least 8"),
            ("two whole\nlines of text\n", "FILE: password file of 2 lines, allowed is one"),
        ];
        for (text, want) in cases {
            assert_eq!(read(text).unwrap_err(), want);
        }
        let long = "a".repeat(4_097);
        assert_eq!(
            read(&long).unwrap_err(),
            "FILE: password cannot be read: longer than 4096 bytes"
        );
    }
}
