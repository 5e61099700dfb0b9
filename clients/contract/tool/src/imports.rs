//! What the chain offers to a module: names and types.

use wasmparser::ValType::{self, I32, I64};

/// The module that everything is imported from.
pub(crate) const MODULE: &str = "troupe";

/// Name, parameters, results.
pub(crate) type Import = (&'static str, &'static [ValType], &'static [ValType]);

/// Every function of the chain.
pub(crate) const IMPORTS: &[Import] = &[
    ("input_size", &[], &[I32]),
    ("input_copy", &[I32, I32, I32], &[]),
    ("output_set", &[I32, I32], &[]),
    ("revert", &[I32, I32], &[]),
    ("storage_load", &[I32, I32], &[]),
    ("storage_store", &[I32, I32], &[]),
    ("transient_load", &[I32, I32], &[]),
    ("transient_store", &[I32, I32], &[]),
    ("address", &[I32], &[]),
    ("caller", &[I32], &[]),
    ("origin", &[I32], &[]),
    ("coinbase", &[I32], &[]),
    ("value", &[I32], &[]),
    ("gas_price", &[I32], &[]),
    ("base_fee", &[I32], &[]),
    ("randomness", &[I32], &[]),
    ("height", &[], &[I64]),
    ("time", &[], &[I64]),
    ("time_millis", &[], &[I64]),
    ("gas_limit", &[], &[I64]),
    ("chain_id", &[], &[I64]),
    ("gas_left", &[], &[I64]),
    ("block_hash", &[I64, I32], &[]),
    ("balance", &[I32, I32], &[]),
    ("code_size", &[I32], &[I32]),
    ("code_hash", &[I32, I32], &[]),
    ("code_copy", &[I32, I32, I32, I32], &[]),
    ("call", &[I32, I32, I64, I32, I32], &[I32]),
    ("call_delegate", &[I32, I64, I32, I32], &[I32]),
    ("call_static", &[I32, I64, I32, I32], &[I32]),
    ("create", &[I32, I32, I32, I32], &[I32]),
    ("create2", &[I32, I32, I32, I32, I32], &[I32]),
    ("returned_size", &[], &[I32]),
    ("returned_copy", &[I32, I32, I32], &[]),
    ("log", &[I32, I32, I32, I32], &[]),
    ("destroy", &[I32], &[]),
    ("keccak256", &[I32, I32, I32], &[]),
    ("sha256", &[I32, I32, I32], &[]),
    ("ecrecover", &[I32, I32, I32], &[I32]),
    ("sr25519_verify", &[I32, I32, I32, I32], &[I32]),
    ("bls_verify", &[I32, I32, I32, I32], &[I32]),
    ("vrf_verify", &[I32, I32, I32, I32, I32], &[I32]),
    ("debug", &[I32, I32], &[]),
];
