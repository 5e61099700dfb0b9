//! One case of a file.

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Ours does the same.
    Passed,
    /// Ours does something else.
    Failed(String),
    /// This chain does not have what it is about.
    Skipped(&'static str),
}

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Which form of test: `state`, `transaction`, `trie`, `rlp`, `precompile`.
    pub(crate) kind: &'static str,
    /// The fork whose rules it follows, or `-`.
    pub(crate) fork: String,
    /// Its name within the file.
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
}

impl Verdict {
    /// Passed if the two are equal.
    pub(crate) fn of<T: PartialEq + std::fmt::Display>(what: &str, got: &T, want: &T) -> Self {
        if got == want {
            return Self::Passed;
        }
        Self::Failed(format!("{what} is {got}, wanted {want}"))
    }
}
