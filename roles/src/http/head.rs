//! What stands before the body of an answer. RFC 9112

/// The most bytes of a head.
pub(super) const LONGEST: usize = 16 << 10;

/// What a head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) body: Framing,
    /// Whether another request may follow on this connection.
    pub(super) keeps: bool,
}

/// How one knows where the body ends. RFC 9112 6.3
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(usize),
    /// After the chunk of no bytes.
    Chunked,
    /// Where the connection ends.
    ToEnd,
}

/// Where the head ends, once all of it is there.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|place| place + 4)
}

impl Head {
    /// Reads a whole head.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(bytes).ok()?;
        let mut lines = text.split("\r\n");
        let first = lines.next()?.strip_prefix("HTTP/1.")?;
        let (version, rest) = first.split_once(' ')?;
        let status = rest.get(..3)?.parse().ok()?;
        let mut head = Self { status, body: Framing::ToEnd, keeps: version == "1" };
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':')?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") && head.body == Framing::ToEnd {
                head.body = Framing::Length(value.parse().ok()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                // Nothing else was offered to the server.
                value.eq_ignore_ascii_case("chunked").then_some(())?;
                head.body = Framing::Chunked;
            } else if name.eq_ignore_ascii_case("connection") {
                head.keeps = !value.eq_ignore_ascii_case("close");
            }
        }
        // No body follows these. RFC 9110 15
        if matches!(status, 100..200 | 204 | 304) {
            head.body = Framing::Length(0);
        }
        head.keeps &= head.body != Framing::ToEnd;
        Some(head)
    }
}

/// The length that begins a chunk, from its line.
pub(super) fn chunk(line: &[u8]) -> Option<usize> {
    let line = core::str::from_utf8(line).ok()?;
    let digits = line.split(';').next()?.trim();
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| usize::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_says_where_its_body_ends_and_what_follows() {
        let read = |text: &str| Head::parse(text.as_bytes());
        let head = |status, body, keeps| Some(Head { status, body, keeps });
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", head(200, Framing::Length(12), true)),
            (
                "HTTP/1.1 503 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                head(503, Framing::Length(0), false),
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                head(200, Framing::Chunked, true),
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", head(200, Framing::ToEnd, false)),
            ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", head(200, Framing::Length(1), false)),
            ("HTTP/1.1 204 None\r\n\r\n", head(204, Framing::Length(0), true)),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", None),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", None),
            ("HTTP/2 200\r\n\r\n", None),
            ("HTTP/1.1 20", None),
        ];
        for (text, want) in cases {
            assert_eq!(read(text), want, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[0-9a-z ;:+-]{0,20}") {
            let _ = (Head::parse(&bytes), chunk(&bytes), end(&bytes));
            let _ = Head::parse(format!("HTTP/1.1 200\r\n{text}\r\n\r\n").as_bytes());
            let _ = chunk(text.as_bytes());
        }
    }
}
