//! How long a client waits for a response.

use crate::status::refuse;
use http::HeaderMap;
use std::time::Duration;
use tokio::time::Instant;
use tonic::Status;

/// Where clients say it.
// gRPC over HTTP2, "Timeout"
const HEADER: &str = "grpc-timeout";

/// Until when a request is worked for: what its client says, and at most so long.
pub(super) fn deadline(
    headers: &HeaderMap,
    most: Option<Duration>,
) -> Result<Option<Instant>, Status> {
    let asked = headers.get(HEADER).map(|value| timeout(value.as_bytes())).transpose()?;
    let span = match (asked, most) {
        (Some(asked), Some(most)) => Some(asked.min(most)),
        (asked, most) => asked.or(most),
    };
    // What lies beyond all clocks is no bound.
    Ok(span.and_then(|span| Instant::now().checked_add(span)))
}

/// One to eight digits and a unit.
fn timeout(text: &[u8]) -> Result<Duration, Status> {
    let wrong = || refuse(HEADER, "wants one to eight digits and one of H M S m u n");
    let (unit, digits) = text.split_last().ok_or_else(wrong)?;
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    let number = digits.iter().fold(0, |sum, digit| 10 * sum + u64::from(digit - b'0'));
    Ok(match unit {
        b'H' => Duration::from_secs(3_600 * number),
        b'M' => Duration::from_secs(60 * number),
        b'S' => Duration::from_secs(number),
        b'm' => Duration::from_millis(number),
        b'u' => Duration::from_micros(number),
        b'n' => Duration::from_nanos(number),
        _ => return Err(wrong()),
    })
}

/// Completes when it is over; never where there is no bound.
pub(super) async fn over(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_timeout_is_a_number_and_a_unit() {
        assert_eq!(timeout(b"2S").unwrap(), Duration::from_secs(2));
        assert_eq!(timeout(b"99999999H").unwrap(), Duration::from_secs(99_999_999 * 3_600));
        assert_eq!(timeout(b"250m").unwrap(), Duration::from_millis(250));
        for wrong in [&b""[..], b"S", b"5", b"123456789S", b"-1S", b"1.5S", b"1s"] {
            assert!(timeout(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in proptest::collection::vec(any::<u8>(), 0..12)) {
            let _ = timeout(&text);
        }
    }
}
