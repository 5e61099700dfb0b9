//! The process as it is told: health, what there is to ask, the node itself; and how it ends.

mod common;

use common::{Client, Failure, serve, serve_as};
use std::time::{Duration, Instant};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use troupe_door::Settings;
use troupe_door::proto::chain::*;
use troupe_door::proto::node::*;
use troupe_types::Millis;

const WATCH: &str = "/grpc.health.v1.Health/Watch";

async fn check(client: &Client, name: &str) -> Result<ServingStatus, Failure> {
    let ask = HealthCheckRequest { service: name.into() };
    let told: HealthCheckResponse = client.call("/grpc.health.v1.Health/Check", &ask).await?;
    Ok(told.status())
}

#[tokio::test]
async fn health_is_told_for_the_process_its_services_and_its_actors() {
    use ServingStatus::{NotServing, ServiceUnknown, Serving};
    let served = serve(Settings { look: Millis(10), ..Settings::default() });
    let client = served.client().await;
    for name in ["", "troupe.chain.v1.Chain", "troupe.node.v1.Node", "storage", "sync"] {
        assert_eq!(check(&client, name).await.unwrap(), Serving, "{name}");
    }
    assert_eq!(check(&client, "prover").await.unwrap_err().code, Code::NotFound);
    let watch = |name: &str| HealthCheckRequest { service: name.into() };
    let mut whole = client.open(WATCH, &watch(""), &[]).await;
    let mut nobody = client.open(WATCH, &watch("prover"), &[]).await;
    assert_eq!(whole.next::<HealthCheckResponse>().await.unwrap().status(), Serving);
    assert_eq!(nobody.next::<HealthCheckResponse>().await.unwrap().status(), ServiceUnknown);
    served.process.wait_for(Some("far behind"));
    assert_eq!(whole.next::<HealthCheckResponse>().await.unwrap().status(), NotServing);
    for (name, status) in [
        ("", NotServing),
        ("troupe.chain.v1.Chain", NotServing),
        ("sync", NotServing),
        ("storage", Serving),
        ("troupe.node.v1.Node", Serving),
    ] {
        assert_eq!(check(&client, name).await.unwrap(), status, "{name}");
    }
    served.process.wait_for(None);
    assert_eq!(whole.next::<HealthCheckResponse>().await.unwrap().status(), Serving);
}

#[tokio::test]
async fn the_node_tells_of_itself_unless_it_shall_not() {
    let served = serve(Settings::default());
    let client = served.client().await;
    served.process.wait_for(Some("far behind"));
    let path = |method: &str| format!("/troupe.node.v1.Node/{method}");
    let info: GetInfoResponse = client.call(&path("GetInfo"), &GetInfoRequest {}).await.unwrap();
    assert_eq!(
        (info.node_id.to_vec(), info.epoch, info.role.as_str()),
        (vec![7; 32], 3, "validator")
    );
    assert_eq!(info.waiting_for, ["sync: far behind"]);
    assert_eq!((info.version.as_str(), info.genesis_hash.len()), ("troupe/test", 32));
    let peers: ListPeersResponse =
        client.call(&path("ListPeers"), &ListPeersRequest {}).await.unwrap();
    assert_eq!((peers.peers.len(), peers.peers[0].role.as_deref()), (1, Some("validator")));
    let actors: ListActorsResponse =
        client.call(&path("ListActors"), &ListActorsRequest {}).await.unwrap();
    let told: Vec<_> = actors
        .actors
        .iter()
        .map(|actor| (actor.name.as_str(), actor.state(), actor.detail.as_str(), actor.restarts))
        .collect();
    assert_eq!(
        told,
        [("storage", ActorState::Running, "", 0), ("sync", ActorState::Waiting, "far behind", 1)]
    );
    assert_eq!(actors.actors[0].queue_depth, 5);

    let served = serve_as(Settings::default(), troupe_grpc::Telling::Hidden);
    let client = served.client().await;
    let refused = client.call::<GetInfoResponse>(&path("GetInfo"), &GetInfoRequest {}).await;
    assert_eq!(refused.unwrap_err().code, Code::PermissionDenied);
}

#[tokio::test]
async fn reflection_lists_the_services_and_describes_them_in_both_versions() {
    let served = serve(Settings::default());
    let client = served.client().await;
    let wanted = ["troupe.chain.v1.Chain", "troupe.node.v1.Node", "grpc.health.v1.Health"];
    {
        use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
        use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
        let ask = |request| ServerReflectionRequest {
            host: String::new(),
            message_request: Some(request),
        };
        let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        let list = ask(MessageRequest::ListServices(String::new()));
        let told: ServerReflectionResponse = client.call(path, &list).await.unwrap();
        let Some(MessageResponse::ListServicesResponse(list)) = told.message_response else {
            panic!("no list")
        };
        let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
        assert!(wanted.iter().all(|name| names.iter().any(|known| known == name)), "{names:?}");
        let file = ask(MessageRequest::FileContainingSymbol("troupe.chain.v1.Block".into()));
        let told: ServerReflectionResponse = client.call(path, &file).await.unwrap();
        let Some(MessageResponse::FileDescriptorResponse(files)) = told.message_response else {
            panic!("no file")
        };
        assert_eq!(files.file_descriptor_proto.len(), 1);
    }
    {
        use tonic_reflection::pb::v1alpha::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::v1alpha::server_reflection_response::MessageResponse;
        use tonic_reflection::pb::v1alpha::{ServerReflectionRequest, ServerReflectionResponse};
        let request = MessageRequest::ListServices(String::new());
        let list = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        let path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
        let told: ServerReflectionResponse = client.call(path, &list).await.unwrap();
        let Some(MessageResponse::ListServicesResponse(list)) = told.message_response else {
            panic!("no list")
        };
        assert!(list.service.iter().any(|service| service.name == wanted[0]));
    }
}

#[tokio::test]
async fn a_server_that_stops_says_so_and_ends_streams_with_a_reason() {
    let served = serve(Settings::default());
    let client = served.client().await;
    let address = served.address();
    let mut health = client.open(WATCH, &HealthCheckRequest::default(), &[]).await;
    let ask = SubscribeBlocksRequest { from: Some(0), detail: None };
    let mut blocks = client.open("/troupe.chain.v1.Chain/SubscribeBlocks", &ask, &[]).await;
    assert!(blocks.next::<SubscribeBlocksResponse>().await.is_ok());
    assert_eq!(
        health.next::<HealthCheckResponse>().await.unwrap().status(),
        ServingStatus::Serving
    );
    // It is at work when the server stops, and has its answer all the same.
    let input = bytes::Bytes::from_static(&[0x5b, 0x5f, 0x56]);
    let call = CallMessage { input, gas: Some(2_000_000), ..CallMessage::default() };
    let ask = CallRequest { call: Some(call), block: None };
    let (open, ()) = tokio::join!(client.chain::<CallResponse>("Call", &ask), async {
        tokio::task::yield_now().await;
        let began = Instant::now();
        served.server.stop().await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    });
    // Out of gas: an answer of the machine, and none of the server's.
    let open = open.unwrap_err();
    assert_eq!((open.code, open.message.as_str()), (Code::FailedPrecondition, "out of gas"));
    assert_eq!(
        health.next::<HealthCheckResponse>().await.unwrap().status(),
        ServingStatus::NotServing
    );
    let ended = health.next::<HealthCheckResponse>().await.unwrap_err();
    assert_eq!((ended.code, ended.info().reason.as_str()), (Code::Unavailable, "STOPPING"));
    let ended = blocks.next::<SubscribeBlocksResponse>().await.unwrap_err();
    assert_eq!((ended.code, ended.message.as_str()), (Code::Unavailable, "the node stops"));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
