//! Following the chain: elections, then its head, then whatever comes.

use crate::client::Client;
use crate::error::Error;
use std::sync::Arc;
use tokio::runtime::Handle;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_chain::light::{AskElection, AskHeader, Election, Headed};
use troupe_chain::message::{Follow, Position};
use troupe_crypto::Scheme;
use troupe_ledger::Proven;
use troupe_rpc::Unavailable;
use troupe_types::{Epoch, Height, Millis, NodeId};
use troupe_wire::codec;

/// How long it waits when nobody is there.
const PAUSE: Millis = Millis(250);
/// So many headers below a new head are learned: clients ask for blocks by their hashes.
const FILLED: u64 = 256;

/// A header and its proof, as they came.
pub(crate) fn read(headed: &Headed) -> Result<(Header, Proven), Error> {
    let header = Header::decode(&headed.header)?;
    Ok((header, codec::decode(&headed.proof, Proven::LIMIT)?))
}

impl<S: Scheme> Client<S> {
    /// Follows the chain for as long as the process lives.
    pub(crate) async fn follow(self: Arc<Self>) {
        self.home.get_or_init(Handle::current);
        loop {
            if let Err(why) = self.catch_up().await {
                tracing::debug!(%why, "the chain is not followed");
                self.pause().await;
            }
            self.wait().await;
        }
    }

    async fn pause(&self) {
        self.node.clock().alarm(self.node.now().mono.plus(PAUSE)).await;
    }

    /// Returns when somebody says that the chain is higher, or after a while.
    async fn wait(&self) {
        let above = self.light().head().height;
        let Some(peer) = self.peers().first().copied() else {
            self.pause().await;
            return;
        };
        match self.query(peer, Follow { above }).await {
            Some(Position { genesis, height, .. }) if genesis == self.genesis => {
                self.target.send_replace(height);
            }
            // One of another chain has nothing to say here.
            Some(_) | None => self.pause().await,
        }
    }

    /// Goes as far as others can show.
    async fn catch_up(&self) -> Result<(), Unavailable> {
        loop {
            let before = self.light().head().height;
            let Some((peer, header)) = self.head().await? else { return Ok(()) };
            self.fill(before).await?;
            let light = self.light();
            // Which epoch the chain is in is a claim until its validators are known.
            if header.epoch <= light.epoch() {
                let election = header.height.0.saturating_add(self.about.election_distance);
                if election < light.last().0 || !self.elect(header.epoch).await? {
                    return Ok(());
                }
            } else if !self.jump(header.epoch).await? && !self.elect(light.epoch()).await? {
                // Nobody can show that; others are asked first for a while.
                self.failed(peer);
                return Ok(());
            }
        }
    }

    /// Learns the headers between one that is known and the head, the last of them: each is named by the
    /// one above.
    async fn fill(&self, from: Height) -> Result<(), Unavailable> {
        let head = self.light().head().height;
        let lowest = from.0.max(head.0.saturating_sub(FILLED));
        for height in (lowest + 1..head.0).rev().map(Height) {
            self.header_at(height).await?;
        }
        Ok(())
    }

    /// Takes over the last final header that somebody has; gives it, true or not where its validators are
    /// not known.
    async fn head(&self) -> Result<Option<(NodeId, Header)>, Unavailable> {
        self.find(AskHeader(None), |peer, headed| async move {
            let (header, proven) = read(&headed)?;
            let light = self.light();
            if header.epoch > light.epoch() || header.height <= light.head().height {
                return Ok((peer, header));
            }
            match light.check(&header, &proven, None) {
                Ok(shown) => {
                    self.verify(&shown).await?;
                    self.take(shown)?;
                }
                // What proves it lies in an epoch that is not known yet.
                Err(why) if why.is_outside() => {}
                Err(why) => return Err(why.into()),
            }
            Ok((peer, header))
        })
        .await
    }

    /// Learns who is in office after an epoch; whether that is new.
    async fn elect(&self, epoch: Epoch) -> Result<bool, Unavailable> {
        if epoch < self.light().epoch() {
            return Ok(false);
        }
        let found = self.find(AskElection(epoch), |_, election: Election| async move {
            let (header, proven) = read(&election.headed)?;
            let next = Roster::decode(&election.next)?;
            let shown = self.light().check(&header, &proven, Some(&next))?;
            self.verify(&shown).await?;
            self.take(shown)
        });
        Ok(found.await?.is_some())
    }

    /// Goes to an epoch over all between, where its validators are those that are known; whether it did.
    async fn jump(&self, to: Epoch) -> Result<bool, Unavailable> {
        let from = self.light().epoch();
        let Some(last) = to.0.checked_sub(1).map(Epoch).filter(|last| *last > from) else {
            return Ok(false);
        };
        let found = self.find(AskElection(last), |_, election: Election| async move {
            let (header, proven) = read(&election.headed)?;
            let current = Roster::decode(&election.current)?;
            let next = Roster::decode(&election.next)?;
            let shown = match self.light().jump(&header, &proven, &current, &next) {
                Ok(shown) => shown,
                // No lie: the validators have changed since.
                Err(why) if why.is_gap() => return Ok(false),
                Err(why) => return Err(why.into()),
            };
            self.verify(&shown).await?;
            self.take(shown)?;
            Ok(true)
        });
        Ok(found.await?.unwrap_or(false))
    }

    /// The lowest height of which something can be found out.
    pub(crate) fn lowest(&self) -> Height {
        self.light().first()
    }
}
