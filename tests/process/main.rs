//! Ring 3: real processes from shipped manifests over loopback QUIC. Few and slow.

mod canary;
mod carry;
mod chain;
mod disk;
mod economy;
mod equivocator;
mod job;
mod kept;
mod kill;
mod log;
mod market;
mod network;
mod requester;
mod signer;
mod stakes;
mod wallet;
mod workers;
