//! What stays with the parties after a session, and what they take up again in a later one.

use super::check::{REGISTER_BITS, Shapes};
use super::span::Span;
use super::{Defect, Fact, Kind, Listing, NAME, Register};
use bincode::{Decode, Encode};
use troupe_types::Hash;
use troupe_wire::Text;

/// Vectors that a program keeps, and vectors that it takes up.
pub const MAX_KEEPS: usize = 16;
/// Elements of one of them.
pub const MAX_KEPT: usize = 1 << 14;

/// A register that stays with the parties: each ends with [its part](crate::Kept), and nobody learns it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Keep {
    /// What, numbers only.
    pub register: Register,
    /// Under which name.
    pub name: Text<NAME>,
    /// Fraction bits of the register, at most 62.
    pub fraction: u8,
}

/// Something that the same three parties, in the same order, kept in an earlier session: a register.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Taken {
    /// What it is [called](crate::Kept::id): the parties take up this, or nothing.
    pub id: Hash,
    /// Elements.
    pub length: u32,
    /// Fraction bits of its encoding.
    pub fraction: u8,
    /// The least value, encoded. What was kept was known to have none below.
    pub low: i64,
    /// The greatest value, encoded.
    pub high: i64,
}

/// The registers that are filled by what is taken up; they follow those of columns.
pub(super) fn take(listing: &Listing, shapes: &mut Shapes) -> Result<(), Defect> {
    for taken in listing.taken.iter() {
        let impossible = |what| Defect::Column { name: taken.id.short(), what };
        if taken.length == 0 {
            return Err(impossible("length"));
        }
        in_limit(taken.length)?;
        if taken.fraction > 62 {
            return Err(impossible("format"));
        }
        if taken.low > taken.high || taken.span().bits() > REGISTER_BITS {
            return Err(impossible("range"));
        }
        shapes.taken(taken);
    }
    Ok(())
}

/// That what is kept is there and has room.
pub(super) fn keeps(listing: &Listing, shapes: &Shapes) -> Result<(), Defect> {
    for keep in listing.keeps.iter() {
        let name = || keep.name.to_string();
        let index = keep.register.index();
        let (Some(length), Some(kind)) = (shapes.lengths.get(index), shapes.kinds.get(index))
        else {
            return Err(Defect::UnknownResult { name: name(), register: keep.register.0 });
        };
        if *kind != Kind::Number {
            return Err(Defect::Result { name: name(), what: "kind" });
        }
        if keep.fraction > 62 {
            return Err(Defect::Result { name: name(), what: "format" });
        }
        in_limit(*length)?;
    }
    Ok(())
}

fn in_limit(length: u32) -> Result<(), Defect> {
    let (got, limit) = (u64::from(length), MAX_KEPT as u64);
    if got > limit {
        return Err(Defect::TooMany { what: "elements kept", got, limit });
    }
    Ok(())
}

impl Taken {
    fn span(&self) -> Span {
        Span { low: self.low.into(), high: self.high.into() }
    }
}

impl Shapes {
    /// What is known of something taken up.
    pub(super) fn taken(&mut self, taken: &Taken) {
        self.lengths.push(taken.length);
        self.spans.push(taken.span());
        self.kinds.push(Kind::Number);
        self.facts.push(Fact::None);
    }
}
