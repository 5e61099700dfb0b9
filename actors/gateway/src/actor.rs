//! `rpc`: listens for Ethereum's clients, and lets their requests end when the process does.

use crate::about::{About, Phase};
use crate::backend::Questions;
use crate::error::Error;
use std::future::Future;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_blocks::{Placing, Reader};
use troupe_rpc::{Backend, Metrics, Server};
use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Reply, Spec};
use troupe_types::Millis;
use troupe_wire::{Lane, Message};

/// Told by its own task: the process was told to stop.
#[derive(Debug)]
struct Close;

/// Asked by itself: let open requests end. Answered when they have; until then the process waits.
#[derive(Debug)]
struct Finish;

impl Message for Close {
    type Reply = ();
    const NAME: &'static str = "close";
    const LANE: Lane = Lane::Control;
}

impl Message for Finish {
    type Reply = ();
    const NAME: &'static str = "finish";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

/// The socket that all incarnations listen on, until it is closed.
type Socket = Arc<Mutex<Option<TcpListener>>>;

/// Whom the server asks, and what has to be done meanwhile.
pub struct Source {
    /// Whom it asks.
    pub backend: Arc<dyn Backend>,
    /// Runs for as long as the actor does.
    pub beside: Pin<Box<dyn Future<Output = ()>>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

struct Gateway {
    socket: Socket,
    about: About,
    metrics: Metrics,
    source: Option<Source>,
    server: Option<Server>,
}

/// Starts the actor before the chain of this process, and listens. Clients that come before it has
/// started wait a moment.
pub fn start(
    node: &Node,
    reader: Reader,
    about: About,
    placing: &impl Placing,
) -> Result<(), Error> {
    let told = about.clone();
    let source = move |node: &Node| {
        let questions = Arc::new(Questions::new(told.clone(), reader.clone(), node));
        let beside = Box::pin(Arc::clone(&questions).follow());
        Source { backend: questions, beside }
    };
    serve(node, source, about, placing)
}

/// The same before somebody else who answers.
pub fn serve(
    node: &Node,
    source: impl Fn(&Node) -> Source + Send + Sync + 'static,
    about: About,
    placing: &impl Placing,
) -> Result<(), Error> {
    let address = about.settings.listen;
    let failed = |reason| Error::Listen { address, reason };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let metrics = Metrics::default();
    node.metrics().register(metrics.clone())?;
    let socket = Arc::new(Mutex::new(Some(listener)));
    let spec = Spec::new(move |build| {
        let (about, metrics, socket) = (about.clone(), metrics.clone(), Arc::clone(&socket));
        Ok(Gateway { socket, about, metrics, source: Some(source(build.node)), server: None })
    });
    node.spawn(placing.place(spec)).accept::<Close>();
    Ok(())
}

impl Gateway {
    /// The socket once more; `None` when it is closed.
    fn listener(&self) -> Result<Option<TcpListener>, Fault> {
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        let clone = socket.as_ref().map(TcpListener::try_clone).transpose();
        clone.map_err(|error| Fault::Restart(error.to_string()))
    }

    /// Whoever comes from now on hears at once that nobody listens.
    fn close(&self) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Actor for Gateway {
    const KIND: &'static str = "rpc";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Some(listener) = self.listener()? else { return Ok(()) };
        let Some(Source { backend, beside }) = self.source.take() else { return Ok(()) };
        let (settings, metrics) = (self.about.settings.clone(), self.metrics.clone());
        let server = Server::on(listener, backend, settings, metrics);
        let mut server = server.map_err(|error| Fault::Restart(error.to_string()))?;
        if let Some((path, operator)) = &self.about.local
            && let Err(error) = server.listen_at(path, Arc::clone(operator))
        {
            // Clients are served all the same.
            tracing::warn!(%error, "no socket for the node's owner");
        }
        (self.about.report)(Phase::Serving(server.address()));
        self.server = Some(server);
        cx.task(beside);
        let (node, close) = (cx.node().clone(), cx.myself::<Close>());
        cx.task(async move {
            node.stopped().await;
            if let Err(refused) = close.tell(Close) {
                tracing::debug!(%refused, "the process ends before its clients hear of it");
            }
        });
        Ok(())
    }

    fn stopping(&mut self, _: &mut Cx<'_, Self>) -> Result<(), Fault> {
        // Whoever behind it would answer is gone: what is still open ends without.
        self.close();
        self.server = None;
        Ok(())
    }
}

impl Handle<Close> for Gateway {
    fn handle(
        &mut self,
        Close: Close,
        _: Reply<Close>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        (self.about.report)(Phase::Closing);
        self.close();
        // The actors behind it go on for as long as this question has no answer.
        let myself = cx.myself::<Finish>();
        cx.ask(&myself, Finish, |_, _, _| Ok(()));
        Ok(())
    }
}

impl Handle<Finish> for Gateway {
    fn handle(
        &mut self,
        Finish: Finish,
        reply: Reply<Finish>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let server = self.server.take();
        cx.task(async move {
            if let Some(server) = server {
                server.stop().await;
            }
            // Nobody reads the answer; that it is settled is what counts.
            drop(reply);
        });
        Ok(())
    }
}
