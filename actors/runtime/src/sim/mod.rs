//! Worlds of many nodes in one test: the real shells, virtual time, a network and disks with faults.
//!
//! Nothing here stands in for an actor, a gate, a codec or a check: what runs is what a process
//! runs. Simulated are the parts that a node is handed: its clock, its entropy, its pools, its
//! disk and its network. One thread turns one wheel of events, so that a seed and a story always
//! give the same events; [`World::hash`] tells two runs apart.
//!
//! * Time moves only when nothing can run: a chain of messages takes no time, however long it is.
//! * Jobs run on the one thread and finish after a span that the seed draws.
//! * Messages are encoded, delayed, lost and sent again, held up by cuts and lost with their
//!   connection; see [`Weather`]. [`Adversary`] changes what a node says.
//! * A crash drops a process with all it holds, in the middle of an append if need be ([`Tear`]);
//!   its [`Disk`] stays, and the next start works with what is there.
//!
//! What would make two runs differ does not work here: `tokio::time` finds no runtime and panics, an
//! actor with a thread of its own finds no system. One thing slips through: `tokio::select!` draws
//! its first branch from the thread's luck unless it says `biased`.
//!
//! A scenario in ten lines, for an actor as in the crate's example:
//!
//! ```
//! use troupe_runtime::{Actor, Cx, Fault, Handle, Reply, Spec, sim::Scenario};
//! use troupe_types::Millis;
//! use troupe_wire::{Limit, Message, Sender, Wire};
//! # use bincode::{Decode, Encode};
//! # #[derive(Encode, Decode)]
//! # struct Add(u64);
//! # impl Message for Add {
//! #     type Reply = u64;
//! #     const NAME: &'static str = "add";
//! # }
//! # impl Wire for Add {
//! #     const SERVICE: &'static str = "test.counter";
//! #     const TAG: u16 = 1;
//! #     const LIMIT: Limit = Limit::KiB1;
//! #     const SENDER: Sender = Sender::Listed;
//! # }
//! # #[derive(Default)]
//! # struct Counter(u64);
//! # impl Actor for Counter {
//! #     const KIND: &'static str = "counter";
//! # }
//! # impl Handle<Add> for Counter {
//! #     fn handle(&mut self, Add(n): Add, reply: Reply<Add>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
//! #         self.0 += n;
//! #         reply.send(self.0, cx);
//! #         Ok(())
//! #     }
//! # }
//! let mut world = Scenario::seed(7)
//!     .nodes(3)
//!     .run_actors(|stage| {
//!         stage.node().spawn(Spec::new(|_| Ok(Counter::default()))).serve::<Add>().map(drop)
//!     })
//!     .at(Millis::secs(10)).crash(2).restart_after(Millis::secs(60))
//!     .run_for(Millis::secs(5));
//! let to = world.id(2);
//! let mut add = |world: &mut troupe_runtime::sim::World, n| {
//!     let ask = move |node: troupe_runtime::Node| async move { node.remote(to).unwrap().ask(Add(n)).await };
//!     world.call(0, Millis::secs(30), ask).unwrap()
//! };
//! assert_eq!(add(&mut world, 2), Ok(2));
//! assert_eq!(add(&mut world, 3), Ok(5));
//! world.run_for(Millis::secs(20));
//! assert!(add(&mut world, 4).is_err()); // nobody is there
//! world.run_for(Millis::secs(60));
//! assert_eq!(add(&mut world, 4), Ok(4)); // what it did not persist is gone
//! ```

mod adversary;
mod auditor;
mod clock;
mod disk;
mod files;
mod host;
mod life;
mod mounted;
mod network;
mod pool;
mod scenario;
mod step;
mod weather;
mod wheel;
mod world;

pub use adversary::{Adversary, Sent, Wants};
pub use auditor::{Auditor, Counts, Entry, What};
pub use disk::{Disk, DiskFault, Tear};
pub use host::Stage;
pub use network::{Burden, Network};
pub use pool::{Pool, PoolPlan};
pub use scenario::{Scenario, node_id};
pub use weather::{Span, Weather};
pub use wheel::Wheel;
pub use world::{Stop, World};
