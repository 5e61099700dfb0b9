//! A small HTTP/1.1 client, for nodes: plain, kept alive, every answer bounded.

mod connection;
mod head;
mod page;
mod url;

pub(crate) use connection::Connection;
pub(crate) use page::{Page, get};
pub(crate) use url::Url;
