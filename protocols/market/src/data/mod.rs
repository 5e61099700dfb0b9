//! Data sets and under which conditions they may be used.

mod dataset;
mod operate;
mod policy;

pub use dataset::{Dataset, Listing, MAX_NAME, page, page_of};
pub use operate::{publish, revoke, update};
pub use policy::{Asked, Askers, MAX_ASKERS, MAX_NAMED, Policy};
