//! Listens for clients, and lets their requests end when the process does.

use crate::front::{Front, Listener, Phase, Report, Source};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Reply, Spawned, Spec};
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

type Place<F> = <<F as Front>::Listener as Listener>::Place;

/// What all incarnations listen on, until it is closed.
type Socket<F> = Arc<Mutex<Option<<F as Front>::Listener>>>;

/// A server as an actor.
pub struct Attendant<F: Front> {
    socket: Socket<F>,
    front: F,
    report: Report<Place<F>>,
    source: Option<Source<F::Backend>>,
    server: Option<F::Server>,
}

impl<F: Front> fmt::Debug for Attendant<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attendant({})", F::KIND)
    }
}

/// Makes the actor that listens and answers from what `source` makes for every start of it. Clients that come before it has
/// started wait a moment; whoever it tells what it does comes last.
pub fn attend<F: Front>(
    front: F,
    listener: F::Listener,
    source: impl Fn(&Node) -> Source<F::Backend> + Send + Sync + 'static,
    report: Report<Place<F>>,
) -> Spec<Attendant<F>> {
    let socket: Socket<F> = Arc::new(Mutex::new(Some(listener)));
    Spec::new(move |build| {
        let (front, report, socket) = (front.clone(), Arc::clone(&report), Arc::clone(&socket));
        Ok(Attendant { socket, front, report, source: Some(source(build.node)), server: None })
    })
}

/// Binds what it tells itself.
pub fn serve<F: Front>(spawned: &Spawned<Attendant<F>>) {
    spawned.accept::<Close>();
}

impl<F: Front> Attendant<F> {
    /// The socket once more; `None` when it is closed.
    fn listener(&self) -> Result<Option<F::Listener>, Fault> {
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        let clone = socket.as_ref().map(Listener::again).transpose();
        clone.map_err(|error| Fault::Restart(error.to_string()))
    }

    /// Whoever comes from now on hears at once that nobody listens.
    fn close(&self) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl<F: Front> Actor for Attendant<F> {
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

impl<F: Front> Handle<Close> for Attendant<F> {
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

impl<F: Front> Handle<Finish> for Attendant<F> {
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
