//! gRPC by hand, over `h2`.

use bytes::{Buf, Bytes, BytesMut};
use h2::RecvStream;
use h2::client::{Builder, SendRequest};
use http::{HeaderMap, Request};
use prost::Message;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tonic::Code;
use troupe_door::{Details, ErrorInfo};

const PATIENCE: Duration = Duration::from_secs(10);

/// One connection.
pub struct Client(SendRequest<Bytes>);

/// How a call ended that has no answer.
#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    pub message: String,
    pub details: Vec<prost_types::Any>,
}

impl Failure {
    /// The first detail of all errors that are ours.
    pub fn info(&self) -> ErrorInfo {
        let info = self.details.first().unwrap_or_else(|| panic!("no details: {self:?}"));
        ErrorInfo::decode(info.value.as_slice()).unwrap()
    }

    fn of(headers: &HeaderMap) -> Option<Self> {
        let status = tonic::Status::from_header_map(headers)?;
        let details = Details::decode(status.details()).unwrap();
        Some(Self {
            code: status.code(),
            message: status.message().to_owned(),
            details: details.details,
        })
    }
}

/// The responses to one call, as they come.
pub struct Responses {
    body: RecvStream,
    buffer: BytesMut,
    ended: Option<Failure>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self, h2::Error> {
        Self::with_window(address, 1 << 20).await
    }

    /// With so little room for responses, until they are read.
    pub async fn with_window(address: SocketAddr, window: u32) -> Result<Self, h2::Error> {
        let socket = TcpStream::connect(address).await.unwrap();
        let mut builder = Builder::new();
        builder.initial_window_size(window).initial_connection_window_size(1 << 24);
        let (send, connection) = builder.handshake(socket).await?;
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Self(send.ready().await?))
    }

    /// A call with one answer.
    pub async fn call<M: Message + Default>(
        &self,
        path: &str,
        message: &impl Message,
    ) -> Result<M, Failure> {
        let mut responses = self.open(path, message, &[]).await;
        let first = responses.next::<M>().await?;
        match responses.next::<M>().await {
            Err(ended) if ended.code == Code::Ok => Ok(first),
            Err(ended) => Err(ended),
            Ok(more) => panic!("two answers to {path}, the second of {} bytes", more.encoded_len()),
        }
    }

    /// A call of the service that tells of the chain.
    pub async fn chain<M: Message + Default>(
        &self,
        method: &str,
        message: &impl Message,
    ) -> Result<M, Failure> {
        self.call(&format!("/troupe.chain.v1.Chain/{method}"), message).await
    }

    pub async fn open(
        &self,
        path: &str,
        message: &impl Message,
        headers: &[(&str, &str)],
    ) -> Responses {
        let body = message.encode_to_vec();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let framed = [&[0][..], &length, &body].concat();
        self.raw(path, framed.into(), headers).await
    }

    /// Sends these bytes, whatever they are.
    pub async fn raw(&self, path: &str, body: Bytes, headers: &[(&str, &str)]) -> Responses {
        let mut request = Request::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut send = self.0.clone().ready().await.unwrap();
        let (response, mut stream) = send.send_request(request.body(()).unwrap(), false).unwrap();
        // A server that refuses early does not take it all.
        let _ = stream.send_data(body, true);
        let response = tokio::time::timeout(PATIENCE, response).await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        let ended = Failure::of(response.headers());
        Responses { body: response.into_body(), buffer: BytesMut::new(), ended }
    }
}

impl Responses {
    /// The next one; or how it ended, also where it ended well.
    pub async fn next<M: Message + Default>(&mut self) -> Result<M, Failure> {
        tokio::time::timeout(PATIENCE, self.take()).await.expect("nothing comes")
    }

    async fn take<M: Message + Default>(&mut self) -> Result<M, Failure> {
        loop {
            if let Some(ended) = self.ended.take() {
                return Err(ended);
            }
            if let Some(message) = self.whole() {
                return Ok(M::decode(message).unwrap());
            }
            match self.body.data().await {
                Some(Ok(bytes)) => {
                    self.buffer.extend_from_slice(&bytes);
                    let _ = self.body.flow_control().release_capacity(bytes.len());
                }
                Some(Err(error)) => panic!("the stream broke: {error}"),
                None => {
                    let trailers = self.body.trailers().await.unwrap().expect("trailers");
                    return Err(Failure::of(&trailers).expect("a status"));
                }
            }
        }
    }

    fn whole(&mut self) -> Option<Bytes> {
        let length = self.buffer.get(1..5)?;
        let length = usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
        if self.buffer.len() < 5 + length {
            return None;
        }
        self.buffer.advance(5);
        Some(self.buffer.split_to(length).freeze())
    }

    /// How it ended, without reading what comes before that.
    pub async fn end_unread(&mut self) -> Failure {
        loop {
            match tokio::time::timeout(PATIENCE, self.body.data()).await.expect("no end comes") {
                // It stays unread: no room is made for more.
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("the stream broke: {error}"),
                None => {
                    let trailers = self.body.trailers().await.unwrap().expect("trailers");
                    return Failure::of(&trailers).expect("a status");
                }
            }
        }
    }
}
