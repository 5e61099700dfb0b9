//! The functions that a contract may import from the module `troupe`, by name and exact type.

use core::fmt;
use wasmparser::{FuncType, ValType};

/// The one module that functions are imported from.
pub(crate) const MODULE: &str = "troupe";

/// The type of one of the host's functions, in letters: `i` for i32, `l` for i64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// What it takes.
    parameters: &'static str,
    /// What it returns.
    results: &'static str,
}

/// All of them. Where several words stand for one address, it is where 20 or 32 bytes lie.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("input_size", "", "i"),
    ("input_copy", "iii", ""),
    ("output_set", "ii", ""),
    ("revert", "ii", ""),
    ("storage_load", "ii", ""),
    ("storage_store", "ii", ""),
    ("transient_load", "ii", ""),
    ("transient_store", "ii", ""),
    ("address", "i", ""),
    ("caller", "i", ""),
    ("origin", "i", ""),
    ("coinbase", "i", ""),
    ("value", "i", ""),
    ("gas_price", "i", ""),
    ("base_fee", "i", ""),
    ("randomness", "i", ""),
    ("height", "", "l"),
    ("time", "", "l"),
    ("time_millis", "", "l"),
    ("gas_limit", "", "l"),
    ("chain_id", "", "l"),
    ("gas_left", "", "l"),
    ("block_hash", "li", ""),
    ("balance", "ii", ""),
    ("code_size", "i", "i"),
    ("code_hash", "ii", ""),
    ("code_copy", "iiii", ""),
    ("call", "iilii", "i"),
    ("call_delegate", "ilii", "i"),
    ("call_static", "ilii", "i"),
    ("create", "iiii", "i"),
    ("create2", "iiiii", "i"),
    ("returned_size", "", "i"),
    ("returned_copy", "iii", ""),
    ("log", "iiii", ""),
    ("destroy", "i", ""),
    ("keccak256", "iii", ""),
    ("sha256", "iii", ""),
    ("ecrecover", "iii", "i"),
    ("sr25519_verify", "iiii", "i"),
    ("bls_verify", "iiii", "i"),
    ("vrf_verify", "iiiii", "i"),
    ("debug", "ii", ""),
];

/// The name and the type of a function of the host, if there is one of that name.
pub(crate) fn find(name: &str) -> Option<(&'static str, Signature)> {
    let (name, parameters, results) = FUNCTIONS.iter().find(|(known, _, _)| *known == name)?;
    Some((name, Signature { parameters, results }))
}

/// All functions that a contract may import from the module `troupe`, with their types.
pub fn host_functions() -> impl Iterator<Item = (&'static str, Signature)> {
    FUNCTIONS.iter().map(|(name, parameters, results)| (*name, Signature { parameters, results }))
}

impl Signature {
    /// Whether a type of the module is this one.
    pub(crate) fn is(&self, other: &FuncType) -> bool {
        same(self.parameters, other.params()) && same(self.results, other.results())
    }
}

fn same(letters: &str, types: &[ValType]) -> bool {
    let wanted = letters.bytes().map(|letter| match letter {
        b'l' => ValType::I64,
        _ => ValType::I32,
    });
    wanted.eq(types.iter().copied())
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |letters: &str| -> Vec<&str> {
            letters.bytes().map(|letter| if letter == b'l' { "i64" } else { "i32" }).collect()
        };
        let (parameters, results) = (words(self.parameters), words(self.results));
        write!(f, "[{}] -> [{}]", parameters.join(" "), results.join(" "))
    }
}

/// A type of the module in the same form, cut to what fits a line.
pub(crate) fn show(ty: &FuncType) -> String {
    let words = |types: &[ValType]| -> String {
        let shown: Vec<String> = types.iter().take(8).map(ToString::to_string).collect();
        let more = if types.len() > 8 { " ..." } else { "" };
        format!("{}{more}", shown.join(" "))
    };
    format!("[{}] -> [{}]", words(ty.params()), words(ty.results()))
}
