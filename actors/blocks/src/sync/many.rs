//! What spares light clients round trips: headers in a row, several accounts at once, and what a call touches.

use super::Syncing;
use super::light::MOST;
use super::read::Reading;
use crate::executor::{Prove, StateAt};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use troupe_chain::light::{
    AccountShown, AccountsShown, AskAccounts, AskHeaders, AskTouched, Headers, MAX_PART, MAX_RUN,
    MAX_TOUCHED, Touched,
};
use troupe_chain::state::{Layered, Slot};
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault, Handle, Pool, Reply};
use troupe_types::{Address, Gas, Hash, Height, NodeId};
use troupe_vault::Error;
use troupe_vm::{CallRequest, Env, Observer, Vm, call_observed};
use troupe_wire::{Blob, List};

/// What looking at a call costs its asker, in requests.
const TRIED: u32 = 20;
/// The most gas of a call that is tried for somebody else: 10 to 20 ms.
const MOST_GAS: Gas = Gas(5_000_000);
/// Of one account so many words are told.
const MOST_WORDS: usize = 1_024;
/// So many are tried at a time.
const MOST_TRIED: usize = 2;

fn weigh_headers(headers: &Option<Headers>) -> usize {
    headers.as_ref().map_or(0, |headers| headers.iter().map(|header| header.len()).sum())
}

fn weigh_touched(touched: &Option<Touched>) -> usize {
    let Some(touched) = touched else { return 0 };
    touched.iter().map(|(_, slots)| Address::LEN + slots.len() * Hash::LEN).sum()
}

impl Reading {
    /// Headers from a height down, as far as blocks are kept.
    fn headers(
        mut self,
        AskHeaders { highest, most }: AskHeaders,
    ) -> Result<Option<Headers>, Error> {
        let mut found = Vec::new();
        let lowest = highest.0.saturating_sub(u64::from(most).min(MAX_RUN as u64));
        for height in (lowest + 1..=highest.0).rev().map(Height) {
            let Some(header) = self.header_of(height)? else { break };
            let mut bytes = Vec::new();
            header.encode(&mut bytes);
            let Ok(blob) = Blob::new(bytes) else { break };
            found.push(blob);
        }
        Ok((!found.is_empty()).then(|| List::new(found).unwrap_or_default()))
    }
}

/// Accounts on their way to somebody who asked for several.
struct Errand {
    from: NodeId,
    height: Height,
    left: VecDeque<(Address, Vec<Slot>)>,
    shown: Vec<AccountShown>,
    weight: usize,
    reply: Reply<AskAccounts>,
}

impl<S: Scheme> Syncing<S> {
    /// Proves the next account, or answers with those that are proven.
    fn prove_next(&mut self, mut errand: Errand, cx: &mut Cx<'_, Self>) {
        let Some((address, slots)) = errand.left.pop_front() else {
            return self.end_errand(errand, cx);
        };
        let (link, height) = (self.prove.clone(), errand.height);
        cx.ask(&link, Prove { height, address, slots }, move |sync, proof, cx| {
            let shown = proof.map(|proof| proof.as_ref().and_then(AccountShown::of));
            let Ok(Some(shown)) = shown else {
                // The state is gone, or the ledger has too much to do.
                match (shown, errand.shown.is_empty()) {
                    (Ok(_), true) => errand.reply.send(None, cx),
                    (Err(_), true) => errand.reply.refuse(cx),
                    (_, false) => sync.end_errand(errand, cx),
                }
                return Ok(());
            };
            let weight = errand.weight + shown.weight();
            if weight > MAX_PART && !errand.shown.is_empty() {
                sync.end_errand(errand, cx);
                return Ok(());
            }
            errand.weight = weight;
            errand.shown.push(shown);
            sync.prove_next(errand, cx);
            Ok(())
        });
    }

    fn end_errand(&mut self, errand: Errand, cx: &mut Cx<'_, Self>) {
        self.budgets.charge(errand.from, errand.weight, cx.now().mono);
        errand.reply.send(AccountsShown::new(errand.shown).ok(), cx);
    }

    /// Tries a call on a state.
    fn try_call(
        &mut self,
        from: NodeId,
        state: Option<Layered>,
        asked: AskTouched,
        reply: Reply<AskTouched>,
        cx: &mut Cx<'_, Self>,
    ) {
        let Some(state) = state else { return reply.send(None, cx) };
        if self.trying >= MOST_TRIED || self.looking_up >= MOST {
            return reply.refuse(cx);
        }
        let reading = Reading::new(Arc::clone(&self.parts.shared.vault), self.tips.headers());
        let (vm, chain_id) = (self.parts.vm.clone(), self.parts.shared.rules.chain_id);
        let job = move || touched(reading, state, asked, (&vm, chain_id));
        let submitted = cx.pool(Pool::Jobs, job, move |sync, touched, cx| {
            sync.trying -= 1;
            // What cannot be tried is not worth a word: it is a hint.
            let touched = touched.ok().flatten();
            sync.budgets.charge(from, weigh_touched(&touched), cx.now().mono);
            reply.send(touched, cx);
            Ok(())
        });
        self.trying += usize::from(submitted.is_ok());
    }
}

/// What a call touched.
#[derive(Debug, Default)]
struct Seen(BTreeMap<Address, BTreeSet<Slot>>);

impl Observer for Seen {
    fn touch(&mut self, account: Address, slot: Option<Slot>) {
        if !self.0.contains_key(&account) && self.0.len() >= MAX_TOUCHED {
            return;
        }
        let slots = self.0.entry(account).or_default();
        if slots.len() < MOST_WORDS {
            slots.extend(slot);
        }
    }
}

/// Makes the call, and says what it touched; `None` where it cannot be begun.
fn touched(
    mut reading: Reading,
    state: Layered,
    asked: AskTouched,
    (vm, chain_id): (&Vm, u64),
) -> Option<Touched> {
    let header = reading.header_of(asked.height).ok().flatten()?;
    let env = Env::of(&header, chain_id, Arc::new(()), vm);
    let coinbase = env.coinbase;
    let request = CallRequest {
        from: asked.from,
        to: asked.to,
        value: asked.amount(),
        gas: Gas(asked.gas).min(MOST_GAS),
        input: asked.input.to_vec().into(),
        access_list: Vec::new(),
    };
    let (_, seen) = call_observed(state, env, &request, Seen::default()).ok()?;
    let mut seen = seen?;
    for account in [asked.from, coinbase].into_iter().chain(asked.to) {
        seen.touch(account, None);
    }
    Some(told(seen.0))
}

/// As much of it as there is room for; an account with many words comes several times.
fn told(seen: BTreeMap<Address, BTreeSet<Slot>>) -> Touched {
    let mut all = Vec::new();
    for (account, slots) in seen {
        let slots: Vec<Slot> = slots.into_iter().collect();
        if slots.is_empty() {
            all.push((account, List::default()));
        }
        let part = |part: &[Slot]| Some((account, List::new(part.to_vec()).ok()?));
        all.extend(slots.chunks(MAX_TOUCHED).filter_map(part));
    }
    all.truncate(MAX_TOUCHED);
    List::new(all).unwrap_or_default()
}

impl<S: Scheme> Handle<AskHeaders> for Syncing<S> {
    fn handle(
        &mut self,
        asked: AskHeaders,
        reply: Reply<AskHeaders>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let last = self.tips.range().map(|(_, (last, _))| last);
        if last.is_none_or(|last| asked.highest > last) {
            reply.send(None, cx);
            return Ok(());
        }
        self.look_up(reply, weigh_headers, move |reading| reading.headers(asked), cx);
        Ok(())
    }
}

impl<S: Scheme> Handle<AskAccounts> for Syncing<S> {
    fn handle(
        &mut self,
        AskAccounts { height, wanted }: AskAccounts,
        reply: Reply<AskAccounts>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let cost = u32::try_from(wanted.len()).unwrap_or(u32::MAX).max(1);
        let Some(from) = self.admit(cost, cx) else {
            reply.refuse(cx);
            return Ok(());
        };
        let left = wanted.iter().map(|(address, slots)| (*address, slots.to_vec())).collect();
        let errand = Errand { from, height, left, shown: Vec::new(), weight: 0, reply };
        self.prove_next(errand, cx);
        Ok(())
    }
}

impl<S: Scheme> Handle<AskTouched> for Syncing<S> {
    fn handle(
        &mut self,
        asked: AskTouched,
        reply: Reply<AskTouched>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some(from) = self.admit(TRIED, cx) else {
            reply.refuse(cx);
            return Ok(());
        };
        let link = self.state.clone();
        cx.ask(&link, StateAt(asked.height), move |sync, state, cx| {
            match state {
                Ok(state) => sync.try_call(from, state, asked, reply, cx),
                Err(_) => reply.refuse(cx),
            }
            Ok(())
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_touched_is_told_whole_where_there_is_room(
            counts in proptest::collection::vec(0usize..200, 0..12),
        ) {
            let slot = |at: usize| Hash([u8::try_from(at).unwrap(); 32]);
            let one = |(at, count): (usize, &usize)| {
                (Address([u8::try_from(at).unwrap(); 20]), (0..*count).map(slot).collect())
            };
            let seen: BTreeMap<Address, BTreeSet<Slot>> =
                counts.iter().enumerate().map(one).collect();
            let mut again: BTreeMap<Address, BTreeSet<Slot>> = BTreeMap::new();
            for (account, slots) in told(seen.clone()).iter() {
                again.entry(*account).or_default().extend(slots.iter().copied());
            }
            prop_assert_eq!(again, seen);
        }
    }

    #[test]
    fn a_call_that_touches_without_end_is_told_in_part() {
        let mut seen = Seen::default();
        for at in 0..100_000_u32 {
            let mut account = [0; 20];
            account[..4].copy_from_slice(&(at % 300).to_be_bytes());
            let mut slot = [0; 32];
            slot[..4].copy_from_slice(&at.to_be_bytes());
            seen.touch(Address(account), Some(Hash(slot)));
        }
        let words: usize = seen.0.values().map(BTreeSet::len).sum();
        assert!(seen.0.len() == MAX_TOUCHED && words <= MAX_TOUCHED * MOST_WORDS);
        assert_eq!(told(seen.0).len(), MAX_TOUCHED);
    }
}
