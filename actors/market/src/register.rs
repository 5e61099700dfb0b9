//! The account's compute node is registered, where the manifest says so.

use crate::actor::Market;
use crate::duties::{Became, again};
use crate::file::{FILE, Marks, Record};
use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use std::fmt;
use std::sync::Arc;
use troupe_crypto::hash;
use troupe_market::call::abi::TaskMarket::registerCall;
use troupe_market::contract::TASKS;
use troupe_market::node::registration;
use troupe_runtime::{Cx, Fault};
use troupe_types::{Hash, Millis};

/// How often it is looked whether there are funds.
const LOOK: Millis = Millis::secs(2);
/// How often it is said that there are none, in looks.
const SAY: u32 = 30;
/// What is left for fees, in von: a tenth of a LAT.
const FEES: u128 = 100_000_000_000_000_000;

/// How a compute node is registered.
#[derive(Clone, Copy)]
pub struct Register {
    /// What is staked, in von.
    pub stake: u128,
    /// How many tasks it takes at once.
    pub capacity: u32,
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Register({} von, capacity {})", self.stake, self.capacity)
    }
}

/// How far that is.
#[derive(Debug)]
pub(crate) struct Registering {
    state: State,
    /// When it is looked again.
    next: Millis,
    looks: u32,
    tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody wants it, or it is done.
    Rests,
    /// It is wanted.
    Wanted,
    /// Something is on its way.
    Out,
}

impl Registering {
    pub(crate) fn new(wanted: Option<&Register>, marks: &Marks) -> Self {
        // Whoever took its stake back does not stake again by itself.
        let is_wanted = wanted.is_some() && !marks.has_registered;
        let state = if is_wanted { State::Wanted } else { State::Rests };
        Self { state, next: Millis::ZERO, looks: 0, tries: 0 }
    }
}

impl Market {
    /// Who we are is known, or known anew.
    pub(crate) fn registered(&mut self, cx: &mut Cx<'_, Self>) {
        let has_node = self.who.is_some_and(|who| who.compute.is_some());
        if has_node && self.opening.register.is_some() && !self.marks.has_registered {
            self.marks.has_registered = true;
            cx.persist(FILE, Record::Registered.framed());
        }
        if has_node {
            self.registering.state = State::Rests;
        }
        if self.registering.state == State::Rests {
            (self.opening.report)(Ok(()));
        }
    }

    /// Registers the node when there are funds for it.
    pub(crate) fn register(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let now = cx.now().mono;
        let is_time = self.registering.state == State::Wanted && self.registering.next <= now;
        let Some(register) = self.opening.register else { return Ok(()) };
        if !is_time || self.who.is_none_or(|who| who.compute.is_some()) {
            return Ok(());
        }
        self.registering.state = State::Out;
        let chain = Arc::clone(&self.chain);
        let funds = async move { Ok((chain.least_stake().await?, chain.balance().await?)) };
        self.when(cx, funds, move |market, found: Result<_, crate::Error>, cx| {
            let (least, balance) = match found {
                Ok(found) => found,
                Err(error) => {
                    market.not_yet(format!("not read: {error}"), cx);
                    return Ok(());
                }
            };
            if register.stake < least {
                let stake = register.stake;
                let text = format!("a stake of {stake} von, the chain wants {least} at least");
                market.not_yet(text, cx);
                return Ok(());
            }
            let wanted = register.stake.saturating_add(FEES);
            if balance < U256::from(wanted) {
                market.not_yet(format!("it has {balance} von, wanted are {wanted}"), cx);
                return Ok(());
            }
            market.hand_in(&register, cx)
        });
        Ok(())
    }

    fn not_yet(&mut self, why: String, cx: &mut Cx<'_, Self>) {
        let account = self.opening.account;
        if self.registering.looks.is_multiple_of(SAY) {
            tracing::warn!(%account, why, "the compute node is not registered");
        }
        (self.opening.report)(Err(format!("{account} has no compute node: {why}")));
        self.registering.looks += 1;
        self.registering.state = State::Wanted;
        self.registering.next = cx.now().mono.plus(LOOK);
    }

    fn hand_in(&mut self, register: &Register, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let (chain_id, account) = (self.chain.reader.chain_id(), self.opening.account);
        let key = self.opening.key.public_key().0;
        let digest = registration(chain_id, account, &key);
        let signature = match self.opening.key.sign(&digest) {
            Ok(signature) => Bytes::copy_from_slice(&signature.0),
            Err(error) => return Err(Fault::Fatal(format!("the key of the node: {error}"))),
        };
        let capacity = register.capacity;
        let input = registerCall { key: key.into(), signature, capacity }.abi_encode();
        // What was refused once is another errand with another stake.
        let stake = register.stake.to_be_bytes();
        let id: Hash = hash::keccak256_concat(&[b"troupe market node v1", &digest.0, &stake]);
        let what = (again(id, self.registering.tries), TASKS, register.stake);
        self.submit(what, (input, 0), cx, |market, became, cx| {
            match became {
                Became::Done => market.identify(cx),
                Became::Failed => {
                    market.registering.tries += 1;
                    market.not_yet("the chain refused it".to_owned(), cx);
                }
                Became::Open => market.not_yet("the account did not take it".to_owned(), cx),
            }
            Ok(())
        })
    }
}
