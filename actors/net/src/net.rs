//! A network: started, asked about, closed.

use crate::config::{Entry, NetConfig};
use crate::handle::Handle;
use crate::metrics::Metrics;
use crate::shared::{Given, Shared};
use crate::status::{self, PeerStatus};
use crate::tls::Tls;
use crate::{Close, Error, listen, quic, run};
use quinn::VarInt;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;
use troupe_runtime::{BulkTable, Inbound, Transport};
use troupe_types::{Millis, NodeId};
use troupe_wire::{Lane, Seed};

/// A process's place in the network: one port, its peers, its threads. Dropping it ends every
/// connection at once; [`Net::close`] ends them in good order.
pub struct Net {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// Ends the threads.
    stop: Mutex<Option<oneshot::Sender<()>>>,
    stopped: tokio::sync::Mutex<Option<oneshot::Receiver<()>>>,
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Net({} at {})", self.shared.me.short(), self.address)
    }
}

/// How long closed connections may take to say so.
const FAREWELL: Duration = Duration::from_millis(500);
/// How often a closing network looks whether its lines have ended.
const LOOK: Duration = Duration::from_millis(5);

impl Net {
    /// Listens, and dials the peers that are to be kept. Messages of peers go to `inbound`, their
    /// bulk streams to the sessions of `bulk`; `registry` gets the metrics.
    pub fn start(
        config: NetConfig,
        inbound: Inbound,
        bulk: BulkTable,
        registry: &prometheus::Registry,
    ) -> Result<Self, Error> {
        config.limits.check()?;
        let runtime = threads(config.threads)?;
        let within = runtime.enter();
        let metrics = Metrics::register(registry)?;
        let (shared, address) = shared(config, inbound, bulk, metrics, &runtime)?;
        drop(within);
        shared.spawn(listen::run(Arc::clone(&shared)));
        tracing::info!(node = %shared.me, %address, "listening");
        let (stop, stopping) = oneshot::channel();
        let (ended, stopped) = oneshot::channel();
        host(runtime, stopping, ended)?;
        let stop = Mutex::new(Some(stop));
        let stopped = tokio::sync::Mutex::new(Some(stopped));
        Ok(Self { shared, address, stop, stopped })
    }

    /// This node.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.shared.me
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What links send through.
    #[must_use]
    pub fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(Handle(Arc::clone(&self.shared)))
    }

    /// Lists peers, or lists known ones differently: all of `entries` or none.
    pub fn learn(&self, entries: Vec<Entry>) -> Result<(), Error> {
        for slot in self.shared.book.list(entries)? {
            self.shared.keep(&slot);
        }
        run::count_peers(&self.shared);
        Ok(())
    }

    /// Takes peers off the list. Their connections stay, as those of strangers.
    pub fn forget(&self, ids: &[NodeId]) {
        self.shared.book.forget(ids);
        run::count_peers(&self.shared);
    }

    /// Every peer, in the order of their ids.
    #[must_use]
    pub fn status(&self) -> Vec<PeerStatus> {
        let slots = self.shared.book.slots();
        slots.iter().map(|slot| status::of(&self.shared, slot)).collect()
    }

    /// Ends in good order: refuses what is new, sends what was accepted, waits for answers and bulk
    /// streams under way, closes. True when nothing was cut off after `within`.
    pub async fn close(&self, within: Millis) -> bool {
        let shared = Arc::clone(&self.shared);
        shared.begin_closing();
        for slot in shared.book.slots() {
            for lane in [Lane::Bulk, Lane::Normal, Lane::Control] {
                slot.outbox(lane).close();
            }
        }
        let closing = self.shared.spawn(async move {
            let ended = async {
                while !shared.book.lines().is_empty() {
                    tokio::time::sleep(LOOK).await;
                }
            };
            let is_clean = timeout(within.into(), ended).await.is_ok();
            say_farewell(&shared);
            // The last packets are on their way, or their peers are gone.
            let _ = timeout(FAREWELL, shared.endpoint.wait_idle()).await;
            is_clean
        });
        let is_clean = closing.await.unwrap_or(false);
        self.end();
        if let Some(stopped) = self.stopped.lock().await.take() {
            // The threads report their end, or have ended without a word.
            let _ = stopped.await;
        }
        is_clean
    }

    fn end(&self) {
        if let Some(stop) = Shared::lock(&self.stop).take() {
            // Without a listener the threads have ended already.
            let _ = stop.send(());
        }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.shared.begin_closing();
        say_farewell(&self.shared);
        self.end();
    }
}

fn say_farewell(shared: &Shared) {
    let code = VarInt::from_u32(Close::Drained.code());
    shared.endpoint.close(code, Close::Drained.label().as_bytes());
}

fn shared(
    config: NetConfig,
    inbound: Inbound,
    bulk: BulkTable,
    metrics: Metrics,
    runtime: &Runtime,
) -> Result<(Arc<Shared>, SocketAddr), Error> {
    let failed = |source| Error::Bind { address: config.listen, source };
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(Error::Entropy)?;
    // The endpoint needs the key; the rest of the settings is read before it moves.
    let NetConfig { identity, .. } = &config;
    let tls = Tls::new(identity)?;
    let endpoint = quic::endpoint(&config, &tls)?;
    let address = endpoint.local_addr().map_err(failed)?;
    let hello = config.hello(address)?;
    let shared = Arc::new(Shared::new(Given {
        me: config.identity.id(),
        greeting: hello.frame()?.into(),
        hello,
        limits: config.limits,
        tls,
        endpoint,
        transport: quic::dialing(&config.limits)?,
        inbound,
        bulk,
        metrics,
        luck: Seed::new(entropy).stream("net.backoff"),
        runtime: runtime.handle().clone(),
    }));
    for slot in shared.book.list(config.peers)? {
        shared.keep(&slot);
    }
    Ok((shared, address))
}

/// One thread runs everything without locks between threads; more share the connections.
fn threads(count: usize) -> Result<Runtime, Error> {
    let mut builder = match count {
        0 => {
            return Err(Error::Limit { field: "threads", got: 0, min: 1, max: 64 });
        }
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if count > 1 {
        builder.worker_threads(count.min(64));
    }
    builder.enable_all().thread_name("troupe-net").build().map_err(Error::Threads)
}

/// Runs the event loop on a thread of its own until it is told to stop.
#[expect(clippy::disallowed_types, reason = "the event loop of one thread needs that thread")]
fn host(
    runtime: Runtime,
    stopping: oneshot::Receiver<()>,
    ended: oneshot::Sender<()>,
) -> Result<(), Error> {
    let main = move || {
        // An error says that the network was dropped; that is a stop as well.
        let _ = runtime.block_on(stopping);
        runtime.shutdown_timeout(FAREWELL);
        let _ = ended.send(());
    };
    let thread = std::thread::Builder::new().name("troupe-net".to_owned()).spawn(main);
    thread.map(drop).map_err(Error::Threads)
}
