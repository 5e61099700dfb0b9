//! A server at a file, and within a process: who gets in, what they are told, and what bounds them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use troupe_door::proto::data;
use troupe_door::proto::data::data_service_client::DataServiceClient;
use troupe_door::proto::data::data_service_server::{DataService, DataServiceServer};
use troupe_door::{
    Actor, Channel, Doing, Error, Host, Local, Metrics, NOT_FOUND, Nobody, Offered, Server,
    Service, Settings, Stands,
};
use troupe_types::Millis;

/// Says what it is given back, and waits for ever for the name `nobody`.
struct Echo;

#[tonic::async_trait]
impl DataService for Echo {
    async fn add_data_set(
        &self,
        request: Request<data::AddDataSetRequest>,
    ) -> Result<Response<data::AddDataSetResponse>, Status> {
        let name = request.into_inner().declaration;
        let data_set = Some(data::DataSet { name, ..data::DataSet::default() });
        Ok(Response::new(data::AddDataSetResponse { data_set }))
    }

    async fn list_data_sets(
        &self,
        _: Request<data::ListDataSetsRequest>,
    ) -> Result<Response<data::ListDataSetsResponse>, Status> {
        Err(NOT_FOUND.status("there is none"))
    }

    async fn remove_data_set(
        &self,
        request: Request<data::RemoveDataSetRequest>,
    ) -> Result<Response<data::RemoveDataSetResponse>, Status> {
        if request.into_inner().name == "nobody" {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(data::RemoveDataSetResponse {}))
    }
}

/// A process of one actor, which waits.
struct Busy;

impl Host for Busy {
    fn waiting(&self) -> Vec<String> {
        vec!["dataset: it reads".to_owned()]
    }

    fn actors(&self) -> Vec<Actor> {
        vec![Actor { name: "dataset".to_owned(), doing: Doing::Waits("it reads".to_owned()) }]
    }
}

fn echo(stands: Stands) -> Service {
    Service::new(DataServiceServer::new(Echo), data::DESCRIBED, stands)
}

fn offered() -> Offered {
    Offered::new(vec![echo(Stands::Always)], Arc::new(Nobody))
}

fn at(path: &Path, settings: Settings) -> Server {
    let local = Local::bind(path).unwrap();
    Server::at(local, offered(), settings, Metrics::of("control")).unwrap()
}

fn socket() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("control.sock");
    (dir, path)
}

async fn say(channel: Channel, text: &str) -> Result<String, Status> {
    let request = data::AddDataSetRequest { declaration: text.to_owned() };
    let mut client = DataServiceClient::new(channel).max_encoding_message_size(8 << 20);
    let answer = client.add_data_set(request).await?.into_inner();
    Ok(answer.data_set.unwrap().name)
}

#[tokio::test]
async fn the_owner_is_answered_at_a_file_that_goes_with_the_server() {
    let (_dir, path) = socket();
    let server = at(&path, Settings::default());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let channel = Channel::connect(&path).await.unwrap();
    assert_eq!(say(channel.clone(), "hello").await.unwrap(), "hello");
    let mut client = DataServiceClient::new(channel.clone());
    let none = client.list_data_sets(data::ListDataSetsRequest {}).await.unwrap_err();
    assert_eq!((none.code(), none.message()), (Code::NotFound, "there is none"));
    let second = Local::bind(&path).unwrap_err().to_string();
    assert!(second.ends_with("another process listens there"), "{second}");
    drop((channel, client));
    server.stop().await;
    assert!(!path.exists());
    assert!(matches!(Channel::connect(&path).await, Err(Error::Unanswered(_))));
    // As after a kill.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let server = at(&path, Settings::default());
    let channel = Channel::connect(&path).await.unwrap();
    assert_eq!(say(channel, "again").await.unwrap(), "again");
    server.stop().await;
}

#[tokio::test]
async fn within_a_process_the_same_is_answered_with_the_same_bounds() {
    let settings = Settings { connections: 1, ..Settings::default() };
    let server = Server::inside(offered(), settings, Metrics::of("control")).unwrap();
    let channel = server.connect().await.unwrap();
    assert_eq!(say(channel.clone(), "hello").await.unwrap(), "hello");
    // What is under way on several windows' length goes through as well.
    let long = "x".repeat(900 << 10);
    assert_eq!(say(channel.clone(), &long).await.unwrap().len(), long.len());
    let longer = "x".repeat(2 << 20);
    let refused = say(channel.clone(), &longer).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
    assert_eq!(say(channel, "as before").await.unwrap(), "as before");
    assert!(server.connect().await.is_err(), "there is room for one");
    server.stop().await;
}

#[tokio::test]
async fn calls_run_beside_each_other_and_end_at_their_deadlines() {
    let settings = Settings { request_time: Millis(200), ..Settings::default() };
    let server = Server::inside(offered(), settings, Metrics::of("control")).unwrap();
    let channel = server.connect().await.unwrap();
    let mut client = DataServiceClient::new(channel.clone());
    let nobody = data::RemoveDataSetRequest { name: "nobody".to_owned() };
    let began = Instant::now();
    let (late, said) = tokio::join!(client.remove_data_set(nobody.clone()), say(channel, "now"));
    assert_eq!(late.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(said.unwrap(), "now");
    let mut hasty = Request::new(nobody);
    hasty.set_timeout(Duration::from_millis(20));
    let late = client.remove_data_set(hasty).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn health_is_that_of_whoever_stands_behind_a_service() {
    let serving = async |stands| {
        let offered = Offered::new(vec![echo(stands)], Arc::new(Busy));
        let server = Server::inside(offered, Settings::default(), Metrics::of("control")).unwrap();
        let mut health = HealthClient::new(server.connect().await.unwrap());
        let service = "troupe.data.v1.DataService".to_owned();
        let told = health.check(HealthCheckRequest { service }).await;
        told.unwrap().into_inner().status()
    };
    assert_eq!(serving(Stands::Always).await, ServingStatus::Serving);
    assert_eq!(serving(Stands::Process).await, ServingStatus::NotServing);
    assert_eq!(serving(Stands::Actor("dataset")).await, ServingStatus::NotServing);
    // Nobody of this kind is there.
    assert_eq!(serving(Stands::Actor("jobs")).await, ServingStatus::NotServing);
}

#[tokio::test]
async fn a_stream_that_goes_on_is_ended_with_the_server_and_hears_why() {
    let server = Server::inside(offered(), Settings::default(), Metrics::of("control")).unwrap();
    let mut health = HealthClient::new(server.connect().await.unwrap());
    let mut told = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(told.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(told.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert_eq!(told.message().await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_service_is_offered_once_and_has_to_be_described() {
    let server = |services| {
        let offered = Offered::new(services, Arc::new(Nobody));
        Server::inside(offered, Settings::default(), Metrics::of("control"))
    };
    let twice = server(vec![echo(Stands::Always), echo(Stands::Always)]).unwrap_err();
    assert_eq!(
        twice.to_string(),
        "the services are not described: troupe.data.v1.DataService is offered twice"
    );
    let other = troupe_door::proto::node::DESCRIBED;
    let service = Service::new(DataServiceServer::new(Echo), other, Stands::Always);
    assert!(matches!(server(vec![service]), Err(Error::Described(_))));
}

#[tokio::test]
async fn a_method_that_nobody_has_is_refused() {
    let server = Server::inside(
        Offered::new(Vec::new(), Arc::new(Nobody)),
        Settings::default(),
        Metrics::of("control"),
    );
    let server = server.unwrap();
    let refused = say(server.connect().await.unwrap(), "hello").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
    assert!(refused.message().starts_with("no such service; there are grpc.health.v1.Health"));
    server.stop().await;
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn rubbish_is_closed_and_others_are_served(
        is_greeting in any::<bool>(), rubbish in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let (_dir, path) = socket();
        runtime().block_on(async {
            let settings = Settings { begin_time: Millis(50), ping: Millis(50), ..Settings::default() };
            let server = at(&path, settings);
            let mut socket = UnixStream::connect(&path).await.unwrap();
            if is_greeting {
                let greeting = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
                socket.write_all(greeting).await.unwrap();
            }
            // It may be closed meanwhile.
            let _ = socket.write_all(&rubbish).await;
            let mut rest = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut rest));
            let _ = read.await.expect("it is closed");
            let channel = Channel::connect(&path).await.unwrap();
            assert_eq!(say(channel, "hello").await.unwrap(), "hello");
            server.stop().await;
        });
    }
}
