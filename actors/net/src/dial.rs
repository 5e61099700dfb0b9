//! Dialing a listed peer, and again after a pause when that fails.

use crate::greet::{self, Unmet};
use crate::hello::Hello;
use crate::line::{Line, Rank};
use crate::score::Misdeed;
use crate::shared::Shared;
use crate::slot::Slot;
use crate::tls::{SERVER_NAME, peer_of};
use crate::{Close, DialError};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::time::timeout;
use troupe_runtime::Peer;
use troupe_wire::Version;

/// How many of a name's addresses are tried.
const MAX_ADDRESSES: usize = 4;

/// Dials until there is a line, or once where nobody wants the peer kept.
pub(crate) async fn run(shared: Arc<Shared>, slot: Arc<Slot>) {
    loop {
        let next_try = shared.instant(slot.state().next_try);
        // A closing network still dials for what it has accepted, but not after a pause.
        let is_cut_off = if next_try <= tokio::time::Instant::now() {
            false
        } else {
            tokio::select! {
                () = slot.connected() => return,
                () = tokio::time::sleep_until(next_try) => false,
                () = shared.closing() => true,
            }
        };
        let Some(addresses) = slot.begin() else { return };
        let outcome = if is_cut_off {
            Err(DialError::Closed(Close::Drained))
        } else if shared.is_refused(&slot.id) {
            Err(DialError::Closed(Close::Refused))
        } else {
            reach(&shared, &slot, &addresses).await
        };
        let Err(error) = outcome else { return };
        let goes_on = slot.failed(&error, shared.now(), |failures| shared.pause(failures));
        if slot.line().is_none() {
            shared.metrics.dial_failed(&error);
            tracing::debug!(peer = %slot.id, %error, "dial failed");
            drop_tells(&shared, &slot);
        }
        if !goes_on || shared.is_closing() {
            shared.book.tidy(&slot.id);
            return;
        }
    }
}

/// Nobody is there to send them to.
pub(crate) fn drop_tells(shared: &Shared, slot: &Slot) {
    use troupe_wire::Lane;
    let dropped: usize = [Lane::Bulk, Lane::Normal, Lane::Control]
        .map(|lane| slot.outbox(lane).clear())
        .iter()
        .sum();
    shared.metrics.tells_dropped.inc_by(u64::try_from(dropped).unwrap_or(u64::MAX));
}

/// Tries the addresses in turn, all within the time of one hello each.
async fn reach(shared: &Arc<Shared>, slot: &Slot, names: &[String]) -> Result<(), DialError> {
    let mut last = DialError::Address;
    for name in names {
        for address in resolve(shared, name).await {
            let attempt = attempt(shared, slot, address);
            match timeout(shared.limits.hello.into(), attempt).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => last = error,
                Err(_) => last = DialError::TimedOut,
            }
            if slot.line().is_some() {
                return Err(last);
            }
        }
    }
    Err(last)
}

async fn resolve(shared: &Shared, name: &str) -> Vec<SocketAddr> {
    let own = shared.endpoint().and_then(|endpoint| endpoint.local_addr().ok());
    let has_ipv6 = own.is_some_and(|own| own.is_ipv6());
    let lookup = timeout(shared.limits.hello.into(), tokio::net::lookup_host(name));
    match lookup.await {
        Ok(Ok(found)) => {
            found.filter(|address| has_ipv6 || address.is_ipv4()).take(MAX_ADDRESSES).collect()
        }
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

async fn attempt(shared: &Arc<Shared>, slot: &Slot, address: SocketAddr) -> Result<(), DialError> {
    let (tls, met) = shared.tls.client(slot.id).map_err(|error| DialError::handshake(&error))?;
    let mut config = quinn::ClientConfig::new(tls);
    config.transport_config(Arc::clone(&shared.transport));
    let connecting = shared
        .endpoint()
        .ok_or(DialError::Closed(Close::Drained))?
        .connect_with(config, address, SERVER_NAME)
        .map_err(|error| DialError::handshake(&error))?;
    let connection = connecting.await.map_err(|error| {
        met.get().map_or_else(|| DialError::from(&error), |got| DialError::WrongPeer { got: *got })
    })?;
    // The handshake has checked this already; a second look costs a hash.
    if peer_of(&connection) != Some(slot.id) {
        shared.close(&connection, Close::NotAllowed);
        return Err(DialError::Lost);
    }
    let (hello, version) = match greet::speak(shared, &connection).await {
        Ok(met) => met,
        Err(Unmet::Close(close)) => {
            shared.close(&connection, close);
            return Err(DialError::Closed(close));
        }
        Err(Unmet::Wrong(error)) => {
            shared.count(slot.id, Misdeed::from(error), &error);
            shared.close(&connection, Close::Malformed);
            return Err(DialError::Hello(error));
        }
        Err(Unmet::Lost) => {
            let why = connection.close_reason();
            return Err(why.as_ref().map_or(DialError::Lost, DialError::from));
        }
    };
    let line = line(shared, connection, slot.id, hello, version, true);
    establish(shared, line).map_err(DialError::Closed)
}

/// A line between us and a peer after the hello.
pub(crate) fn line(
    shared: &Shared,
    connection: quinn::Connection,
    id: troupe_types::NodeId,
    hello: Hello,
    version: Version,
    is_ours: bool,
) -> Line {
    let rank = Rank { incarnation: hello.incarnation, is_by_smaller: is_ours == (shared.me < id) };
    let peer = Peer { id, incarnation: hello.incarnation, role: None, version };
    Line::new(connection, peer, hello, rank, is_ours, shared.now(), &shared.limits)
}

/// Puts a line to use, unless another one is preferred; that one closes it.
pub(crate) fn establish(shared: &Arc<Shared>, line: Line) -> Result<(), Close> {
    let line = Arc::new(line);
    let installed = shared.book.install(&line).inspect_err(|why| shared.close(&line.quic, *why))?;
    if let Some(old) = &installed.replaced {
        shared.close(&old.quic, Close::Replaced);
    }
    line.open(&shared.limits);
    let peer = line.peer();
    tracing::info!(
        peer = %peer.id,
        role = peer.role.as_deref().unwrap_or("-"),
        incarnation = %peer.incarnation,
        address = %line.quic.remote_address(),
        dialed = line.is_ours,
        "peer connected"
    );
    shared.spawn(crate::run::run(Arc::clone(shared), installed.slot, line));
    Ok(())
}
