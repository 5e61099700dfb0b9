//! Worlds of real shells under virtual time: what the simulator promises, and what actors promise in it.
//!
//! `TROUPE_SEED=7 cargo test --release -p troupe-tests --test sim` tells every story with one seed.

mod settle;
