//! What two sets have in common, and nothing else about them.
//!
//! Two sides hold items: numbers of customers, addresses, keys of rows. Each maps its items to points of a group, raises
//! them to a secret of its own and sends them in a random order; each raises the other's points to its own secret as
//! well. Equal items have become equal points by then, and no side can tell what the others were (Meadows 1986; Huberman,
//! Franklin and Hogg 1999). Whoever is to learn something gets short hashes of its own points, raised twice, and compares
//! them with those that it made of the peer's.
//!
//! * [`Set`]: one side's items, hashed, without duplicates.
//! * [`Agreement`], [`Mode`]: sizes, and who learns what; agreed on before.
//! * [`Party`]: one side, as a [machine](troupe_wire::Machine): [`Input`]s in, [`Output`]s out, one ordered byte stream in
//!   each direction, in batches of [`BATCH`] points.
//! * [`Outcome`]: what a side learned, and the root of the transcript that both have.
//! * [`message`]: what owners and those who ask them say to each other around a run.
//!
//! It is not a transport: an authenticated, encrypted, ordered stream is the shell's to provide, as are the clock and a
//! fresh seed.
//!
//! # Who learns what
//!
//! | mode | the receiver learns | the other side learns |
//! |---|---|---|
//! | [`Mode::Rows`] | which of its own items are common | nothing |
//! | [`Mode::Aligned`] (both receive) | which of its own items are common, and an order of them that both have | the same |
//! | [`Mode::Count`] | how many items are common | nothing |
//! | [`Mode::CountBoth`] (both receive) | how many items are common | the same |
//!
//! In every mode both sides know both sizes, and whoever watches the network can tell them from the lengths of the
//! streams. Nobody learns anything about items that are not common, nor in what rows the other side has those that are.
//!
//! # Whom one has to trust
//!
//! | | |
//! |---|---|
//! | a peer that follows the protocol, curious | learns what the table says, whatever it keeps and computes (decisional Diffie-Hellman in ristretto255, hashes as random oracles) |
//! | a peer that puts items into its set that it does not have | learns which of *these* are common: a set is what its owner says it is, so agree on sizes that make guessing dear |
//! | a peer that sends anything but canonical, different points | is refused by name before it gets an answer |
//! | a peer that answers wrongly | makes the receiver miss common items, and the receiver does not notice; it cannot make it find an item that the peer does not know |
//! | a peer that sends our points or our answers back | has them match nothing: the two directions are hashed apart |
//!
//! # Sets whose rows are computed on
//!
//! After [`Mode::Aligned`] each owner has its common rows in the order of the other's: the k-th of one belongs to the k-th
//! of the other. Each puts its columns into this order and shares them with compute parties; the
//! [alignment](Learned::Aligned) is the same at both, so that those who compute can refuse owners that are not aligned. So
//! the owners learn *which* items are common, and the compute parties only how many. What hides it from the owners too needs
//! compute parties that join tables on shares, as `troupe-mpc` has it, and is not in this crate.
//!
//! # What it costs
//!
//! Each side raises as many points as both sets have items. 32 bytes an item travel to the other side and six to thirteen
//! back, by the sizes, so that any two different items are taken for the same with probability below 2^-40 over the whole
//! run; [`Agreement::traffic`] has it to the byte. A party keeps hashes and nothing else of both sets, under 128 bytes an item;
//! points are forgotten a batch after they were made.
//!
//! # An intersection
//!
//! ```
//! use troupe_psi::{Agreement, Deadlines, Input, Learned, Mode, Output, Party, Seat, Set, Side};
//! use troupe_types::{Hash, SessionId};
//! use troupe_wire::{Machine, Now, Seed, Sequential};
//!
//! let sets = [["ann", "bob", "eve"], ["eve", "dan", "ann"]].map(|items| Set::new(items).unwrap());
//! let agreement = Agreement {
//!     session: SessionId([1; 16]),
//!     terms: Hash::default(),
//!     mode: Mode::Rows { receiver: Side::First },
//!     sizes: [sets[0].len(), sets[1].len()],
//! };
//! let now = Now::default();
//! let [first, second] = sets;
//! let party = |side, set, seed| {
//!     let seat = Seat { agreement, side, deadlines: Deadlines::default() };
//!     // In production: the system's entropy, anew for each party.
//!     Party::new(seat, set, &Seed::from_number(seed), Sequential, now).unwrap()
//! };
//! let mut parties = [party(Side::First, first, 1), party(Side::Second, second, 2)];
//!
//! // A transport: both have room for everything, and bytes go to the other side.
//! let (mut learned, mut inputs) = (None, vec![(0, Input::Credit(u64::MAX)), (1, Input::Credit(u64::MAX))]);
//! while learned.is_none() {
//!     for (at, input) in core::mem::take(&mut inputs) {
//!         let mut out = Vec::new();
//!         parties[at].step(now, input, &mut out);
//!         parties[at].tick(now, &mut out);
//!         for output in out {
//!             match output {
//!                 Output::Send(bytes) => inputs.push((1 - at, Input::Bytes(bytes))),
//!                 Output::Finished(outcome) if at == 0 => learned = Some(outcome.learned),
//!                 Output::Failed(error) => panic!("{error}"),
//!                 Output::Finished(_) | Output::Progress { .. } => {}
//!             }
//!         }
//!     }
//! }
//! assert_eq!(learned, Some(Learned::Rows(vec![0, 2])));
//! ```

mod agreement;
mod error;
mod group;
mod input;
pub mod message;
mod outcome;
mod output;
mod party;
mod progress;
mod set;
mod stream;
mod talk;
mod token;

pub use agreement::{Agreement, Mode, Side};
pub use error::{Error, Missing, Refusal};
pub use input::{CHUNK, Input};
pub use outcome::{Learned, Outcome};
pub use output::{Output, Phase};
pub use party::{Deadlines, Party, Seat};
pub use set::{MAX_ITEMS, Set};
pub use stream::BATCH;
pub use talk::{Partner, Progress};
