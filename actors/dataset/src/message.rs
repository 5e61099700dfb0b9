//! What a data owner is asked by its own process, for whoever owns both.

use crate::Error;
use troupe_config::{Column, Holds, Policy};
use troupe_types::{Bytes, Hash, Millis};
use troupe_wire::{CallError, Message, Retry};

/// The longest declaration, in bytes. A policy is a page, not a book.
pub const LONGEST: usize = 12 << 10;

/// The most data sets of a process.
pub const MOST: usize = 256;

/// One more data set, declared as manifests do it. Answered when it is on the disk: from then on it is always offered.
#[derive(Debug)]
pub struct Declare(pub String);

/// This one is offered no longer, also after a restart.
#[derive(Debug)]
pub struct Retract(pub String);

/// What is offered, by name.
#[derive(Debug)]
pub struct Inventory;

/// A data set as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelf {
    /// Its name.
    pub name: String,
    /// What is in its file.
    pub holds: Holds,
    /// Its number of rows; of a model none.
    pub rows: u64,
    /// Its columns as they were declared, with the bounds that others are shown.
    pub columns: Vec<Column>,
    /// SHA-256 of its content.
    pub content: Hash,
    /// What a computation on it costs, in von.
    pub price: u128,
    /// Who may do what with it.
    pub policy: Policy,
    /// Its number in the chain's registry, once it is listed there.
    pub number: Option<u64>,
    /// How often it was used.
    pub uses: u64,
    /// Where it is declared.
    pub source: Source,
}

/// Where a data set is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the manifest: it stays.
    Manifest,
    /// It was added while the process ran.
    Added,
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The declaration is longer than any.
    #[error("a declaration of {0} bytes exceeds {LONGEST}")]
    Long(usize),
    /// The declaration says what it may not.
    #[error("{0}")]
    Declaration(String),
    /// The name is taken.
    #[error("there is a data set {0} already")]
    Twice(String),
    /// No more fit.
    #[error("{MOST} data sets are offered already")]
    Full,
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] Error),
    /// It could not be read now.
    #[error("it could not be read: {0}")]
    Unread(CallError),
    /// There is none of this name.
    #[error("there is no data set {0}")]
    Unknown(String),
    /// Whoever wants it gone changes the manifest.
    #[error("{0} stands in the manifest of its node")]
    Fixed(String),
    /// Our bug: the catalogue cannot hold it.
    #[error("it cannot be kept: {0}")]
    Kept(String),
}

impl Message for Declare {
    type Reply = Result<Shelf, Refused>;
    const NAME: &'static str = "declare";
    /// A file of many rows is read meanwhile.
    const DEADLINE: Millis = Millis::secs(120);

    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>() + self.0.len())
    }
}

impl Message for Retract {
    type Reply = Result<(), Refused>;
    const NAME: &'static str = "retract";

    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>() + self.0.len())
    }
}

impl Message for Inventory {
    type Reply = Vec<Shelf>;
    const NAME: &'static str = "inventory";
    const RETRY: Retry = Retry::Idempotent;
}
