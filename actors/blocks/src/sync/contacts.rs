//! Whom to ask: the validators, and everybody who is connected.

use super::Syncing;
use std::collections::{BTreeMap, BTreeSet};
use troupe_chain::message::{Fetch, Fetched, Inquire, Position};
use troupe_chain::sync::Input;
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault, Link};
use troupe_types::{Bytes, Millis, NodeId};
use troupe_wire::CallError;

/// How many are kept in mind.
const MOST: usize = 256;
/// How soon somebody who did not answer is asked again, the first time; then after twice as long.
const SOON: Millis = Millis(250);
/// The longest such pause.
const LATE: Millis = Millis::secs(8);
/// How long somebody who serves no blocks is left alone.
const NOT_SERVED: Millis = Millis::secs(60);

/// What is known of somebody.
#[derive(Debug, Default)]
struct Contact {
    /// It was asked how far it is, and has not answered.
    is_asked: bool,
    /// It has answered the last time; the machine says when it is asked again.
    is_known: bool,
    /// The pause after the last failure.
    pause: Millis,
    not_before: Millis,
}

/// Those who may have blocks.
#[derive(Debug, Default)]
pub(super) struct Contacts(BTreeMap<NodeId, Contact>);

impl Contacts {
    /// Forgets all who are not among these, and takes in those who are new.
    fn renew(&mut self, present: &BTreeSet<NodeId>) {
        self.0.retain(|id, contact| present.contains(id) || contact.is_asked);
        for id in present {
            if self.0.len() >= MOST {
                break;
            }
            self.0.entry(*id).or_default();
        }
    }

    fn is_asking(&mut self, id: NodeId) -> bool {
        let contact = self.0.entry(id).or_default();
        std::mem::replace(&mut contact.is_asked, true)
    }

    fn answered(&mut self, id: NodeId) {
        let contact = Contact { is_known: true, ..Contact::default() };
        self.0.insert(id, contact);
    }

    fn failed(&mut self, id: NodeId, why: CallError, now: Millis) {
        let contact = self.0.entry(id).or_default();
        let doubled = Millis(contact.pause.0.saturating_mul(2));
        let pause = match why {
            CallError::NotHere | CallError::Unsupported => NOT_SERVED,
            _ => doubled.at_most(LATE).max(SOON),
        };
        let not_before = now.plus(pause);
        *contact =
            Contact { is_asked: false, is_known: false, pause: pause.at_most(LATE), not_before };
    }

    fn due(&self, now: Millis) -> Vec<NodeId> {
        let due =
            |contact: &Contact| !contact.is_asked && !contact.is_known && contact.not_before <= now;
        self.0.iter().filter(|(_, contact)| due(contact)).map(|(id, _)| *id).collect()
    }

    /// Those who have answered.
    pub(super) fn known(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.0.iter().filter(|(_, contact)| contact.is_known).map(|(id, _)| *id)
    }
}

impl<S: Scheme> Syncing<S> {
    /// Asks whoever is new, or was silent, how far it is.
    pub(super) fn look_around(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Some(transport) = self.parts.node.transport() else { return Ok(()) };
        let connected = transport.peers();
        let validators = self.terms.iter().flat_map(|term| term.set.as_slice());
        let present: BTreeSet<NodeId> = validators
            .map(|validator| validator.node)
            .chain(connected.iter().map(|peer| peer.id))
            .filter(|id| *id != self.parts.me)
            .collect();
        self.contacts.renew(&present);
        for peer in self.contacts.due(cx.now().mono) {
            self.inquire(peer, cx)?;
        }
        Ok(())
    }

    pub(super) fn inquire(&mut self, peer: NodeId, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Ok(link) = self.parts.node.remote::<Inquire>(peer) else { return Ok(()) };
        if peer == self.parts.me || self.contacts.is_asking(peer) {
            return Ok(());
        }
        cx.ask(&link, Inquire, move |sync, position, cx| match position {
            Ok(position) => {
                sync.contacts.answered(peer);
                sync.heard(peer, position, cx)
            }
            Err(why) => sync.missed(peer, why, cx),
        });
        Ok(())
    }

    /// Somebody did not say how far it is.
    pub(super) fn missed(
        &mut self,
        peer: NodeId,
        why: CallError,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.contacts.failed(peer, why, cx.now().mono);
        self.small(Input::Lost { peer }, cx)
    }

    pub(super) fn fetch(
        &mut self,
        id: u64,
        peer: NodeId,
        fetch: Fetch,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let link: Link<Fetch> = match self.parts.node.remote(peer) {
            Ok(link) => link,
            Err(_) => return self.small(Input::Unanswered { id }, cx),
        };
        cx.ask(&link, fetch, move |sync, fetched, cx| match fetched {
            Ok(Fetched(bytes)) => {
                let weight = Bytes::of(bytes.len() + 128);
                sync.input(Input::Answer { id, bytes: bytes.to_vec() }, weight, cx)
            }
            Err(_) => sync.small(Input::Unanswered { id }, cx),
        });
        Ok(())
    }

    pub(super) fn position(&self) -> Option<Position> {
        let (first, (height, hash)) = self.tips.range()?;
        Some(Position { genesis: self.parts.shared.genesis, first, height, hash })
    }
}
