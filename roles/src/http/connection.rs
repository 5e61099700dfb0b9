//! A connection that is asked one thing after the other.

use super::head::{self, Framing, Head};
use super::url::Url;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much is read at once.
const PIECE: usize = 16 << 10;

/// An open connection. An exchange that was not waited for to its end leaves it unusable.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read and belongs to nothing yet.
    buffer: Vec<u8>,
    keeps: bool,
}

/// A whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(url: &Url) -> io::Result<Self> {
        let stream = TcpStream::connect(url.address()).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new(), keeps: true })
    }

    /// Whether another request may follow.
    pub(crate) const fn is_open(&self) -> bool {
        self.keeps
    }

    /// Asks for a page, which ends the connection.
    pub(crate) async fn get(&mut self, url: &Url, limit: usize) -> io::Result<Answer> {
        let (path, host) = (url.path(), url.authority());
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        self.exchange(request.as_bytes(), limit).await
    }

    /// Posts JSON.
    pub(crate) async fn post(
        &mut self,
        url: &Url,
        body: &[u8],
        limit: usize,
    ) -> io::Result<Answer> {
        let (path, host, length) = (url.path(), url.authority(), body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        let mut request = Vec::with_capacity(head.len() + length);
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(body);
        self.exchange(&request, limit).await
    }

    async fn exchange(&mut self, request: &[u8], limit: usize) -> io::Result<Answer> {
        // Until the answer is whole, nothing else can be asked.
        self.keeps = false;
        self.stream.write_all(request).await?;
        let head = self.head().await?;
        let body = match head.body {
            Framing::Length(length) => self.take(length, limit).await?,
            Framing::Chunked => self.chunks(limit).await?,
            Framing::ToEnd => self.rest(limit).await?,
        };
        self.keeps = head.keeps;
        Ok(Answer { status: head.status, body })
    }

    async fn head(&mut self) -> io::Result<Head> {
        loop {
            if let Some(end) = head::end(&self.buffer) {
                let bytes: Vec<u8> = self.buffer.drain(..end).collect();
                let head = Head::parse(&bytes).ok_or_else(|| odd("no HTTP answer"))?;
                // A server may say that it goes on before it answers. RFC 9110 15.2
                if head.status < 200 {
                    continue;
                }
                return Ok(head);
            }
            if self.buffer.len() > head::LONGEST {
                return Err(odd("a head without end"));
            }
            self.read().await?;
        }
    }

    /// The next `length` bytes.
    async fn take(&mut self, length: usize, limit: usize) -> io::Result<Vec<u8>> {
        if length > limit {
            return Err(oversized(length, limit));
        }
        while self.buffer.len() < length {
            self.read().await?;
        }
        let after = self.buffer.split_off(length);
        Ok(core::mem::replace(&mut self.buffer, after))
    }

    async fn chunks(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let length = head::chunk(&line).ok_or_else(|| odd("no length of a chunk"))?;
            if length == 0 {
                // Trailers, of which there are none that matter here, to an empty line.
                while !self.line().await?.is_empty() {}
                return Ok(body);
            }
            if length > limit.saturating_sub(body.len()) {
                return Err(oversized(body.len().saturating_add(length), limit));
            }
            body.append(&mut self.take(length, limit).await?);
            if !self.line().await?.is_empty() {
                return Err(odd("a chunk longer than it said"));
            }
        }
    }

    /// The next line, without its end.
    async fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                let mut line: Vec<u8> = self.buffer.drain(..end + 2).collect();
                line.truncate(end);
                return Ok(line);
            }
            if self.buffer.len() > head::LONGEST + PIECE {
                return Err(odd("a line without end"));
            }
            self.read().await?;
        }
    }

    async fn rest(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut body = core::mem::take(&mut self.buffer);
        let most = u64::try_from(limit.saturating_sub(body.len())).unwrap_or(u64::MAX);
        (&mut self.stream).take(most.saturating_add(1)).read_to_end(&mut body).await?;
        if body.len() > limit {
            return Err(oversized(body.len(), limit));
        }
        Ok(body)
    }

    /// Reads what is there, at least a byte.
    async fn read(&mut self) -> io::Result<()> {
        self.buffer.reserve(PIECE);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed")),
            _ => Ok(()),
        }
    }
}

fn odd(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn oversized(length: usize, limit: usize) -> io::Error {
    let text = format!("an answer of {length} bytes exceeds {limit}");
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Answers every request of one connection with the next of `answers`, byte by byte.
    async fn serve(answers: Vec<&'static str>) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            for answer in answers {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\nq") {
                    request.push(stream.read_u8().await.unwrap());
                }
                for byte in answer.bytes() {
                    stream.write_all(&[byte]).await.unwrap();
                }
            }
        });
        format!("http://{address}").parse().unwrap()
    }

    async fn ask(connection: &mut Connection, url: &Url) -> String {
        match connection.post(url, b"q", 20).await {
            Ok(answer) => format!("{} {}", answer.status, String::from_utf8(answer.body).unwrap()),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn answers_of_every_framing_follow_each_other_on_one_connection() {
        let url = serve(vec![
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
             2;x\r\ntw\r\n1\r\no\r\n0\r\nt: u\r\n\r\n",
            "HTTP/1.1 500 Odd\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nthe end",
        ])
        .await;
        let mut connection = Connection::open(&url).await.unwrap();
        for want in ["200 one", "200 two", "500 ", "200 the end"] {
            assert!(connection.is_open());
            assert_eq!(ask(&mut connection, &url).await, want);
        }
        assert!(!connection.is_open());
    }

    #[tokio::test]
    async fn answers_that_are_none_or_too_long_are_refused() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n", "an answer of 21 bytes exceeds 20"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
                "an answer of 4294967295 bytes exceeds 20",
            ),
            ("HTTP/1.1 200 OK\r\n\r\n012345678901234567890", "an answer of 21 bytes exceeds 20"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\non", "the connection was closed"),
            ("SSH-2.0-none\r\n\r\n", "no HTTP answer"),
        ];
        for (answer, want) in cases {
            let url = serve(vec![answer]).await;
            let mut connection = Connection::open(&url).await.unwrap();
            assert_eq!(ask(&mut connection, &url).await, want);
            assert!(!connection.is_open());
        }
    }
}
