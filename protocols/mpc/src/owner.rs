//! A data owner: columns in, three streams of shares out.

mod feed;
mod table;

use crate::prg::{KEY, Key, Lane, Prg, Purpose};
use crate::program::{Form, frames};
use crate::progress::Meter;
use crate::rep3::sub_wide;
use crate::stream::{Header, Outbox, WORD};
use crate::{Error, Input, Output, PARTIES, Peer, Phase, Place, Program, Refusal};
use feed::Feed;
pub use table::Table;
use troupe_types::Millis;
use troupe_wire::{Machine, Now, Seed};
use zeroize::Zeroizing;

/// A data owner, as a [`Machine`].
///
/// The third piece of every column is what is left after two pseudo-random ones, computed chunk by
/// chunk as the parties take it: beside the encoded columns it holds one chunk for each party.
/// Sixteen bytes an element leave, whatever the number of parties that read them.
pub struct Owner {
    /// `None` once the session is over.
    work: Option<Box<Work>>,
}

struct Work {
    columns: Columns,
    feeds: Vec<Feed>,
    due: Millis,
    meter: Meter,
}

/// The columns to share, in the program's order, and what hides them.
pub(crate) struct Columns {
    vectors: Vec<Hidden>,
    /// Of pieces 0 and 1.
    masks: [Prg; 2],
}

/// A column, and the lanes of its masks.
struct Hidden {
    words: Zeroizing<Vec<u64>>,
    lanes: [Lane; 2],
    form: Form,
}

impl Owner {
    /// The owner with this index in a session that begins now and whose inputs must be taken
    /// within `deadline`.
    ///
    /// The table's columns are encoded and checked against what the program promises of them;
    /// `seed` must be fresh. Refused are a missing or short column, a value outside its range, and
    /// an index without a place. The table's values are zeroed, also when it is refused.
    pub fn new(
        place: Place,
        program: &Program,
        index: u8,
        mut table: Table,
        deadline: Millis,
        seed: &Seed,
        now: Now,
    ) -> Result<Self, Error> {
        let me = Peer::Owner(index);
        let Some(rows) = program.owners().get(usize::from(index)) else {
            return Err(Error::NoSuchPlace { peer: me });
        };
        if table.rows != rows.count {
            return Err(Error::Rows { got: table.rows.into(), want: rows.count.into() });
        }
        let mut stream = seed.stream("mpc input seeds");
        let seeds = Zeroizing::new([stream.array::<KEY>(), stream.array::<KEY>()]);
        let derive = |piece: u8| {
            let purpose = Purpose::Input { owner: index, piece };
            let seed = &seeds[usize::from(piece)];
            Prg::new(&Key::derive(seed, purpose, place, program.hash()))
        };
        let mut masks = [derive(0), derive(1)];
        let mut vectors = Vec::new();
        for (_, column) in program.columns_of(index) {
            let words = table.encode(column)?;
            let lanes = masks.each_mut().map(Prg::lane);
            vectors.push(Hidden { words, lanes, form: column.form });
        }
        let feeds = (0..PARTIES).map(|party| {
            let to = Peer::Party(party);
            let header = Header { place, program: program.hash(), from: me, to };
            let layout = frames(program, me, to).unwrap_or_default();
            let announcement = announcement(&table, party, &seeds);
            Feed::new(party, Outbox::new(&header, &layout), announcement)
        });
        let feeds = feeds.collect();
        let columns = Columns { vectors, masks };
        let due = now.mono.plus(deadline);
        Ok(Self { work: Some(Box::new(Work { columns, feeds, due, meter: Meter::default() })) })
    }
}

impl core::fmt::Debug for Owner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.work.is_some() { "Owner(sharing)" } else { "Owner(over)" })
    }
}

impl Machine for Owner {
    type Input = Input;
    type Output = Output;

    fn step(&mut self, _: Now, input: Input, out: &mut Vec<Output>) {
        let Some(work) = &mut self.work else { return };
        match work.step(input, out) {
            Ok(false) => {}
            Ok(true) => {
                self.work = None;
                out.push(Output::Finished(()));
            }
            Err(error) => {
                self.work = None;
                out.push(Output::Failed(error));
            }
        }
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        let Some(work) = &self.work else { return };
        if now.mono < work.due {
            return;
        }
        let late = work.feeds.iter().find(|feed| !feed.is_complete());
        let waiting_for = Peer::Party(late.map_or(0, Feed::party));
        self.work = None;
        out.push(Output::Failed(Error::DeadlinePassed { waiting_for, phase: Phase::Inputs }));
    }

    fn next_tick(&self) -> Option<Millis> {
        self.work.as_ref().map(|work| work.due)
    }
}

impl Work {
    /// True when all three parties have taken everything.
    fn step(&mut self, input: Input, out: &mut Vec<Output>) -> Result<bool, Error> {
        let phase = Phase::Inputs;
        match input {
            Input::Bytes { from: peer, .. } => {
                return Err(Error::Malformed { peer, phase, reason: Refusal::Unexpected });
            }
            Input::Credit { to, bytes } => {
                let feed = self.feeds.iter_mut().find(|feed| Peer::Party(feed.party()) == to);
                if let Some(feed) = feed {
                    feed.grant(bytes, &self.columns, out);
                }
            }
            Input::Lost { peer } => {
                let feed = self.feeds.iter().find(|feed| Peer::Party(feed.party()) == peer);
                if feed.is_some_and(|feed| !feed.is_complete()) {
                    return Err(Error::PeerLost { peer, phase });
                }
            }
            // It has nothing to sign.
            Input::Signed(_) | Input::Unsigned => {}
            Input::Cancel => return Err(Error::Cancelled { phase }),
        }
        let (sent, total) = self
            .feeds
            .iter()
            .fold((0, 0), |(sent, total), feed| (sent + feed.sent(), total + feed.total()));
        self.meter.tell(phase, sent, total, out);
        Ok(self.feeds.iter().all(Feed::is_complete))
    }
}

impl Columns {
    /// Writes words of the third piece of a column, from a position on.
    pub(crate) fn third_piece(&self, column: usize, from: usize, out: &mut [u64]) {
        let hidden = &self.vectors[column];
        out.copy_from_slice(&hidden.words[from..from + out.len()]);
        for (mask, lane) in self.masks.iter().zip(&hidden.lanes) {
            match hidden.form {
                Form::Plain | Form::Centred => mask.sub(lane, from, out),
                Form::Wide => {
                    let mut words = Zeroizing::new(vec![0; out.len()]);
                    mask.fill(lane, from, &mut words);
                    sub_wide(out, &words);
                }
            }
        }
    }

    /// Words of a column, its centre included.
    pub(crate) fn len(&self, column: usize) -> Option<usize> {
        self.vectors.get(column).map(|hidden| hidden.words.len())
    }
}

/// The first frame for a party: rows, alignment digest, and the seeds of its pieces.
fn announcement(table: &Table, party: u8, seeds: &[[u8; KEY]; 2]) -> Zeroizing<Vec<u64>> {
    let mut words = Zeroizing::new(vec![u64::from(table.rows)]);
    let read = |word: &[u8; WORD]| u64::from_le_bytes(*word);
    words.extend(table.alignment.0.as_chunks::<WORD>().0.iter().map(read));
    for piece in crate::party::pieces(party) {
        words.extend(seeds[usize::from(*piece)].as_chunks::<WORD>().0.iter().map(read));
    }
    words
}
