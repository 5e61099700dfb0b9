//! A whole session in one place: every participant's machine and the streams between them, without a network.
//!
//! The machines are those of a session between processes, so results are as well, to the last bit: for the same task, the same
//! rows and the same seeds. On a network every participant draws its seed afresh and tells nobody; two sessions differ by
//! what truncation leaves to chance, within the bounds of [`Expected`](crate::Expected).

use crate::{Error, Plan, Task};
use std::collections::{BTreeMap, VecDeque};
use troupe_mpc::{
    Deadlines, Ending, Input, Output, Owner, PARTIES, Party, Peer, Phase, Place, Received,
    Receiver, Shelf, Table,
};
use troupe_types::Millis;
use troupe_wire::{Machine, Now, Seed};

/// Bytes that are on the way between two participants, at most.
const WINDOW: u64 = 1 << 20;

/// What came of a session, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// What each receiver got, in their order.
    pub received: Vec<Received>,
    /// How the three parties ended; not signed.
    pub endings: Vec<Ending>,
    /// Bytes from one participant to another, headers included.
    pub sent: BTreeMap<(Peer, Peer), u64>,
    /// How often the parties waited for each other to compute.
    pub rounds: u32,
    /// And to prove that they were right.
    pub checks: u32,
}

impl Simulated {
    /// Bytes that a participant sent.
    #[must_use]
    pub fn sent_by(&self, peer: Peer) -> u64 {
        self.sent.iter().filter(|((from, _), _)| *from == peer).map(|(_, bytes)| bytes).sum()
    }
}

/// Runs a task that `plan` was made from. `tables` are the owners' rows in the clear, in the order of the owners; `seeds` are what
/// each participant draws its masks from; `tell` hears what the first party does.
///
/// Refused are tables that the plan does not fit, and nothing else: a session of honest participants comes to an end.
pub fn simulate(
    task: &Task,
    plan: &Plan,
    tables: &[Table],
    seeds: impl Fn(Peer) -> Seed,
    tell: impl FnMut(Phase),
) -> Result<Simulated, Error> {
    let shelves = [(); 3].map(|()| Shelf::default());
    simulate_on(&shelves, task, plan, tables, seeds, tell)
}

/// The same with what the parties kept, in their order: the model of the task is there, and what the task keeps is, afterwards.
pub fn simulate_on(
    shelves: &[Shelf; PARTIES as usize],
    task: &Task,
    plan: &Plan,
    tables: &[Table],
    seeds: impl Fn(Peer) -> Seed,
    tell: impl FnMut(Phase),
) -> Result<Simulated, Error> {
    let (program, now) = (plan.program(), Now::default());
    let place = Place { session: task.session, terms: task.hash()? };
    let mut players = BTreeMap::new();
    for (index, shelf) in (0..PARTIES).zip(shelves) {
        let (seed, shelf) = (seeds(Peer::Party(index)), shelf.clone());
        let (program, deadlines) = (program.clone(), Deadlines::default());
        let party = Party::with_shelf(shelf, place, program, index, deadlines, &seed, now)?;
        players.insert(Peer::Party(index), Player::Party(Box::new(party)));
    }
    for (index, raw) in (0u8..).zip(tables) {
        let (table, seed) = (plan.table(task, index, raw)?, seeds(Peer::Owner(index)));
        let owner = Owner::new(place, program, index, table, Millis::MAX, &seed, now)?;
        players.insert(Peer::Owner(index), Player::Owner(owner));
    }
    for index in 0..program.receivers() {
        let receiver = Receiver::new(place, program.clone(), index, Millis::MAX, now)?;
        players.insert(Peer::Receiver(index), Player::Receiver(receiver));
    }
    let stage = Stage {
        players,
        now,
        queue: VecDeque::new(),
        received: BTreeMap::new(),
        endings: BTreeMap::new(),
        done: Simulated {
            received: Vec::new(),
            endings: Vec::new(),
            sent: BTreeMap::new(),
            rounds: 0,
            checks: 0,
        },
        tell,
    };
    stage.run(plan)
}

enum Player {
    Party(Box<Party>),
    Owner(Owner),
    Receiver(Receiver),
}

/// Bytes on the way.
struct Parcel {
    from: Peer,
    to: Peer,
    length: u64,
    input: Input,
}

/// Everybody, and what is on the way.
struct Stage<T> {
    players: BTreeMap<Peer, Player>,
    now: Now,
    queue: VecDeque<Parcel>,
    received: BTreeMap<Peer, Received>,
    endings: BTreeMap<Peer, Ending>,
    done: Simulated,
    tell: T,
}

impl<T: FnMut(Phase)> Stage<T> {
    fn run(mut self, plan: &Plan) -> Result<Simulated, Error> {
        for link in &plan.program().cost().links {
            self.give(link.from, Input::Credit { to: link.to, bytes: WINDOW })?;
        }
        while let Some(Parcel { from, to, length, input }) = self.queue.pop_front() {
            *self.done.sent.entry((from, to)).or_default() += length;
            self.give(to, input)?;
            self.give(from, Input::Credit { to, bytes: length })?;
        }
        let (received, endings) = (self.received.into_values(), self.endings.into_values());
        Ok(Simulated { received: received.collect(), endings: endings.collect(), ..self.done })
    }

    /// Gives one input to one participant, and does what it wants.
    fn give(&mut self, to: Peer, input: Input) -> Result<(), Error> {
        let now = self.now;
        match self.players.get_mut(&to) {
            Some(Player::Party(party)) => {
                let mut out = Vec::new();
                party.step(now, input, &mut out);
                if let Some(ending) = self.perform(to, out)? {
                    self.endings.insert(to, ending);
                }
            }
            Some(Player::Owner(owner)) => {
                let mut out = Vec::new();
                owner.step(now, input, &mut out);
                self.perform(to, out)?;
            }
            Some(Player::Receiver(receiver)) => {
                let mut out = Vec::new();
                receiver.step(now, input, &mut out);
                if let Some(received) = self.perform(to, out)? {
                    self.received.insert(to, received);
                }
            }
            None => {}
        }
        Ok(())
    }

    fn perform<E>(&mut self, from: Peer, out: Vec<Output<E>>) -> Result<Option<E>, Error> {
        let mut end = None;
        for wish in out {
            match wish {
                Output::Send { to, bytes } => {
                    let length = bytes.len() as u64;
                    let input = Input::Bytes { from, bytes };
                    self.queue.push_back(Parcel { from, to, length, input });
                }
                Output::Progress { phase, .. } => {
                    if from == Peer::Party(0) {
                        self.note(phase);
                    }
                }
                // Nobody signs in a simulation.
                Output::Sign(_) => {}
                Output::Finished(ending) => end = Some(ending),
                Output::Failed(error) => return Err(error.into()),
            }
        }
        Ok(end)
    }

    fn note(&mut self, phase: Phase) {
        match phase {
            Phase::Computing { round, .. } => self.done.rounds = self.done.rounds.max(round),
            Phase::Checking { round, .. } => self.done.checks = self.done.checks.max(round),
            Phase::Inputs | Phase::Closing | Phase::Revealing => {}
        }
        (self.tell)(phase);
    }
}
