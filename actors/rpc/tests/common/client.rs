//! Clients that know only sockets, so that they can be rude.

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);

/// One request a connection.
pub struct Http(pub SocketAddr);

impl Http {
    /// Sends bytes and gives everything that comes back.
    pub async fn raw(&self, request: &[u8]) -> String {
        let mut socket = TcpStream::connect(self.0).await.unwrap();
        // A server that refuses early does not read to the end.
        let _ = socket.write_all(request).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// Posts JSON and gives the status line and the body.
    pub async fn post(&self, body: &str) -> (String, String) {
        self.post_to("localhost", "", body).await
    }

    pub async fn post_to(&self, host: &str, more: &str, body: &str) -> (String, String) {
        let length = body.len();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let answer = self.raw(request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        assert!(!head.to_ascii_lowercase().contains("access-control"), "{head}");
        (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
    }

    /// The whole answer to a call.
    pub async fn ask(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let (status, body) = self.post(&request.to_string()).await;
        assert_eq!(status, "HTTP/1.1 200 OK", "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// The result of a call that has one.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    /// The error of a call that has none.
    pub async fn error(&self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params).await;
        assert!(answer.get("result").is_none(), "{method}: {answer}");
        answer["error"].take()
    }
}

/// A WebSocket. RFC 6455, as far as short texts go.
pub struct Socket(TcpStream);

impl Socket {
    pub async fn open(address: SocketAddr, more: &str) -> Result<Self, String> {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             {more}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            address.port()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match tokio::time::timeout(PATIENCE, socket.read_u8()).await.unwrap() {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        let head = String::from_utf8(head).unwrap();
        if head.starts_with("HTTP/1.1 101") { Ok(Self(socket)) } else { Err(head) }
    }

    pub async fn send(&mut self, text: &str) {
        let length = text.len();
        // A final text, masked with zeros.
        let mut frame = vec![0x81];
        match u8::try_from(length) {
            Ok(short) if short < 126 => frame.push(0x80 | short),
            _ if length < 1 << 16 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        let _ = self.0.write_all(&frame).await;
    }

    /// The next text; `None` at the end. Pings are passed over.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let (kind, payload) = tokio::time::timeout(PATIENCE, self.frame()).await.unwrap()?;
            match kind & 0x0f {
                1 => return Some(serde_json::from_slice(&payload).unwrap()),
                8 => return None,
                _ => {}
            }
        }
    }

    /// The next frame's kind and payload.
    pub async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let kind = self.0.read_u8().await.ok()?;
        let length = match self.0.read_u8().await.ok()? {
            126 => self.0.read_u16().await.ok()?.into(),
            127 => self.0.read_u64().await.ok()?,
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.ok()?;
        Some((kind, payload))
    }

    pub async fn ask(&mut self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.send(&request.to_string()).await;
        self.next().await.unwrap()
    }
}
