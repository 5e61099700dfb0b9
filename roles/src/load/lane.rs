//! Sending one request after the other.

use super::batch::Batch;
use super::tally::Tally;
use crate::exit::Outcome;
use crate::rpc::{Client, Error, Told};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long to wait before a node that is busy is tried again.
const BUSY: Duration = Duration::from_millis(50);
/// How often in a row a node may give no answer.
const TRIES: u32 = 20;
/// What a pool says that has no room now, or would not say so later.
const FOR_NOW: [&str; 5] = [
    "txpool is full",
    "account limit exceeded",
    "transaction underpriced",
    "future transaction tries to replace pending",
    "not available now",
];

/// One connection and what goes over it.
pub(super) struct Lane<'a> {
    pub(super) number: u32,
    pub(super) client: Client,
    pub(super) batches: VecDeque<Batch>,
    /// The most that may be sent and in no block.
    pub(super) window: usize,
    /// The beginning, and the transactions that all lanes together send a second from then on.
    pub(super) pace: Option<(Instant, u32)>,
    pub(super) tally: &'a Tally,
}

impl Lane<'_> {
    /// Sends everything.
    pub(super) async fn run(mut self) -> Outcome<()> {
        let mut failures = 0;
        while let Some(batch) = self.batches.pop_front() {
            self.wait(&batch).await;
            self.tally.sent(batch.numbers(), Instant::now());
            match self.client.post(batch.body()).await {
                Ok(answer) => {
                    failures = 0;
                    let again = self.judge(&batch, &answer)?;
                    if !again.is_empty() {
                        self.batches.push_front(batch.only(&again));
                        tokio::time::sleep(BUSY).await;
                    }
                }
                Err(error) => {
                    failures += 1;
                    if failures == TRIES {
                        return Err(error.into());
                    }
                    // Whether it arrived will be seen from the next answer, or from a block.
                    for number in batch.numbers() {
                        self.tally.delayed(*number, "no answer");
                    }
                    self.batches.push_front(batch);
                    tokio::time::sleep(BUSY).await;
                }
            }
        }
        Ok(())
    }

    /// Waits until it is this batch's turn and there is room for it.
    async fn wait(&self, batch: &Batch) {
        if let (Some((begin, rate)), Some(last)) = (self.pace, batch.numbers().last()) {
            let due = begin + Duration::from_secs_f64(f64::from(*last) / f64::from(rate));
            tokio::time::sleep_until(due.into()).await;
        }
        loop {
            // Asked for before the look, so that nothing between them is missed.
            let changed = self.tally.changed.notified();
            let waiting = self.tally.waiting(self.number);
            if waiting == 0 || waiting + batch.numbers().len() <= self.window {
                return;
            }
            changed.await;
        }
    }

    /// Notes what was refused, and gives those that should be sent again.
    fn judge(&self, batch: &Batch, answer: &[u8]) -> Outcome<Vec<u32>> {
        // Nearly always all is well, and then nothing has to be parsed.
        if !is_with_errors(answer, batch.numbers().len()) {
            return Ok(Vec::new());
        }
        let url = self.client.url();
        let refused = batch.refused(answer).map_err(|what| Error::Malformed { url, what })?;
        let mut again = Vec::new();
        for (number, Told { message, .. }) in refused {
            let reason = message.split(": ").next().unwrap_or_default();
            if reason == "already known" || self.tally.is_committed(number) {
                continue;
            }
            if FOR_NOW.contains(&reason) {
                self.tally.delayed(number, reason);
                again.push(number);
            } else {
                self.tally.refused(number, reason);
            }
        }
        Ok(again)
    }
}

/// Whether an answer is anything but so many results.
fn is_with_errors(answer: &[u8], count: usize) -> bool {
    let Ok(text) = core::str::from_utf8(answer) else { return true };
    text.contains(r#""error""#) || text.matches(r#""result""#).count() != count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_looked_into_unless_it_is_all_results() {
        let good = br#"[{"id":1,"result":"0x"},{"id":2,"result":"0x"}]"#;
        assert!(!is_with_errors(good, 2));
        assert!(is_with_errors(good, 3));
        assert!(is_with_errors(br#"[{"id":1,"result":"0x"},{"id":2,"error":{}}]"#, 2));
        assert!(is_with_errors(b"\xff", 0));
    }
}
