//! Time-outs, view changes, and what a quorum of them does.

use crate::certify::Start;
use crate::gate::Pending;
use crate::ledger::Permit;
use crate::message::GiveUp;
use crate::rules::Rule;
use crate::state::Machine;
use crate::{
    Certificate, Entry, Evidence, Output, Place, Rank, Record, Signature, Signers, Statement, Task,
    ViewChange, ViewChangeCertificate, Work, giving_up,
};
use std::collections::BTreeMap;
use troupe_types::{Hash, NodeId};
use troupe_wire::{List, Now};

impl Machine {
    pub(crate) fn time_passed(&mut self, now: Now, out: &mut Vec<Output>) {
        let place = self.round.place;
        let is_over = now.mono >= self.round.deadline;
        let is_given_up = self.ledger.has_given_up(place) && self.rules.keep(Rule::OneViewChange);
        if is_over && self.position().is_some() && !is_given_up {
            self.give_up(out);
        }
        self.probe(now, out);
        if now.mono >= self.round.repeat_at {
            self.round.repeat_at = now.mono.plus(self.settings.repeat);
            if let Some(change) = &self.round.change {
                self.broadcast(GiveUp(change.clone()), out);
            }
            self.tell_status(out);
            self.ask_somebody(now, out);
        }
    }

    /// Signs that this view is over, naming the highest certified block.
    fn give_up(&mut self, out: &mut Vec<Output>) {
        let statement = self.own_change();
        if self.ledger.permit(&statement, self.rules) == Permit::Sign {
            out.push(Output::Sign(statement));
        }
    }

    fn named(&self) -> Option<Certificate> {
        if self.rules.keep(Rule::NamesHighest) {
            self.highest_known()
        } else {
            self.tree.root().certificate
        }
    }

    fn own_change(&self) -> Statement {
        giving_up(self.round.place, self.named().as_ref(), &self.settings.genesis)
    }

    pub(crate) fn send_change(
        &mut self,
        now: Now,
        statement: &Statement,
        signature: Signature,
        out: &mut Vec<Output>,
    ) {
        let Some(voter) = self.position() else { return };
        let highest = match statement.certified {
            // What was signed names this block; its certificate is kept as long as the block is.
            Some(_) => match self.known(&statement.hash) {
                Some(certificate) => Some(certificate),
                None => return,
            },
            None => None,
        };
        let place = statement.place;
        let change = ViewChange { place, highest, voter, signature, edge: self.edge };
        self.round.change = Some(change.clone());
        self.round.repeat_at = now.mono.plus(self.settings.repeat);
        self.record_entry(out);
        self.say(Record::ViewChange(change.clone()), GiveUp(change.clone()), out);
        self.gave_up(now, self.settings.node, change, out);
    }

    /// Takes a verified view change in.
    pub(crate) fn gave_up(
        &mut self,
        now: Now,
        from: NodeId,
        mut change: ViewChange,
        out: &mut Vec<Output>,
    ) {
        self.verified_form(&mut change.edge);
        self.verified_form(&mut change.highest);
        for certificate in [&change.edge, &change.highest].into_iter().flatten() {
            self.certify(now, from, certificate, out);
        }
        self.advance(now, out);
        let (place, voter) = (change.place, change.voter);
        self.watch_signer(place, voter, out);
        if place < self.round.place || place.epoch != self.round.place.epoch {
            return;
        }
        self.keep_change(change, out);
        let count = self.changes.get(&place).map_or(0, BTreeMap::len);
        debug_assert!(voter < 128, "checked before");
        if count >= self.quorum(self.term()) {
            self.sum_up(place, out);
        } else if place > self.round.place {
            self.join(now, out);
        }
    }

    /// Keeps one view change a voter for this view and one for a later one; a second one for the same
    /// view is evidence if it is another.
    fn keep_change(&mut self, change: ViewChange, out: &mut Vec<Output>) {
        let (place, voter, here) = (change.place, change.voter, self.round.place);
        let genesis = self.settings.genesis;
        let of = self.changes.entry(place).or_default();
        if let Some(known) = of.get(&voter) {
            let one = (known.statement(&genesis), known.signature);
            let two = (change.statement(&genesis), change.signature);
            if let Some(evidence) = Evidence::new(voter, one, two) {
                self.report(evidence, out);
            }
            return;
        }
        of.insert(voter, change);
        let latest = self.changes.iter().filter(|(_, of)| of.contains_key(&voter));
        let latest = latest.map(|(place, _)| *place).max().unwrap_or(here);
        for (at, of) in &mut self.changes {
            if *at != here && *at != latest {
                of.remove(&voter);
            }
        }
        self.changes.retain(|_, of| !of.is_empty());
    }

    /// Has the view changes of a quorum added up.
    fn sum_up(&mut self, place: Place, out: &mut Vec<Output>) {
        if self.round.is_summing {
            return;
        }
        let Some(of) = self.changes.get(&place) else { return };
        let mut groups: BTreeMap<(Rank, Hash), (Entry, Vec<Signature>)> = BTreeMap::new();
        for (voter, change) in of {
            let said = change.statement(&self.settings.genesis);
            let rank = Rank { height: said.height, place: said.certified.unwrap_or_default() };
            let (entry, signatures) = groups.entry((rank, said.hash)).or_insert_with(|| {
                let Statement { height, certified, hash, .. } = said;
                let signature = change.signature;
                (Entry { height, certified, hash, signers: Signers::NONE, signature }, Vec::new())
            });
            entry.signers.insert(*voter);
            signatures.push(change.signature);
        }
        let highest = of.values().filter_map(|change| change.highest).max_by_key(Certificate::rank);
        let (mut entries, sums): (Vec<Entry>, Vec<Vec<Signature>>) = groups.into_values().unzip();
        entries.sort_unstable();
        let Ok(entries) = List::new(entries) else { return };
        let whole = Box::new(ViewChangeCertificate { place, entries, highest });
        self.round.is_summing = true;
        let id = self.gate.put(None, Pending::Sum(place, whole));
        out.push(Output::Verify(Task { id, work: Work::Sum(sums) }));
    }

    /// Joins those who give later views up, once so many do that an honest one is among them.
    fn join(&mut self, now: Now, out: &mut Vec<Output>) {
        let mut latest: BTreeMap<u16, Place> = BTreeMap::new();
        for (place, of) in self.changes.range(self.round.place..) {
            if *place > self.round.place {
                latest.extend(of.keys().map(|voter| (*voter, *place)));
            }
        }
        let mut places: Vec<Place> = latest.into_values().collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        let Some(target) = places.get(self.term().set.faults()).copied() else { return };
        self.enter(now, target, None, Start::Joined, out);
        if self.position().is_some() && !self.ledger.has_given_up(target) {
            self.give_up(out);
        }
    }

    /// Takes a verified certificate of a view change in: it is what makes a node jump.
    pub(crate) fn changed(
        &mut self,
        now: Now,
        from: NodeId,
        whole: &ViewChangeCertificate,
        out: &mut Vec<Output>,
    ) {
        let mut whole = whole.clone();
        self.verified_form(&mut whole.highest);
        if let Some(highest) = &whole.highest {
            self.certify(now, from, highest, out);
            self.advance(now, out);
        }
        let here = self.round.place;
        if whole.place.epoch != here.epoch {
            return;
        }
        let Some(next) = whole.place.next_view() else { return };
        // In a view that was joined or entered midway this is what its proposer needs.
        let completes = next == here && !self.round.is_fresh && self.round.proposals.is_empty();
        if completes {
            self.round.is_fresh = true;
            self.round.entry = Some(whole.clone());
            self.round.is_recorded = false;
        }
        self.enter(now, next, Some(whole.clone()), Start::Fresh, out);
    }
}
