//! Ethereum's JSON-RPC over HTTP and WebSocket on one port, for clients that know nothing of this chain.
//!
//! * [`Backend`]: what the server asks of whoever has the chain; every answer is bounded.
//! * [`Settings`]: what bounds a client.
//! * [`Server`]: listens until it is stopped; [`Metrics`] is what it counts.
//!
//! Every `eth_` method answers under `platon_` too, and tells addresses in Bech32 there; they are read in
//! both forms under both names. Only committed blocks are told of: `latest`, `safe`,
//! `finalized` and `pending` are the last committed block, receipts exist for committed blocks alone, and
//! a client never sees a block taken back. The one thing that "pending" changes is
//! `eth_getTransactionCount`, which then counts what waits in the pool.
//!
//! Browsers are kept out: the `Host` and any `Origin` have to be on a list, and no CORS header is ever sent.
//! There is no `personal_`, and `admin_` only on a socket that the node's owner alone reaches: a file, on which all
//! else is answered too. [`Operator`] is whoever knows what it asks.
//!
//! Methods run on the runtime's own thread, except those that execute, recover or prove: they go
//! through [`Backend::run`], and give up when their client has gone. Requests of a batch are answered one
//! after the other, but for transactions in a row, which the backend gets at once.

mod answers;
mod arguments;
mod backend;
mod context;
mod encode;
mod error;
mod format;
mod methods;
mod metrics;
mod overrides;
mod reason;
mod server;
mod settings;
mod subscribe;
mod trace;
mod wanted;

pub use answers::{FeeHistory, Located, Settled};
pub use arguments::Named;
pub use backend::{
    About, Ahead, Answer, At, Backend, Chain, Found, Heavy, Looked, Neighbour, Operator, Place,
    Snapshot, Unavailable, Waiting,
};
pub use context::Api;
pub use error::{Error, Refused};
pub use format::{FoundLog, LogPlace};
pub use methods::{Asked, Fees, Filter};
pub use metrics::Metrics;
pub use server::Server;
pub use settings::Settings;
