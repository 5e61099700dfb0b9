//! Messages that arrive from other processes: found, checked, decoded, delivered, in this order.

use crate::clock::{Clock, millis};
use crate::link::{Deliver, Origin, Post};
use crate::reply::Reply;
use crate::transport::{Answer, Peer};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use troupe_types::Millis;
use troupe_wire::{CallError, Sender, Version, Wire, codec};

/// An encoded message from a peer, as the network read it.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// The service it is for.
    pub service: &'a str,
    /// Its number within the service.
    pub tag: u16,
    /// How long the sender will wait for it.
    pub within: Millis,
    /// The encoded message.
    pub body: &'a [u8],
}

/// What a peer did that no honest peer does; the network closes the connection and remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The message is larger than its type allows.
    #[error("{service}/{tag}: {got} bytes exceed {limit}")]
    Oversized {
        /// The service addressed.
        service: &'static str,
        /// The message's tag.
        tag: u16,
        /// Bytes received.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes are not the message they claim to be.
    #[error("{service}/{tag}: malformed")]
    Malformed {
        /// The service addressed.
        service: &'static str,
        /// The message's tag.
        tag: u16,
    },
    /// This peer may not send this message.
    #[error("{service}/{tag}: not allowed to this sender")]
    NotAllowed {
        /// The service addressed.
        service: &'static str,
        /// The message's tag.
        tag: u16,
    },
}

/// No message of a peer is worth running longer than this.
const LONGEST: Millis = Millis::secs(3_600);

/// Every message type that this process answers to others.
#[derive(Clone, Default)]
pub struct Inbound(Arc<Table>);

#[derive(Default)]
struct Table {
    served: RwLock<Services>,
    is_closed: AtomicBool,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.served()).finish()
    }
}

impl Inbound {
    /// Lets peers send `M` to `target`. False when another actor has it already.
    pub(crate) fn serve<M: Wire>(&self, target: Arc<dyn Deliver<M>>) -> bool {
        let mut table = self.0.served.write().unwrap_or_else(PoisonError::into_inner);
        let served: Arc<dyn Serve> = Arc::new(Served(target));
        match table.entry((M::SERVICE, M::TAG)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(served);
                true
            }
        }
    }

    /// Whether `M` is answered by this kind of actor.
    pub(crate) fn is_served_by<M: Wire>(&self, kind: &str) -> bool {
        self.find(M::SERVICE, M::TAG).is_some_and(|served| served.label() == kind)
    }

    /// Answers `Closing` from now on.
    pub(crate) fn close(&self) {
        self.0.is_closed.store(true, Ordering::Release);
    }

    /// The services and tags that peers may address, in order.
    #[must_use]
    pub fn served(&self) -> Vec<(&'static str, u16)> {
        let table = self.0.served.read().unwrap_or_else(PoisonError::into_inner);
        table.keys().copied().collect()
    }

    /// The largest body that a message of this kind may have; `None` when nobody here answers it.
    /// The network asks before it reads the body.
    #[must_use]
    pub fn limit(&self, service: &str, tag: u16) -> Option<usize> {
        self.find(service, tag).map(|served| served.limit())
    }

    /// Delivers a message. `answer` is called exactly once when it was given, also after a violation.
    pub fn arrive(
        &self,
        from: &Arc<Peer>,
        arrival: &Arrival<'_>,
        answer: Option<Answer>,
    ) -> Result<(), Violation> {
        let is_closed = self.0.is_closed.load(Ordering::Acquire);
        let served = match self.find(arrival.service, arrival.tag) {
            Some(served) if !is_closed => served,
            found => {
                let why = if found.is_some() { CallError::Closing } else { CallError::NotHere };
                if let Some(answer) = answer {
                    answer(Err(why));
                }
                return Ok(());
            }
        };
        if from.version < served.since() {
            if let Some(answer) = answer {
                answer(Err(CallError::Unsupported));
            }
            return Ok(());
        }
        served.arrive(from, arrival, answer)
    }

    fn find(&self, service: &str, tag: u16) -> Option<Arc<dyn Serve>> {
        let table = self.0.served.read().unwrap_or_else(PoisonError::into_inner);
        // The key borrows for 'static; a lookup by value compares contents all the same.
        table.get(&(service, tag) as &(&str, u16)).cloned()
    }
}

type Services = BTreeMap<(&'static str, u16), Arc<dyn Serve>>;

trait Serve: Send + Sync {
    fn limit(&self) -> usize;
    fn since(&self) -> Version;
    fn label(&self) -> &'static str;
    fn arrive(
        &self,
        from: &Arc<Peer>,
        arrival: &Arrival<'_>,
        answer: Option<Answer>,
    ) -> Result<(), Violation>;
}

struct Served<M: Wire>(Arc<dyn Deliver<M>>);

impl<M: Wire> Served<M> {
    fn check(from: &Peer, arrival: &Arrival<'_>) -> Result<M, Violation> {
        let (service, tag) = (M::SERVICE, M::TAG);
        let got = arrival.body.len();
        if got > M::LIMIT.bytes() {
            return Err(Violation::Oversized { service, tag, got, limit: M::LIMIT.bytes() });
        }
        let is_allowed = match (M::SENDER, from.role.as_deref()) {
            (Sender::Anyone, _) => true,
            (Sender::Listed, role) => role.is_some(),
            (Sender::Roles(roles), Some(role)) => roles.contains(&role),
            (Sender::Roles(_), None) => false,
        };
        if !is_allowed {
            return Err(Violation::NotAllowed { service, tag });
        }
        codec::decode(arrival.body, M::LIMIT).map_err(|_| Violation::Malformed { service, tag })
    }
}

impl<M: Wire> Serve for Served<M> {
    fn limit(&self) -> usize {
        M::LIMIT.bytes()
    }

    fn since(&self) -> Version {
        M::SINCE
    }

    fn label(&self) -> &'static str {
        self.0.label()
    }

    fn arrive(
        &self,
        from: &Arc<Peer>,
        arrival: &Arrival<'_>,
        answer: Option<Answer>,
    ) -> Result<(), Violation> {
        let message = match Self::check(from, arrival) {
            Ok(message) => message,
            Err(violation) => {
                if let Some(answer) = answer {
                    answer(Err(CallError::Unsupported));
                }
                return Err(violation);
            }
        };
        let clock: &Arc<dyn Clock> = self.0.clock();
        let sent = clock.nanos();
        let deadline = millis(sent).plus(arrival.within.at_most(LONGEST));
        let reply = match answer {
            None => Reply::nobody(),
            Some(answer) => Reply::call(move |outcome: Result<M::Reply, CallError>| {
                answer(outcome.and_then(|reply| {
                    codec::encode(&reply, M::REPLY_LIMIT)
                        .map(Bytes::from)
                        .map_err(|_| CallError::Crashed)
                }));
            }),
        };
        let origin = Origin::Peer(Arc::clone(from));
        // A refusal has answered already where an answer was wanted.
        let _ = self.0.deliver(Post { message, reply, deadline, origin, sent });
        Ok(())
    }
}
