//! What `SEMANTICS.md` promises, shown on real shells: time is moved by hand, jobs and disks answer
//! when the test says so, and nothing waits for a clock on the wall.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

mod alarms;
mod bulk;
mod calls;
mod children;
mod common;
mod deadlines;
mod drain;
mod driven;
mod fairness;
mod group;
mod metrics;
mod order;
mod persist;
mod pools;
mod queue;
mod remote;
mod remote_checks;
mod replicas;
mod restart;
mod restart_leftovers;
mod semantics;
mod watchdog;
