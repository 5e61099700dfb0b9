//! A signer elsewhere, which outlives the nodes that ask it.

use super::validator_secret;
use std::sync::{Arc, Mutex};
use troupe_blocks::{Pen, Signing, Unsigned};
use troupe_consensus::{
    History, Mark, Permission, PublicKey, Signature, Statement, public_bytes, sign,
};
use troupe_crypto::{Keyed, Scheme};
use troupe_runtime::Node;
use troupe_types::{Hash, Millis};

/// What it does with whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Signs what contradicts nothing, after so long.
    Signs(Millis),
    /// Nobody is there.
    IsAway,
    /// Hears, and never answers.
    IsSilent,
    /// Signs with another key than it says.
    Lies,
    /// Has no disk.
    CannotWrite,
}

pub struct Signer {
    whose: usize,
    mood: Mutex<Mood>,
    history: Mutex<History>,
}

impl Signer {
    pub fn new(whose: usize) -> Arc<Self> {
        let mood = Mutex::new(Mood::Signs(Millis(3)));
        Arc::new(Self { whose, mood, history: Mutex::default() })
    }

    pub fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn key(&self) -> PublicKey {
        public_bytes::<Keyed>(&Keyed::public_key(&validator_secret(self.whose))).unwrap()
    }

    /// What it has signed last.
    pub fn history(&self) -> History {
        self.history.lock().unwrap().clone()
    }

    /// It has signed this elsewhere.
    pub fn signed(&self, mark: Mark) {
        self.history.lock().unwrap().note(self.key(), mark);
    }

    pub fn pen(self: &Arc<Self>, node: &Node) -> Arc<dyn Pen> {
        Arc::new(Held { signer: Arc::clone(self), node: node.clone() })
    }

    fn sign(&self, genesis: Hash, statement: Statement) -> Result<Signature, Unsigned> {
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Signs(_) => {}
            Mood::Lies => {
                let other = validator_secret(self.whose + 100);
                return Ok(sign::<Keyed>(&other, &statement, &genesis).unwrap());
            }
            Mood::CannotWrite => return Err(Unsigned::Storage("no space".to_owned())),
            Mood::IsAway | Mood::IsSilent => {
                return Err(Unsigned::Unreachable("nobody is there".to_owned()));
            }
        }
        let mut history = self.history.lock().unwrap();
        if let Permission::Refused(mark) = history.ask(&self.key(), &statement, &genesis) {
            return Err(Unsigned::NotLater(mark));
        }
        history.note(self.key(), Mark::of(&statement, &genesis));
        Ok(sign::<Keyed>(&validator_secret(self.whose), &statement, &genesis).unwrap())
    }
}

struct Held {
    signer: Arc<Signer>,
    node: Node,
}

impl Pen for Held {
    fn key(&self) -> PublicKey {
        self.signer.key()
    }

    fn sign(&self, genesis: Hash, statement: Statement) -> Signing {
        let (signer, clock) = (Arc::clone(&self.signer), Arc::clone(self.node.clock()));
        let mood = *signer.mood.lock().unwrap();
        Box::pin(async move {
            match mood {
                Mood::Signs(after) => clock.alarm(clock.mono().plus(after)).await,
                Mood::IsSilent => std::future::pending().await,
                Mood::IsAway | Mood::Lies | Mood::CannotWrite => {}
            }
            signer.sign(genesis, statement)
        })
    }
}
