//! Which name is which function.

use super::super::{crypto, data as ours, environment, state as world};
use super::{births, calls, data, pure, state};
use crate::crossing::Seat;
use crate::host::Host;
use wasmer::{Function, FunctionEnv, Store};

/// The function of that name, for one instance.
pub(in crate::functions) fn make<H: Host>(
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
        "platon_gas_price" => function!(data::gas_price::<H>),
        "platon_block_hash" => function!(world::block_hash::<H>),
        "platon_block_number" => function!(environment::height::<H>),
        "platon_gas_limit" => function!(environment::gas_limit::<H>),
        "platon_gas" => function!(environment::gas_left::<H>),
        "platon_timestamp" => function!(environment::time_millis::<H>),
        "platon_coinbase" => function!(environment::coinbase::<H>),
        "platon_balance" => function!(state::balance::<H>),
        "platon_origin" => function!(environment::origin::<H>),
        "platon_caller" => function!(environment::caller::<H>),
        "platon_call_value" => function!(data::call_value::<H>),
        "platon_address" => function!(environment::address::<H>),
        "platon_sha3" => function!(pure::sha3::<H>),
        "platon_caller_nonce" => function!(state::caller_nonce::<H>),
        "platon_transfer" => function!(calls::transfer::<H>),
        "platon_set_state" => function!(state::set_state::<H>),
        "platon_get_state_length" => function!(state::get_state_length::<H>),
        "platon_get_state" => function!(state::get_state::<H>),
        "platon_get_input_length" => function!(ours::input_size::<H>),
        "platon_get_input" => function!(data::get_input::<H>),
        "platon_get_call_output_length" => function!(ours::returned_size::<H>),
        "platon_get_call_output" => function!(data::get_call_output::<H>),
        "platon_return" => function!(ours::output_set::<H>),
        "platon_revert" => function!(data::revert::<H>),
        "platon_panic" => function!(data::panic::<H>),
        "platon_debug" => function!(ours::debug::<H>),
        "platon_call" => function!(calls::call::<H>),
        "platon_delegate_call" => function!(calls::delegate_call::<H>),
        "platon_static_call" => function!(calls::static_call::<H>),
        "platon_destroy" => function!(state::destroy::<H>),
        "platon_migrate" => function!(births::migrate::<H>),
        "platon_clone_migrate" => function!(births::clone_migrate::<H>),
        "platon_event" => function!(data::event::<H>),
        "platon_ecrecover" => function!(pure::ecrecover::<H>),
        "platon_ripemd160" => function!(pure::ripemd160::<H>),
        "platon_sha256" => function!(crypto::sha256::<H>),
        "rlp_u128_size" => function!(pure::u128_size::<H>),
        "platon_rlp_u128" => function!(pure::u128::<H>),
        "rlp_bytes_size" => function!(pure::bytes_size::<H>),
        "platon_rlp_bytes" => function!(pure::bytes::<H>),
        "rlp_list_size" => function!(pure::list_size::<H>),
        "platon_rlp_list" => function!(pure::list::<H>),
        "platon_contract_code_length" => function!(world::code_size::<H>),
        "platon_contract_code" => function!(state::contract_code::<H>),
        "platon_deploy" => function!(births::deploy::<H>),
        "platon_clone" => function!(births::clone::<H>),
        _ => return None,
    })
}
