//! Streams have no gap, lose whoever does not read, and end with a reason.

mod common;

use common::{CONTRACT, Client, noisy, serve, transfer};
use std::time::Duration;
use tonic::Code;
use troupe_door::Settings;
use troupe_door::proto::chain::*;
use troupe_types::{Bytes as Size, Millis};

const BLOCKS: &str = "/troupe.chain.v1.Chain/SubscribeBlocks";
const LOGS: &str = "/troupe.chain.v1.Chain/SubscribeLogs";
const PENDING: &str = "/troupe.chain.v1.Chain/SubscribePendingTransactions";

fn from(from: u64) -> SubscribeBlocksRequest {
    SubscribeBlocksRequest { from: Some(from), detail: None }
}

fn height(told: SubscribeBlocksResponse) -> u64 {
    told.block.and_then(|block| block.header).expect("a header").number
}

#[tokio::test]
async fn blocks_come_from_any_height_on_without_a_gap() {
    let served = serve(Settings::default());
    let client = served.client().await;
    for _ in 0..10 {
        served.memory.make_block();
    }
    let mut all = client.open(BLOCKS, &from(0), &[]).await;
    let mut late = client.open(BLOCKS, &from(12), &[]).await;
    let new = SubscribeBlocksRequest { from: None, detail: None };
    let mut new = client.open(BLOCKS, &new, &[]).await;
    let mut parent = None;
    for number in 0..=10 {
        let told: SubscribeBlocksResponse = all.next().await.unwrap();
        let header = told.block.unwrap().header.unwrap();
        assert_eq!(header.number, number);
        assert!(parent.is_none_or(|parent| parent == header.parent_hash));
        parent = Some(header.hash);
    }
    for _ in 0..3 {
        served.memory.make_block();
    }
    for number in 11..=13 {
        assert_eq!(height(all.next().await.unwrap()), number);
        assert_eq!(height(new.next().await.unwrap()), number);
    }
    assert_eq!(height(late.next().await.unwrap()), 12);
    assert_eq!(served.counted("troupe_grpc_streams", &[]), 3.0);
}

#[tokio::test]
async fn logs_come_with_their_block_and_arrivals_as_they_arrive() {
    let served = serve(Settings::default());
    let client = served.client().await;
    let filter = LogFilter { addresses: vec![CONTRACT.0.to_vec().into()], topics: Vec::new() };
    let ask = SubscribeLogsRequest { filter: Some(filter), from: Some(0) };
    let mut pending = client.open(PENDING, &SubscribePendingTransactionsRequest {}, &[]).await;
    let mut logs = client.open(LOGS, &ask, &[]).await;
    for nonce in 0..3 {
        let transaction = if nonce == 1 { transfer(nonce, 1) } else { noisy(nonce) };
        let hash = served.memory.insert(transaction).unwrap();
        served.memory.make_block();
        let told: SubscribePendingTransactionsResponse = pending.next().await.unwrap();
        assert_eq!(told.hash[..], hash.0);
    }
    for number in [1, 3] {
        let told: SubscribeLogsResponse = logs.next().await.unwrap();
        assert_eq!((told.block.unwrap().number, told.logs.len()), (number, 1));
    }
    // A thousand blocks of nothing are told of once.
    for _ in 0..1_000 {
        served.memory.make_block();
    }
    let told: SubscribeLogsResponse = logs.next().await.unwrap();
    assert_eq!((told.block.unwrap().number, told.logs.len()), (1_003, 0));
}

#[tokio::test]
async fn whoever_does_not_read_loses_the_stream_and_hears_why() {
    let settings = Settings { write_time: Millis(200), ..Settings::default() };
    let served = serve(settings);
    for _ in 0..300 {
        served.memory.make_block();
    }
    let slow = Client::with_window(served.address(), 4 << 10).await.unwrap();
    let mut stream = slow.open(BLOCKS, &from(0), &[]).await;
    let ended = stream.end_unread().await;
    assert_eq!((ended.code, ended.info().reason.as_str()), (Code::ResourceExhausted, "TOO_SLOW"));
    assert_eq!(ended.message, "the response was not read for 200ms");
    // Its other streams go on, and so does everybody else.
    let told: GetStatusResponse = slow.chain("GetStatus", &GetStatusRequest {}).await.unwrap();
    assert_eq!(told.head.unwrap().number, 300);
    let words = ["Chain/SubscribeBlocks", "resource_exhausted"];
    assert_eq!(served.counted("troupe_grpc_requests_total", &words), 1.0);
}

#[tokio::test]
async fn a_stream_ends_when_its_client_says_so_or_goes_away() {
    let served = serve(Settings::default());
    let client = served.client().await;
    let mut stream = client.open(BLOCKS, &from(0), &[("grpc-timeout", "300m")]).await;
    assert_eq!(height(stream.next().await.unwrap()), 0);
    let ended = stream.next::<SubscribeBlocksResponse>().await.unwrap_err();
    assert_eq!((ended.code, ended.info().reason.as_str()), (Code::DeadlineExceeded, "TIME_OVER"));
    let listeners = served.memory.listeners();
    let stream = client.open(BLOCKS, &from(0), &[]).await;
    let other = served.client().await;
    let gone = other.open(BLOCKS, &from(5), &[]).await;
    assert_eq!(served.memory.listeners(), listeners + 2);
    drop(stream);
    drop((gone, other));
    let words = ["Chain/SubscribeBlocks", "cancelled"];
    for _ in 0..200 {
        if served.counted("troupe_grpc_requests_total", &words) == 2.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(served.counted("troupe_grpc_requests_total", &words), 2.0);
    assert_eq!(served.memory.listeners(), listeners);
    assert_eq!(served.counted("troupe_grpc_streams", &[]), 0.0);
}

#[tokio::test]
async fn a_block_that_is_too_large_ends_the_stream() {
    let served = serve(Settings { response: Size(2_000), ..Settings::default() });
    let client = served.client().await;
    for nonce in 0..20 {
        served.memory.insert(transfer(nonce, 1)).unwrap();
    }
    served.memory.make_block();
    let detail = Some(BlockDetail { transactions: true, receipts: false, commit_proof: false });
    let ask = SubscribeBlocksRequest { from: Some(0), detail };
    let mut stream = client.open(BLOCKS, &ask, &[]).await;
    assert_eq!(height(stream.next().await.unwrap()), 0);
    let ended = stream.next::<SubscribeBlocksResponse>().await.unwrap_err();
    assert_eq!((ended.code, ended.info().reason.as_str()), (Code::ResourceExhausted, "TOO_LARGE"));
}
