//! The functions that a contract may import, by name and exact type.

use crate::convention::Convention;
use core::fmt;
use wasmparser::{FuncType, ValType};

/// The type of one of the host's functions, in letters: `i` for i32, `l` for i64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// What it takes.
    parameters: &'static str,
    /// What it returns.
    results: &'static str,
}

/// Those of the module `troupe`. Where several words stand for one address, it is where 20 or 32 bytes lie.
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

/// Those of PlatON's module `env`. No name is also one of the list above.
const PLATON: &[(&str, &str, &str)] = &[
    ("platon_gas_price", "i", "i"),
    ("platon_block_hash", "li", ""),
    ("platon_block_number", "", "l"),
    ("platon_gas_limit", "", "l"),
    ("platon_gas", "", "l"),
    ("platon_timestamp", "", "l"),
    ("platon_coinbase", "i", ""),
    ("platon_balance", "ii", "i"),
    ("platon_origin", "i", ""),
    ("platon_caller", "i", ""),
    ("platon_call_value", "i", "i"),
    ("platon_address", "i", ""),
    ("platon_sha3", "iiii", ""),
    ("platon_caller_nonce", "", "l"),
    ("platon_transfer", "iii", "i"),
    ("platon_set_state", "iiii", ""),
    ("platon_get_state_length", "ii", "i"),
    ("platon_get_state", "iiii", "i"),
    ("platon_get_input_length", "", "i"),
    ("platon_get_input", "i", ""),
    ("platon_get_call_output_length", "", "i"),
    ("platon_get_call_output", "i", ""),
    ("platon_return", "ii", ""),
    ("platon_revert", "", ""),
    ("platon_panic", "", ""),
    ("platon_debug", "ii", ""),
    ("platon_call", "iiiiiii", "i"),
    ("platon_delegate_call", "iiiii", "i"),
    ("platon_static_call", "iiiii", "i"),
    ("platon_destroy", "i", "i"),
    ("platon_migrate", "iiiiiii", "i"),
    ("platon_clone_migrate", "iiiiiiii", "i"),
    ("platon_event", "iiii", ""),
    ("platon_ecrecover", "iiii", "i"),
    ("platon_ripemd160", "iii", ""),
    ("platon_sha256", "iii", ""),
    ("rlp_u128_size", "ll", "i"),
    ("platon_rlp_u128", "lli", ""),
    ("rlp_bytes_size", "ii", "i"),
    ("platon_rlp_bytes", "iii", ""),
    ("rlp_list_size", "i", "i"),
    ("platon_rlp_list", "iii", ""),
    ("platon_contract_code_length", "i", "i"),
    ("platon_contract_code", "iii", "i"),
    ("platon_deploy", "iiiiiii", "i"),
    ("platon_clone", "iiiiiiii", "i"),
];

const fn of(convention: Convention) -> &'static [(&'static str, &'static str, &'static str)] {
    match convention {
        Convention::Troupe => FUNCTIONS,
        Convention::Platon => PLATON,
    }
}

/// The name and the type of a function of the host, if there is one of that name.
pub(crate) fn find(convention: Convention, name: &str) -> Option<(&'static str, Signature)> {
    host_functions(convention).find(|(known, _)| *known == name)
}

/// All functions that contracts of a convention may import from its module, with their types.
pub fn host_functions(convention: Convention) -> impl Iterator<Item = (&'static str, Signature)> {
    of(convention)
        .iter()
        .map(|(name, parameters, results)| (*name, Signature { parameters, results }))
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
