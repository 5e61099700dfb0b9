//! A node's wish to send, and what an adversary makes of it.

use super::Network;
use super::state::State;
use crate::sim::adversary::{Sent, Wants};
use crate::sim::life::Life;
use crate::sim::wheel::NANOS_PER_MILLI;
use crate::transport::{Answer, Request};
use std::sync::Arc;
use troupe_types::{Millis, NodeId};
use troupe_wire::CallError;

impl Network {
    /// Does something once everything that runs now has returned: no callback runs under a lock.
    pub(crate) fn later(&self, act: impl FnOnce() + Send + 'static) {
        self.wheel.at(self.wheel.nanos(), act);
    }

    fn millis(&self) -> Millis {
        Millis(self.wheel.nanos() / NANOS_PER_MILLI)
    }

    /// A node sends. An ask always gets its outcome through `answer`.
    pub(crate) fn send(
        &self,
        from: usize,
        to: NodeId,
        request: Request,
        answer: Option<Answer>,
    ) -> Result<(), CallError> {
        let mut state = self.lock();
        let Some(mut adversary) = state.stations[from].adversary.take() else {
            return self.post(&mut state, from, to, request, answer);
        };
        drop(state);
        let wants = if answer.is_some() { Wants::Answer } else { Wants::Nothing };
        let mut out = Vec::new();
        let sent = Sent { after: Millis::ZERO, to, request: request.clone(), wants };
        adversary.sends(self.millis(), sent, &mut out);
        let mut state = self.lock();
        state.stations[from].adversary = Some(adversary);
        let unsent = self.act(&mut state, from, out, answer);
        if let Some(answer) = unsent {
            // The asker waits for a question that never left.
            let receiver = state.numbers.get(&to).copied().unwrap_or(from);
            self.open_ask(&mut state, from, receiver, &request, answer);
        }
        Ok(())
    }

    /// Sends what an adversary wants sent; gives `answer` back when nothing took it.
    fn act(
        &self,
        state: &mut State,
        from: usize,
        out: Vec<Sent>,
        mut answer: Option<Answer>,
    ) -> Option<Answer> {
        let life = state.stations[from].home.as_ref().map(|home| Arc::clone(&home.life));
        for Sent { after, to, request, wants } in out {
            let answer = match wants {
                Wants::Nothing => None,
                Wants::Answer => answer.take().or_else(|| Some(self.heard(from, to))),
            };
            if after == Millis::ZERO {
                // What an adversary is refused is its own loss.
                let _ = self.post(state, from, to, request, answer);
                continue;
            }
            let (network, life) = (self.myself.clone(), life.clone());
            let at = self.wheel.nanos().saturating_add(after.0.saturating_mul(NANOS_PER_MILLI));
            self.wheel.at(at, move || {
                let is_alive = life.is_some_and(|life| !life.is_dead());
                if let Some(network) = network.upgrade().filter(|_| is_alive) {
                    let _ = network.post(&mut network.lock(), from, to, request, answer);
                }
            });
        }
        answer
    }

    /// Takes an outcome to the adversary at `node`.
    fn heard(&self, node: usize, from: NodeId) -> Answer {
        let network = self.myself.clone();
        Box::new(move |outcome| {
            let Some(network) = network.upgrade() else { return };
            let adversary = network.lock().stations[node].adversary.take();
            if let Some(mut adversary) = adversary {
                adversary.hears(from, outcome);
                network.lock().stations[node].adversary = Some(adversary);
            }
        })
    }

    /// Lets the adversary at `node` act of its own accord, as long as that process lives.
    pub(crate) fn prompt(&self, node: usize, life: &Arc<Life>) {
        if life.is_dead() {
            return;
        }
        let Some(mut adversary) = self.lock().stations[node].adversary.take() else { return };
        let mut out = Vec::new();
        let now = self.millis();
        let next =
            if life.is_up() { adversary.acts(now, &mut out) } else { Some(now.plus(Millis(1))) };
        let mut state = self.lock();
        state.stations[node].adversary = Some(adversary);
        self.act(&mut state, node, out, None);
        let Some(next) = next else { return };
        let (network, life) = (self.myself.clone(), Arc::clone(life));
        // It cannot stop time by asking for the present again.
        let at = next.0.max(now.0 + 1).saturating_mul(NANOS_PER_MILLI);
        self.wheel.at(at, move || {
            if let Some(network) = network.upgrade() {
                network.prompt(node, &life);
            }
        });
    }
}
