//! Who offers data and who computes on them, what that costs and who pays for what goes wrong: rules over the state of a chain.
//!
//! Owners list data sets with a policy; the rows stay with them. Compute nodes lock a stake. Somebody declares a task over
//! data sets and pays a deposit. The owners authorise it, the chain elects three compute nodes by a random word that nobody
//! knew then, these bind a part of their stake, the owners see who it is and confirm, the parties compute off the chain and say
//! on it what came of it. Then parties and owners are paid, or the deposit goes back.
//!
//! * [`data`]: data sets and policies. [`algorithm`], [`engine`]: what the bits in policies stand for.
//! * [`node`]: compute nodes and stakes.
//! * [`task`]: tasks, from declaration to payment, with disputes.
//! * [`election`]: who computes, as a pure function that anybody can repeat.
//! * [`statement`]: what parties sign, so that contradictions can be shown.
//! * [`duty`]: what a participant has to do, from what the chain shows. [`message`]: what actors of a process say of it.
//! * [`offer`]: what has to be done so that the chain lists what a node offers.
//! * [`block`]: what the chain does by itself. [`Rules`]: what the genesis block says of a market.
//! * [`call`]: all this by Solidity's ABI. [`audit`]: whether the money is where the records say.
//!
//! # Verdicts
//!
//! | | what is known | what follows |
//! |---|---|---|
//! | provable | a party signed two things that contradict each other, or one that contradicts what it said on the chain | it loses its bond and a part of its stake; who shows it gets a part of that, the owners of the data the rest |
//! | stalled | a party said nothing until the deadline, though giving up is a word too | it loses its bond to the owners |
//! | disputed pair | one says that a message never came, the other that it was sent | it is published, encrypted, and acknowledged; who is silent loses a small bond, and its bond if it said nothing of the computation either |
//! | unknown | parties say different things, or one gives up | the deposit goes back, nobody is punished |
//!
//! It is not the computation, and does not see it: values never come here. Time is that of blocks.

pub mod algorithm;
pub mod audit;
pub mod block;
pub mod call;
pub mod contract;
mod counters;
pub mod data;
pub mod duty;
pub mod election;
pub mod engine;
mod error;
mod event;
pub mod message;
mod moment;
mod money;
pub mod node;
pub mod offer;
mod page;
mod rules;
pub mod statement;
pub mod task;

pub use counters::Counters;
pub use error::Error;
pub use event::Event;
pub use moment::Moment;
pub use rules::{Rules, WrongRules};
