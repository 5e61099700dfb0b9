//! Which name is which function.

use super::{calls, crypto, data, environment, platon, state};
use crate::crossing::Seat;
use crate::host::Host;
use wasmer::{Function, FunctionEnv, Store};

/// The function of that name, for one instance.
pub(crate) fn make<H: Host>(
    name: &str,
    store: &mut Store,
    env: &FunctionEnv<Seat<H>>,
) -> Option<Function> {
    macro_rules! function {
        ($path:path) => {
            Function::new_typed_with_env(store, env, $path)
        };
    }
    Some(match name {
        "input_size" => function!(data::input_size::<H>),
        "input_copy" => function!(data::input_copy::<H>),
        "output_set" => function!(data::output_set::<H>),
        "revert" => function!(data::revert::<H>),
        "returned_size" => function!(data::returned_size::<H>),
        "returned_copy" => function!(data::returned_copy::<H>),
        "log" => function!(data::log::<H>),
        "debug" => function!(data::debug::<H>),
        "storage_load" => function!(state::storage_load::<H>),
        "storage_store" => function!(state::storage_store::<H>),
        "transient_load" => function!(state::transient_load::<H>),
        "transient_store" => function!(state::transient_store::<H>),
        "balance" => function!(state::balance::<H>),
        "code_size" => function!(state::code_size::<H>),
        "code_hash" => function!(state::code_hash::<H>),
        "code_copy" => function!(state::code_copy::<H>),
        "block_hash" => function!(state::block_hash::<H>),
        "destroy" => function!(state::destroy::<H>),
        "address" => function!(environment::address::<H>),
        "caller" => function!(environment::caller::<H>),
        "origin" => function!(environment::origin::<H>),
        "coinbase" => function!(environment::coinbase::<H>),
        "value" => function!(environment::value::<H>),
        "gas_price" => function!(environment::gas_price::<H>),
        "base_fee" => function!(environment::base_fee::<H>),
        "randomness" => function!(environment::randomness::<H>),
        "height" => function!(environment::height::<H>),
        "time" => function!(environment::time::<H>),
        "time_millis" => function!(environment::time_millis::<H>),
        "gas_limit" => function!(environment::gas_limit::<H>),
        "chain_id" => function!(environment::chain_id::<H>),
        "gas_left" => function!(environment::gas_left::<H>),
        "call" => function!(calls::call::<H>),
        "call_delegate" => function!(calls::call_delegate::<H>),
        "call_static" => function!(calls::call_static::<H>),
        "create" => function!(calls::create::<H>),
        "create2" => function!(calls::create2::<H>),
        "keccak256" => function!(crypto::keccak256::<H>),
        "sha256" => function!(crypto::sha256::<H>),
        "ecrecover" => function!(crypto::ecrecover::<H>),
        "sr25519_verify" => function!(crypto::sr25519_verify::<H>),
        "bls_verify" => function!(crypto::bls_verify::<H>),
        "vrf_verify" => function!(crypto::vrf_verify::<H>),
        _ => return platon::make(name, store, env),
    })
}
