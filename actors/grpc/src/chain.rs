//! The service that tells of the chain.

use crate::follow::{Follow, Stream, arrivals};
use crate::proto::chain::chain_server;
use crate::proto::chain::*;
use crate::status::of;
use crate::told::{bytes, number};
use crate::{asked, blocks, told};
use alloy_primitives::U256;
use prost::Message;
use std::sync::Arc;
use tonic::{Request, Response, Status};
use troupe_door::{Closing, NOT_FOUND, too_large};
use troupe_rpc::{Api, At, Error, FeeHistory, Located, Named};
use troupe_types::{Bytes, Height};

/// Answers from whoever has the chain.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) api: Arc<Api>,
    pub(crate) closing: Closing,
    /// The largest message of a response.
    pub(crate) most: Bytes,
}

type Answer<T> = Result<Response<T>, Status>;

fn no(error: Error) -> Status {
    of(&error)
}

impl Chain {
    /// An answer that is not too large.
    fn answer<M: Message>(&self, message: M) -> Answer<M> {
        fits(message, self.most).map(Response::new)
    }

    async fn block(
        &self,
        block: Option<BlockRef>,
    ) -> Result<Arc<troupe_chain::block::Block>, Status> {
        let named = asked::block(block)?;
        self.api.block(named).await.map_err(no)?.ok_or_else(|| of(&Error::NoSuchBlock))
    }

    fn follow(&self, from: Option<u64>) -> Follow {
        Follow::new(Arc::clone(&self.api), self.closing.clone(), from, self.most)
    }
}

/// Refuses a message that is too large.
pub(crate) fn fits<M: Message>(message: M, most: Bytes) -> Result<M, Status> {
    let got = Bytes::of(message.encoded_len());
    if got > most {
        return Err(too_large("an answer", got, most));
    }
    Ok(message)
}

#[tonic::async_trait]
impl chain_server::Chain for Chain {
    async fn get_status(&self, _: Request<GetStatusRequest>) -> Answer<GetStatusResponse> {
        let head = self.api.header(Named::Latest).await.map_err(no)?;
        let genesis = self.api.find(Named::At(At::Height(Height::ZERO))).await.map_err(no)?;
        let backend = self.api.backend();
        self.answer(GetStatusResponse {
            chain_id: backend.chain().chain_id,
            genesis_hash: genesis.map(|found| bytes(found.hash)).unwrap_or_default(),
            head: Some(told::id(&head)),
            head_time_ms: head.header.time.0,
            catching_up_to: backend.catching_up_to().map(|height| height.0),
        })
    }

    async fn get_block(&self, request: Request<GetBlockRequest>) -> Answer<GetBlockResponse> {
        let GetBlockRequest { block, detail } = request.into_inner();
        let block = self.block(block).await?;
        let told = blocks::detailed(&self.api, block, detail.unwrap_or_default()).await?;
        self.answer(GetBlockResponse { block: Some(told) })
    }

    async fn get_block_receipts(
        &self,
        request: Request<GetBlockReceiptsRequest>,
    ) -> Answer<GetBlockReceiptsResponse> {
        let block = self.block(request.into_inner().block).await?;
        let receipts = blocks::receipts(&self.api, &block).await?;
        self.answer(GetBlockReceiptsResponse { block: Some(told::id_of(&block)), receipts })
    }

    async fn get_transaction(
        &self,
        request: Request<GetTransactionRequest>,
    ) -> Answer<GetTransactionResponse> {
        let hash = asked::hash("hash", &request.into_inner().hash)?;
        let located = self.api.transaction(hash).await.map_err(no)?;
        let transaction = match located.ok_or_else(|| of(&Error::NoTransaction))? {
            Located::Pooled(pooled) => {
                Some(told::transaction(pooled.transaction(), pooled.sender(), None))
            }
            Located::Committed(block, index, sender) => {
                let transaction = block.body().transactions.get(index);
                transaction.map(|one| told::transaction(one, sender, Some((&block, index))))
            }
        };
        self.answer(GetTransactionResponse { transaction })
    }

    async fn get_receipt(&self, request: Request<GetReceiptRequest>) -> Answer<GetReceiptResponse> {
        let hash = asked::hash("transaction_hash", &request.into_inner().transaction_hash)?;
        let none = || NOT_FOUND.status("no committed transaction has this hash");
        let (block, index, sender) = match self.api.transaction(hash).await.map_err(no)? {
            Some(Located::Committed(block, index, sender)) => (block, index, sender),
            Some(Located::Pooled(_)) => return Err(NOT_FOUND.status("the transaction waits")),
            None => return Err(none()),
        };
        let receipts = self.api.receipts(&block).await.map_err(no)?;
        let receipt = told::receipt(&block, &receipts, index, sender).ok_or_else(none)?;
        self.answer(GetReceiptResponse { receipt: Some(receipt) })
    }

    async fn get_account(&self, request: Request<GetAccountRequest>) -> Answer<GetAccountResponse> {
        let GetAccountRequest { address, block } = request.into_inner();
        let (address, block) = (asked::address("address", &address)?, asked::block(block)?);
        let (found, account) = self.api.account(address, block).await.map_err(no)?;
        let account = account.unwrap_or_default();
        let nonce = self.api.next_nonce(address, account.nonce, block).await.map_err(no)?;
        self.answer(GetAccountResponse {
            block: Some(told::id(&found)),
            balance: number(account.balance),
            nonce,
            code_hash: bytes(account.code_hash),
            storage_root: bytes(account.storage_root),
        })
    }

    async fn get_code(&self, request: Request<GetCodeRequest>) -> Answer<GetCodeResponse> {
        let GetCodeRequest { address, block } = request.into_inner();
        let (address, block) = (asked::address("address", &address)?, asked::block(block)?);
        let (found, code) = self.api.code(address, block).await.map_err(no)?;
        self.answer(GetCodeResponse { block: Some(told::id(&found)), code: bytes(code) })
    }

    async fn get_storage(&self, request: Request<GetStorageRequest>) -> Answer<GetStorageResponse> {
        let GetStorageRequest { address, slots, block } = request.into_inner();
        let (address, slots) =
            (asked::address("address", &address)?, asked::slots("slots", &slots)?);
        let block = asked::block(block)?;
        let (found, words) = self.api.words(address, slots, block).await.map_err(no)?;
        let words = words.iter().map(|word| bytes(word.to_be_bytes::<32>()));
        self.answer(GetStorageResponse { block: Some(told::id(&found)), words: words.collect() })
    }

    async fn get_proof(&self, request: Request<GetProofRequest>) -> Answer<GetProofResponse> {
        let GetProofRequest { address, slots, block } = request.into_inner();
        let (address, slots) =
            (asked::address("address", &address)?, asked::slots("slots", &slots)?);
        let block = asked::block(block)?;
        let (found, proof) = self.api.prove(address, slots, block).await.map_err(no)?;
        let account = proof.account.unwrap_or_default();
        let nodes = |nodes: Vec<Vec<u8>>| nodes.into_iter().map(Into::into).collect();
        let storage_proofs = proof.slots.into_iter().map(|slot| StorageProof {
            slot: bytes(slot.slot),
            word: bytes(slot.value.to_be_bytes::<32>()),
            proof: nodes(slot.nodes),
        });
        self.answer(GetProofResponse {
            block: Some(told::id(&found)),
            state_root: bytes(found.header.state_root),
            balance: number(account.balance),
            nonce: account.nonce,
            code_hash: bytes(account.code_hash),
            storage_root: bytes(account.storage_root),
            account_proof: nodes(proof.nodes),
            storage_proofs: storage_proofs.collect(),
        })
    }

    async fn call(&self, request: Request<CallRequest>) -> Answer<CallResponse> {
        let CallRequest { call, block } = request.into_inner();
        let (call, block) = (asked::call(call)?, asked::block(block)?);
        let output = self.api.call(call, block).await.map_err(no)?;
        self.answer(CallResponse { output: output.0 })
    }

    async fn estimate_gas(
        &self,
        request: Request<EstimateGasRequest>,
    ) -> Answer<EstimateGasResponse> {
        let EstimateGasRequest { call, block } = request.into_inner();
        let (call, block) = (asked::call(call)?, asked::block(block)?);
        let gas = self.api.estimate(call, block).await.map_err(no)?;
        self.answer(EstimateGasResponse { gas: gas.0 })
    }

    async fn send_raw_transaction(
        &self,
        request: Request<SendRawTransactionRequest>,
    ) -> Answer<SendRawTransactionResponse> {
        let envelope = request.into_inner().envelope.to_vec();
        let hash = self.api.submit(envelope).await.map_err(no)?;
        self.answer(SendRawTransactionResponse { hash: bytes(hash) })
    }

    async fn get_logs(&self, request: Request<GetLogsRequest>) -> Answer<GetLogsResponse> {
        let GetLogsRequest { filter, from, to } = request.into_inner();
        let (filter, from, to) = (asked::filter(filter)?, asked::block(from)?, asked::block(to)?);
        let logs = self.api.logs(&filter, from, to).await.map_err(no)?;
        self.answer(GetLogsResponse { logs: logs.into_iter().map(told::log).collect() })
    }

    async fn get_gas_price(&self, _: Request<GetGasPriceRequest>) -> Answer<GetGasPriceResponse> {
        let base_fee = self.api.next_base_fee().await.map_err(no)?;
        let tip = self.api.suggested_tip().await.map_err(no)?;
        self.answer(GetGasPriceResponse { base_fee, priority_fee: number(U256::from(tip)) })
    }

    async fn get_fee_history(
        &self,
        request: Request<GetFeeHistoryRequest>,
    ) -> Answer<GetFeeHistoryResponse> {
        let GetFeeHistoryRequest { blocks, newest, percentiles } = request.into_inner();
        let newest = asked::block(newest)?;
        let history = self.api.fee_history(blocks, newest, &percentiles).await.map_err(no)?;
        let FeeHistory { oldest, mut base_fees, used, tips } = history;
        let next_base_fee = base_fees.pop().unwrap_or_default();
        let mut tips = tips.into_iter();
        let blocks = base_fees.into_iter().zip(used).map(|(base_fee, used)| {
            let tips = tips.next().unwrap_or_default();
            let tips = tips.into_iter().map(|tip| number(U256::from(tip)));
            BlockFees { base_fee, used, tips: tips.collect() }
        });
        let blocks = blocks.collect();
        self.answer(GetFeeHistoryResponse { oldest, blocks, next_base_fee })
    }

    type SubscribeBlocksStream = Stream<SubscribeBlocksResponse>;

    async fn subscribe_blocks(
        &self,
        request: Request<SubscribeBlocksRequest>,
    ) -> Answer<Self::SubscribeBlocksStream> {
        let SubscribeBlocksRequest { from, detail } = request.into_inner();
        let blocks = self.follow(from).blocks(detail.unwrap_or_default());
        Ok(Response::new(blocks))
    }

    type SubscribeLogsStream = Stream<SubscribeLogsResponse>;

    async fn subscribe_logs(
        &self,
        request: Request<SubscribeLogsRequest>,
    ) -> Answer<Self::SubscribeLogsStream> {
        let SubscribeLogsRequest { filter, from } = request.into_inner();
        let logs = self.follow(from).logs(asked::filter(filter)?);
        Ok(Response::new(logs))
    }

    type SubscribePendingTransactionsStream = Stream<SubscribePendingTransactionsResponse>;

    async fn subscribe_pending_transactions(
        &self,
        _: Request<SubscribePendingTransactionsRequest>,
    ) -> Answer<Self::SubscribePendingTransactionsStream> {
        Ok(Response::new(arrivals(self.api.backend().arrivals(), self.closing.clone())))
    }
}
