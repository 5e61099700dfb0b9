//! A process that computes for a party which is another process: it says what it has free, does what it is given, and tells
//! the party what came of it.

use super::entry::{Life, Signatures, Wanted};
use super::manager::Sessions;
use super::witness::statement;
use std::collections::VecDeque;
use troupe_learning::message::Accepted;
use troupe_learning::workers::message::{
    Assign, Begin, Countersign, Countersigned, Dismiss, Enlist, Enlisted, MOST_RUNNING, Note, Word,
};
use troupe_market::message::Decision;
use troupe_mpc::OwnSignatures;
use troupe_runtime::{Contact, Cx, Fault, Handle, Link, Node, Origin, Reply, Told};
use troupe_types::{Hash, Millis, NodeId, SessionId};
use troupe_wire::{CallError, List, Text};

/// How often it says that it is there, before it knows how long that counts.
const FIRST: Millis = Millis::secs(1);
/// How soon it tells again what its party did not hear.
const AGAIN: Millis = Millis::secs(1);
/// How often.
const TRIES: u32 = 60;
/// Words that wait for the party.
const MOST_WORDS: usize = 256;

/// The party.
pub(super) struct Principal {
    pub(super) id: NodeId,
    contact: Contact,
    /// Where this process is reached.
    address: Text<256>,
    /// What the party is still to hear, in this order; whether it is being told the first of it.
    words: VecDeque<Note>,
    is_telling: bool,
    is_enlisted: bool,
}

impl Principal {
    pub(super) fn new(contact: Contact, address: &str) -> Self {
        Self {
            id: contact.id,
            contact,
            address: Text::cut(address),
            words: VecDeque::new(),
            is_telling: false,
            is_enlisted: false,
        }
    }

    /// What speaks to the party, if there is a network.
    fn link<M: troupe_wire::Wire>(&self, node: &Node) -> Option<Link<M>> {
        let transport = node.transport()?;
        transport.learn(vec![self.contact.clone()]);
        node.remote::<M>(self.id).ok()
    }
}

impl Sessions {
    /// Says that it is there, and goes on saying so.
    pub(super) fn keep_enlisting(&mut self, cx: &mut Cx<'_, Self>) {
        if self.principal.is_some() {
            self.enlist(cx, |sessions, lease, cx| {
                let next = lease.map_or(FIRST, |lease| Millis(lease.0 / 3).at_most(lease));
                let is_enlisted = lease.is_some();
                if let Some(principal) = &mut sessions.principal
                    && principal.is_enlisted != is_enlisted
                {
                    principal.is_enlisted = is_enlisted;
                    let party = principal.id.short();
                    match is_enlisted {
                        true => tracing::info!(%party, "enlisted as a worker"),
                        false => tracing::warn!(%party, "the party does not know this worker now"),
                    }
                }
                cx.after(next, |sessions: &mut Self, cx| {
                    sessions.keep_enlisting(cx);
                    Ok(())
                });
            });
        }
    }

    /// Says what is free here.
    pub(super) fn tell_room(&self, cx: &mut Cx<'_, Self>) {
        self.enlist(cx, |_, _, _| {});
    }

    fn enlist(
        &self,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Option<Millis>, &mut Cx<'_, Self>) + 'static,
    ) {
        let Some(principal) = &self.principal else { return };
        let (slots, memory) = self.room();
        let running = self.running().take(MOST_RUNNING);
        let running = List::new(running.collect()).unwrap_or_default();
        let enlist = Enlist { address: principal.address.clone(), slots, memory, running };
        let Some(link) = principal.link::<Enlist>(cx.node()) else { return };
        cx.ask(&link, enlist, move |sessions, answer, cx| {
            let lease = match answer {
                Ok(Enlisted::For(lease)) => Some(lease),
                Ok(Enlisted::No) | Err(_) => None,
            };
            then(sessions, lease, cx);
            Ok(())
        });
    }

    /// The party is to hear this, after what it is still to hear.
    pub(super) fn note(
        &mut self,
        (session, hash): (SessionId, Hash),
        decision: Decision,
        cx: &mut Cx<'_, Self>,
    ) {
        let word = match decision {
            Decision::Sent { to, round, message } => match List::new(message) {
                Ok(message) => Word::Sent { to, round, message },
                Err(_) => return,
            },
            Decision::Missing { of, round } => Word::Missing { of, round },
            Decision::Holds(held) => match List::new(held) {
                Ok(held) => Word::Holds(held),
                Err(_) => return,
            },
            Decision::Say(say) => Word::Said(say),
            Decision::Allow
            | Decision::Confirm
            | Decision::Decline(_)
            | Decision::Able
            | Decision::Received(_) => return,
        };
        let Some(principal) = &mut self.principal else { return };
        if principal.words.len() >= MOST_WORDS {
            tracing::error!("the party does not hear what comes of its sessions");
            return;
        }
        principal.words.push_back(Note { session, hash, word });
        self.tell_party(0, cx);
    }

    fn tell_party(&mut self, tries: u32, cx: &mut Cx<'_, Self>) {
        let Some(principal) = self.principal.as_mut().filter(|it| !it.is_telling) else { return };
        let Some(note) = principal.words.front().cloned() else { return };
        let Some(link) = principal.link::<Note>(cx.node()) else { return };
        principal.is_telling = true;
        cx.ask(&link, note, move |sessions: &mut Self, answer, cx| {
            let Some(principal) = &mut sessions.principal else { return Ok(()) };
            principal.is_telling = false;
            if matches!(answer, Ok(true)) || tries >= TRIES {
                principal.words.pop_front();
                sessions.tell_party(0, cx);
                return Ok(());
            }
            cx.after(AGAIN, move |sessions: &mut Self, cx| {
                sessions.tell_party(tries + 1, cx);
                Ok(())
            });
            Ok(())
        });
    }

    /// Has the party sign what the machine of a session wants signed.
    pub(super) fn have_signed(&self, wanted: &Wanted, cx: &mut Cx<'_, Self>) {
        let Wanted { session, hash, claims } = wanted;
        let entry = self.entries.at((*session, *hash));
        let Some(Life::Running { signed, .. }) = entry.map(|entry| &entry.life) else { return };
        let signed = signed.clone();
        let Some(principal) = &self.principal else { return };
        let statements = List::new(claims.iter().map(statement).collect());
        let link = principal.link::<Countersign>(cx.node());
        let (Ok(statements), Some(link)) = (statements, link) else { return };
        let asked = Countersign { session: *session, hash: *hash, statements };
        cx.ask(&link, asked, move |_: &mut Self, answer, cx| {
            // A child that is gone already signs nothing.
            let _ = cx.tell(&signed, Told(signatures(answer)));
            Ok(())
        });
    }

    fn is_principal(&self, origin: &Origin) -> bool {
        match (origin, &self.principal) {
            (Origin::Peer(peer), Some(principal)) => peer.id == principal.id,
            (Origin::Peer(_) | Origin::Local, _) => false,
        }
    }
}

fn signatures(answer: Result<Countersigned, CallError>) -> Signatures {
    let signed = match answer {
        Ok(Countersigned::Yes(signed)) => signed.into_inner(),
        Ok(Countersigned::No(why)) => {
            tracing::error!(%why, "the party does not sign how a session ends");
            return None;
        }
        Err(why) => {
            tracing::error!(%why, "the party does not sign how a session ends");
            return None;
        }
    };
    OwnSignatures::try_from(signed).ok().map(Box::new)
}

impl Handle<Assign> for Sessions {
    fn handle(
        &mut self,
        Assign(task): Assign,
        reply: Reply<Assign>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let origin = cx.origin();
        let taken = if self.is_principal(origin) {
            self.consider_here(&task, cx.now().wall)
                .and_then(|seated| self.seat(&task, seated, task.number != 0, cx))
        } else {
            Err("it computes for another party".to_owned())
        };
        tracing::info!(session = %task.session.short(), ?taken, "seat given");
        let answer = match taken {
            Ok(()) => Accepted::Yes,
            Err(why) => Accepted::No(Text::cut(&why)),
        };
        reply.send(answer, cx);
        self.tell_room(cx);
        Ok(())
    }
}

impl Handle<Begin> for Sessions {
    fn handle(
        &mut self,
        Begin { session, hash, ground }: Begin,
        reply: Reply<Begin>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let origin = cx.origin();
        let is_known = self.entries.at((session, hash)).is_some();
        if !is_known || !self.is_principal(origin) {
            reply.send(Accepted::No(Text::cut("no such session is here")), cx);
            return Ok(());
        }
        self.begin_on((session, hash), ground, cx);
        reply.send(Accepted::Yes, cx);
        Ok(())
    }
}

impl Handle<Dismiss> for Sessions {
    fn handle(
        &mut self,
        Dismiss { session, hash, why }: Dismiss,
        reply: Reply<Dismiss>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let origin = cx.origin();
        if self.is_principal(origin) {
            self.release((session, hash), &why, cx);
        }
        reply.send((), cx);
        self.tell_room(cx);
        Ok(())
    }
}
