//! Agreement on one chain of blocks among validators of which less than a third may do anything.
//!
//! This is Giskard (arXiv 2010.02124) as CBFT runs it: proposers take turns by view and make several
//! blocks in each, validators vote for each block, a quorum's votes are a certificate, and a block is
//! final by three certificates in a row. A [`Machine`] is one node's part in it: [`Input`]s in,
//! [`Output`]s out, no clock, no socket, no disk, no key. It knows no transactions: a block is a
//! [`Header`] and opaque bytes.
//!
//! ```
//! use troupe_consensus::{Anchor, Block, Causes, Header, Input, Machine, Output, Place, Settings};
//! use troupe_consensus::{PublicKey, Term, Validator, ValidatorSet};
//! use troupe_types::{Epoch, Hash, Height, Millis, NodeId, UnixMillis};
//! use troupe_wire::{Blob, Machine as _, Now};
//!
//! let header = Header {
//!     hash: Hash([1; 32]), parent: Hash([0; 32]), height: Height(0), place: Place::new(0, 0),
//!     index: 0, time: UnixMillis(0), root: Hash([0; 32]), causes: Causes::default(),
//! };
//! let (node, key) = (NodeId([7; 32]), PublicKey([7; 48]));
//! let set = ValidatorSet::new(vec![Validator { node, key }]).unwrap();
//! let term = Term { epoch: Epoch(1), first: Height(1), last: Height(100), set };
//! let anchor = Anchor { block: Block { header, body: Blob::default() }, proof: None, terms: vec![term] };
//! let settings = Settings::new(Hash([1; 32]), node, Some(key));
//! let mut machine = Machine::new(settings, anchor, Vec::new()).unwrap();
//!
//! let mut out = Vec::new();
//! let now = Now { mono: Millis(1_000), wall: UnixMillis(1_000) };
//! machine.step(now, Input::Start, &mut out);
//! machine.step(now, Input::Work { waiting: true }, &mut out);
//! assert!(out.iter().any(|wish| matches!(wish, Output::Build(order) if order.height == Height(1))));
//! ```
//!
//! # What a shell does
//!
//! It performs outputs in their order, and after an [`Output::Persist`] nothing further until that
//! record is durable. It answers [`Output::Verify`] with [`Keys::answer`] on whatever thread (`Keys` is
//! the only thing here that knows a signature scheme: real ones run with `Keys<Bls>`, simulations with
//! `Keys<Keyed>`), [`Output::Sign`] with [`sign`], and [`Output::Build`] and [`Output::Execute`] by the
//! chain. A block of a peer is believed only after a [`Claim::Belongs`] of it was found true: that is
//! where the chain checks that header and body are those of the hash. After a restart it makes a new
//! machine of the last final block, its proof and the [`Record`]s.
//!
//! # The rules, and where a plain reading of them is not safe
//!
//! * **Neighbours.** "Certified, child certified, grandchild certified" alone forks: with one validator
//!   of four and a network that shows each certificate to too few, two chains can grow in turns, each
//!   certificate in a view of its own, until both have three in a row (`tests/model.rs` finds it with six
//!   blocks). Here two neighbours among the three have to be of one view or of successive views of one
//!   epoch. Then the lower of the two is *locked*: whoever voted for the upper one knew the certificate
//!   of the lower one, some of them are in every quorum that gives that view up, so every later view
//!   starts at or above it. With this the three statements of the Coq model hold without its side
//!   conditions ([`invariants`]). A node that follows the rules reaches it in any view that works.
//!   A block that became final late therefore has a [`CommitProof`] of more than three links.
//! * **The edge of an epoch does not lock**: the two sets may have nobody in common. The last block of an
//!   epoch is final by its successors in the next one.
//! * **A base needs a reason.** The first block of a view carries the [`ViewChangeCertificate`] of the
//!   view before, or stands on the certified block that completed that view or the epoch before.
//! * **Sequence of signatures.** One vote for each index and each height of a view, one view change for
//!   a view, no vote in a view that was given up, nothing in an epoch before the one entered
//!   (`src/ledger.rs`). A view change names the highest certificate known, also if its block is not here.
//! * **Who has no history is silent first** ([`Settings::watch`]), and who has one from elsewhere signs only
//!   later things ([`History`]).
//! * **A certificate moves a node** to its view; anything else of a later view makes it ask. More than a
//!   third giving later views up make it join them, and give up with them.
//! * **A relayed vote is not the relayer's word**: a bad one is dropped, and only whoever sends a bad
//!   vote of its own is named.
//! * **Empty successors** are made at once after a block that comes alone. Under load the next block with
//!   transactions is successor enough; the empty ones come only if none has come after one pace.
//!
//! Tests can take a rule away ([`Rules`]) and show that it is missed. [`Machine::new`] always keeps all.
//!
//! # Limits
//!
//! * Sets have at most [`MAX_VALIDATORS`] members, bodies at most [`MAX_BODY`] bytes.
//! * Blocks are kept up to 60 above the last final one. A network on which 60 blocks in a row were
//!   certified in views that are all apart stops; so does an epoch whose election block is not final when
//!   its last block is certified. Either takes as many failed views in turns with successful ones.
//! * View changes are checked one by one as they come: each names a certificate of its own.

mod block;
mod certificate;
mod certify;
mod error;
mod evidence;
mod favours;
mod gate;
mod giving_up;
mod history;
mod incoming;
mod input;
pub mod invariants;
mod ledger;
mod machine;
pub mod message;
mod output;
mod place;
mod pool;
mod proof;
mod proposals;
mod record;
mod restore;
mod rules;
mod sealing;
mod settings;
mod signature;
mod signers;
mod silence;
mod state;
mod statement;
mod status;
mod tree;
mod validators;
mod verified;
mod verify;
mod view_change;
mod votes;

pub use block::{Block, Causes, Header, MAX_BODY};
pub use certificate::{Certificate, Rank};
pub use error::Error;
pub use evidence::{Evidence, MAX_EVIDENCE, Offence};
pub use history::{History, Mark, Permission};
pub use input::{Anchor, Input, Outcome};
pub use message::Message;
pub use output::{Fill, Halt, Order, Output, Silent, To};
pub use place::Place;
pub use proof::{CommitProof, Link, MAX_LINKS};
pub use record::{Proposed, Record};
pub use rules::{Rule, Rules};
pub use settings::Settings;
pub use signature::{PublicKey, Signature};
pub use signers::{MAX_VALIDATORS, Signers};
pub use state::Machine;
pub use statement::{Kind, Statement};
pub use status::Snapshot;
pub use validators::{Schedule, Term, Validator, ValidatorSet};
pub use verify::{
    Claim, Keys, Task, Verdict, Work, check_signed, public_bytes, sign, verify_statement,
};
pub use view_change::{Entry, ViewChange, ViewChangeCertificate, giving_up};
