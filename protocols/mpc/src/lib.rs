//! Joint computations of data owners, by three parties that never see a value.
//!
//! Every owner splits its columns into shares, three parties compute on these, and only the
//! receivers named in the program learn the results. The sharing is replicated over the integers
//! modulo 2^64 (Araki et al. 2016/768, Mohassel and Rindal 2018/403): a product or a whole dot
//! product costs each party eight bytes and all of them one round. Comparisons give shared bits: of
//! 64-bit numbers for 15.5 bytes a party and six rounds, of smaller ranges for less. What may outgrow 63 bits
//! is [wide](program::Kind::Wide): modulo 2^128, at twice the bytes.
//!
//! * [`program`]: what is computed, a small public list of operations on vectors. It is checked so
//!   that no honest input can overflow, and priced to the byte before it runs.
//! * [`Party`], [`Owner`], [`Receiver`]: the participants, as [machines](troupe_wire::Machine):
//!   [`Input`]s in, [`Output`]s out, one ordered byte stream for each pair and direction.
//! * [`Kept`], [`Shelf`]: what stays with the parties, for later sessions.
//! * [`Place`], [`Ending`]: what a session is bound to, and what it leaves behind.
//! * [`rep3`], [`prg`], [`Fixed`]: shares, masks and numbers underneath.
//!
//! It is not a transport: authenticated, encrypted, ordered streams are the shell's to provide, as
//! are the clock and fresh seeds.
//!
//! # Whom one has to trust
//!
//! No two of the three parties may put together what they hold. What one of them may do otherwise
//! is part of the program, its [`Security`](program::Security):
//!
//! | | semi-honest | malicious |
//! |---|---|---|
//! | one party, curious | learns nothing about values, whatever it keeps and computes | the same |
//! | one party that deviates | learns nothing before a result is revealed, but can change results, and nobody notices | the session ends without a result, but for a chance below 2^-51 for each proof |
//! | it costs | bytes as below | a product no more than some hundred bytes on top, a comparison of 64 bits 25.3 bytes a party; 15 rounds or so for a proof: one at the end, and where more than 64 MiB would have to be kept for it, one after each portion |
//!
//! Malicious security is bought by proofs: after the last round of each portion of the program, and all of
//! them before any share of a result leaves a party, each party proves to the two others that all its messages were right. The proofs
//! are those of Boneh and others 2019/188 for the relations of three parties of Boyle and others
//! 2019/1390; a few kilobytes, however many products there are. In both:
//!
//! | | |
//! |---|---|
//! | two parties together | learn everything |
//! | a receiver and one party together | learn the receiver's results; of a truncated result, with that truncation's dealer, also one comparison of the bits cut off with a random number; of wide numbers, and with malicious security, with one of the two that are not its dealer |
//! | an owner | learns nothing; its own wrong values give wrong results |
//!
//! | what | owners | parties | receivers | an observer of the network |
//! |---|---|---|---|---|
//! | the program, row counts, names and ranges of columns | yes | yes | yes | no |
//! | whether the owners of a group hold the same rows | no | yes | no | no |
//! | values, intermediate results | own | no | no | no |
//! | the orders in which [sorting](program::Op::Permute) moves elements | no | shuffled: any order, equally likely | no | no |
//! | the order in which a [shuffle](program::Op::Shuffle) moves elements | no | no | no | no |
//! | results | no | no | own | no |
//! | what [stays with the parties](program::Keep) | no | no | its name, a hash | no |
//! | sizes and times of messages (they follow from the program) | yes | yes | yes | yes |
//!
//! # What is noticed when messages go wrong
//!
//! The transport keeps bytes whole; this is what holds on top of it.
//!
//! | | |
//! |---|---|
//! | stream of another session, of other terms, of another program, sender, addressee or version | refused at its header |
//! | bytes lost, repeated or inserted in a stream | refused at the end of the frame they are in, before it is used; or missing, and the deadline names the sender |
//! | a frame of another stream in place of ours | refused at its end |
//! | bytes beyond what the program expects | refused |
//! | a peer that stops or stalls | the deadline, or the transport's word that it is lost, names it and the phase |
//! | a result piece changed on its way, or by the one party that sends it | the receiver names the two parties that disagree |
//! | words changed on their way between parties | the closing round, before anything is revealed: the two say different things |
//! | what a party kept is not as it was kept | it refuses to begin; where it does not check, the two others name it before anything is computed |
//! | words changed inside a frame from an owner, semi-honest | **not noticed** |
//! | the same, malicious; anything that a party itself makes wrong | below |
//!
//! With malicious security an honest party ends with one of these. What it knows then itself is its
//! [`Verdict`]; this is what a third can conclude from its word:
//!
//! | what an honest party says | verdict |
//! |---|---|
//! | [`Error::Unproven`]: the proof of `prover` fails as `verifier` passes it on | one of the two, or the party that says so, is at fault |
//! | [`Error::Coins`]: its two verifiers draw different numbers | one of the two, or the party that says so |
//! | [`Error::Inconsistent`]: `party` holds other shares of an owner | the owner, `party`, or the party that says so |
//! | [`Error::Contradiction`]: two parties say different things of what both know | one of the two, or the party that says so |
//! | [`Error::Unsigned`], [`Error::Altered`] | `party`, or the party that says so |
//! | [`Error::Malformed`] | the sender, or the party that says so |
//! | [`Error::DeadlinePassed`], [`Error::PeerLost`] | unknown: who is waited for may itself have stopped for a reason |
//!
//! Rounds are not signed, so no verdict names one party alone.
//!
//! Where all went well every party ends with an [`Ending`]: hashes of what was exchanged, computed and
//! revealed, by which a session can be settled. Given a [`Notary`], parties [have these signed](Output::Sign)
//! and give each other the signatures before anything is revealed; who states something else elsewhere
//! then has contradicted itself.
//!
//! After any of these the machine fails with a typed [`Error`], releases its memory and says
//! nothing more. A receiver gives all results or none.
//!
//! # What stays with the parties
//!
//! A program can [keep](program::Keep) registers instead of revealing them. Each party then has [its part](Kept) on its
//! [`Shelf`] when it has finished, and a later program of the same three, in the same order, [takes it up](program::Taken)
//! by its [name](Kept::id), a hash that all three have agreed on and every receiver has heard. That hash binds the shares: a
//! party with others is found out as the tables above say, and one that shows the right shares and computes with others is in the place of one that
//! sends wrong messages. What parties kept that proved nothing is not taken up by a program with malicious security.
//!
//! # A session
//!
//! ```
//! use troupe_mpc::program::{Column, Draft, Form, Op, Rows};
//! use troupe_mpc::{Deadlines, Input, Output, Owner, Party, Peer, Place, Receiver, Table};
//! use troupe_types::{Hash, Millis, SessionId};
//! use troupe_wire::{Machine, Now, Seed, Text};
//!
//! // One owner's column, squared and summed.
//! let column = Column {
//!     owner: 0,
//!     name: Text::new("units").unwrap(),
//!     length: 3,
//!     fraction: 0,
//!     low: 0,
//!     high: 100,
//!     form: Form::Plain,
//! };
//! let mut draft = Draft::new(vec![Rows { count: 3, group: 0 }], vec![column]);
//! let units = draft.values(0);
//! let squares = draft.push(Op::Dot { a: units, b: units, block: 3, shift: 0 });
//! draft.reveal(0, squares, "squares", 0, 1);
//! let program = draft.finish().unwrap();
//!
//! let terms = Hash([2; 32]); // of what the participants agreed on
//! let place = Place { session: SessionId([1; 16]), terms };
//! let (now, minute) = (Now::default(), Millis::secs(60));
//! let seed = Seed::from_number(1); // in production: the system's entropy, anew for each machine
//! let table = Table {
//!     rows: 3,
//!     alignment: Hash::default(),
//!     columns: [("units".to_owned(), vec![3.0, 4.0, 12.0])].into(),
//! };
//! let owner = Owner::new(place, &program, 0, table, minute, &seed, now);
//! let party = |index: u8| {
//!     let seed = seed.child("party", index.into());
//!     Party::new(place, program.clone(), index, Deadlines::default(), &seed, now).unwrap()
//! };
//! let (mut owner, mut parties) = (owner.unwrap(), [party(0), party(1), party(2)]);
//! let mut receiver = Receiver::new(place, program.clone(), 0, minute, now).unwrap();
//!
//! // A transport: everybody has room for everything, and chunks go where they belong.
//! type Queue = Vec<(Peer, Peer, bytes::Bytes)>;
//! fn post<T>(from: Peer, wishes: Vec<Output<T>>, queue: &mut Queue) -> Option<T> {
//!     let mut end = None;
//!     for wish in wishes {
//!         match wish {
//!             Output::Send { to, bytes } => queue.push((from, to, bytes)),
//!             Output::Finished(outcome) => end = Some(outcome),
//!             Output::Failed(error) => panic!("{from}: {error}"),
//!             Output::Progress { .. } | Output::Sign(_) => {}
//!         }
//!     }
//!     end
//! }
//! let (mut queue, mut endings, mut received) = (Vec::new(), Vec::new(), None);
//! let bytes = u64::MAX;
//! for to in [Peer::Party(0), Peer::Party(1), Peer::Party(2), Peer::Receiver(0)] {
//!     let mut out = Vec::new();
//!     owner.step(now, Input::Credit { to, bytes }, &mut out);
//!     post(Peer::Owner(0), out, &mut queue);
//!     for (index, party) in (0..).zip(&mut parties) {
//!         let mut out = Vec::new();
//!         party.step(now, Input::Credit { to, bytes }, &mut out);
//!         endings.extend(post(Peer::Party(index), out, &mut queue));
//!     }
//! }
//! while !queue.is_empty() {
//!     let (from, to, bytes) = queue.remove(0);
//!     if let Peer::Party(index) = to {
//!         let mut out = Vec::new();
//!         parties[usize::from(index)].step(now, Input::Bytes { from, bytes }, &mut out);
//!         endings.extend(post(to, out, &mut queue));
//!     } else {
//!         let mut out = Vec::new();
//!         receiver.step(now, Input::Bytes { from, bytes }, &mut out);
//!         received = received.or(post(to, out, &mut queue));
//!     }
//! }
//! let received = received.expect("a result");
//! assert_eq!(received.results[0].values, [169.0]);
//! // All parties and the receiver know that it was this result.
//! assert_eq!(endings.len(), 3);
//! assert!(endings.iter().all(|ending| ending.result == received.result));
//! ```

mod error;
mod evidence;
mod fixed;
mod input;
mod kept;
mod output;
mod owner;
mod party;
mod peer;
mod place;
pub mod prg;
pub mod program;
mod progress;
mod proof;
mod recall;
mod receiver;
pub mod rep3;
mod shelf;
mod sign;
mod stream;
mod talk;
mod verdict;

pub use error::{About, Error, Refusal, Spoilt, Unfit, Untaken};
pub use evidence::Ending;
pub use fixed::Fixed;
pub use input::{CHUNK, Input};
pub use kept::{Kept, Label};
pub use output::Output;
pub use owner::{Owner, Table};
pub use party::{Deadlines, Party};
pub use peer::{PARTIES, Peer, Phase};
pub use place::Place;
pub use program::Program;
pub use recall::{FRAMES, LONGEST, Missing, Recall, Sealed};
pub use receiver::{Received, Receiver, Revealed};
pub use shelf::Shelf;
pub use sign::{CLAIMS, Claim, Notary, OwnClaims, OwnSignatures, SIGNATURE, Signature, Signed};
pub use talk::Progress;
pub use troupe_evidence::Opening;
pub use verdict::Verdict;
