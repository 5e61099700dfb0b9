//! Compute nodes and their stakes.

mod operate;
mod record;

pub(crate) use operate::own;
pub use operate::{
    MAX_CAPACITY, MAX_NODES, add, leave, register, registration, set_capacity, withdraw,
};
pub use record::{Change, Left, Node, by_account, by_node, page};
pub(crate) use record::{Weighing, all};
