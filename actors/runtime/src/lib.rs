//! What every actor inherits, so that no actor has to think of it.
//!
//! An actor kind implements [`Actor`] and [`Handle`] and is started on a [`Node`]. It gets a bounded
//! queue with lanes, deadlines, a restart from its factory after a panic, effects that wait for the
//! disk, pools for heavy work, timers, children, metrics and spans. The guarantees, and the test
//! that shows each, are in `SEMANTICS.md` beside this crate.
//!
//! It knows no protocol and no network: [`Transport`] is implemented elsewhere, once over QUIC and
//! once in memory ([`sim`]).
//!
//! ```
//! use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Parts, Reply, Spec};
//! use troupe_wire::Message;
//!
//! struct Add(u64);
//! impl Message for Add {
//!     type Reply = u64;
//!     const NAME: &'static str = "add";
//! }
//!
//! #[derive(Default)]
//! struct Counter(u64);
//! impl Actor for Counter {
//!     const KIND: &'static str = "counter";
//! }
//! impl Handle<Add> for Counter {
//!     fn handle(
//!         &mut self,
//!         Add(n): Add,
//!         reply: Reply<Add>,
//!         cx: &mut Cx<'_, Self>,
//!     ) -> Result<(), Fault> {
//!         self.0 += n;
//!         reply.send(self.0, cx);
//!         Ok(())
//!     }
//! }
//!
//! troupe_runtime::run(async {
//!     let node = Node::new(Parts::system(1, 1).unwrap());
//!     node.spawn(Spec::new(|_| Ok(Counter::default()))).accept::<Add>();
//!     let counter = node.link::<Add>("counter");
//!     assert_eq!(counter.ask(Add(2)).await, Ok(2));
//!     assert_eq!(counter.ask(Add(3)).await, Ok(5));
//! });
//! ```

mod actor;
mod alarms;
mod ask;
mod bulk;
mod clock;
mod collector;
mod conversation;
mod core;
mod cx;
mod disk;
mod drain;
mod drive;
mod driven;
mod envelope;
mod fault;
mod folder;
mod forks;
mod gate;
mod group;
mod host;
mod inbound;
mod life;
mod link;
pub mod log;
mod node;
mod orphans;
mod outbox;
mod pool;
mod promise;
mod record;
mod remote;
mod reply;
mod restart;
mod seat;
mod shell;
pub mod sim;
mod slab;
mod slot;
mod spawn;
mod stats;
mod transport;
mod watchdog;
mod writer;

pub use actor::{Actor, Handle};
pub use ask::Ask;
pub use bulk::{BulkEvent, BulkKind, BulkTable, FIRST_CREDIT, MAX_CHUNK, Registration};
pub use clock::{Alarm, Clock, SystemClock};
pub use collector::Metrics;
pub use conversation::{Cancel, Cast, Conversation, Event, Proceed, Told, Traffic, TwoParts};
pub use cx::{Cx, Effects, Timer};
pub use disk::{DRAFT, Disk, Draft};
pub use drain::Drained;
pub use driven::{Driven, Drives, Place};
pub use fault::{Error, Exit, Fault, StopCause};
pub use folder::Directory;
pub use forks::Forks;
pub use gate::Queue;
pub use group::{Group, Rule};
pub use host::run;
pub use inbound::{Arrival, Inbound, Violation};
pub use link::{Link, Origin, Refused};
pub use node::{Audit, Entropy, Node, Parts};
pub use pool::{Executor, Job, NotTaken, Pool, Threads};
pub use record::{record, records};
pub use reply::Reply;
pub use restart::RestartPolicy;
pub use spawn::{Build, Spawned, Spec, Thread};
pub use transport::{Answer, BulkHeader, BulkSink, Contact, Peer, Request, Transport};
pub use watchdog::{Stuck, Watchdog};
