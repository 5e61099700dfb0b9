//! The two conventions between contracts and the host.

use wasmparser::ValType;

/// How a contract and the host speak to each other. A module says it by what it exports and imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convention {
    /// Ours: entries `main` and perhaps `deploy`, functions of the module `troupe`, input as in Solidity.
    Troupe,
    /// PlatON's: entry `invoke`, functions of the module `env`, input in RLP.
    Platon,
}

impl Convention {
    /// The module whose functions may be imported.
    #[must_use]
    pub const fn module(self) -> &'static str {
        match self {
            Self::Troupe => "troupe",
            Self::Platon => "env",
        }
    }

    /// The convention that has functions in a module of that name.
    pub(crate) fn of_module(name: &str) -> Option<Self> {
        [Self::Troupe, Self::Platon].into_iter().find(|convention| convention.module() == name)
    }

    /// What its entries return.
    pub(crate) const fn returns(self) -> &'static [ValType] {
        match self {
            Self::Troupe => &[ValType::I32],
            Self::Platon => &[],
        }
    }

    /// The type of its entries, in words.
    pub(crate) const fn entry_type(self) -> &'static str {
        match self {
            Self::Troupe => "[] -> [i32]",
            Self::Platon => "[] -> []",
        }
    }
}
