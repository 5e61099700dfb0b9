//! Whatever a client does, it takes no more than it may.

mod common;

use bytes::Bytes;
use common::{Client, serve, transfer};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use troupe_door::Settings;
use troupe_door::proto::chain::*;
use troupe_types::{Bytes as Size, Millis};

const BLOCKS: &str = "/troupe.chain.v1.Chain/SubscribeBlocks";
const STATUS: &str = "/troupe.chain.v1.Chain/GetStatus";

#[tokio::test]
async fn requests_and_responses_have_a_largest_size() {
    let served = serve(Settings { response: Size(1_000), ..Settings::default() });
    let client = served.client().await;
    let envelope = Bytes::from(vec![0; 1 << 20]);
    let ask = SendRawTransactionRequest { envelope };
    let failure = client.chain::<SendRawTransactionResponse>("SendRawTransaction", &ask).await;
    let failure = failure.unwrap_err();
    assert_eq!(
        (failure.code, failure.info().reason.as_str()),
        (Code::ResourceExhausted, "TOO_LARGE")
    );
    assert!(failure.message.contains("exceeds 1MiB"), "{}", failure.message);
    let ask = GetBlockRequest::default();
    for nonce in 0..40 {
        served.memory.insert(transfer(nonce, 1)).unwrap();
    }
    served.memory.make_block();
    let failure = client.chain::<GetBlockResponse>("GetBlock", &ask).await.unwrap_err();
    assert_eq!(
        (failure.code, failure.info().reason.as_str()),
        (Code::ResourceExhausted, "TOO_LARGE")
    );
    // The connection is as good as before.
    client.chain::<GetStatusResponse>("GetStatus", &GetStatusRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_length_alone_takes_no_memory() {
    let served = serve(Settings::default());
    let client = served.client().await;
    let huge = Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff]);
    let mut responses = client.raw(STATUS, huge, &[]).await;
    let failure = responses.next::<GetStatusResponse>().await.unwrap_err();
    assert_eq!(failure.code, Code::ResourceExhausted);
    for wrong in [&[0, 0, 0, 0, 9, 1][..], &[1, 0, 0, 0, 1, 1], &[0, 0, 0, 0, 1, 0xff], &[7; 40]] {
        let mut responses = client.raw(STATUS, Bytes::copy_from_slice(wrong), &[]).await;
        let failure = responses.next::<GetStatusResponse>().await.unwrap_err();
        assert_ne!(failure.code, Code::Ok, "{wrong:?}");
    }
}

#[tokio::test]
async fn streams_requests_and_connections_are_counted() {
    let served = serve(Settings { streams: 2, connections: 2, ..Settings::default() });
    let client = served.client().await;
    let ask = SubscribeBlocksRequest { from: Some(0), detail: None };
    let first = client.open(BLOCKS, &ask, &[]).await;
    let _second = client.open(BLOCKS, &ask, &[]).await;
    let mut third = client.open(BLOCKS, &ask, &[]).await;
    let failure = third.next::<SubscribeBlocksResponse>().await.unwrap_err();
    assert_eq!((failure.code, failure.info().reason.as_str()), (Code::ResourceExhausted, "BUSY"));
    assert_eq!(failure.message, "2 streams are open already; try again later");
    drop(first);
    let mut again = client.open(BLOCKS, &ask, &[]).await;
    assert!(again.next::<SubscribeBlocksResponse>().await.is_ok());

    let other = served.client().await;
    let too_many = Client::connect(served.address()).await;
    let is_refused = match too_many {
        Err(_) => true,
        Ok(_) => served.counted("troupe_grpc_turned_away_total", &[]) > 0.0,
    };
    assert!(is_refused);
    assert_eq!(served.counted("troupe_grpc_connections", &[]), 2.0);
    drop(other);
    for _ in 0..200 {
        if served.counted("troupe_grpc_connections", &[]) < 2.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let client = served.client().await;
    client.chain::<GetStatusResponse>("GetStatus", &GetStatusRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_call_ends_when_its_client_does_not_wait_any_more() {
    let served = serve(Settings::default());
    let client = served.client().await;
    // JUMPDEST PUSH0 JUMP, for ever; as long as there is gas.
    let input = Bytes::from_static(&[0x5b, 0x5f, 0x56]);
    let call = CallMessage { input, ..CallMessage::default() };
    let ask = CallRequest { call: Some(call), block: None };
    let began = Instant::now();
    let path = "/troupe.chain.v1.Chain/Call";
    let mut responses = client.open(path, &ask, &[("grpc-timeout", "20m")]).await;
    let failure = responses.next::<CallResponse>().await.unwrap_err();
    assert_eq!(failure.code, Code::DeadlineExceeded);
    assert!(began.elapsed() < Duration::from_secs(2));
    let mut wrong = client.open(path, &ask, &[("grpc-timeout", "soon")]).await;
    let failure = wrong.next::<CallResponse>().await.unwrap_err();
    assert_eq!(
        (failure.code, failure.info().metadata["field"].as_str()),
        (Code::InvalidArgument, "grpc-timeout")
    );
}

#[tokio::test]
async fn the_server_has_a_patience_of_its_own() {
    let served = serve(Settings { request_time: Millis(20), ..Settings::default() });
    let client = served.client().await;
    let input = Bytes::from_static(&[0x5b, 0x5f, 0x56]);
    let call = CallMessage { input, ..CallMessage::default() };
    let ask = CallRequest { call: Some(call), block: None };
    let failure = client.chain::<CallResponse>("Call", &ask).await.unwrap_err();
    assert_eq!(
        (failure.code, failure.info().reason.as_str()),
        (Code::DeadlineExceeded, "TIME_OVER")
    );
}

#[tokio::test]
async fn what_is_no_http_2_is_closed_and_silence_too() {
    let served = serve(Settings { begin_time: Millis(100), ..Settings::default() });
    for words in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b"rubbish", b"", &[0xff; 600]]
    {
        let mut socket = TcpStream::connect(served.address()).await.unwrap();
        let _ = socket.write_all(words).await;
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut rest));
        let _ = read.await.expect("it is closed");
    }
    let client = served.client().await;
    client.chain::<GetStatusResponse>("GetStatus", &GetStatusRequest {}).await.unwrap();
}

#[tokio::test]
async fn whoever_does_not_answer_pings_is_gone() {
    let served = serve(Settings { ping: Millis(100), ..Settings::default() });
    let mut socket = TcpStream::connect(served.address()).await.unwrap();
    // The preface and empty settings, and no word more.
    socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut rest));
    let _ = read.await.expect("it is closed");
    // A client that answers stays.
    let client = served.client().await;
    tokio::time::sleep(Duration::from_millis(350)).await;
    client.chain::<GetStatusResponse>("GetStatus", &GetStatusRequest {}).await.unwrap();
}
