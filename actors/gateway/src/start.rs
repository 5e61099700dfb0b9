//! Starts a server before a chain.

use crate::about::About;
use crate::backend::Questions;
use crate::error::Error;
use crate::front::Ethereum;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use troupe_blocks::{Placing, Reader};
use troupe_door::{Front, Report, attend};
use troupe_rpc::Backend;
use troupe_runtime::Node;

/// Whom the server asks, and what has to be done meanwhile.
pub type Source = troupe_door::Source<Arc<dyn Backend>>;

/// The chain of this process, for those whom clients ask.
pub fn source(about: &About, reader: &Reader, node: &Node) -> Source {
    let questions = Arc::new(Questions::new(about.clone(), reader.clone(), node));
    let beside = Box::pin(Arc::clone(&questions).follow());
    Source { backend: questions, beside }
}

/// Starts the actor `rpc` before the chain of this process, and listens. Clients that come before it has
/// started wait a moment.
pub fn start(
    node: &Node,
    reader: Reader,
    about: About,
    placing: &impl Placing,
) -> Result<(), Error> {
    let told = about.clone();
    serve(node, move |node: &Node| source(&told, &reader, node), about, placing)
}

/// The same before somebody else who answers.
pub fn serve(
    node: &Node,
    source: impl Fn(&Node) -> Source + Send + Sync + 'static,
    about: About,
    placing: &impl Placing,
) -> Result<(), Error> {
    let (address, report) = (about.settings.listen, Arc::clone(&about.report));
    let front = Ethereum::new(about);
    node.metrics().register(front.metrics.clone())?;
    listen(node, source, (front, address, report), placing)
}

/// The same with somebody else in front. Whoever it tells what it does comes last.
pub fn listen<F>(
    node: &Node,
    source: impl Fn(&Node) -> Source + Send + Sync + 'static,
    (front, address, report): (F, SocketAddr, Report<SocketAddr>),
    placing: &impl Placing,
) -> Result<(), Error>
where
    F: Front<Listener = TcpListener, Backend = Arc<dyn Backend>>,
{
    let failed = |reason| Error::Listen { address, reason };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let spec = attend(front, listener, source, report);
    troupe_door::serve(&node.spawn(placing.place(spec)));
    Ok(())
}
