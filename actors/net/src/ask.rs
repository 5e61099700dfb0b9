//! Asking a peer: one two-way stream an ask. The stream is the ask's number, and resetting it its end.

use crate::close::outcome_of;
use crate::frame::{AnswerHead, Call, MAX_CALL, ask_onto, call_onto, read_answer};
use crate::metrics::Kind;
use crate::score::Misdeed;
use crate::sending::{SMALL, Sending};
use crate::shared::Shared;
use crate::slot::Slot;
use crate::source::{Broken, Source};
use crate::waiting::Waits;
use bytes::Bytes;
use quinn::WriteError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::timeout_at;
use troupe_runtime::{Answer, Request};
use troupe_types::Millis;
use troupe_wire::{CallError, Certainty, Lane};

/// Who is answered in the end, whatever happens to the ask's task.
pub(crate) struct Asker(Option<Answer>);

impl Asker {
    pub(crate) fn new(answer: Answer) -> Self {
        Self(Some(answer))
    }

    pub(crate) fn settle(mut self, outcome: Result<Bytes, CallError>) {
        if let Some(answer) = self.0.take() {
            answer(outcome);
        }
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        if let Some(answer) = self.0.take() {
            answer(Err(CallError::Lost));
        }
    }
}

/// Asks and answers the asker.
pub(crate) async fn run(
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    waits: Waits,
    request: Request,
    deadline: Millis,
    asker: Asker,
) {
    let is_sent = AtomicBool::new(false);
    let exchange = exchange(&shared, &slot, waits, request, deadline, &is_sent);
    let outcome = match timeout_at(shared.instant(deadline), exchange).await {
        Ok(outcome) => outcome,
        Err(_) if is_sent.load(Ordering::Relaxed) => Err(CallError::TimedOut),
        Err(_) => Err(CallError::Expired),
    };
    asker.settle(outcome);
}

/// Until the last byte was accepted the peer cannot have run it, and no outcome says that it may have.
async fn exchange(
    shared: &Shared,
    slot: &Slot,
    waits: Waits,
    request: Request,
    deadline: Millis,
    is_sent: &AtomicBool,
) -> Result<Bytes, CallError> {
    let line = slot.reached().await?;
    if request.since > line.version {
        return Err(CallError::Unsupported);
    }
    let _place = line.places.acquire().await.map_err(|_| CallError::NotHere)?;
    let (send, recv) = line.quic.open_bi().await.map_err(|_| CallError::NotHere)?;
    drop(waits);
    let mut sending = Sending::new(send, CallError::Expired);
    if let Some(priority) = priority(request.lane) {
        sending.set_priority(priority);
    }
    let limit = request.reply_limit;
    let within = deadline.since(shared.now());
    let copied = Some(request.body.len()).filter(|length| *length <= SMALL).unwrap_or(0);
    let mut head = Vec::with_capacity(1 + MAX_CALL + copied);
    ask_onto(&mut head);
    call_onto(&call(&request, within), &mut head).ok_or(CallError::Expired)?;
    shared.metrics.sent(Kind::Ask, request.body.len());
    sending.write_message(head, request.body).await.map_err(not_sent)?;
    is_sent.store(true, Ordering::Relaxed);
    sending.finish();

    let mut source = Source::new(recv);
    let answer = answer(&mut source, limit).await;
    match answer {
        Ok(outcome) => {
            shared.metrics.received(Kind::Answer, outcome.as_ref().map_or(0, Bytes::len));
            outcome
        }
        Err(Broken::Wrong(error)) => {
            shared.punish(&line, Misdeed::from(error), &error);
            Err(CallError::Lost)
        }
        Err(Broken::Reset(why)) => Err(why.unwrap_or(CallError::Lost)),
        Err(Broken::Lost) => Err(CallError::Lost),
    }
}

pub(crate) fn call(request: &Request, within: Millis) -> Call<'_> {
    Call {
        service: request.service,
        tag: request.tag,
        within,
        since: request.since,
        length: request.body.len(),
    }
}

async fn answer(source: &mut Source, limit: usize) -> Result<Result<Bytes, CallError>, Broken> {
    match source.frame(|bytes| read_answer(bytes, limit)).await? {
        AnswerHead::Failed(outcome) => {
            source.end().await?;
            Ok(Err(outcome))
        }
        AnswerHead::Body { length } => {
            let body = source.body(length).await?;
            source.end().await?;
            Ok(Ok(body))
        }
    }
}

/// The peer stopped reading, or the connection ended, before the last byte was accepted.
fn not_sent(error: WriteError) -> CallError {
    let named = match error {
        WriteError::Stopped(code) => outcome_of(code.into_inner()),
        _ => None,
    };
    named.filter(|outcome| outcome.certainty() == Certainty::NotRun).unwrap_or(CallError::NotHere)
}

/// Within a connection, control goes before ordinary traffic and that before bulk.
pub(crate) fn priority(lane: Lane) -> Option<i32> {
    match lane {
        Lane::Bulk => Some(-1),
        Lane::Normal => None,
        Lane::Control => Some(1),
    }
}
