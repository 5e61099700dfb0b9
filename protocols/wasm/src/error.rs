//! Why a module is not taken, and why an engine could not do its work.

use crate::imports::Signature;
use crate::platon::PlatonRefused;

/// The rule that a module breaks. Every node finds the same one for the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a module of WebAssembly 1.0 with the proposals that are enabled: what the validator says.
    #[error("not valid at byte {at}: {rule}")]
    Invalid {
        /// Bytes from the start of the module.
        at: usize,
        /// The rule, as the validator words it.
        rule: String,
    },
    /// More of something than a contract may have.
    #[error("{got} {what} exceed {limit}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        got: u64,
        /// How many there may be.
        limit: u64,
    },
    /// Something is imported that the host does not offer.
    #[error("import of `{module}` `{name}`, which does not exist")]
    UnknownImport {
        /// The module's name, cut to what fits a line.
        module: String,
        /// The function's name, cut to what fits a line.
        name: String,
    },
    /// A function of the host is imported with another type.
    #[error("import of `{name}` as {got}, it is {want}")]
    ImportType {
        /// The function's name.
        name: &'static str,
        /// The type in the module.
        got: String,
        /// The type of the host's function.
        want: Signature,
    },
    /// An export that every contract needs is missing, or is no function or memory.
    #[error("no {what} is exported as `{name}`")]
    MissingExport {
        /// Its name.
        name: &'static str,
        /// What it has to be.
        what: &'static str,
    },
    /// An entry takes or returns something else than its convention says.
    #[error("`{name}` is {got}, it has to be {want}")]
    EntryType {
        /// Its name.
        name: &'static str,
        /// The type in the module.
        got: String,
        /// The type of the convention's entries.
        want: &'static str,
    },
    /// Something that contracts may not have at all.
    #[error("{what} is not allowed")]
    Forbidden {
        /// What it is.
        what: &'static str,
    },
    /// An instruction without a price.
    #[error("instruction at byte {at} is not allowed")]
    Instruction {
        /// Bytes from the start of the module.
        at: usize,
    },
    /// A segment that does not fit the memory or table that it fills at the start.
    #[error("{what} segment ends at {got}, beyond {limit}")]
    Segment {
        /// Of what.
        what: &'static str,
        /// Where it ends.
        got: u64,
        /// Where the memory or the table ends.
        limit: u64,
    },
    /// A deployment of PlatON's form that is not well formed.
    #[error("{0}")]
    Platon(#[from] PlatonRefused),
    /// A deployment whose first section does not say how long the module is.
    #[error("the first section is not `troupe` with the module's length")]
    NoLength,
    /// A deployment whose module would end before its first section or behind the data.
    #[error("module length of {got} bytes is not between {least} and {limit}")]
    Length {
        /// What the section says.
        got: u64,
        /// The header and that section.
        least: u64,
        /// All the data.
        limit: u64,
    },
}

/// Why this node, and perhaps no other, could not run a contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The code was stored as a contract but breaks a rule.
    #[error("stored code is no contract: {0}")]
    Refused(#[from] Refused),
    /// The compiler refused what the checks let through.
    #[error("the compiler refused the module: {0}")]
    Compile(String),
    /// The machine had no memory left for an instance, or the like.
    #[error("no instance could be made: {0}")]
    Instance(String),
    /// The machine had no memory left when the contract asked for more.
    #[error("the machine has no memory for the contract")]
    Memory,
    /// The host gave up: it has kept the reason.
    #[error("the host could not answer")]
    Host,
    /// A run ended in a way that none should.
    #[error("the contract stopped for no known reason: {0}")]
    Unexplained(String),
}
