//! One GET to a health or metrics page of a node of ours.

use super::{Connection, Url};
use std::time::Duration;
use tokio::time::timeout;

/// No page of ours is longer.
const LONGEST: usize = 8 << 20;

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
    let url: Url = url.parse()?;
    let host = url.authority();
    let fetched = async { Connection::open(&url).await?.get(&url, LONGEST).await };
    match timeout(patience, fetched).await {
        Ok(Ok(answer)) => {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            Ok(Page { status: answer.status, text })
        }
        Ok(Err(error)) => Err(format!("{host}: {error}")),
        Err(_) => Err(format!("{host}: no answer within {} ms", patience.as_millis())),
    }
}
