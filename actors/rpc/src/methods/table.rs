//! The methods by name.

use super::{
    access_list, account, blocks, call, chain, config, consensus, debug, estimate, explorer, fees,
    fill, logs, polls, pool, simulate, transactions,
};
use crate::arguments::Arguments;
use crate::context::Api;
use crate::error::Error;
use crate::format::in_bech32;
use jsonrpsee::RpcModule;
use jsonrpsee::server::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Reply = Pin<Box<dyn Future<Output = Result<Value, Error>> + Send>>;

/// A method: its names, the most arguments that it takes, what it does.
#[derive(Clone, Copy)]
struct Method {
    names: &'static [&'static str],
    most: usize,
    handler: fn(Arc<Api>, Arguments) -> Reply,
}

const fn method(
    names: &'static [&'static str],
    most: usize,
    handler: fn(Arc<Api>, Arguments) -> Reply,
) -> Method {
    Method { names, most, handler }
}

#[rustfmt::skip]
const METHODS: &[Method] = &[
    // The first are looked for first.
    method(&SENDING, 1, |api, arguments| Box::pin(transactions::send_raw(api, arguments))),
    method(&["eth_chainId", "platon_chainId"], 0, |api, _| Box::pin(chain::chain_id(api))),
    method(&["eth_blockNumber", "platon_blockNumber"], 0, |api, _| Box::pin(chain::block_number(api))),
    method(&["eth_syncing", "platon_syncing"], 0, |api, _| Box::pin(chain::syncing(api))),
    method(&["eth_accounts", "platon_accounts"], 0, |_, _| Box::pin(chain::accounts())),
    method(&["net_version"], 0, |api, _| Box::pin(chain::net_version(api))),
    method(&["net_listening"], 0, |_, _| Box::pin(chain::net_listening())),
    method(&["net_peerCount"], 0, |api, _| Box::pin(chain::net_peer_count(api))),
    method(&["web3_clientVersion"], 0, |api, _| Box::pin(chain::client_version(api))),
    method(&["web3_sha3"], 1, |_, arguments| Box::pin(chain::sha3(arguments))),
    method(&["eth_gasPrice", "platon_gasPrice"], 0, |api, _| Box::pin(fees::gas_price(api))),
    method(&["eth_maxPriorityFeePerGas", "platon_maxPriorityFeePerGas"], 0, |api, _| Box::pin(fees::tip(api))),
    method(&["eth_baseFee", "platon_baseFee"], 0, |api, _| Box::pin(fees::base_fee(api))),
    method(&["eth_config"], 0, |api, _| Box::pin(config::config(api))),
    method(&["eth_feeHistory", "platon_feeHistory"], 3, |api, arguments| Box::pin(fees::history(api, arguments))),
    method(&["eth_getBalance", "platon_getBalance"], 2, |api, arguments| Box::pin(account::balance(api, arguments))),
    method(&["eth_getTransactionCount", "platon_getTransactionCount"], 2, |api, arguments| Box::pin(account::nonce(api, arguments))),
    method(&["eth_getCode", "platon_getCode"], 2, |api, arguments| Box::pin(account::code(api, arguments))),
    method(&["eth_getStorageAt", "platon_getStorageAt"], 3, |api, arguments| Box::pin(account::storage(api, arguments))),
    method(&["eth_getStorageValues"], 2, |api, arguments| Box::pin(account::storage_values(api, arguments))),
    method(&["eth_getProof", "platon_getProof"], 3, |api, arguments| Box::pin(account::proof(api, arguments))),
    method(&["eth_call", "platon_call"], 4, |api, arguments| Box::pin(call::call(api, arguments))),
    method(&["eth_createAccessList", "platon_createAccessList"], 4, |api, arguments| Box::pin(access_list::create(api, arguments))),
    method(&["eth_estimateGas", "platon_estimateGas"], 4, |api, arguments| Box::pin(estimate::estimate(api, arguments))),
    method(&["eth_fillTransaction", "platon_fillTransaction"], 1, |api, arguments| Box::pin(fill::fill(api, arguments))),
    method(&["eth_simulateV1", "platon_simulateV1"], 2, |api, arguments| Box::pin(simulate::simulate(api, arguments))),
    method(&["eth_getBlockByNumber", "platon_getBlockByNumber"], 2, |api, arguments| Box::pin(blocks::block(api, arguments))),
    method(&["eth_getBlockByHash", "platon_getBlockByHash"], 2, |api, arguments| Box::pin(blocks::block(api, arguments))),
    method(&["eth_getBlockTransactionCountByNumber", "platon_getBlockTransactionCountByNumber"], 1, |api, arguments| Box::pin(blocks::count_transactions(api, arguments))),
    method(&["eth_getBlockTransactionCountByHash", "platon_getBlockTransactionCountByHash"], 1, |api, arguments| Box::pin(blocks::count_transactions(api, arguments))),
    method(&["eth_getUncleCountByBlockNumber", "platon_getUncleCountByBlockNumber"], 1, |api, arguments| Box::pin(blocks::count_uncles(api, arguments))),
    method(&["eth_getUncleCountByBlockHash", "platon_getUncleCountByBlockHash"], 1, |api, arguments| Box::pin(blocks::count_uncles(api, arguments))),
    // Otterscan asks for the last.
    method(&["eth_getHeaderByNumber", "platon_getHeaderByNumber", "erigon_getHeaderByNumber"], 1, |api, arguments| Box::pin(blocks::header(api, arguments))),
    method(&["eth_getHeaderByHash", "platon_getHeaderByHash"], 1, |api, arguments| Box::pin(blocks::header(api, arguments))),
    method(&["eth_getUncleByBlockNumberAndIndex", "platon_getUncleByBlockNumberAndIndex"], 2, |api, arguments| Box::pin(blocks::uncle(api, arguments))),
    method(&["eth_getUncleByBlockHashAndIndex", "platon_getUncleByBlockHashAndIndex"], 2, |api, arguments| Box::pin(blocks::uncle(api, arguments))),
    method(&["eth_blobBaseFee", "platon_blobBaseFee"], 0, |_, _| Box::pin(fees::blob_base_fee())),
    method(&["eth_getBlockReceipts", "platon_getBlockReceipts"], 1, |api, arguments| Box::pin(blocks::receipts(api, arguments))),
    method(&["eth_getTransactionByHash", "platon_getTransactionByHash"], 1, |api, arguments| Box::pin(transactions::by_hash(api, arguments))),
    method(&["eth_getTransactionByBlockNumberAndIndex", "platon_getTransactionByBlockNumberAndIndex"], 2, |api, arguments| Box::pin(transactions::by_place(api, arguments))),
    method(&["eth_getTransactionByBlockHashAndIndex", "platon_getTransactionByBlockHashAndIndex"], 2, |api, arguments| Box::pin(transactions::by_place(api, arguments))),
    method(&["eth_getTransactionReceipt", "platon_getTransactionReceipt"], 1, |api, arguments| Box::pin(transactions::receipt(api, arguments))),
    method(&["eth_getRawTransactionByHash", "platon_getRawTransactionByHash", "debug_getRawTransaction"], 1, |api, arguments| Box::pin(transactions::raw(api, arguments))),
    method(&["eth_getLogs", "platon_getLogs"], 1, |api, arguments| Box::pin(logs::logs(api, arguments))),
    method(&["eth_newFilter", "platon_newFilter"], 1, |api, arguments| Box::pin(polls::logs(api, arguments))),
    method(&["eth_newBlockFilter", "platon_newBlockFilter"], 0, |api, _| Box::pin(polls::heads(api))),
    method(&["eth_newPendingTransactionFilter", "platon_newPendingTransactionFilter"], 1, |api, _| Box::pin(polls::arrivals(api))),
    method(&["eth_getFilterChanges", "platon_getFilterChanges"], 1, |api, arguments| Box::pin(polls::changes(api, arguments))),
    method(&["eth_getFilterLogs", "platon_getFilterLogs"], 1, |api, arguments| Box::pin(polls::all_logs(api, arguments))),
    method(&["eth_uninstallFilter", "platon_uninstallFilter"], 1, |api, arguments| Box::pin(polls::end(api, arguments))),
    method(&["platon_getBlockQuorumCertByHash"], 1, |api, arguments| Box::pin(consensus::certificates(api, arguments))),
    method(&["platon_evidences"], 0, |api, _| Box::pin(consensus::evidence(api))),
    method(&["debug_getRawReceipts"], 1, |api, arguments| Box::pin(blocks::raw_receipts(api, arguments))),
    method(&["debug_traceTransaction"], 2, |api, arguments| Box::pin(debug::transaction(api, arguments))),
    method(&["debug_traceBlockByNumber"], 2, |api, arguments| Box::pin(debug::block(api, arguments))),
    method(&["debug_traceBlockByHash"], 2, |api, arguments| Box::pin(debug::block(api, arguments))),
    method(&["debug_traceCall"], 3, |api, arguments| Box::pin(debug::call(api, arguments))),
    method(&["debug_consensusStatus"], 0, |api, _| Box::pin(consensus::status(api))),
    method(&["platon_getAddressHrp"], 0, |_, _| Box::pin(chain::address_prefix())),
    method(&["txpool_status"], 0, |api, _| Box::pin(pool::status(api))),
    method(&["txpool_content"], 0, |api, _| Box::pin(pool::content(api))),
    method(&["txpool_contentFrom"], 1, |api, arguments| Box::pin(pool::content_from(api, arguments))),
    method(&["txpool_inspect"], 0, |api, _| Box::pin(pool::inspect(api))),
    method(&["ots_getApiLevel"], 0, |_, _| Box::pin(explorer::level())),
    method(&["ots_hasCode"], 2, |api, arguments| Box::pin(explorer::has_code(api, arguments))),
    method(&["ots_getInternalOperations"], 1, |api, arguments| Box::pin(explorer::operations(api, arguments))),
    method(&["ots_traceTransaction"], 1, |api, arguments| Box::pin(explorer::trace(api, arguments))),
    method(&["ots_getTransactionError"], 1, |api, arguments| Box::pin(explorer::error(api, arguments))),
    method(&["ots_getBlockDetails"], 1, |api, arguments| Box::pin(explorer::details(api, arguments))),
    method(&["ots_getBlockDetailsByHash"], 1, |api, arguments| Box::pin(explorer::details(api, arguments))),
    method(&["ots_getBlockTransactions"], 3, |api, arguments| Box::pin(explorer::transactions(api, arguments))),
    method(&["ots_getTransactionBySenderAndNonce"], 2, |api, arguments| Box::pin(explorer::numbered(api, arguments))),
    method(&["ots_searchTransactionsBefore"], 3, |api, arguments| Box::pin(explorer::before(api, arguments))),
    method(&["ots_searchTransactionsAfter"], 3, |api, arguments| Box::pin(explorer::after(api, arguments))),
    method(&["ots_getContractCreator"], 1, |api, arguments| Box::pin(explorer::creator(api, arguments))),
];

/// Under these names addresses are told in Bech32.
pub(crate) const PLATON: &str = "platon_";

/// Lets a transaction in.
const SENDING: [&str; 2] = ["eth_sendRawTransaction", "platon_sendRawTransaction"];

/// Whether this method lets a transaction in.
pub(crate) fn is_sending(name: &str) -> bool {
    SENDING.contains(&name)
}

/// What a method is called in metrics, whatever a client sent: one name for each.
pub(crate) fn label(name: &str) -> &'static str {
    if let Some(method) = METHODS.iter().find(|method| method.names.contains(&name)) {
        return method.names[0];
    }
    match name {
        "eth_subscribe" | "platon_subscribe" => "eth_subscribe",
        "eth_unsubscribe" | "platon_unsubscribe" => "eth_unsubscribe",
        _ => "unknown",
    }
}

/// Whether this method needs a connection that the server may speak on.
pub(crate) fn is_subscribing(name: &str) -> bool {
    matches!(label(name), "eth_subscribe" | "eth_unsubscribe")
}

/// All methods that are no subscriptions.
pub(crate) fn register(module: &mut RpcModule<Api>) -> Result<(), RegisterMethodError> {
    for Method { names, most, handler } in METHODS.iter().copied() {
        for name in names {
            module.register_async_method(name, move |params, api, _| async move {
                let arguments = Arguments::read(params.as_str(), most)?;
                let mut told = handler(api, arguments).await;
                if let Ok(told) = &mut told
                    && name.starts_with(PLATON)
                {
                    in_bech32(told);
                }
                if let Err(error) = &told
                    && error.code() == -32603
                {
                    tracing::warn!(method = name, %error, "a request failed");
                }
                told.map_err(ErrorObjectOwned::from)
            })?;
        }
    }
    Ok(())
}
