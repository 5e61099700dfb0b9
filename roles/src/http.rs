//! One GET to a health or metrics page of a node of ours.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No page of ours is longer.
const LONGEST: u64 = 8 << 20;

/// A page: its status and its text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Page {
    pub(crate) const fn is_ok(&self) -> bool {
        self.status == 200
    }
}

/// Fetches `http://host:port/path` within `patience`; the error is one line for people.
pub(crate) async fn get(url: &str, patience: Duration) -> Result<Page, String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| format!("{url}: wants http://"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match timeout(patience, fetch(host, path)).await {
        Ok(Ok(page)) => Ok(page),
        Ok(Err(error)) => Err(format!("{host}: {error}")),
        Err(_) => Err(format!("{host}: no answer within {} ms", patience.as_millis())),
    }
}

async fn fetch(host: &str, path: &str) -> std::io::Result<Page> {
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.take(LONGEST).read_to_end(&mut bytes).await?;
    parse(&String::from_utf8_lossy(&bytes)).ok_or_else(|| std::io::Error::other("no HTTP answer"))
}

fn parse(answer: &str) -> Option<Page> {
    let (head, text) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some(Page { status, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_answer_panics(text in ".{0,60}") {
            let _ = parse(&text);
            let _ = parse(&format!("HTTP/1.1 {text}"));
        }
    }

    #[test]
    fn a_page_has_a_status_and_a_text() {
        let page = parse("HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\nmember: new\n");
        assert_eq!(page, Some(Page { status: 503, text: "member: new\n".into() }));
        assert_eq!(parse("HTTP/1.1 2"), None);
    }
}
