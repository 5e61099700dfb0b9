//! Whom an error blames.
//!
//! A verdict says no more than is known to a participant that is honest itself. Somebody else, who has
//! only its word, knows less: for them every verdict on one seat is one on that seat and the speaker's.

use crate::{About, Error, Peer};
use core::fmt;

/// Who is at fault, as one participant knows it.
///
/// | error | verdict of a party | of an owner or receiver |
/// |---|---|---|
/// | [`DeadlinePassed`](Error::DeadlinePassed), [`PeerLost`](Error::PeerLost), [`Malformed`](Error::Malformed) | whoever is waited for, was lost or sent it | the same |
/// | [`Contradiction`](Error::Contradiction) about what [nobody](About::Unchecked) [checked](About::KeptUnchecked) | nobody: an owner may have given out different shares | |
/// | [`Unsigned`](Error::Unsigned) | the one that did not sign | |
/// | [`Altered`](Error::Altered) | the one with other shares | |
/// | [`Contradiction`](Error::Contradiction) with its own word | the other one of the two | |
/// | [`Contradiction`](Error::Contradiction) of two others, [`Disagreement`](Error::Disagreement) | the two | the two |
/// | [`Unproven`](Error::Unproven), [`Coins`](Error::Coins) | the two | |
/// | [`Inconsistent`](Error::Inconsistent) | the owner or the party | |
/// | [`Misaligned`](Error::Misaligned) | the two owners | |
/// | all others | nobody: it did not begin, was cancelled, or nothing is known | nobody |
///
/// Where a deadline passed, the one that is named may itself wait for somebody who is silent towards
/// it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nobody that is known.
    Nobody,
    /// This party did not answer, or sent what is refused.
    Party(u8),
    /// One of these two parties, or both.
    Pair(u8, u8),
    /// This owner did not answer, or sent what is refused.
    Owner(u8),
    /// One of these two owners: their rows are not the same.
    Owners(u8, u8),
    /// This owner gave out different shares, or this party says so.
    OwnerOrParty {
        /// The owner.
        owner: u8,
        /// The party.
        party: u8,
    },
    /// This receiver did not take its results.
    Receiver(u8),
}

impl Verdict {
    /// The one seat that is blamed, if it is one.
    #[must_use]
    pub const fn seat(self) -> Option<u8> {
        match self {
            Self::Party(seat) => Some(seat),
            Self::Nobody
            | Self::Pair(_, _)
            | Self::Owner(_)
            | Self::Owners(_, _)
            | Self::OwnerOrParty { .. }
            | Self::Receiver(_) => None,
        }
    }
}

impl From<Peer> for Verdict {
    fn from(peer: Peer) -> Self {
        match peer {
            Peer::Party(seat) => Self::Party(seat),
            Peer::Owner(owner) => Self::Owner(owner),
            Peer::Receiver(receiver) => Self::Receiver(receiver),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody"),
            Self::Party(seat) => write!(f, "party {seat}"),
            Self::Pair(first, second) => write!(f, "party {first} or party {second}"),
            Self::Owner(owner) => write!(f, "owner {owner}"),
            Self::Owners(first, second) => write!(f, "owner {first} or owner {second}"),
            Self::OwnerOrParty { owner, party } => write!(f, "owner {owner} or party {party}"),
            Self::Receiver(receiver) => write!(f, "receiver {receiver}"),
        }
    }
}

impl Error {
    /// Whom it blames, as the participant knows it that ended with it.
    #[must_use]
    pub fn verdict(&self, me: Peer) -> Verdict {
        let of_two = |first: u8, second: u8| match me {
            Peer::Party(seat) if seat == first => Verdict::Party(second),
            Peer::Party(seat) if seat == second => Verdict::Party(first),
            Peer::Party(_) | Peer::Owner(_) | Peer::Receiver(_) => Verdict::Pair(first, second),
        };
        match *self {
            Self::DeadlinePassed { waiting_for: peer, .. }
            | Self::PeerLost { peer, .. }
            | Self::Malformed { peer, .. } => peer.into(),
            Self::Contradiction {
                about: About::Unchecked { .. } | About::KeptUnchecked, ..
            } => Verdict::Nobody,
            Self::Contradiction {
                first,
                second,
                about: About::Exchange | About::Results { .. } | About::Kept,
            }
            | Self::Disagreement { first, second, .. }
            | Self::Coins { first, second } => of_two(first, second),
            Self::Unproven { prover, verifier } => of_two(prover, verifier),
            Self::Unsigned { party } | Self::Altered { party } => Verdict::Party(party),
            Self::Inconsistent { owner, party } => Verdict::OwnerOrParty { owner, party },
            Self::Misaligned { first, second } => Verdict::Owners(first, second),
            Self::Fraction { .. }
            | Self::Value { .. }
            | Self::Column { .. }
            | Self::MissingColumn { .. }
            | Self::Rows { .. }
            | Self::NoSuchPlace { .. }
            | Self::Program(_)
            | Self::NoShelf
            | Self::Untaken { .. }
            | Self::Unwitnessed
            | Self::Uncommitted
            | Self::Cancelled { .. } => Verdict::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Defect;
    use crate::{Phase, Refusal, Unfit, Untaken};
    use troupe_types::Hash;

    /// Whom each error blames, by each of the three parties and by others.
    fn is(error: &Error, parties: [Verdict; 3], others: Verdict) {
        for (seat, want) in (0..).zip(parties) {
            assert_eq!(error.verdict(Peer::Party(seat)), want, "party {seat}: {error}");
        }
        assert_eq!(error.verdict(Peer::Owner(0)), others, "an owner: {error}");
        assert_eq!(error.verdict(Peer::Receiver(0)), others, "a receiver: {error}");
    }

    #[test]
    fn whoever_does_not_answer_or_sends_what_is_refused_is_blamed() {
        let phase = Phase::Closing;
        for (peer, verdict) in [
            (Peer::Party(2), Verdict::Party(2)),
            (Peer::Owner(7), Verdict::Owner(7)),
            (Peer::Receiver(3), Verdict::Receiver(3)),
        ] {
            let reason = Refusal::Unexpected;
            is(&Error::DeadlinePassed { waiting_for: peer, phase }, [verdict; 3], verdict);
            is(&Error::PeerLost { peer, phase }, [verdict; 3], verdict);
            is(&Error::Malformed { peer, phase, reason }, [verdict; 3], verdict);
        }
        let party = Verdict::Party(1);
        is(&Error::Unsigned { party: 1 }, [party; 3], party);
        is(&Error::Altered { party: 1 }, [party; 3], party);
    }

    #[test]
    fn of_two_that_contradict_each_other_an_honest_one_knows_which() {
        use Verdict::{Pair, Party};
        let about = About::Exchange;
        let one = Error::Contradiction { first: 0, second: 1, about };
        is(&one, [Party(1), Party(0), Pair(0, 1)], Pair(0, 1));
        for about in [About::Results { receiver: 0 }, About::Kept] {
            let other = Error::Contradiction { first: 0, second: 2, about };
            is(&other, [Party(2), Pair(0, 2), Party(0)], Pair(0, 2));
        }
    }

    #[test]
    fn where_one_of_two_must_be_wrong_both_are_named() {
        use Verdict::{OwnerOrParty, Owners, Pair};
        // Each error is told by those who are not one of the two.
        let says = |error: Error, me: Peer, want: Verdict| assert_eq!(error.verdict(me), want);
        says(Error::Unproven { prover: 1, verifier: 2 }, Peer::Party(0), Pair(1, 2));
        says(Error::Coins { first: 2, second: 1 }, Peer::Party(0), Pair(2, 1));
        let result = String::new();
        says(Error::Disagreement { first: 2, second: 0, result }, Peer::Receiver(0), Pair(2, 0));
        let shares = Error::Inconsistent { owner: 4, party: 1 };
        says(shares, Peer::Party(0), OwnerOrParty { owner: 4, party: 1 });
        says(Error::Misaligned { first: 0, second: 3 }, Peer::Party(0), Owners(0, 3));
    }

    #[test]
    fn nobody_is_blamed_for_what_never_began_was_cancelled_or_is_not_known() {
        let name = || "a".to_owned();
        let reason = Box::new(Error::Fraction { got: 60, limit: 52 });
        for error in [
            Error::Fraction { got: 60, limit: 52 },
            Error::Value { row: 0, reason: Unfit::NotFinite },
            Error::Column { name: name(), reason },
            Error::MissingColumn { name: name() },
            Error::Rows { got: 1, want: 2 },
            Error::NoSuchPlace { peer: Peer::Party(3) },
            Error::Program(Defect::Unguarded { op: 0 }),
            Error::Uncommitted,
            Error::Contradiction { first: 0, second: 1, about: About::Unchecked { receiver: 0 } },
            Error::Contradiction { first: 0, second: 1, about: About::KeptUnchecked },
            Error::NoShelf,
            Error::Untaken { id: Hash::default(), reason: Untaken::Missing },
            Error::Cancelled { phase: Phase::Inputs },
        ] {
            is(&error, [Verdict::Nobody; 3], Verdict::Nobody);
        }
    }

    #[test]
    fn only_a_verdict_on_one_seat_names_a_seat() {
        use Verdict::{Nobody, Owner, OwnerOrParty, Owners, Pair, Party, Receiver};
        assert_eq!(Party(2).seat(), Some(2));
        let either = OwnerOrParty { owner: 0, party: 1 };
        for verdict in [Nobody, Pair(0, 1), Owner(0), Owners(0, 1), either, Receiver(0)] {
            assert_eq!(verdict.seat(), None, "{verdict}");
        }
        let told = [Nobody, Party(2), Pair(0, 1), Owner(0), Owners(0, 1), either, Receiver(3)];
        let told = told.map(|verdict| verdict.to_string()).join("; ");
        let want = "nobody; party 2; party 0 or party 1; owner 0; owner 0 or owner 1; \
                    owner 0 or party 1; receiver 3";
        assert_eq!(told, want);
    }
}
