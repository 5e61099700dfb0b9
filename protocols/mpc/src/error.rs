//! Why there is no result.

use crate::{Peer, Phase, program::Defect};
use troupe_types::Hash;

/// Everything that can be wrong with a value, a program, a table or a run.
///
/// No variant carries a secret value: rows and columns are named, their content is not.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A fixed-point format that does not exist.
    #[error("{got} fraction bits exceed {limit}")]
    Fraction {
        /// Bits asked for.
        got: u8,
        /// The most there are.
        limit: u8,
    },
    /// A value that has no encoding.
    #[error("the value in row {row} {reason}")]
    Value {
        /// Its row, from 0.
        row: usize,
        /// What is wrong with it.
        reason: Unfit,
    },
    /// A column with something wrong in it.
    #[error("column `{name}`: {reason}")]
    Column {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: Box<Error>,
    },
    /// A table without a column that the program reads.
    #[error("no column `{name}` in the table")]
    MissingColumn {
        /// The name that the program has.
        name: String,
    },
    /// A table or a column of another length than the program says.
    #[error("{got} rows where the program has {want}")]
    Rows {
        /// Rows there are.
        got: u64,
        /// Rows that the program has.
        want: u64,
    },
    /// A machine made for a place that the program does not have.
    #[error("{peer} has no place in this program")]
    NoSuchPlace {
        /// The place.
        peer: Peer,
    },
    /// A program that may not run.
    #[error("program refused: {0}")]
    Program(#[from] Defect),
    /// The transport lost a peer before everything was exchanged with it.
    #[error("{peer} was lost in phase {phase}")]
    PeerLost {
        /// The peer.
        peer: Peer,
        /// What was going on.
        phase: Phase,
    },
    /// A phase took too long.
    #[error("the deadline of phase {phase} passed while waiting for {waiting_for}")]
    DeadlinePassed {
        /// The first peer whose bytes, or whose room for ours, were missing.
        waiting_for: Peer,
        /// What was going on.
        phase: Phase,
    },
    /// A peer sent something that does not belong here.
    #[error("{peer} was refused in phase {phase}: {reason}")]
    Malformed {
        /// The peer.
        peer: Peer,
        /// What was going on.
        phase: Phase,
        /// What was wrong.
        reason: Refusal,
    },
    /// Two owners whose rows should belong together hold different row keys.
    #[error("the rows of owner {first} and owner {second} are not the same")]
    Misaligned {
        /// The owner that was there first.
        first: u8,
        /// The owner that disagrees with it.
        second: u8,
    },
    /// A party holds another piece of an owner's columns than we do: the owner gave it out twice, or
    /// the party says so.
    #[error("party {party} holds other shares of owner {owner} than we do")]
    Inconsistent {
        /// The owner.
        owner: u8,
        /// The party.
        party: u8,
    },
    /// The two parties that check our proof drew different numbers.
    #[error("party {first} and party {second} draw different numbers for our proof")]
    Coins {
        /// One party.
        first: u8,
        /// The other.
        second: u8,
    },
    /// The proof that a party's messages were right is wrong: that party sent a wrong message, or
    /// the other one, who passed the proof on, did not pass on what it got.
    #[error("the messages of party {prover} are not proven by what party {verifier} passes on")]
    Unproven {
        /// Whose messages.
        prover: u8,
        /// Who passed on its proof.
        verifier: u8,
    },
    /// Two parties disagree on a piece of a result that both of them hold.
    #[error("party {first} and party {second} disagree on result `{result}`")]
    Disagreement {
        /// One party.
        first: u8,
        /// The other.
        second: u8,
        /// Which result.
        result: String,
    },
    /// Two parties do not say the same of what both of them know, or a party not the same as we do.
    #[error("party {first} and party {second} do not say the same of {about}")]
    Contradiction {
        /// One party.
        first: u8,
        /// The other.
        second: u8,
        /// Of what.
        about: About,
    },
    /// A party did not sign what it has to: what all know, or what it says it sends to the receivers.
    #[error("party {party} did not sign how the session ends")]
    Unsigned {
        /// The party.
        party: u8,
    },
    /// The program keeps something or takes something up, and the party has no shelf.
    #[error("the program keeps something or takes something up, and there is no shelf for that")]
    NoShelf,
    /// What the program takes up is not here, or not as it wants it.
    #[error("what is kept as {} {reason}", id.short())]
    Untaken {
        /// What it is called.
        id: Hash,
        /// Why it is not taken up.
        reason: Untaken,
    },
    /// A party has other shares of what is taken up than those that were kept: ours are.
    #[error("party {party} takes up other shares than were kept")]
    Altered {
        /// The party.
        party: u8,
    },
    /// Those in charge of this party did not sign how the session ends.
    #[error("this party itself could not sign how the session ends")]
    Unwitnessed,
    /// The results are others than the parties committed to, all three of them.
    #[error("the results are not those that the parties committed to")]
    Uncommitted,
    /// The session was cancelled from outside.
    #[error("cancelled in phase {phase}")]
    Cancelled {
        /// What was going on.
        phase: Phase,
    },
}

/// What two parties know together, and say before anything is revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum About {
    /// What they sent each other.
    #[error("what they sent each other")]
    Exchange,
    /// Their piece of the results of a receiver.
    #[error("the results of receiver {receiver}")]
    Results {
        /// The receiver.
        receiver: u8,
    },
    /// The same where nothing was proven: an owner or the third party may have made it so.
    #[error("the results of receiver {receiver}, which nobody checked")]
    Unchecked {
        /// The receiver.
        receiver: u8,
    },
    /// Their piece of what is kept.
    #[error("what is kept")]
    Kept,
    /// The same where nothing was proven.
    #[error("what is kept, which nobody checked")]
    KeptUnchecked,
}

/// Why something kept is not taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untaken {
    /// It is not on the shelf.
    #[error("is not here")]
    Missing,
    /// It is another party's part.
    #[error("was kept by party {got}, this is party {want}")]
    Seat {
        /// Whose it is.
        got: u8,
        /// Who would take it up.
        want: u8,
    },
    /// It has another number of elements, other fraction bits, or values outside the program's range.
    #[error("has another {0} than the program says")]
    Shape(&'static str),
    /// A party could have changed it unnoticed before it was kept, and the program is protected against that.
    #[error("was kept by parties that proved nothing")]
    Unproven,
}

/// Why bytes are not what a party kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Spoilt {
    /// They are no encoding of it.
    #[error("{0}")]
    Encoding(#[from] troupe_wire::Error),
    /// It has a seat that nobody has, another number of shares than it says, or none.
    #[error("an impossible {0}")]
    Shape(&'static str),
    /// The shares are others than those that the parties committed to when they kept them.
    #[error("the shares are not those that were kept")]
    Changed,
}

/// Why a value has no encoding.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// Not a number, or infinite.
    #[error("is not finite")]
    NotFinite,
    /// The format ends before it.
    #[error("is not below {limit} in magnitude")]
    TooLarge {
        /// The first magnitude without an encoding.
        limit: f64,
    },
    /// Outside what the program promises of its column.
    #[error("lies outside {low} to {high}")]
    OutOfRange {
        /// The least value allowed.
        low: f64,
        /// The greatest value allowed.
        high: f64,
    },
}

/// Why a peer's bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The stream does not begin as streams of this protocol do.
    #[error("not a stream of this protocol")]
    Magic,
    /// Another version of the protocol.
    #[error("stream version {got}, this is version {want}")]
    Version {
        /// The stream's version.
        got: u16,
        /// Ours.
        want: u16,
    },
    /// Another session's stream.
    #[error("it belongs to another session")]
    Session,
    /// A stream for another program.
    #[error("it belongs to program {}, this is {}", got.short(), want.short())]
    Program {
        /// The stream's program.
        got: Hash,
        /// Ours.
        want: Hash,
    },
    /// The stream belongs to other terms.
    #[error("other terms")]
    Terms,
    /// The header names another sender than the transport does.
    #[error("it claims another sender")]
    Sender,
    /// The header names another addressee.
    #[error("it is meant for another peer")]
    Addressee,
    /// A bit is set that has no meaning yet.
    #[error("reserved bytes are not zero")]
    Reserved,
    /// A peer that has nothing to send sent something.
    #[error("it has nothing to send here")]
    Unexpected,
    /// More bytes than the agreed stream has, or at once than a chunk may have.
    #[error(transparent)]
    Overrun(#[from] troupe_wire::bulk::Overrun),
    /// A party is further ahead than one that waits for us can be.
    #[error("frame {frame} is sent before it can be known")]
    Ahead {
        /// The frame, from 0.
        frame: u32,
    },
    /// A frame does not end where it should: bytes were lost, repeated or inserted.
    #[error("frame {frame} does not end where it should")]
    Framing {
        /// The frame, from 0.
        frame: u32,
    },
    /// The owner announces another number of rows than the program has.
    #[error("{got} rows where the program has {want}")]
    Rows {
        /// Rows announced.
        got: u64,
        /// Rows in the program.
        want: u64,
    },
}
