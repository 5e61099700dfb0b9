//! How the program ends: stable exit codes, and the failures that lead to them.

use serde_json::{Value, json};
use std::fmt;
use std::path::Path;

/// What the exit code of the program says. The numbers are promises: never reused, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitCode {
    Ok,
    Internal,
    Usage,
    BadManifest,
    BadKey,
    BadFile,
    DirectoryInUse,
    AddressInUse,
    Storage,
    Diverged,
    Unproven,
    Twin,
    Outdated,
    DrainedWithLosses,
    Unreachable,
    TimedOut,
    Refused,
    JobFailed,
    Reverted,
}

/// One row of `troupe help exit-codes`.
struct Row {
    code: u8,
    name: &'static str,
    meaning: &'static str,
}

impl ExitCode {
    pub(crate) const ALL: [Self; 19] = [
        Self::Ok,
        Self::Internal,
        Self::Usage,
        Self::BadManifest,
        Self::BadKey,
        Self::BadFile,
        Self::DirectoryInUse,
        Self::AddressInUse,
        Self::Storage,
        Self::Diverged,
        Self::Unproven,
        Self::Twin,
        Self::Outdated,
        Self::DrainedWithLosses,
        Self::Unreachable,
        Self::TimedOut,
        Self::Refused,
        Self::JobFailed,
        Self::Reverted,
    ];

    const fn row(self) -> Row {
        let (code, name, meaning) = match self {
            Self::Ok => (
                0,
                "ok",
                "The command did what it was asked. A node that was told to stop drained completely: \
                 nothing it had accepted was lost.",
            ),
            Self::Internal => (
                1,
                "internal",
                "The program met a fault of its own. This is a bug: please report the message. \
                 Running the command again may work.",
            ),
            Self::Usage => (
                2,
                "usage",
                "The command line is wrong: an unknown command or flag, a missing or malformed value. \
                 Nothing was started or changed. The message names the nearest known spelling.",
            ),
            Self::BadManifest => (
                10,
                "bad-manifest",
                "The manifest or the network file, or a value laid over it by a flag or the environment, is \
                 wrong. Nothing was started or changed. Each line names the place, the field, the value and \
                 what is allowed; `troupe node check FILE` and `troupe genesis check FILE` show the same \
                 without starting.",
            ),
            Self::BadKey => (
                11,
                "bad-key",
                "A key file is damaged, readable by others, of the wrong kind or under another password, \
                 or no password was given. Nothing was changed.",
            ),
            Self::BadFile => (
                12,
                "bad-file",
                "A file or directory named on the command line or in the manifest cannot be read or written: \
                 it does not exist, exists already where a new one is wanted, or permissions forbid it.",
            ),
            Self::DirectoryInUse => (
                20,
                "directory-in-use",
                "Another process uses the same data directory or the same key; the message names its process \
                 id. Two processes with one identity would contradict each other, so the second one refuses.",
            ),
            Self::AddressInUse => (
                21,
                "address-in-use",
                "An address to listen on is taken, or does not belong to this machine. Stop the other \
                 process or choose another address; port 0 takes a free one.",
            ),
            Self::Storage => (
                22,
                "storage",
                "The disk failed while something had to be kept, or what is kept is damaged. The process \
                 stopped rather than go on with less than it promised. Look at the disk before restarting.",
            ),
            Self::Diverged => (
                23,
                "diverged",
                "The node computed another state than the one that a quorum of validators certified, and \
                 stopped before anybody believed it. One of them runs another program, or this machine's \
                 memory or disk is damaged. Compare versions; then start from a fresh data directory.",
            ),
            Self::Unproven => (
                24,
                "unproven",
                "A file of blocks, or a snapshot, is damaged or cut, of another chain, or does not prove what it \
                 says; the message names the place in the file or the block. What was taken before it is good and \
                 stays. Get the file from somewhere else.",
            ),
            Self::Twin => (
                25,
                "twin",
                "Another process votes with this validator's key. This one had no history of what the key signed, \
                 so it watched first, and stopped before it signed anything. Find the other process and end one of \
                 the two for good; starting this one again does no harm.",
            ),
            Self::Outdated => (
                26,
                "outdated",
                "Validators and holders have voted a newer version of the program into force. This one does not know \
                 its rules, and stopped at the last block before them. Install that version and start the node \
                 again; nothing is lost.",
            ),
            Self::DrainedWithLosses => (
                30,
                "drained-with-losses",
                "The node was told to stop and its drain time ended before all accepted work did; what was \
                 left is lost, and callers were told so. A longer `process.drain` avoids it.",
            ),
            Self::Unreachable => (
                40,
                "unreachable",
                "No node that was needed could be reached, or none of them proved the expected identity. \
                 Nothing was asked of anyone, so trying again is safe.",
            ),
            Self::TimedOut => (
                41,
                "timed-out",
                "The time given ended before the answer came. The request may have been carried out; ask \
                 for its state before making it again.",
            ),
            Self::Refused => (
                42,
                "refused",
                "A node answered and said no: a policy forbids it, or there is no room. Nothing was \
                 carried out.",
            ),
            Self::JobFailed => (
                43,
                "job-failed",
                "The job was accepted and ended without a result; the message names the party and the \
                 reason. No partial result was given to anyone.",
            ),
            Self::Reverted => (
                44,
                "reverted",
                "The transaction is in a block and had no effect, because the contract it called said no. \
                 Its fee was paid and its nonce is used.",
            ),
        };
        Row { code, name, meaning }
    }

    /// The number that the shell sees.
    pub(crate) const fn number(self) -> u8 {
        self.row().code
    }

    /// The word for programs that read JSON.
    pub(crate) const fn name(self) -> &'static str {
        self.row().name
    }

    /// What it means and what to do, one paragraph.
    pub(crate) const fn meaning(self) -> &'static str {
        self.row().meaning
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// Why a command ended without doing what it was asked: a code, and a line for each reason.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) reasons: Vec<Reason>,
    /// What else programs are told of it.
    pub(crate) more: Option<Box<More>>,
}

/// A value of a failure's own, under a name of its own.
#[derive(Debug)]
pub(crate) struct More {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
}

/// One line of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// The whole line, for people.
    pub(crate) text: String,
    /// The file, flag or field that is wrong, for programs.
    pub(crate) field: Option<String>,
}

pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure with one reason.
    pub(crate) fn new(code: ExitCode, text: impl fmt::Display) -> Self {
        Self::all(code, vec![Reason { text: one_line(&text.to_string()), field: None }])
    }

    /// A failure about a file, flag or field, which begins the line.
    pub(crate) fn about(code: ExitCode, field: impl fmt::Display, text: impl fmt::Display) -> Self {
        let field = one_line(&field.to_string());
        let text = one_line(&format!("{field}: {text}"));
        Self::all(code, vec![Reason { text, field: Some(field) }])
    }

    /// A failure with these reasons.
    pub(crate) const fn all(code: ExitCode, reasons: Vec<Reason>) -> Self {
        Self { code, reasons, more: None }
    }

    /// The same failure, each reason of which stays on its line whoever wrote it.
    pub(crate) fn on_lines(mut self) -> Self {
        for reason in &mut self.reasons {
            reason.text = one_line(&reason.text);
            reason.field = reason.field.as_deref().map(one_line);
        }
        self
    }

    /// The same failure, with something that programs are told besides.
    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more = Some(Box::new(More { name, value }));
        self
    }

    /// The same failure, about a file: its name begins every line.
    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        let name = one_line(&path.display().to_string());
        for reason in &mut self.reasons {
            reason.text = format!("{name}: {}", reason.text);
            reason.field.get_or_insert_with(|| name.clone());
        }
        self
    }

    /// As `--output json` prints it.
    pub(crate) fn json(&self) -> Value {
        let reasons: Vec<Value> = self
            .reasons
            .iter()
            .map(|reason| json!({ "text": reason.text, "field": reason.field }))
            .collect();
        let (code, name) = (self.code.number(), self.code.name());
        let mut error = json!({ "code": code, "name": name, "reasons": reasons });
        if let Some(more) = &self.more {
            error[more.name] = more.value.clone();
        }
        json!({ "error": error })
    }
}

impl From<anyhow::Error> for Failure {
    /// For faults that no exit code of their own is promised for.
    fn from(error: anyhow::Error) -> Self {
        Self::new(ExitCode::Internal, format!("{error:#}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reason) in self.reasons.iter().enumerate() {
            let end_of_last = if index > 0 { "\n" } else { "" };
            write!(f, "{end_of_last}{}", reason.text)?;
        }
        Ok(())
    }
}

/// Messages of other programs and names of files may hold anything; a reason stays on its line.
fn one_line(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_names_are_unique_and_within_what_shells_leave_free() {
        let numbers: BTreeSet<u8> = ExitCode::ALL.iter().map(|code| code.number()).collect();
        let names: BTreeSet<&str> = ExitCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(numbers.len(), ExitCode::ALL.len());
        assert_eq!(names.len(), ExitCode::ALL.len());
        // 101 is a panic, 126 and above belong to shells and signals.
        assert!(numbers.iter().all(|number| *number < 100));
    }

    #[test]
    fn promised_numbers_do_not_move() {
        let promised: Vec<(u8, &str)> =
            ExitCode::ALL.iter().map(|code| (code.number(), code.name())).collect();
        let want = [
            (0, "ok"),
            (1, "internal"),
            (2, "usage"),
            (10, "bad-manifest"),
            (11, "bad-key"),
            (12, "bad-file"),
            (20, "directory-in-use"),
            (21, "address-in-use"),
            (22, "storage"),
            (23, "diverged"),
            (24, "unproven"),
            (25, "twin"),
            (26, "outdated"),
            (30, "drained-with-losses"),
            (40, "unreachable"),
            (41, "timed-out"),
            (42, "refused"),
            (43, "job-failed"),
            (44, "reverted"),
        ];
        assert_eq!(promised, want);
    }

    #[test]
    fn a_reason_never_spans_lines() {
        let failure = Failure::about(ExitCode::BadFile, "a\nb", "c\u{1b}[2Jd");
        assert_eq!(failure.to_string(), "a b: c [2Jd");
        assert_eq!(failure.json()["error"]["reasons"][0]["field"], "a b");
    }
}
