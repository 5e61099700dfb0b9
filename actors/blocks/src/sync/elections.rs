//! Showing light clients who was elected: blocks that elect, with the rosters that they name.

use super::Syncing;
use super::light::headed;
use super::read::Reading;
use crate::offices::Offices;
use crate::shared::Shared;
use troupe_chain::block::Roster;
use troupe_chain::light::{
    AskElection, AskElections, Election, Elections, Headed, MAX_ELECTIONS, MAX_PART,
};
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault, Handle, Reply};
use troupe_types::{Epoch, Height};
use troupe_vault::Error;
use troupe_wire::{Blob, List};

fn weigh_one(election: &Option<Election>) -> usize {
    let Some(Election { headed, current, next }) = election else { return 0 };
    headed.header.len() + headed.proof.len() + current.len() + next.len()
}

fn weigh(elections: &Option<Elections>) -> usize {
    let Some(elections) = elections else { return 0 };
    let weigh =
        |(headed, next): &(Headed, Blob<_>)| headed.header.len() + headed.proof.len() + next.len();
    elections.iter().map(weigh).sum()
}

/// Who validated when, as far as that is known to the chain or to the disk.
struct Records {
    offices: Offices,
    /// How many blocks before an epoch's end the next validators are elected.
    distance: u64,
    /// The last block that can be shown, and its epoch.
    last: (Height, Epoch),
}

impl Records {
    fn roster(&self, reading: &Reading, epoch: Epoch) -> Result<Option<Roster>, Error> {
        match self.offices.roster(epoch) {
            Ok(roster) => Ok(Some(roster)),
            Err(_) => Shared::lock(reading.vault()).roster(epoch),
        }
    }

    /// The block in the epoch of a roster that elects the next one; `None` where it is not to be had.
    fn elects(
        &self,
        reading: &mut Reading,
        current: &Roster,
    ) -> Result<Option<(Headed, Roster)>, Error> {
        let height = current.last.0.checked_sub(self.distance).map(Height);
        let height = height.filter(|height| *height <= self.last.0);
        // No further than the chain is: whoever asks decides nothing of what is remembered here.
        let next = current.epoch.next().filter(|_| current.epoch <= self.last.1);
        let Some((height, next)) = height.zip(next) else { return Ok(None) };
        let Some(next) = self.roster(reading, next)? else { return Ok(None) };
        let headed = reading.stored(height)?.as_ref().and_then(headed);
        Ok(headed.map(|headed| (headed, next)))
    }

    fn election(&self, mut reading: Reading, epoch: Epoch) -> Result<Option<Election>, Error> {
        let Some(current) = self.roster(&reading, epoch)? else { return Ok(None) };
        let Some((headed, next)) = self.elects(&mut reading, &current)? else { return Ok(None) };
        let blobs = Blob::new(current.encode()).ok().zip(Blob::new(next.encode()).ok());
        Ok(blobs.map(|(current, next)| Election { headed, current, next }))
    }

    /// Elections in order, as many as there is room for.
    fn elections(
        &self,
        mut reading: Reading,
        asked: AskElections,
    ) -> Result<Option<Elections>, Error> {
        let mut current = self.roster(&reading, asked.from)?;
        let (mut found, mut size) = (Vec::new(), 0);
        let most = usize::from(asked.most).min(MAX_ELECTIONS);
        while found.len() < most
            && let Some(roster) = &current
            && let Some((headed, next)) = self.elects(&mut reading, roster)?
            && let Ok(blob) = Blob::new(next.encode())
        {
            size += headed.header.len() + headed.proof.len() + blob.len() + 16;
            if size > MAX_PART {
                break;
            }
            found.push((headed, blob));
            current = Some(next);
            reading.forget();
        }
        Ok(List::new(found).ok().filter(|found| !found.is_empty()))
    }
}

impl<S: Scheme> Syncing<S> {
    /// What there is to be shown, if an epoch may be asked for.
    fn records(&self, epoch: Epoch) -> Option<Records> {
        let (_, (last, _)) = self.tips.range()?;
        let shared = &self.parts.shared;
        let newest = shared.offices.at(last).ok()?;
        let (offices, distance) = (shared.offices.clone(), shared.election_distance);
        (epoch <= newest).then_some(Records { offices, distance, last: (last, newest) })
    }
}

impl<S: Scheme> Handle<AskElection> for Syncing<S> {
    fn handle(
        &mut self,
        AskElection(epoch): AskElection,
        reply: Reply<AskElection>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.records(epoch) {
            Some(records) => {
                self.look_up(reply, weigh_one, move |reading| records.election(reading, epoch), cx);
            }
            None => reply.send(None, cx),
        }
        Ok(())
    }
}

impl<S: Scheme> Handle<AskElections> for Syncing<S> {
    fn handle(
        &mut self,
        asked: AskElections,
        reply: Reply<AskElections>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.records(asked.from) {
            Some(records) => {
                self.look_up(reply, weigh, move |reading| records.elections(reading, asked), cx);
            }
            None => reply.send(None, cx),
        }
        Ok(())
    }
}
