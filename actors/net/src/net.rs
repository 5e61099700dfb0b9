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
        let metrics = Metrics::register(registry)?;
        let threads = Threads::start(config.threads)?;
        let (shared, address) = shared(config, inbound, bulk, metrics, &threads.handle)?;
        shared.spawn(listen::run(Arc::clone(&shared)));
        let funnel = Arc::clone(&shared);
        shared.spawn(async move { funnel.funnel.run().await });
        tracing::info!(node = %shared.me, %address, "listening");
        let (stop, stopping) = oneshot::channel();
        let (ended, stopped) = oneshot::channel();
        threads.run(Arc::clone(&shared), stopping, ended)?;
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
    /// streams under way, closes. True when nothing was cut off after `within`. A second call does
    /// nothing.
    pub async fn close(&self, within: Millis) -> bool {
        let shared = Arc::clone(&self.shared);
        if Shared::lock(&self.stop).is_none() {
            return true;
        }
        shared.begin_closing();
        for slot in shared.book.slots() {
            for lane in [Lane::Bulk, Lane::Normal, Lane::Control] {
                slot.outbox(lane).close();
            }
        }
        let closing = self.shared.spawn(async move {
            let ended = async {
                while !shared.book.is_quiet() {
                    tokio::time::sleep(LOOK).await;
                }
            };
            timeout(within.into(), ended).await.is_ok()
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
            say_farewell(&self.shared);
            // Without a listener the threads have ended already.
            let _ = stop.send(());
        }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.shared.begin_closing();
        self.end();
    }
}

fn say_farewell(shared: &Shared) {
    let code = VarInt::from_u32(Close::Drained.code());
    if let Some(endpoint) = shared.endpoint() {
        endpoint.close(code, Close::Drained.label().as_bytes());
    }
}

fn shared(
    config: NetConfig,
    inbound: Inbound,
    bulk: BulkTable,
    metrics: Metrics,
    runtime: &tokio::runtime::Handle,
) -> Result<(Arc<Shared>, SocketAddr), Error> {
    let _within = runtime.enter();
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
        runtime: runtime.clone(),
    }));
    for slot in shared.book.list(config.peers)? {
        shared.keep(&slot);
    }
    Ok((shared, address))
}

/// The network's event loop and its threads.
struct Threads {
    runtime: Option<Runtime>,
    handle: tokio::runtime::Handle,
}

impl Threads {
    /// One thread runs everything without handing work between threads; more share the connections.
    fn start(count: usize) -> Result<Self, Error> {
        let mut builder = match count {
            0 => return Err(Error::Limit { field: "threads", got: 0, min: 1, max: 64 }),
            1 => Builder::new_current_thread(),
            _ => Builder::new_multi_thread(),
        };
        if count > 1 {
            builder.worker_threads(count.min(64));
        }
        let runtime = builder.enable_all().thread_name("troupe-net").build();
        let runtime = runtime.map_err(Error::Threads)?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Runs the event loop on a thread of its own until it is told to stop.
    #[expect(clippy::disallowed_types, reason = "the event loop of one thread needs that thread")]
    fn run(
        mut self,
        shared: Arc<Shared>,
        stopping: oneshot::Receiver<()>,
        ended: oneshot::Sender<()>,
    ) -> Result<(), Error> {
        let main = move || {
            if let Some(runtime) = self.runtime.take() {
                // An error says that the network was dropped; that is a stop as well.
                runtime.block_on(async {
                    let _ = stopping.await;
                    // The last packets go out, or their peers are gone.
                    if let Some(endpoint) = shared.endpoint() {
                        let _ = timeout(FAREWELL, endpoint.wait_idle()).await;
                    }
                });
                runtime.shutdown_timeout(FAREWELL);
            }
            shared.release();
            let _ = ended.send(());
        };
        let thread = std::thread::Builder::new().name("troupe-net".to_owned()).spawn(main);
        thread.map(drop).map_err(Error::Threads)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Who starts a network may be on an event loop of its own, which must not wait.
            runtime.shutdown_background();
        }
    }
}
