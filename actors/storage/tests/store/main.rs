//! The whole store: what it acknowledged against what a model remembers.

mod crash;
mod kit;
mod life;
mod past;
mod plant;
mod rot;
mod sled;
