//! What peers send: calls are checked by their header, read, delivered, answered.

use crate::frame::{
    AnswerHead, Call, FrameError, OneWay, Parsed, TwoWay, answer_head, read_call, read_one_way,
    read_two_way,
};
use crate::line::Line;
use crate::metrics::Kind;
use crate::score::Misdeed;
use crate::sending::Sending;
use crate::shared::Shared;
use crate::slot::Slot;
use crate::source::{Broken, Source};
use bytes::Bytes;
use quinn::{RecvStream, SendStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;
use tokio::time::timeout;
use troupe_runtime::{Answer, Arrival, Violation};
use troupe_types::Millis;
use troupe_wire::{CallError, Lane, Version};

/// How long an ask may take to arrive once its stream was opened.
const ARRIVAL: Millis = Millis::secs(10);
/// How much longer than the asker's deadline an answer is awaited.
const GRACE: Millis = Millis::secs(1);

/// A call header that borrows nothing.
struct Header {
    service: String,
    tag: u16,
    within: Millis,
    since: Version,
    length: usize,
}

fn header(bytes: &[u8]) -> Parsed<Header> {
    let parsed = read_call(bytes)?;
    Ok(parsed.map(|(Call { service, tag, within, since, length }, used)| {
        (Header { service: service.to_owned(), tag, within, since, length }, used)
    }))
}

/// What becomes of a call by its header alone.
enum Reading {
    /// The body is read and delivered.
    Take,
    /// The body is passed over; this is the answer.
    Pass(CallError),
}

fn read_or_pass(shared: &Shared, line: &Line, header: &Header) -> Result<Reading, FrameError> {
    if shared.is_closing() {
        return Ok(Reading::Pass(CallError::Closing));
    }
    let Some(limit) = shared.inbound.limit(&header.service, header.tag) else {
        return Ok(Reading::Pass(CallError::NotHere));
    };
    if header.length > limit {
        return Err(FrameError::Oversized { got: header.length, limit });
    }
    if header.since > line.version {
        return Ok(Reading::Pass(CallError::Unsupported));
    }
    Ok(Reading::Take)
}

/// Why a stream was not served to its end.
enum Ended {
    Broken(Broken),
    Violation(Violation),
}

impl<T: Into<Broken>> From<T> for Ended {
    fn from(error: T) -> Self {
        Self::Broken(error.into())
    }
}

/// Closes the connection where the peer is to blame.
fn judge(shared: &Shared, line: &Line, ended: &Ended) {
    match ended {
        Ended::Broken(Broken::Wrong(error)) => shared.punish(line, Misdeed::from(*error), error),
        Ended::Violation(violation) => shared.punish(line, Misdeed::from(*violation), violation),
        Ended::Broken(Broken::Reset(_) | Broken::Lost) => {}
    }
}

/// Serves one two-way stream: an ask.
pub(crate) async fn ask(shared: Arc<Shared>, line: Arc<Line>, send: SendStream, recv: RecvStream) {
    let _serving = Serving::begin(&line);
    let mut sending = Sending::new(send, CallError::Lost);
    let (answer, answered) = oneshot::channel();
    let mut source = Source::new(recv);
    let arrived = timeout(ARRIVAL.into(), arrive(&shared, &line, &mut source, answer)).await;
    let within = match arrived {
        Ok(Ok(Some(within))) => within,
        // The answer is there already.
        Ok(Ok(None)) => GRACE,
        Ok(Err(ended)) => return judge(&shared, &line, &ended),
        Err(_) => {
            source.stop(CallError::Expired);
            return sending.reset(CallError::Expired);
        }
    };
    let replying = async {
        let outcome = answered.await.unwrap_or(Err(CallError::Lost));
        reply(&shared, &mut sending, outcome).await;
    };
    if timeout(within.plus(GRACE).into(), replying).await.is_err() {
        // The asker has given up; so do we.
        sending.reset(CallError::TimedOut);
    }
}

/// Reads and delivers an ask. `None` where it was answered without being delivered.
async fn arrive(
    shared: &Arc<Shared>,
    line: &Line,
    source: &mut Source,
    answer: oneshot::Sender<Result<Bytes, CallError>>,
) -> Result<Option<Millis>, Ended> {
    let TwoWay::Ask = source.frame(read_two_way).await? else {
        return Err(FrameError::Malformed("a second hello").into());
    };
    let header = source.frame(header).await?;
    let begun = shared.now();
    if let Reading::Pass(outcome) = read_or_pass(shared, line, &header)? {
        source.stop(outcome);
        drop(answer.send(Err(outcome)));
        return Ok(None);
    }
    let body = source.body(header.length).await?;
    source.end().await?;
    shared.metrics.received(Kind::Ask, body.len());
    let within = header.within.since(shared.now().since(begun));
    if within == Millis::ZERO {
        drop(answer.send(Err(CallError::Expired)));
        return Ok(None);
    }
    let answers = Arc::clone(shared);
    let callback: Answer = Box::new(move |outcome| {
        answers.funnel.push(Box::new(move || drop(answer.send(outcome))));
    });
    deliver(shared, line, &header, within, &body, Some(callback))?;
    Ok(Some(within))
}

fn deliver(
    shared: &Shared,
    line: &Line,
    header: &Header,
    within: Millis,
    body: &[u8],
    answer: Option<Answer>,
) -> Result<(), Ended> {
    let arrival = Arrival { service: &header.service, tag: header.tag, within, body };
    shared.inbound.arrive(&line.peer(), &arrival, answer).map_err(Ended::Violation)
}

async fn reply(shared: &Shared, sending: &mut Sending, outcome: Result<Bytes, CallError>) {
    let (head, body) = match outcome {
        Ok(body) => (AnswerHead::Body { length: body.len() }, body),
        Err(outcome) => (AnswerHead::Failed(outcome), Bytes::new()),
    };
    // An answer longer than any message is the answering actor's fault.
    let (bytes, body) = match answer_head(head) {
        Some(bytes) => (bytes, body),
        None => (vec![crate::close::outcome_code(CallError::Crashed)], Bytes::new()),
    };
    shared.metrics.sent(Kind::Answer, body.len());
    // Where the asker is gone, nobody is left to tell.
    if sending.write_message(bytes, body).await.is_ok() {
        sending.finish();
    }
}

/// Serves one one-way stream: a lane's tells, or bulk.
pub(crate) async fn one_way(
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    line: Arc<Line>,
    recv: RecvStream,
) {
    let mut source = Source::new(recv);
    let opening = match timeout(ARRIVAL.into(), source.frame(read_one_way)).await {
        Ok(Ok(opening)) => opening,
        Ok(Err(broken)) => return judge(&shared, &line, &Ended::Broken(broken)),
        Err(_) => return source.stop(CallError::Expired),
    };
    match opening {
        OneWay::Bulk(header) => {
            crate::bulk_in::receive(shared, slot, line, header, source).await;
        }
        OneWay::Tells(lane) => {
            if let Err(ended) = tells(&shared, &slot, &line, lane, source).await {
                judge(&shared, &line, &ended);
            }
        }
    }
}

async fn tells(
    shared: &Shared,
    slot: &Slot,
    line: &Line,
    lane: Lane,
    mut source: Source,
) -> Result<(), Ended> {
    let _turn = slot.turn(lane).await;
    while let Some(header) = source.next(header).await? {
        if let Reading::Pass(_) = read_or_pass(shared, line, &header)? {
            source.skip(header.length).await?;
            continue;
        }
        let body = source.body(header.length).await?;
        shared.metrics.received(Kind::Tell, body.len());
        deliver(shared, line, &header, header.within, &body, None)?;
        // A peer with much to tell must not keep the thread from the others.
        tokio::task::coop::consume_budget().await;
    }
    Ok(())
}

/// Counts an ask of the peer for as long as it is under way.
struct Serving<'a>(&'a Line);

impl<'a> Serving<'a> {
    fn begin(line: &'a Line) -> Self {
        line.serving.fetch_add(1, Ordering::AcqRel);
        Self(line)
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.serving.fetch_sub(1, Ordering::AcqRel);
    }
}
