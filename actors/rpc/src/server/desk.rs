//! What every request goes through on its way to its method.
//!
//! The requests of a batch are answered one after the other, but for transactions that follow each
//! other: those go to the pool side by side, in their order, so that it can check them together.

use crate::methods::{is_sending, is_subscribing};
use crate::metrics::Metrics;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use jsonrpsee::core::middleware::{Batch, BatchEntry, Notification, RpcServiceT};
use jsonrpsee::core::server::{BatchResponseBuilder, MethodResponse};
use jsonrpsee::types::error::{INTERNAL_ERROR_CODE, METHOD_NOT_FOUND_CODE};
use jsonrpsee::types::{ErrorObject, Request};
use std::future::Future;

/// jsonrpsee's own service, and what is done around it.
#[derive(Clone)]
pub(super) struct Desk<S> {
    pub(super) inner: S,
    pub(super) metrics: Metrics,
    /// The most bytes of a batch's answer.
    pub(super) most: usize,
}

impl<S> RpcServiceT for Desk<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    type MethodResponse = MethodResponse;
    type BatchResponse = MethodResponse;
    type NotificationResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let desk = self.clone();
        async move {
            let counting = desk.metrics.begin(request.method_name());
            let is_subscribing = is_subscribing(request.method_name());
            let id = request.id.clone();
            let mut told = desk.inner.call(request).await;
            // Over HTTP the server cannot speak first. The words are geth's.
            if is_subscribing && told.as_error_code() == Some(INTERNAL_ERROR_CODE) {
                let text = "notifications not supported";
                let error = ErrorObject::borrowed(METHOD_NOT_FOUND_CODE, text, None);
                told = MethodResponse::error(id, error);
            }
            counting.end(told.as_error_code());
            told
        }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let desk = self.clone();
        async move {
            match desk.answer(batch).await {
                Ok(told) | Err(told) => told,
            }
        }
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.inner.notification(notification)
    }
}

impl<S> Desk<S>
where
    Self: RpcServiceT<MethodResponse = MethodResponse>,
{
    /// An error is the answer to a batch whose answers are too large.
    async fn answer(&self, batch: Batch<'_>) -> Result<MethodResponse, MethodResponse> {
        let mut told = BatchResponseBuilder::new_with_limit(self.most);
        let mut sending = FuturesOrdered::new();
        let mut has_notification = false;
        for entry in batch {
            if let Ok(BatchEntry::Call(call)) = &entry
                && is_sending(call.method_name())
            {
                let Ok(BatchEntry::Call(call)) = entry else { continue };
                sending.push_back(self.call(call));
                continue;
            }
            while let Some(sent) = sending.next().await {
                told.append(sent)?;
            }
            match entry {
                Ok(BatchEntry::Call(call)) => told.append(self.call(call).await)?,
                Ok(BatchEntry::Notification(_)) => has_notification = true,
                Err(wrong) => {
                    let (error, id) = wrong.into_parts();
                    told.append(MethodResponse::error(id, error))?;
                }
            }
        }
        while let Some(sent) = sending.next().await {
            told.append(sent)?;
        }
        // Nobody waits for answers to notifications; a batch of nothing at all is an error.
        if told.is_empty() && has_notification {
            return Ok(MethodResponse::notification());
        }
        Ok(MethodResponse::from_batch(told.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonrpsee::core::middleware::BatchEntryErr;
    use jsonrpsee::types::{ErrorCode, Id};
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Answers each with its number; knows how many it was busy with at once.
    #[derive(Clone, Default)]
    struct Inner {
        busy: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl RpcServiceT for Inner {
        type MethodResponse = MethodResponse;
        type BatchResponse = MethodResponse;
        type NotificationResponse = MethodResponse;

        fn call<'a>(
            &self,
            request: Request<'a>,
        ) -> impl Future<Output = MethodResponse> + Send + 'a {
            let inner = self.clone();
            async move {
                let busy = inner.busy.fetch_add(1, Ordering::Relaxed) + 1;
                inner.most.fetch_max(busy, Ordering::Relaxed);
                tokio::task::yield_now().await;
                inner.busy.fetch_sub(1, Ordering::Relaxed);
                MethodResponse::error(request.id, ErrorCode::InternalError)
            }
        }

        fn batch<'a>(&self, _: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
            std::future::ready(MethodResponse::notification())
        }

        fn notification<'a>(
            &self,
            _: Notification<'a>,
        ) -> impl Future<Output = MethodResponse> + Send + 'a {
            std::future::ready(MethodResponse::notification())
        }
    }

    /// The answer to a batch of these methods, and how many were under way at once.
    async fn answer(methods: &[&'static str], most: usize) -> (String, usize) {
        let inner = Inner::default();
        let desk = Desk { inner: inner.clone(), metrics: Metrics::default(), most };
        let calls = (0u64..).zip(methods).map(|(id, method)| {
            if *method == "wrong" {
                return Err(BatchEntryErr::new(Id::Number(id), ErrorCode::InvalidRequest.into()));
            }
            Ok(BatchEntry::Call(Request::owned((*method).to_owned(), None, Id::Number(id))))
        });
        let told = desk.batch(Batch::from(calls.collect())).await;
        (told.as_ref().to_owned(), inner.most.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn transactions_go_side_by_side_and_nothing_else_does() {
        let sending = "eth_sendRawTransaction";
        assert_eq!(answer(&[sending; 5], 10_000).await.1, 5);
        assert_eq!(answer(&["eth_call"; 5], 10_000).await.1, 1);
        let mixed = [sending, "platon_sendRawTransaction", "eth_call", sending, sending, sending];
        assert_eq!(answer(&mixed, 10_000).await.1, 3);
    }

    #[tokio::test]
    async fn answers_that_are_too_large_together_are_one_error() {
        let (told, _) = answer(&["eth_sendRawTransaction"; 50], 1_000).await;
        assert!(told.contains("-32011"), "{told}");
    }

    proptest! {
        #[test]
        fn answers_are_in_the_order_of_the_requests(
            methods in proptest::collection::vec(
                prop::sample::select(vec!["eth_sendRawTransaction", "eth_call", "wrong"]), 1..40,
            ),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (told, _) = runtime.block_on(answer(&methods, 1 << 20));
            let told: Vec<serde_json::Value> = serde_json::from_str(&told).unwrap();
            let ids: Vec<u64> = told.iter().map(|one| one["id"].as_u64().unwrap()).collect();
            prop_assert_eq!(ids, (0..methods.len() as u64).collect::<Vec<_>>());
        }
    }
}
