//! Following the chain: elections, then its head, then whatever comes.

use crate::begin::check_age;
use crate::client::Client;
use crate::error::Error;
use crate::facts::other;
use std::sync::Arc;
use tokio::runtime::Handle;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_chain::light::{
    AskElection, AskElections, AskHeader, AskHeaders, Election, Elections, Headed, Headers,
    MAX_ELECTIONS, MAX_RUN,
};
use troupe_chain::message::{Follow, Position};
use troupe_crypto::Scheme;
use troupe_ledger::Proven;
use troupe_rpc::Unavailable;
use troupe_types::{Epoch, Hash, Height, Millis, NodeId};
use troupe_wire::codec;

/// How long it waits when nobody is there, or nothing came of what somebody said; then for twice as long.
const PAUSE: Millis = Millis(250);
/// The longest such pause.
const LONGEST: Millis = Millis::secs(8);
/// How often it is said that what is known is too old.
const COMPLAINT: Millis = Millis::secs(60);
/// So many headers below a new head are learned: clients ask for blocks by their hashes.
const FILLED: u64 = 256;

/// A header and its proof, as they came.
pub(crate) fn read(headed: &Headed) -> Result<(Header, Proven), Error> {
    let header = Header::decode(&headed.header)?;
    Ok((header, codec::decode(&headed.proof, Proven::LIMIT)?))
}

/// Headers in a row: the one at a height, with this hash, and those below it, each named by the one above.
pub(crate) fn descending(run: &Headers, from: Height, hash: Hash) -> Result<Vec<Header>, Error> {
    let (mut height, mut hash) = (Some(from), hash);
    let mut headers = Vec::with_capacity(run.len());
    for bytes in run.iter() {
        let header = Header::decode(bytes)?;
        if Some(header.height) != height || header.hash() != hash {
            return Err(other("a header of a row"));
        }
        (height, hash) = (header.height.0.checked_sub(1).map(Height), header.parent);
        headers.push(header);
    }
    if headers.is_empty() { Err(other("the row of headers")) } else { Ok(headers) }
}

impl<S: Scheme> Client<S> {
    /// Follows the chain for as long as the process lives. Where nothing comes of what others say, it asks them
    /// less and less often.
    pub(crate) async fn follow(self: Arc<Self>) {
        // A simulated world has no loop that others could wait for.
        if let Ok(home) = Handle::try_current() {
            self.home.get_or_init(|| home);
        }
        let (mut claimant, mut pause) = (None, PAUSE);
        loop {
            let before = self.light();
            if let Err(why) = self.advance(claimant).await {
                tracing::debug!(%why, "the chain is not followed");
            }
            let after = self.light();
            if (after.head(), after.epoch()) != (before.head(), before.epoch()) {
                pause = PAUSE;
            } else if let Some(peer) = claimant.take() {
                // It said that the chain is higher, and did not show it.
                self.failed(peer);
                self.pause(pause).await;
                pause = Millis(pause.0.saturating_mul(2)).at_most(LONGEST);
            }
            claimant = self.wait().await;
        }
    }

    async fn pause(&self, span: Millis) {
        self.node.clock().alarm(self.node.now().mono.plus(span)).await;
    }

    /// Returns when somebody says that the chain is higher, with who did; or with nobody, after a while.
    async fn wait(&self) -> Option<NodeId> {
        let above = self.light().head().height;
        let Some(peer) = self.peers().first().copied() else {
            self.pause(PAUSE).await;
            return None;
        };
        match self.query(peer, Follow { above }).await {
            Some(Position { genesis, height, .. }) if genesis == self.genesis && height > above => {
                self.target.send_replace(height);
                Some(peer)
            }
            // One of another chain has nothing to say here, and who has no news might have waited.
            Some(_) | None => {
                self.pause(PAUSE).await;
                None
            }
        }
    }

    /// Goes on from where it is, unless that is too long ago.
    async fn advance(self: &Arc<Self>, claimant: Option<NodeId>) -> Result<(), Unavailable> {
        self.find_beginning().await?;
        let period = self.about.trusting_period;
        if let Err(why) = check_age(self.light().head(), self.node.now().wall, period) {
            tracing::error!(%why, "the chain is not followed any more");
            self.pause(COMPLAINT).await;
            return Err(Unavailable { reason: why.to_string() });
        }
        self.catch_up(claimant).await
    }

    /// Goes as far as others can show. Whoever says that it has more is asked first.
    async fn catch_up(self: &Arc<Self>, claimant: Option<NodeId>) -> Result<(), Unavailable> {
        loop {
            let before = self.light().head().height;
            let mut peers = self.peers();
            if let Some(claimant) = claimant {
                peers.retain(|peer| *peer != claimant);
                peers.insert(0, claimant);
            }
            let Some((peer, header)) = self.head(peers).await? else { return Ok(()) };
            self.fill(before).await?;
            let light = self.light();
            // Which epoch the chain is in is a claim until its validators are known.
            if header.epoch <= light.epoch() {
                let election = header.height.0.saturating_add(self.about.election_distance);
                if election < light.last().0 || !self.elect(header.epoch).await? {
                    return Ok(());
                }
            } else if !self.jump(header.epoch).await?
                && !self.climb(header.epoch).await?
                && !self.elect(light.epoch()).await?
            {
                // Nobody can show that; others are asked first for a while.
                self.failed(peer);
                return Ok(());
            }
        }
    }

    /// Learns the headers between one that is known and the head: each is named by the one above.
    async fn fill(&self, from: Height) -> Result<(), Unavailable> {
        let head = self.light().head().clone();
        let lowest = from.0.max(head.height.0.saturating_sub(FILLED));
        let (mut height, mut hash) = (head.height.0 - u64::from(head.height.0 > 0), head.parent);
        while height > lowest {
            if let Some(known) = self.remembered(Height(height)).filter(|found| found.hash == hash)
            {
                (height, hash) = (height - 1, known.header.parent);
                continue;
            }
            let most = u16::try_from((height - lowest).min(MAX_RUN as u64)).unwrap_or(u16::MAX);
            let asked = AskHeaders { highest: Height(height), most };
            let check = |_, run| async move { descending(&run, Height(height), hash) };
            // Not all have to be there: they are asked for again when somebody wants them.
            let Some(run) = self.find(asked, check).await? else { return Ok(()) };
            for header in &run {
                self.remember(header);
                (height, hash) = (header.height.0.saturating_sub(1), header.parent);
            }
        }
        Ok(())
    }

    /// Takes over the last final header that somebody has; gives it, true or not where its validators are
    /// not known.
    async fn head(
        self: &Arc<Self>,
        peers: Vec<NodeId>,
    ) -> Result<Option<(NodeId, Header)>, Unavailable> {
        self.find_among(peers, AskHeader(None), |peer, headed| async move {
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
    async fn elect(self: &Arc<Self>, epoch: Epoch) -> Result<bool, Unavailable> {
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

    /// Goes through the elections before an epoch, as many as somebody shows at once; whether it came further.
    async fn climb(self: &Arc<Self>, to: Epoch) -> Result<bool, Unavailable> {
        let from = self.light().epoch();
        let most = to.0.saturating_sub(from.0).min(MAX_ELECTIONS as u64);
        if most < 2 {
            return Ok(false);
        }
        let asked = AskElections { from, most: u16::try_from(most).unwrap_or(u16::MAX) };
        let found = self.find(asked, |_, elections: Elections| async move {
            for (headed, next) in elections.iter() {
                let (header, proven) = read(headed)?;
                // What somebody showed before he lied is as good as any.
                if header.epoch < self.light().epoch() {
                    continue;
                }
                let next = Roster::decode(next)?;
                let shown = self.light().check(&header, &proven, Some(&next))?;
                self.verify(&shown).await?;
                self.take(shown)?;
            }
            Ok(())
        });
        found.await?;
        Ok(self.light().epoch() > from)
    }

    /// Goes to an epoch over all between, where its validators are those that are known; whether it did.
    async fn jump(self: &Arc<Self>, to: Epoch) -> Result<bool, Unavailable> {
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
