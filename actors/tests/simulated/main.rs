//! The real actors on simulated networks: virtual time, seeded delays, crashes. No test sleeps.

mod common;
mod computation;
mod directory;
