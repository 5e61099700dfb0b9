//! Compute nodes and their stakes.

mod operate;
mod record;

pub(crate) use operate::own;
pub use operate::{
    MAX_CAPACITY, MAX_NODES, add, leave, register, registration, set_capacity, withdraw,
};
pub(crate) use record::all;
pub use record::{Change, Left, Node, by_account, by_node, page};
