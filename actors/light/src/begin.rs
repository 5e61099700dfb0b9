//! From which block the chain is followed, and for how long that is enough.
//!
//! Validators who have left can sign whatever they like without losing anything. So a block is trusted for a
//! while only: whoever has not followed for longer needs a later block, from somebody who has.

use crate::client::{About, Client};
use crate::error::Error;
use crate::follow::descending;
use crate::kept;
use std::fmt;
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_chain::light::{AskElection, AskHeaders, Election, MAX_RUN};
use troupe_crypto::Scheme;
use troupe_ledger::Light;
use troupe_rpc::Unavailable;
use troupe_runtime::{Disk, Node};
use troupe_types::{Hash, Height, Millis, UnixMillis};

/// So many headers below a checkpoint are looked at for the one that elected its validators, or the next ones.
const MOST: u64 = 1 << 16;

/// A block that somebody vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: Hash,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} ({})", self.height, self.hash)
    }
}

/// Where a client begins.
pub(crate) struct Beginning {
    /// What is known.
    pub(crate) light: Light,
    /// The block that has to be asked for first.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// Whether a block of this time is too old to be followed from.
pub(crate) fn check_age(head: &Header, now: UnixMillis, period: Millis) -> Result<(), Error> {
    let age = Millis(now.0.saturating_sub(head.time.0));
    if age <= period {
        return Ok(());
    }
    // In days or hours: nobody reads milliseconds.
    let unit = if age.0 < 2 * 86_400_000 { 3_600_000 } else { 86_400_000 };
    let age = Millis(age.0 / unit * unit);
    Err(Error::Stale { height: head.height, age, period })
}

/// Decides where to begin: what was known last, unless that is too old, below the checkpoint, or damaged;
/// then the checkpoint; then the genesis block.
pub(crate) fn begin(genesis: Light, about: &About, node: &Node) -> Result<Beginning, Error> {
    let (now, period) = (node.now().wall, about.trusting_period);
    let known = node.disk().and_then(|disk| known(&**disk, genesis.genesis()));
    let lowest = about.checkpoint.map_or(Height::ZERO, |checkpoint| checkpoint.height);
    if let Some(light) = known.filter(|light| light.head().height >= lowest) {
        match (check_age(light.head(), now, period), about.checkpoint) {
            (Ok(()), _) => {
                tracing::info!(height = light.head().height.0, "the chain is followed from there");
                return Ok(Beginning { light, checkpoint: None });
            }
            (Err(why), None) => return Err(why),
            (Err(why), Some(checkpoint)) => {
                tracing::warn!(%why, %checkpoint, "begins with the checkpoint instead");
            }
        }
    }
    if about.checkpoint.is_none() {
        check_age(genesis.head(), now, period)?;
    }
    Ok(Beginning { light: genesis, checkpoint: about.checkpoint })
}

fn known(disk: &dyn Disk, genesis: Hash) -> Option<Light> {
    kept::read(disk, genesis).unwrap_or_else(|why| {
        let file = kept::FILE;
        tracing::warn!(%why, file, "what was known of the chain is not believed: it is begun anew");
        None
    })
}

impl<S: Scheme> Client<S> {
    /// Goes to the block from which the chain is to be followed, if it has not been there yet.
    pub(crate) async fn find_beginning(self: &Arc<Self>) -> Result<(), Unavailable> {
        let Some(checkpoint) = self.pending() else { return Ok(()) };
        let Some((found, elects)) = self.electing(checkpoint).await? else {
            let reason = format!("nobody shows {checkpoint}, the checkpoint");
            return Err(Unavailable { reason });
        };
        let unfit = |why: Error| Unavailable { reason: why.to_string() };
        check_age(&found, self.node.now().wall, self.about.trusting_period).map_err(unfit)?;
        if elects.height == Height::ZERO {
            // The validators of the genesis block are known.
            self.begin_with(None);
            return Ok(());
        }
        let elects = &elects;
        let light = self.find(AskElection(elects.epoch), |_, election: Election| async move {
            let next = Roster::decode(&election.next)?;
            Ok(Light::begin_at(self.genesis, elects.hash(), elects.clone(), &next)?)
        });
        let missing =
            || Unavailable { reason: "nobody shows whom the checkpoint elects".to_owned() };
        let light = light.await?.ok_or_else(missing)?;
        tracing::info!(%checkpoint, epoch = light.epoch().0, "begins with the checkpoint");
        self.begin_with(Some(light));
        self.remember(&found);
        Ok(())
    }

    /// The header of the checkpoint, and the last one up to it that elects, which it vouches for.
    async fn electing(&self, at: Checkpoint) -> Result<Option<(Header, Header)>, Unavailable> {
        let (mut height, mut hash) = (at.height, at.hash);
        let mut first = None;
        loop {
            let most = u16::try_from(MAX_RUN).unwrap_or(u16::MAX);
            let asked = AskHeaders { highest: height, most };
            let run = self.find(asked, |_, run| async move { descending(&run, height, hash) });
            let Some(run) = run.await? else { return Ok(None) };
            let first = first.get_or_insert_with(|| run[0].clone());
            if let Some(elects) = run.iter().find(|header| header.next_term.is_some()) {
                return Ok(Some((first.clone(), elects.clone())));
            }
            let lowest = &run[run.len() - 1];
            let below = lowest.height.0.checked_sub(1);
            let Some(below) = below.filter(|below| at.height.0 - below < MOST) else {
                return Ok(None);
            };
            (height, hash) = (Height(below), lowest.parent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_trusted_for_its_time_and_then_the_remedy_is_named() {
        let head = Header { time: UnixMillis(1_000), height: Height(7), ..Header::default() };
        let period = Millis::secs(14 * 86_400);
        assert!(check_age(&head, UnixMillis(500), period).is_ok(), "a clock that is behind");
        assert!(check_age(&head, UnixMillis(1_000 + period.0), period).is_ok());
        let late = UnixMillis(1_001 + period.0 + 86_400_000 + 5_000);
        let text = check_age(&head, late, period).unwrap_err().to_string();
        assert!(text.contains("block 7 is 15d old, trusting_period is 14d"), "{text}");
        assert!(text.contains("checkpoint"), "{text}");
        let hour = Millis::secs(3_600);
        let text = check_age(&head, UnixMillis(9_000_000), hour).unwrap_err().to_string();
        assert!(text.contains("is 2h old"), "{text}");
    }
}
