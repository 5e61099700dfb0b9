//! Listens for clients, and lets their requests end when the process does.

use crate::about::{About, Phase};
use crate::backend::Questions;
use crate::error::Error;
use crate::front::{Ethereum, Front};
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_blocks::{Placing, Reader};
use troupe_rpc::Backend;
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

struct Gateway<F: Front> {
    socket: Socket,
    front: F,
    report: Arc<dyn Fn(Phase) + Send + Sync>,
    source: Option<Source>,
    server: Option<F::Server>,
}

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
pub fn listen<F: Front>(
    node: &Node,
    source: impl Fn(&Node) -> Source + Send + Sync + 'static,
    (front, address, report): (F, SocketAddr, Arc<dyn Fn(Phase) + Send + Sync>),
    placing: &impl Placing,
) -> Result<(), Error> {
    let failed = |reason| Error::Listen { address, reason };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let socket = Arc::new(Mutex::new(Some(listener)));
    let spec = Spec::new(move |build| {
        let (front, report, socket) = (front.clone(), Arc::clone(&report), Arc::clone(&socket));
        Ok(Gateway { socket, front, report, source: Some(source(build.node)), server: None })
    });
    node.spawn(placing.place(spec)).accept::<Close>();
    Ok(())
}

impl<F: Front> Gateway<F> {
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

impl<F: Front> Actor for Gateway<F> {
    const KIND: &'static str = F::KIND;

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Some(listener) = self.listener()? else { return Ok(()) };
        let Some(Source { backend, beside }) = self.source.take() else { return Ok(()) };
        let opened = self.front.open(listener, backend);
        let (server, address) = opened.map_err(Fault::Restart)?;
        (self.report)(Phase::Serving(address));
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

impl<F: Front> Handle<Close> for Gateway<F> {
    fn handle(
        &mut self,
        Close: Close,
        _: Reply<Close>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        (self.report)(Phase::Closing);
        self.close();
        // The actors behind it go on for as long as this question has no answer.
        let myself = cx.myself::<Finish>();
        cx.ask(&myself, Finish, |_, _, _| Ok(()));
        Ok(())
    }
}

impl<F: Front> Handle<Finish> for Gateway<F> {
    fn handle(
        &mut self,
        Finish: Finish,
        reply: Reply<Finish>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let server = self.server.take();
        cx.task(async move {
            if let Some(server) = server {
                F::close(server).await;
            }
            // Nobody reads the answer; that it is settled is what counts.
            drop(reply);
        });
        Ok(())
    }
}
