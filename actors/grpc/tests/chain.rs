//! Whatever is told of the chain is what Ethereum's clients are told.

mod common;

use bytes::Bytes;
use common::{CONTRACT, Http, account, noisy, serve, transfer};
use prost::Message;
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::Code;
use troupe_door::Settings;
use troupe_door::proto::chain::*;

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// A number as JSON-RPC writes it.
fn quantity(bytes: &[u8]) -> String {
    let digits = hex::encode(bytes);
    let digits = digits.trim_start_matches('0');
    format!("0x{}", if digits.is_empty() { "0" } else { digits })
}

fn number(number: u64) -> String {
    format!("{number:#x}")
}

fn at(number: u64) -> Option<BlockRef> {
    Some(BlockRef { block: Some(block_ref::Block::Number(number)) })
}

fn vec(bytes: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(bytes.as_ref())
}

const ALL: BlockDetail = BlockDetail { transactions: true, receipts: true, commit_proof: true };

#[tokio::test]
async fn blocks_transactions_and_receipts_are_those_of_json_rpc() {
    let served = serve(Settings::default());
    let (grpc, memory) = (served.client().await, Arc::clone(&served.memory));
    let rpc = troupe_rpc::Server::start(Arc::clone(&memory) as _, common::memory::settings());
    let rpc = rpc.await.unwrap();
    let json = Http(rpc.address());
    memory.insert(transfer(0, 1_000)).unwrap();
    memory.insert(noisy(1)).unwrap();
    memory.make_block();

    let status: GetStatusResponse = grpc.chain("GetStatus", &GetStatusRequest {}).await.unwrap();
    assert_eq!(status.chain_id, common::memory::backend::CHAIN_ID);
    assert_eq!(status.head.as_ref().unwrap().number, 1);
    assert_eq!(status.catching_up_to, None);
    let genesis = json.call("eth_getBlockByNumber", json!(["0x0", false])).await;
    assert_eq!(hex(&status.genesis_hash), genesis["hash"]);

    let ask = GetBlockRequest { block: None, detail: Some(ALL) };
    let told: GetBlockResponse = grpc.chain("GetBlock", &ask).await.unwrap();
    let block = told.block.unwrap();
    let header = block.header.clone().unwrap();
    let same = json.call("eth_getBlockByNumber", json!(["latest", true])).await;
    for (ours, field) in [
        (hex(&header.hash), "hash"),
        (hex(&header.parent_hash), "parentHash"),
        (hex(&header.state_root), "stateRoot"),
        (hex(&header.transactions_root), "transactionsRoot"),
        (hex(&header.receipts_root), "receiptsRoot"),
        (hex(&header.logs_bloom), "logsBloom"),
        (hex(&header.coinbase), "miner"),
        (hex(&header.extra), "extraData"),
        (number(header.number), "number"),
        (number(header.gas_limit), "gasLimit"),
        (number(header.gas_used), "gasUsed"),
        (number(header.base_fee), "baseFeePerGas"),
        (number(header.time_ms / 1_000), "timestamp"),
        (number(block.size), "size"),
    ] {
        assert_eq!(ours, same[field], "{field}");
    }
    // Whoever has the encoding needs to trust nobody for the hash.
    assert_eq!(troupe_crypto::hash::keccak256(&header.encoded).0[..], header.hash[..]);
    assert_eq!(block.transactions.len(), 2);
    for (index, ours) in block.transactions.iter().enumerate() {
        let same = &same["transactions"][index];
        check_transaction(ours, same);
        assert_eq!(block.transaction_hashes[index], ours.hash);
        let ask = GetTransactionRequest { hash: ours.hash.clone() };
        let told: GetTransactionResponse = grpc.chain("GetTransaction", &ask).await.unwrap();
        assert_eq!(told.transaction.as_ref(), Some(ours));
        let receipt = json.call("eth_getTransactionReceipt", json!([hex(&ours.hash)])).await;
        check_receipt(&block.receipts[index], &receipt);
        let ask = GetReceiptRequest { transaction_hash: ours.hash.clone() };
        let told: GetReceiptResponse = grpc.chain("GetReceipt", &ask).await.unwrap();
        assert_eq!(told.receipt.as_ref(), Some(&block.receipts[index]));
    }
    let ask = GetBlockReceiptsRequest { block: at(1) };
    let told: GetBlockReceiptsResponse = grpc.chain("GetBlockReceipts", &ask).await.unwrap();
    assert_eq!(told.receipts, block.receipts);

    let proof = block.commit_proof.unwrap();
    let asked = json!([[hex(&header.hash)]]);
    let same = json.call("platon_getBlockQuorumCertByHash", asked).await[0].clone();
    let certificate = proof.links[0].certificate.as_ref().unwrap();
    assert_eq!(proof.links[0].hash, header.hash);
    assert_eq!(hex(&certificate.signature), same["signature"]);
    assert_eq!(
        (json!(certificate.epoch), json!(certificate.number)),
        (same["epoch"].clone(), same["blockNumber"].clone())
    );
    let signers: Vec<u32> = (0u32..)
        .zip(same["validatorSet"].as_str().unwrap().chars())
        .filter_map(|(at, sign)| (sign == 'x').then_some(at))
        .collect();
    assert_eq!(certificate.signers, signers);

    let bare = GetBlockRequest {
        block: Some(BlockRef { block: Some(block_ref::Block::Hash(header.hash.clone())) }),
        detail: None,
    };
    let bare: GetBlockResponse = grpc.chain("GetBlock", &bare).await.unwrap();
    let bare = bare.block.unwrap();
    assert_eq!((bare.header.unwrap(), bare.transaction_hashes.len()), (header, 2));
    assert!(
        bare.transactions.is_empty() && bare.receipts.is_empty() && bare.commit_proof.is_none()
    );
    rpc.stop().await;
}

fn check_transaction(ours: &Transaction, same: &Value) {
    assert_eq!(hex(&ours.hash), same["hash"]);
    assert_eq!(hex(&ours.from), same["from"]);
    assert_eq!(ours.to.as_ref().map(|to| hex(to)).expect("it is told"), same["to"]);
    assert_eq!(number(ours.nonce), same["nonce"]);
    assert_eq!(quantity(&ours.value), same["value"]);
    assert_eq!(number(ours.gas_limit), same["gas"]);
    assert_eq!(number(ours.r#type.into()), same["type"]);
    assert_eq!(quantity(&ours.max_fee_per_gas), same["maxFeePerGas"]);
    assert_eq!(quantity(&ours.max_priority_fee_per_gas), same["maxPriorityFeePerGas"]);
    assert_eq!(quantity(ours.effective_gas_price.as_ref().expect("it is told")), same["gasPrice"]);
    assert_eq!(hex(&ours.input), same["input"]);
    let place = ours.place.as_ref().expect("it is told");
    assert_eq!(number(place.index), same["transactionIndex"]);
    assert_eq!(hex(&place.block.as_ref().expect("it is told").hash), same["blockHash"]);
    assert_eq!(troupe_crypto::hash::keccak256(&ours.envelope).0[..], ours.hash[..]);
}

fn check_receipt(ours: &Receipt, same: &Value) {
    assert_eq!(hex(&ours.transaction_hash), same["transactionHash"]);
    assert_eq!(number(u64::from(ours.success)), same["status"]);
    assert_eq!(number(ours.gas_used), same["gasUsed"]);
    assert_eq!(number(ours.cumulative_gas_used), same["cumulativeGasUsed"]);
    assert_eq!(quantity(&ours.effective_gas_price), same["effectiveGasPrice"]);
    assert_eq!(hex(&ours.logs_bloom), same["logsBloom"]);
    assert_eq!(json!(ours.contract_address.as_ref().map(|at| hex(at))), same["contractAddress"]);
    assert_eq!(ours.logs.len(), same["logs"].as_array().expect("it is told").len());
    for (log, same) in ours.logs.iter().zip(same["logs"].as_array().expect("it is told")) {
        check_log(log, same);
    }
}

fn check_log(ours: &Log, same: &Value) {
    assert_eq!(hex(&ours.address), same["address"]);
    let topics: Vec<String> = ours.topics.iter().map(|topic| hex(topic)).collect();
    assert_eq!(json!(topics), same["topics"]);
    assert_eq!(hex(&ours.data), same["data"]);
    assert_eq!(number(ours.log_index), same["logIndex"]);
    assert_eq!(hex(&ours.transaction_hash), same["transactionHash"]);
    assert_eq!(number(ours.place.as_ref().expect("it is told").index), same["transactionIndex"]);
}

#[tokio::test]
async fn accounts_storage_and_proofs_are_those_of_json_rpc() {
    let served = serve(Settings::default());
    let (grpc, memory) = (served.client().await, Arc::clone(&served.memory));
    let rpc = troupe_rpc::Server::start(Arc::clone(&memory) as _, common::memory::settings());
    let rpc = rpc.await.unwrap();
    let json = Http(rpc.address());
    memory.insert(transfer(0, 1_000)).unwrap();
    memory.make_block();
    memory.insert(transfer(1, 1)).unwrap();

    let me = vec(account(1).0);
    let ask = |tag: Option<BlockRef>| GetAccountRequest { address: me.clone(), block: tag };
    let told: GetAccountResponse = grpc.chain("GetAccount", &ask(None)).await.unwrap();
    let same = json.call("eth_getBalance", json!([hex(&me), "latest"])).await;
    assert_eq!(quantity(&told.balance), same);
    assert_eq!((told.nonce, told.block.unwrap().number), (1, 1));
    let before: GetAccountResponse = grpc.chain("GetAccount", &ask(at(0))).await.unwrap();
    assert_eq!(before.nonce, 0);
    let pending = Some(BlockRef { block: Some(block_ref::Block::Tag(BlockTag::Pending.into())) });
    let pending: GetAccountResponse = grpc.chain("GetAccount", &ask(pending)).await.unwrap();
    assert_eq!(pending.nonce, 2, "what waits counts as sent");

    let contract = vec(CONTRACT.0);
    let ask = GetCodeRequest { address: contract.clone(), block: None };
    let told: GetCodeResponse = grpc.chain("GetCode", &ask).await.unwrap();
    assert_eq!(hex(&told.code), json.call("eth_getCode", json!([hex(&contract), "latest"])).await);
    let slots = vec![vec([]), vec([1])];
    let ask = GetStorageRequest { address: contract.clone(), slots: slots.clone(), block: None };
    let told: GetStorageResponse = grpc.chain("GetStorage", &ask).await.unwrap();
    assert_eq!((told.words[0][31], told.words[1][31], told.words[0].len()), (77, 0, 32));

    let ask = GetProofRequest { address: contract.clone(), slots, block: None };
    let told: GetProofResponse = grpc.chain("GetProof", &ask).await.unwrap();
    let same = json.call("eth_getProof", json!([hex(&contract), ["0x0", "0x1"], "latest"])).await;
    let nodes = |nodes: &[Bytes]| json!(nodes.iter().map(|node| hex(node)).collect::<Vec<_>>());
    assert_eq!(nodes(&told.account_proof), same["accountProof"]);
    assert_eq!(hex(&told.storage_root), same["storageHash"]);
    assert_eq!(hex(&told.code_hash), same["codeHash"]);
    for (ours, same) in told.storage_proofs.iter().zip(same["storageProof"].as_array().unwrap()) {
        assert_eq!(nodes(&ours.proof), same["proof"]);
        assert_eq!(quantity(&ours.word), same["value"]);
    }
    let missing: GetCodeResponse = grpc
        .chain("GetCode", &GetCodeRequest { address: vec([5; 20]), block: None })
        .await
        .unwrap();
    assert!(missing.code.is_empty());
    rpc.stop().await;
}

fn calling(input: &[u8]) -> CallMessage {
    CallMessage {
        from: vec(account(1).0),
        to: Some(vec(CONTRACT.0)),
        input: vec(input),
        ..CallMessage::default()
    }
}

#[tokio::test]
async fn a_call_that_is_refused_says_so_and_what_it_returned() {
    let served = serve(Settings::default());
    let grpc = served.client().await;
    let ask = CallRequest { call: Some(calling(&[])), block: None };
    let told: CallResponse = grpc.chain("Call", &ask).await.unwrap();
    assert!(told.output.is_empty());
    let ask = EstimateGasRequest { call: Some(calling(&[])), block: None };
    let told: EstimateGasResponse = grpc.chain("EstimateGas", &ask).await.unwrap();
    assert!((21_001..60_000).contains(&told.gas), "{}", told.gas);

    // Error("no!")
    let mut input = vec![0x08, 0xc3, 0x79, 0xa0];
    input.extend([&[0; 31][..], &[32], &[0; 31], &[3], b"no!", &[0; 29]].concat());
    for method in ["Call", "EstimateGas"] {
        let ask = CallRequest { call: Some(calling(&input)), block: None };
        let failure = grpc.chain::<CallResponse>(method, &ask).await.unwrap_err();
        assert_eq!(failure.code, Code::FailedPrecondition);
        assert_eq!(failure.message, "execution reverted: no!");
        assert_eq!(failure.info().reason, "REVERTED");
        assert_eq!(failure.info().metadata["eth_code"], "3");
        assert_eq!(failure.details[1].type_url, "type.googleapis.com/troupe.chain.v1.Reverted");
        let reverted = Reverted::decode(failure.details[1].value.as_slice()).unwrap();
        assert_eq!((reverted.data.to_vec(), reverted.reason.as_str()), (input.clone(), "no!"));
    }
}

#[tokio::test]
async fn a_transaction_is_sent_once_and_found_while_it_waits() {
    let served = serve(Settings::default());
    let grpc = served.client().await;
    let transaction = transfer(0, 9);
    let envelope: Bytes = transaction.to_bytes().into();
    let ask = SendRawTransactionRequest { envelope: envelope.clone() };
    let told: SendRawTransactionResponse = grpc.chain("SendRawTransaction", &ask).await.unwrap();
    assert_eq!(told.hash[..], transaction.hash().0);
    let again = grpc.chain::<SendRawTransactionResponse>("SendRawTransaction", &ask).await;
    let again = again.unwrap_err();
    assert_eq!((again.code, again.info().reason.as_str()), (Code::AlreadyExists, "ALREADY_KNOWN"));
    assert_eq!(again.info().metadata["eth_code"], "-32000");

    let ask = GetTransactionRequest { hash: told.hash.clone() };
    let waits: GetTransactionResponse = grpc.chain("GetTransaction", &ask).await.unwrap();
    let waits = waits.transaction.unwrap();
    assert_eq!((waits.envelope, waits.place, waits.effective_gas_price), (envelope, None, None));
    let ask = GetReceiptRequest { transaction_hash: told.hash.clone() };
    let failure = grpc.chain::<GetReceiptResponse>("GetReceipt", &ask).await.unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), (Code::NotFound, "the transaction waits"));
    served.memory.make_block();
    let told: GetReceiptResponse = grpc.chain("GetReceipt", &ask).await.unwrap();
    assert!(told.receipt.unwrap().success);

    let wrong = SendRawTransactionRequest { envelope: vec([1, 2, 3]) };
    let wrong = grpc.chain::<SendRawTransactionResponse>("SendRawTransaction", &wrong).await;
    assert_eq!(wrong.unwrap_err().code, Code::InvalidArgument);
    let old = SendRawTransactionRequest { envelope: transfer(0, 10).to_bytes().into() };
    let old =
        grpc.chain::<SendRawTransactionResponse>("SendRawTransaction", &old).await.unwrap_err();
    assert_eq!((old.code, old.info().reason.as_str()), (Code::FailedPrecondition, "NONCE_TOO_LOW"));
}

#[tokio::test]
async fn logs_and_fees_are_those_of_json_rpc() {
    let served = serve(Settings::default());
    let (grpc, memory) = (served.client().await, Arc::clone(&served.memory));
    let rpc = troupe_rpc::Server::start(Arc::clone(&memory) as _, common::memory::settings());
    let rpc = rpc.await.unwrap();
    let json = Http(rpc.address());
    for nonce in 0..4 {
        memory.insert(if nonce % 2 == 0 { noisy(nonce) } else { transfer(nonce, 1) }).unwrap();
        memory.make_block();
    }
    let filter = LogFilter { addresses: vec![vec(CONTRACT.0)], topics: vec![Topics::default()] };
    let ask = GetLogsRequest { filter: Some(filter.clone()), from: at(0), to: at(4) };
    let told: GetLogsResponse = grpc.chain("GetLogs", &ask).await.unwrap();
    let asked = json!([{ "fromBlock": "0x0", "toBlock": "0x4", "address": hex(&CONTRACT.0) }]);
    let same = json.call("eth_getLogs", asked).await;
    assert_eq!(told.logs.len(), 2);
    for (ours, same) in told.logs.iter().zip(same.as_array().unwrap()) {
        check_log(ours, same);
    }
    let none = LogFilter { addresses: vec![vec([9; 20])], topics: Vec::new() };
    let ask = GetLogsRequest { filter: Some(none), from: at(0), to: None };
    let told: GetLogsResponse = grpc.chain("GetLogs", &ask).await.unwrap();
    assert!(told.logs.is_empty());
    let ask = GetLogsRequest { filter: None, from: at(3), to: at(2) };
    let wrong = grpc.chain::<GetLogsResponse>("GetLogs", &ask).await.unwrap_err();
    assert_eq!(
        (wrong.code, wrong.info().metadata["field"].as_str()),
        (Code::InvalidArgument, "fromBlock")
    );

    let told: GetGasPriceResponse =
        grpc.chain("GetGasPrice", &GetGasPriceRequest {}).await.unwrap();
    assert_eq!(number(told.base_fee), json.call("eth_baseFee", json!([])).await);
    assert_eq!(told.priority_fee[..], [7]);
    let percentiles = vec![10.0, 50.0];
    let ask = GetFeeHistoryRequest { blocks: 3, newest: None, percentiles };
    let told: GetFeeHistoryResponse = grpc.chain("GetFeeHistory", &ask).await.unwrap();
    let same = json.call("eth_feeHistory", json!(["0x3", "latest", [10, 50]])).await;
    assert_eq!(number(told.oldest), same["oldestBlock"]);
    assert_eq!(number(told.next_base_fee), same["baseFeePerGas"][3]);
    for (index, ours) in told.blocks.iter().enumerate() {
        assert_eq!(number(ours.base_fee), same["baseFeePerGas"][index]);
        assert_eq!(json!(ours.used), same["gasUsedRatio"][index]);
        let tips: Vec<String> = ours.tips.iter().map(|tip| quantity(tip)).collect();
        assert_eq!(json!(tips), same["reward"][index]);
    }
    let wrong = GetFeeHistoryRequest { percentiles: vec![f64::NAN], ..ask };
    let wrong = grpc.chain::<GetFeeHistoryResponse>("GetFeeHistory", &wrong).await.unwrap_err();
    assert_eq!(wrong.code, Code::InvalidArgument);
    rpc.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_wrong_is_named() {
    let served = serve(Settings::default());
    let grpc = served.client().await;
    let ask = GetBlockRequest { block: at(9), detail: None };
    let failure = grpc.chain::<GetBlockResponse>("GetBlock", &ask).await.unwrap_err();
    assert_eq!((failure.code, failure.info().reason.as_str()), (Code::NotFound, "NO_SUCH_BLOCK"));
    let ask = GetTransactionRequest { hash: vec([1; 32]) };
    let failure = grpc.chain::<GetTransactionResponse>("GetTransaction", &ask).await.unwrap_err();
    assert_eq!(failure.code, Code::NotFound);
    let ask = GetAccountRequest { address: vec([1; 19]), block: None };
    let failure = grpc.chain::<GetAccountResponse>("GetAccount", &ask).await.unwrap_err();
    assert_eq!(failure.code, Code::InvalidArgument);
    assert_eq!(failure.message, "`address` has 19 bytes, wants 20");
    let ask = GetProofRequest { address: vec([1; 20]), slots: vec![vec([]); 101], block: None };
    let failure = grpc.chain::<GetProofResponse>("GetProof", &ask).await.unwrap_err();
    assert_eq!(
        (failure.code, failure.info().metadata["limit"].as_str()),
        (Code::ResourceExhausted, "100")
    );
    let failure = grpc.call::<GetCodeResponse>("/no.such.Service/Get", &ask).await.unwrap_err();
    assert_eq!(failure.code, Code::Unimplemented);
    assert!(failure.message.contains("troupe.chain.v1.Chain"), "{}", failure.message);
    let failure = grpc.chain::<GetCodeResponse>("Drop", &ask).await.unwrap_err();
    assert_eq!(failure.code, Code::Unimplemented);
}
