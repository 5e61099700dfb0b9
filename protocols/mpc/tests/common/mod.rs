//! Sessions in memory: every machine of a session, the streams between them, and luck.

#![allow(dead_code, reason = "every test target uses another part of it")]

pub(crate) mod example;

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use troupe_mpc::program::{Column, Form, Grid};
use troupe_mpc::{
    CHUNK, Deadlines, Ending, Error, Input, Notary, Output, OwnClaims, Owner, Party, Peer, Phase,
    Place, Program, Recall, Received, Receiver, Revealed, Shelf, Table,
};
use troupe_types::{Hash, Millis, SessionId};
use troupe_wire::{Machine, Now, Seed, Stream, Text};

pub(crate) const SESSION: SessionId = SessionId([0x5e; 16]);
pub(crate) const PLACE: Place = Place { session: SESSION, terms: Hash([0x7e; 32]) };

/// How a machine ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Done(Vec<Revealed>),
    Failed(Error),
}

enum Node {
    Party(Box<Party>),
    Owner(Owner),
    Receiver(Receiver),
}

/// How the streams treat their bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// The largest piece delivered at once.
    pub(crate) piece: u64,
    /// The largest credit given at once.
    pub(crate) credit: u64,
}

impl Weather {
    /// Whole chunks and all the credit there is.
    pub(crate) const FAIR: Self = Self { piece: CHUNK as u64, credit: u64::MAX };
}

/// What somebody on the way does to one message: its number on the link and its bytes go in, what
/// arrives comes out.
pub(crate) type Tamper = Box<dyn FnMut(Peer, Peer, usize, Bytes) -> Vec<Bytes>>;

/// A message that takes its time: its number on the link, how long, and until when once it was sent. What is behind it
/// on the link waits as well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Late {
    pub(crate) link: (Peer, Peer),
    pub(crate) number: usize,
    pub(crate) by: Millis,
    pub(crate) until: Option<Millis>,
}

/// Others are shown the same results with what is there for that.
fn can_be_shown(received: &Received) {
    let Some(opening) = &received.opening else { return };
    let (result, opened) = opening.check().expect("the parties committed to it");
    assert_eq!(result, received.result);
    assert_eq!(opened.len(), received.results.len());
    for (shown, own) in opened.iter().zip(&received.results) {
        let scale = shown.shape.divisor as f64 * 2f64.powi(shown.shape.fraction.into());
        let values: Vec<f64> = shown.values.iter().map(|value| *value as f64 / scale).collect();
        assert_eq!((&*shown.shape.name, &values), (&*own.name, &own.values));
    }
}

/// What those in charge of a party say to what it wants signed, if they say anything.
pub(crate) type Clerk = fn(u8, &OwnClaims) -> Option<Input>;

/// All machines of one session.
pub(crate) struct World {
    pub(crate) now: Now,
    nodes: BTreeMap<Peer, Node>,
    links: BTreeMap<(Peer, Peer), VecDeque<Bytes>>,
    messages: BTreeMap<(Peer, Peer), usize>,
    /// Bytes that each sender gave to its stream.
    pub(crate) sent: BTreeMap<(Peer, Peer), u64>,
    /// Bytes that arrived, where they are recorded.
    pub(crate) heard: BTreeMap<(Peer, Peer), Vec<u8>>,
    pub(crate) record: bool,
    pub(crate) outcomes: BTreeMap<Peer, Outcome>,
    /// How the parties ended.
    pub(crate) endings: BTreeMap<u8, Ending>,
    /// The results' hashes, as receivers make them.
    pub(crate) hashes: BTreeMap<u8, Hash>,
    /// What is kept, as receivers hear it.
    pub(crate) kept: BTreeMap<u8, Vec<Hash>>,
    pub(crate) progress: BTreeMap<Peer, Vec<(Phase, u64, u64)>>,
    pub(crate) held: [u64; 3],
    /// Whether that is asked for after every step, which takes time of its own.
    pub(crate) weighs: bool,
    pub(crate) tamper: Option<Tamper>,
    pub(crate) late: Option<Late>,
    /// Peers that no longer do anything.
    pub(crate) silent: BTreeSet<Peer>,
    /// Links on which there is never any credit.
    pub(crate) deaf: BTreeSet<(Peer, Peer)>,
    /// Those in charge of the parties that sign.
    clerks: BTreeMap<u8, Clerk>,
    weather: Weather,
    luck: Stream,
}

impl World {
    pub(crate) fn new(program: &Program, tables: Vec<Table>, weather: Weather, seed: u64) -> Self {
        Self::at(PLACE, program, tables, weather, seed)
    }

    pub(crate) fn with_session(
        session: SessionId,
        program: &Program,
        tables: Vec<Table>,
        weather: Weather,
        seed: u64,
    ) -> Self {
        Self::at(Place { session, ..PLACE }, program, tables, weather, seed)
    }

    pub(crate) fn at(
        place: Place,
        program: &Program,
        tables: Vec<Table>,
        weather: Weather,
        seed: u64,
    ) -> Self {
        let shelves = [(); 3].map(|()| Shelf::default());
        Self::shelved(place, program, tables, (weather, seed), &shelves)
    }

    /// The same, where parties keep what the program keeps and take up what is there.
    pub(crate) fn shelved(
        place: Place,
        program: &Program,
        tables: Vec<Table>,
        (weather, seed): (Weather, u64),
        shelves: &[Shelf; 3],
    ) -> Self {
        let now = Now::default();
        let seeds = Seed::from_number(seed);
        let mut nodes = BTreeMap::new();
        for (index, shelf) in (0..3).zip(shelves) {
            let (seed, shelf) = (seeds.child("party", index.into()), shelf.clone());
            let (program, deadlines) = (program.clone(), Deadlines::default());
            let party = Party::with_shelf(shelf, place, program, index, deadlines, &seed, now);
            nodes.insert(Peer::Party(index), Node::Party(Box::new(party.expect("a place"))));
        }
        for (index, table) in (0..).zip(tables) {
            let seed = seeds.child("owner", u64::from(index));
            let deadline = Millis::secs(120);
            let owner = Owner::new(place, program, index, table, deadline, &seed, now);
            nodes.insert(Peer::Owner(index), Node::Owner(owner.expect("a good table")));
        }
        for index in 0..program.receivers() {
            let receiver = Receiver::new(place, program.clone(), index, Millis::secs(600), now);
            nodes.insert(Peer::Receiver(index), Node::Receiver(receiver.expect("a place")));
        }
        let cost = program.cost();
        let links = cost.links.iter().map(|link| ((link.from, link.to), VecDeque::new())).collect();
        Self {
            now,
            nodes,
            links,
            messages: BTreeMap::new(),
            sent: BTreeMap::new(),
            heard: BTreeMap::new(),
            record: false,
            outcomes: BTreeMap::new(),
            endings: BTreeMap::new(),
            hashes: BTreeMap::new(),
            kept: BTreeMap::new(),
            progress: BTreeMap::new(),
            held: [0; 3],
            weighs: true,
            tamper: None,
            late: None,
            silent: BTreeSet::new(),
            deaf: BTreeSet::new(),
            clerks: BTreeMap::new(),
            weather,
            luck: seeds.stream("weather"),
        }
    }

    /// The same, where these parties sign.
    pub(crate) fn signing(mut self, seats: &[u8], notary: Arc<dyn Notary>, clerk: Clerk) -> Self {
        for seat in seats {
            self.clerks.insert(*seat, clerk);
            let Some(Node::Party(party)) = self.nodes.remove(&Peer::Party(*seat)) else { continue };
            let party = party.signing(Arc::clone(&notary));
            self.nodes.insert(Peer::Party(*seat), Node::Party(Box::new(party)));
        }
        self
    }

    /// Those in charge of one party are others.
    pub(crate) fn served_by(&mut self, seat: u8, clerk: Clerk) {
        self.clerks.insert(seat, clerk);
    }

    /// The same, where parties keep what they sent last.
    pub(crate) fn recalling(mut self) -> (Self, [Recall; 3]) {
        let recalls = [(); 3].map(|()| Recall::default());
        for (seat, recall) in (0..).map(Peer::Party).zip(&recalls) {
            let Some(Node::Party(party)) = self.nodes.remove(&seat) else { continue };
            let party = party.recalling(recall.clone());
            self.nodes.insert(seat, Node::Party(Box::new(party)));
        }
        (self, recalls)
    }

    /// Gives one input to one machine.
    pub(crate) fn give(&mut self, to: Peer, input: Input) {
        if self.silent.contains(&to) {
            return;
        }
        let now = self.now;
        let mut out = Vec::new();
        match self.nodes.get_mut(&to) {
            Some(Node::Party(party)) => {
                let mut wishes = Vec::new();
                party.step(now, input, &mut wishes);
                let index = place_of(to);
                if self.weighs {
                    let held = &mut self.held[usize::from(index)];
                    *held = (*held).max(party.held().0);
                }
                let endings = &mut self.endings;
                out.extend(
                    wishes.into_iter().map(|wish| noted(wish, |it| _ = endings.insert(index, it))),
                );
            }
            Some(Node::Owner(owner)) => {
                let mut wishes = Vec::new();
                owner.step(now, input, &mut wishes);
                out.extend(wishes.into_iter().map(|wish| noted(wish, |()| {})));
            }
            Some(Node::Receiver(receiver)) => {
                let mut wishes = Vec::new();
                receiver.step(now, input, &mut wishes);
                for wish in wishes {
                    let mut results = Vec::new();
                    let (hashes, kept) = (&mut self.hashes, &mut self.kept);
                    let plain = noted(wish, |it: Received| {
                        can_be_shown(&it);
                        hashes.insert(place_of(to), it.result);
                        kept.insert(place_of(to), it.kept);
                        results = it.results;
                    });
                    out.push(match plain {
                        Output::Finished(_) => Output::Finished(results),
                        other => other,
                    });
                }
            }
            None => {}
        }
        self.perform(to, out);
    }

    /// Lets time pass for everybody.
    pub(crate) fn tick(&mut self) {
        let now = self.now;
        for peer in self.nodes.keys().copied().collect::<Vec<_>>() {
            if self.silent.contains(&peer) {
                continue;
            }
            let mut out = Vec::new();
            match self.nodes.get_mut(&peer) {
                Some(Node::Party(party)) => {
                    let mut wishes = Vec::new();
                    party.tick(now, &mut wishes);
                    let (index, endings) = (place_of(peer), &mut self.endings);
                    out.extend(
                        wishes
                            .into_iter()
                            .map(|wish| noted(wish, |it| _ = endings.insert(index, it))),
                    );
                }
                Some(Node::Owner(owner)) => {
                    let mut wishes = Vec::new();
                    owner.tick(now, &mut wishes);
                    out.extend(wishes.into_iter().map(|wish| noted(wish, |()| {})));
                }
                Some(Node::Receiver(receiver)) => {
                    let mut wishes = Vec::new();
                    receiver.tick(now, &mut wishes);
                    out.extend(wishes.into_iter().map(|wish| noted(wish, |_| {})));
                }
                None => {}
            }
            self.perform(peer, out);
        }
    }

    pub(crate) fn next_tick(&self) -> Option<Millis> {
        let awake = self.nodes.iter().filter(|(peer, _)| !self.silent.contains(peer));
        awake
            .filter_map(|(_, node)| match node {
                Node::Party(party) => party.next_tick(),
                Node::Owner(owner) => owner.next_tick(),
                Node::Receiver(receiver) => receiver.next_tick(),
            })
            .min()
    }

    fn perform(&mut self, from: Peer, out: Vec<Output<Vec<Revealed>>>) {
        for output in out {
            match output {
                Output::Send { to, bytes } => {
                    assert!(bytes.len() <= CHUNK && !bytes.is_empty());
                    assert!(!self.outcomes.contains_key(&from), "{from} sends after its end");
                    *self.sent.entry((from, to)).or_default() += bytes.len() as u64;
                    let number = self.messages.entry((from, to)).or_default();
                    let pieces = match &mut self.tamper {
                        Some(tamper) => tamper(from, to, *number, bytes),
                        None => vec![bytes],
                    };
                    if let Some(late) = &mut self.late
                        && (late.link, late.number) == ((from, to), *number)
                    {
                        late.until = Some(self.now.mono.plus(late.by));
                    }
                    *number += 1;
                    let link = self.links.get_mut(&(from, to)).expect("a link of the program");
                    link.extend(pieces.into_iter().filter(|piece| !piece.is_empty()));
                }
                Output::Progress { phase, done, total } => {
                    assert!(done <= total);
                    self.progress.entry(from).or_default().push((phase, done, total));
                }
                Output::Sign(claims) => {
                    let seat = place_of(from);
                    let clerk = self.clerks.get(&seat).expect("a party that signs");
                    if let Some(answer) = clerk(seat, &claims) {
                        self.give(from, answer);
                    }
                }
                Output::Finished(results) => {
                    let before = self.outcomes.insert(from, Outcome::Done(results));
                    assert_eq!(before, None, "{from} ended twice");
                }
                Output::Failed(error) => {
                    let before = self.outcomes.insert(from, Outcome::Failed(error));
                    assert_eq!(before, None, "{from} ended twice");
                }
            }
        }
    }

    /// Runs until everybody has ended, in an order that the seed decides; when nothing moves any
    /// more, time passes until the next deadline. Nobody is told of another's end.
    pub(crate) fn run(&mut self) -> &BTreeMap<Peer, Outcome> {
        let pairs: Vec<(Peer, Peer)> = self.links.keys().copied().collect();
        let mut idle = 0;
        while self.outcomes.len() + self.silent.len() < self.nodes.len() {
            let moved = if self.weather.credit == u64::MAX {
                let moves: Vec<bool> = pairs.iter().map(|pair| self.stir(*pair)).collect();
                moves.contains(&true)
            } else {
                let pair = pairs[self.luck.below(pairs.len() as u64) as usize];
                self.stir(pair)
            };
            idle = if moved { 0 } else { idle + 1 };
            if idle > 40 * pairs.len() && self.is_quiet() {
                let due = self.late.and_then(|late| late.until).filter(|due| *due > self.now.mono);
                let Some(next) = [self.next_tick(), due].into_iter().flatten().min() else { break };
                self.now.mono = self.now.mono.max(next);
                self.tick();
                idle = 0;
            }
        }
        &self.outcomes
    }

    fn is_quiet(&self) -> bool {
        self.links.iter().all(|(pair, link)| {
            let to = &pair.1;
            link.is_empty()
                || self.outcomes.contains_key(to)
                || self.silent.contains(to)
                || self.is_held_up(*pair)
        })
    }

    fn is_held_up(&self, pair: (Peer, Peer)) -> bool {
        let now = self.now.mono;
        self.late.is_some_and(|late| late.link == pair && late.until.is_some_and(|due| now < due))
    }

    /// Grants some credit on a link or delivers something of it; whether bytes moved.
    fn stir(&mut self, (from, to): (Peer, Peer)) -> bool {
        let grant = if self.weather.credit == u64::MAX {
            u64::MAX
        } else {
            self.luck.below(self.weather.credit) + 1
        };
        let is_granting = self.weather.credit == u64::MAX || self.luck.chance(1, 2);
        let is_granting = is_granting && !self.deaf.contains(&(from, to));
        let before = self.sent.get(&(from, to)).copied();
        if is_granting {
            self.give(from, Input::Credit { to, bytes: grant });
        }
        let sent = before != self.sent.get(&(from, to)).copied();
        let piece = self.luck.below(self.weather.piece) + 1;
        let piece = if self.weather.credit == u64::MAX { CHUNK as u64 } else { piece };
        if self.is_held_up((from, to)) {
            return sent;
        }
        let Some(link) = self.links.get_mut(&(from, to)) else { return sent };
        let Some(mut bytes) = link.pop_front() else { return sent };
        let now = bytes.split_to(bytes.len().min(piece as usize));
        if !bytes.is_empty() {
            link.push_front(bytes);
        }
        if self.record {
            self.heard.entry((from, to)).or_default().extend_from_slice(&now);
        }
        self.give(to, Input::Bytes { from, bytes: now });
        true
    }

    /// Something moves on every link.
    pub(crate) fn stir_all(&mut self) {
        for pair in self.links.keys().copied().collect::<Vec<_>>() {
            self.stir(pair);
        }
    }

    /// What a party is doing.
    pub(crate) fn phase(&self, seat: u8) -> Option<Phase> {
        match self.nodes.get(&Peer::Party(seat)) {
            Some(Node::Party(party)) => party.phase(),
            _ => None,
        }
    }

    /// What receiver 0 got.
    pub(crate) fn results(&self) -> &[Revealed] {
        match self.outcomes.get(&Peer::Receiver(0)) {
            Some(Outcome::Done(results)) => results,
            other => panic!("no results but {other:?}; all: {:?}", self.outcomes),
        }
    }

    pub(crate) fn error(&self, peer: Peer) -> &Error {
        match self.outcomes.get(&peer) {
            Some(Outcome::Failed(error)) => error,
            other => panic!("{peer} should have failed, but: {other:?}"),
        }
    }
}

fn place_of(peer: Peer) -> u8 {
    match peer {
        Peer::Party(index) | Peer::Owner(index) | Peer::Receiver(index) => index,
    }
}

/// The output without the end, which is noted.
fn noted<T>(output: Output<T>, note: impl FnOnce(T)) -> Output<Vec<Revealed>> {
    match output {
        Output::Send { to, bytes } => Output::Send { to, bytes },
        Output::Progress { phase, done, total } => Output::Progress { phase, done, total },
        Output::Sign(claims) => Output::Sign(claims),
        Output::Finished(end) => {
            note(end);
            Output::Finished(Vec::new())
        }
        Output::Failed(error) => Output::Failed(error),
    }
}

/// A plain column in a format of whole numbers.
pub(crate) fn whole(owner: u8, name: &str, length: u32, limit: i64) -> Column {
    let name = Text::new(name).expect("short");
    Column { owner, name, length, fraction: 0, low: -limit, high: limit, form: Form::Plain }
}

/// A table with these columns.
pub(crate) fn table(rows: u32, columns: &[(&str, Vec<f64>)]) -> Table {
    let columns = columns.iter().map(|(name, values)| ((*name).to_owned(), values.clone()));
    Table { rows, alignment: troupe_types::Hash([3; 32]), columns: columns.collect() }
}

/// Runs a session in fair weather, holds it to its price, and gives what receiver 0 got.
pub(crate) fn priced(program: &Program, tables: Vec<Table>, seed: u64) -> Vec<Vec<f64>> {
    let mut world = World::new(program, tables, Weather::FAIR, seed);
    world.run();
    for link in program.cost().links {
        let sent = world.sent.get(&(link.from, link.to)).copied().unwrap_or(0);
        assert_eq!(sent, link.bytes.0, "{} to {}", link.from, link.to);
    }
    for (held, bound) in world.held.iter().zip(program.cost().memory) {
        assert!(*held <= bound.0, "held {held}, bound {bound}");
    }
    world.results().iter().map(|result| result.values.clone()).collect()
}

/// What a grid picks, said otherwise.
pub(crate) fn picked(values: &[i64], grid: &Grid) -> Vec<i64> {
    let [x, y, z] = grid.counts;
    let mut out = Vec::new();
    for at in 0..x * y * z {
        let (i, j, k) = (at / (y * z), at / z % y, at % z);
        let place = grid.from + i * grid.steps[0] + j * grid.steps[1] + k * grid.steps[2];
        out.push(values[place as usize]);
    }
    out
}
