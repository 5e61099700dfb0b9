//! Duties become errands of the account.

use crate::actor::Market;
use crate::observe::Outcome as Counted;
use troupe_account::{Submit, Submitted};
use troupe_chain::errand::{Errand, MAX_INPUT, Outcome};
use troupe_crypto::hash;
use troupe_market::contract::TASKS;
use troupe_market::duty::{Duty, Knows, Say, duties, has_forgotten};
use troupe_runtime::{Cx, Fault};
use troupe_types::{Address, Gas, Hash, Millis};
use troupe_wire::{CallError, List, Message};

/// What a call may use, and what of it each byte of its input.
const GAS: (u64, u64) = (600_000, 200);
/// What the chain refused so often is not tried again.
const TRIES: u32 = 6;
/// After so long, more each time, what was refused is tried again.
const PAUSE: Millis = Millis::secs(2);
/// What is demanded is answered so long before its time is over, whatever there is: longer than a few blocks take.
const SOON: Millis = Millis::secs(15);

/// How far a duty is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The account has it; how often it was tried before.
    Out(u32),
    /// It rests until an instant, then it is tried again.
    Rests(u32, Millis),
    /// It is done, or was refused too often.
    Over,
}

/// What became of something that was handed to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Became {
    /// It is done.
    Done,
    /// It can never be done under this id.
    Failed,
    /// It may be handed in again under the same id.
    Open,
}

/// The id under which something is tried once more.
pub(crate) fn again(id: Hash, tries: u32) -> Hash {
    match tries {
        0 => id,
        _ => hash::keccak256_concat(&[b"troupe market again v1", &id.0, &tries.to_be_bytes()]),
    }
}

impl Market {
    /// Hands a call to the account, which may use `more` than calls of the market do; `then` hears what became of it.
    pub(crate) fn submit(
        &mut self,
        (id, to, value): (Hash, Address, u128),
        (input, more): (Vec<u8>, u64),
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Became, &mut Cx<'_, Self>) -> Result<(), Fault> + 'static,
    ) -> Result<(), Fault> {
        let gas = GAS.1.saturating_mul(u64::try_from(input.len()).unwrap_or(u64::MAX));
        let gas_limit = Gas(GAS.0.saturating_add(gas).saturating_add(more));
        let Ok(input) = List::<u8, MAX_INPUT>::new(input) else {
            return then(self, Became::Failed, cx);
        };
        let errand = Errand { id, to, value, input, gas_limit };
        let account = self.account.clone();
        cx.ask_within(&account, Submit(errand), Submit::DEADLINE, move |market, answer, cx| {
            let became = market.counted(answer);
            then(market, became, cx)
        });
        Ok(())
    }

    fn counted(&self, answer: Result<Submitted, CallError>) -> Became {
        let (became, counted) = match answer {
            Ok(Submitted::Over(Outcome::Included { has_succeeded: true, .. })) => {
                (Became::Done, Counted::Done)
            }
            Ok(Submitted::Over(Outcome::Included { .. })) => (Became::Failed, Counted::Refused),
            Ok(Submitted::Over(Outcome::Withdrawn)) => (Became::Failed, Counted::Withdrawn),
            Ok(Submitted::Busy | Submitted::Leaving) | Err(_) => return Became::Open,
        };
        self.meters.ended(counted);
        became
    }

    /// Does what is to be done for a task now; whether some of it is not over.
    pub(crate) fn act(&mut self, number: u64, cx: &mut Cx<'_, Self>) -> bool {
        let (Some(who), Some(entry)) = (self.who, self.tasks.get(&number)) else { return false };
        let Some(task) = entry.task() else { return false };
        let mut knows = self.decisions.knows(number).unwrap_or_default();
        knows.callback = entry.callback;
        if has_forgotten(task, &who, &knows) {
            knows.said = Some(Say::GivesUp(None));
        }
        let now = cx.now().mono;
        let mut is_busy = false;
        for duty in duties(task, &who, &knows) {
            let id = duty.id(self.chain.reader.chain_id(), number, &who.account);
            let Some(entry) = self.tasks.get_mut(&number) else { return false };
            is_busy |= entry.deeds.get(&id) != Some(&Deed::Over);
            let tries = match entry.deeds.get(&id) {
                None => 0,
                Some(Deed::Rests(tries, until)) if *until <= now => *tries,
                Some(Deed::Rests(..) | Deed::Out(_) | Deed::Over) => continue,
            };
            let message = match &duty {
                Duty::Publish { to, round, until, .. } => {
                    let sent = self.decisions.sent(number, *to, *round);
                    sent.or_else(|| self.nothing(number, *until, &knows, cx))
                }
                Duty::Authorise
                | Duty::Confirm
                | Duty::Decline(_)
                | Duty::Accept
                | Duty::Say(_)
                | Duty::Demand { .. }
                | Duty::Deliver { .. }
                | Duty::Acknowledge { .. }
                | Duty::Report(..)
                | Duty::ReportPosted(_)
                | Duty::Show(..) => Some(Vec::new()),
            };
            // What is demanded may still come.
            let Some(message) = message else { continue };
            if let Some(entry) = self.tasks.get_mut(&number) {
                entry.deeds.insert(id, Deed::Out(tries));
            }
            self.begin((number, id, tries), &duty, &message, cx);
        }
        is_busy
    }

    /// What is published where there is no message: nothing, which is an answer too. Nobody shall lose a bond because it
    /// is asked for what it never sent, has no more, or is about to send. While it computes there may be something in a moment.
    fn nothing(
        &self,
        number: u64,
        until: u64,
        knows: &Knows,
        cx: &mut Cx<'_, Self>,
    ) -> Option<Vec<u8>> {
        let wait = until.saturating_sub(cx.now().wall.0).saturating_sub(SOON.0);
        if wait == 0 || knows.said.is_some() {
            return Some(Vec::new());
        }
        self.later(cx, Millis(wait), move |market, cx| {
            if market.tasks.contains_key(&number) {
                market.touch(number, cx);
            }
            Ok(())
        });
        None
    }

    fn begin(
        &mut self,
        (number, id, tries): (u64, Hash, u32),
        duty: &Duty,
        message: &[u8],
        cx: &mut Cx<'_, Self>,
    ) {
        let (name, input) = (duty.name(), (duty.call(number, message), duty.gas()));
        let is_demand = matches!(duty, Duty::Demand { .. });
        tracing::info!(task = number, duty = name, tries, "duty");
        // Out of the call that is being handled, whose time may be short.
        self.when(cx, async {}, move |market, (), cx| {
            let what = (again(id, tries), TASKS, 0);
            market.submit(what, input, cx, move |market, became, cx| {
                tracing::info!(task = number, duty = name, tries, ?became, "duty");
                if is_demand && became == Became::Failed {
                    // It is too late for that, or everybody has spoken.
                    market.decisions.waive(number);
                }
                market.settle((number, id, tries), became, cx);
                Ok(())
            })
        });
    }

    fn settle(
        &mut self,
        (number, id, tries): (u64, Hash, u32),
        became: Became,
        cx: &mut Cx<'_, Self>,
    ) {
        let Some(entry) = self.tasks.get_mut(&number) else { return };
        let deed = match became {
            Became::Done => Deed::Over,
            Became::Failed if tries + 1 >= TRIES => {
                tracing::warn!(task = number, tries, "the chain refuses a duty, it is left");
                Deed::Over
            }
            Became::Failed => {
                let pause = PAUSE.0.saturating_mul(u64::from(tries) + 1);
                Deed::Rests(tries + 1, cx.now().mono.plus(Millis(pause)))
            }
            Became::Open => Deed::Rests(tries, cx.now().mono.plus(PAUSE)),
        };
        entry.deeds.insert(id, deed);
        self.touch(number, cx);
        if let Deed::Rests(_, until) = deed {
            let pause = until.since(cx.now().mono);
            self.later(cx, pause, move |market, cx| {
                if market.tasks.contains_key(&number) {
                    market.touch(number, cx);
                }
                Ok(())
            });
        }
    }
}
