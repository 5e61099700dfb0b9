//! The bytes around a message: what opens a stream, what precedes a body.
//!
//! Every function here is pure and reads a prefix: `Ok(None)` asks for more bytes, `Ok(Some((value,
//! used)))` says how many of them the value took. Lengths are checked here, before anybody reads or
//! allocates a body. All integers are little-endian and of fixed width.
//!
//! ```text
//! two-way stream   0 magic(8) length(2) hello                       the first stream of the dialer
//!                  1 call body                                      every other one: an ask
//! its answer       0 length(4) body | outcome(1)
//! one-way stream   2 lane(1) then any number of: call body          tells of one lane
//!                  3 session(16) lane(1) then bytes to the end      bulk
//! call             name length(1) name tag(2) within(4) since(2) length(4)
//! ```

use crate::close::{outcome_code, outcome_of};
use troupe_runtime::BulkHeader;
use troupe_types::{Millis, SessionId};
use troupe_wire::{CallError, Lane, Limit, Version};

/// The longest name of a service, in bytes.
pub const MAX_SERVICE: usize = 32;
/// The longest call header, in bytes.
pub const MAX_CALL: usize = 1 + MAX_SERVICE + 12;
/// The longest opening of a stream, in bytes.
pub const MAX_OPENING: usize = 18;
/// What every hello begins with, after its kind.
pub const MAGIC: [u8; 8] = *b"troupe/1";
/// The longest hello, in bytes.
pub const MAX_HELLO: usize = 4 << 10;

const HELLO: u8 = 0;
const ASK: u8 = 1;
const TELLS: u8 = 2;
const BULK: u8 = 3;
const LANES: [Lane; 3] = [Lane::Bulk, Lane::Normal, Lane::Control];

/// Bytes that no honest peer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// They are not what has to come here.
    #[error("malformed frame: {0}")]
    Malformed(&'static str),
    /// They announce more than may come.
    #[error("frame of {got} bytes exceeds {limit}")]
    Oversized {
        /// Bytes announced.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// What a prefix of a stream says: more bytes wanted, or a value and the bytes it took.
pub type Parsed<T> = Result<Option<(T, usize)>, FrameError>;

/// What precedes the body of an ask or a tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// The service addressed.
    pub service: &'a str,
    /// The message's number within it.
    pub tag: u16,
    /// How long the sender still waits; at least a millisecond.
    pub within: Millis,
    /// The first version that has the message.
    pub since: Version,
    /// Bytes of body that follow.
    pub length: usize,
}

/// How a two-way stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoWay {
    /// A hello of so many bytes follows.
    Hello {
        /// Bytes that follow.
        length: usize,
    },
    /// A call follows.
    Ask,
}

/// How a one-way stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneWay {
    /// Calls follow, none of which wants an answer.
    Tells(Lane),
    /// Bytes of a session follow.
    Bulk(BulkHeader),
}

/// What precedes the body of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerHead {
    /// An answer of so many bytes follows.
    Body {
        /// Bytes that follow.
        length: usize,
    },
    /// There is none.
    Failed(CallError),
}

/// Whether a service's name fits a call header: 1 to [`MAX_SERVICE`] visible ASCII characters.
#[must_use]
pub fn is_service(name: &str) -> bool {
    (1..=MAX_SERVICE).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads how a two-way stream begins.
pub fn read_two_way(bytes: &[u8]) -> Parsed<TwoWay> {
    match bytes {
        [] => Ok(None),
        [ASK, ..] => Ok(Some((TwoWay::Ask, 1))),
        [HELLO, rest @ ..] => {
            let known = rest.len().min(MAGIC.len());
            if rest[..known] != MAGIC[..known] {
                return Err(FrameError::Malformed("no hello of this protocol"));
            }
            let Some(length) = rest.get(MAGIC.len()..).and_then(<[u8]>::first_chunk::<2>) else {
                return Ok(None);
            };
            let length = checked(usize::from(u16::from_le_bytes(*length)), MAX_HELLO)?;
            Ok(Some((TwoWay::Hello { length }, 3 + MAGIC.len())))
        }
        [_, ..] => Err(FrameError::Malformed("unknown kind of two-way stream")),
    }
}

/// Reads how a one-way stream begins.
pub fn read_one_way(bytes: &[u8]) -> Parsed<OneWay> {
    match bytes {
        [] => Ok(None),
        [TELLS, rest @ ..] => {
            let Some(number) = rest.first() else { return Ok(None) };
            let lane = LANES.get(usize::from(*number)).copied();
            let lane = lane.ok_or(FrameError::Malformed("unknown lane"))?;
            Ok(Some((OneWay::Tells(lane), 2)))
        }
        [BULK, rest @ ..] => {
            let Some((session, [lane, ..])) = rest.split_first_chunk::<16>() else {
                return Ok(None);
            };
            let header = BulkHeader { session: SessionId(*session), lane: *lane };
            Ok(Some((OneWay::Bulk(header), 18)))
        }
        [_, ..] => Err(FrameError::Malformed("unknown kind of one-way stream")),
    }
}

/// Reads the header of a call. Its body may be as long as any message; the caller compares with the
/// limit of the very message.
pub fn read_call(bytes: &[u8]) -> Parsed<Call<'_>> {
    let Some((name_length, rest)) = bytes.split_first() else { return Ok(None) };
    let name_length = usize::from(*name_length);
    if !(1..=MAX_SERVICE).contains(&name_length) {
        return Err(FrameError::Malformed("no name of a service"));
    }
    let known = &rest[..rest.len().min(name_length)];
    if !known.iter().all(u8::is_ascii_graphic) {
        return Err(FrameError::Malformed("no name of a service"));
    }
    let Some((name, rest)) = rest.split_at_checked(name_length) else { return Ok(None) };
    let Some([t0, t1, w0, w1, w2, w3, s0, s1, l0, l1, l2, l3]) = rest.first_chunk::<12>() else {
        return Ok(None);
    };
    let within = u32::from_le_bytes([*w0, *w1, *w2, *w3]);
    let since = u16::from_le_bytes([*s0, *s1]);
    if within == 0 || since == 0 {
        return Err(FrameError::Malformed("a call without time or version"));
    }
    let length = length_of([*l0, *l1, *l2, *l3], Limit::MAX.bytes())?;
    let call = Call {
        service: str::from_utf8(name).map_err(|_| FrameError::Malformed("no name of a service"))?,
        tag: u16::from_le_bytes([*t0, *t1]),
        within: Millis(u64::from(within)),
        since: Version(since),
        length,
    };
    Ok(Some((call, 1 + name_length + 12)))
}

/// Reads what precedes an answer of which at most `limit` bytes are accepted.
pub fn read_answer(bytes: &[u8], limit: usize) -> Parsed<AnswerHead> {
    match bytes {
        [] => Ok(None),
        [0, rest @ ..] => {
            let Some(length) = rest.first_chunk::<4>() else { return Ok(None) };
            Ok(Some((AnswerHead::Body { length: length_of(*length, limit)? }, 5)))
        }
        [code, ..] => {
            let outcome = outcome_of(u64::from(*code));
            let outcome = outcome.ok_or(FrameError::Malformed("unknown outcome"))?;
            Ok(Some((AnswerHead::Failed(outcome), 1)))
        }
    }
}

/// Appends how a hello's stream begins; `None` where the hello is too long.
#[must_use]
pub fn hello_onto(length: usize, bytes: &mut Vec<u8>) -> Option<()> {
    let length = u16::try_from(length).ok().filter(|length| usize::from(*length) <= MAX_HELLO)?;
    bytes.push(HELLO);
    bytes.extend(MAGIC);
    bytes.extend(length.to_le_bytes());
    Some(())
}

/// Appends how an ask's stream begins.
pub fn ask_onto(bytes: &mut Vec<u8>) {
    bytes.push(ASK);
}

/// Appends how a one-way stream begins.
pub fn one_way_onto(opening: OneWay, bytes: &mut Vec<u8>) {
    match opening {
        OneWay::Tells(lane) => bytes.extend([TELLS, lane_number(lane)]),
        OneWay::Bulk(BulkHeader { session, lane }) => {
            bytes.push(BULK);
            bytes.extend(session.0);
            bytes.push(lane);
        }
    }
}

/// Appends a call's header; `None` where a field has no place in it. More time than fits four bytes
/// (49 days) is shortened.
#[must_use]
pub fn call_onto(call: &Call<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    let length = u32::try_from(call.length).ok()?;
    let name_length = u8::try_from(call.service.len()).ok()?;
    let is_valid = is_service(call.service)
        && call.length <= Limit::MAX.bytes()
        && call.since.0 > 0
        && call.within.0 > 0;
    if !is_valid {
        return None;
    }
    bytes.push(name_length);
    bytes.extend(call.service.as_bytes());
    bytes.extend(call.tag.to_le_bytes());
    bytes.extend(u32::try_from(call.within.0).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(call.since.0.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    Some(())
}

/// The bytes before an answer's body; `None` where the body is longer than any message.
#[must_use]
pub fn answer_head(answer: AnswerHead) -> Option<Vec<u8>> {
    match answer {
        AnswerHead::Failed(outcome) => Some(vec![outcome_code(outcome)]),
        AnswerHead::Body { length } if length <= Limit::MAX.bytes() => {
            let mut bytes = vec![0];
            bytes.extend(u32::try_from(length).ok()?.to_le_bytes());
            Some(bytes)
        }
        AnswerHead::Body { .. } => None,
    }
}

/// The lane's number on the wire and in tables.
pub(crate) const fn lane_number(lane: Lane) -> u8 {
    match lane {
        Lane::Bulk => 0,
        Lane::Normal => 1,
        Lane::Control => 2,
    }
}

fn length_of(bytes: [u8; 4], limit: usize) -> Result<usize, FrameError> {
    checked(usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(usize::MAX), limit)
}

fn checked(got: usize, limit: usize) -> Result<usize, FrameError> {
    if got > limit { Err(FrameError::Oversized { got, limit }) } else { Ok(got) }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
