//! What has arrived from the peer.

use super::{Frame, HEADER, Header, MARK, Mark, length};
use crate::Refusal;
use std::collections::VecDeque;
use troupe_wire::bulk::Intake;

/// The incoming stream: bytes in, whole frames that match their marks out.
///
/// Beside the frames that wait to be taken it holds the one that is being filled, and never reserves more than that.
pub(crate) struct Inbox {
    header: Header,
    intake: Intake<HEADER>,
    frames: Vec<Frame>,
    /// The frame that is being filled.
    at: usize,
    /// Its bytes, and those of its mark.
    filling: Vec<u8>,
    mark: Mark,
    waiting: VecDeque<(Frame, Vec<u8>)>,
}

impl Inbox {
    pub(crate) fn new(header: Header, frames: Vec<Frame>) -> Self {
        Self {
            mark: Mark::of(&header),
            header,
            intake: Intake::new(length(&frames)),
            frames,
            at: 0,
            filling: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Takes the next bytes of the stream, or says what is wrong with them.
    pub(crate) fn accept(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut rest = self.intake.accept(bytes, |head| self.header.check(head))?;
        while let (false, Some(&frame)) = (rest.is_empty(), self.frames.get(self.at)) {
            let whole = frame.bytes + MARK;
            if self.filling.is_empty() {
                self.filling.reserve_exact(whole);
            }
            let missing = whole - self.filling.len();
            let (now, later) = rest.split_at(missing.min(rest.len()));
            self.filling.extend_from_slice(now);
            rest = later;
            if self.filling.len() == whole {
                self.close(frame)?;
            }
        }
        Ok(())
    }

    /// The next whole frame.
    pub(crate) fn pop(&mut self) -> Option<(Frame, Vec<u8>)> {
        self.waiting.pop_front()
    }

    /// Whether everything has arrived and was taken.
    pub(crate) fn is_done(&self) -> bool {
        self.has_all() && self.waiting.is_empty()
    }

    /// Whether everything has arrived.
    pub(crate) fn has_all(&self) -> bool {
        self.intake.has_all()
    }

    pub(crate) fn received(&self) -> u64 {
        self.intake.received()
    }

    /// The last mark.
    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }

    fn close(&mut self, frame: Frame) -> Result<(), Refusal> {
        let mut bytes = core::mem::take(&mut self.filling);
        let mark = self.mark.after(&bytes[..frame.bytes]);
        if bytes[frame.bytes..] != mark.0 {
            return Err(Refusal::Transcript { frame: self.at });
        }
        bytes.truncate(frame.bytes);
        self.mark = mark;
        self.at += 1;
        self.waiting.push_back((frame, bytes));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BATCH, Outbox};
    use super::*;
    use crate::agreement::{Agreement, Mode, Side};
    use crate::{Output, token};
    use proptest::prelude::*;
    use troupe_types::{Hash, SessionId};
    use troupe_wire::bulk::Overrun;

    fn agreement(sizes: [u32; 2]) -> Agreement {
        let (session, terms) = (SessionId([1; 16]), Hash([2; 32]));
        Agreement { session, terms, mode: Mode::Aligned, sizes }
    }

    fn inbox(agreement: &Agreement) -> Inbox {
        Inbox::new(Header::new(agreement, Side::Second), agreement.frames(Side::Second))
    }

    /// A stream whose frames hold anything, and its frames.
    fn stream(agreement: &Agreement, fill: u8) -> (Vec<u8>, Vec<Vec<u8>>) {
        let frames = agreement.frames(Side::Second);
        let mut outbox = Outbox::new(&Header::new(agreement, Side::Second), frames);
        let (mut out, mut contents) = (Vec::new(), Vec::new());
        outbox.grant(u64::MAX);
        outbox.send(&mut out);
        while let Some(frame) = outbox.wanted() {
            let bytes: Vec<u8> = (0..frame.bytes).map(|at| fill.wrapping_add(at as u8)).collect();
            contents.push(bytes.clone());
            outbox.put(bytes);
            outbox.send(&mut out);
        }
        assert!(outbox.is_done());
        let sent = out.into_iter().map(|output| match output {
            Output::Send(bytes) => bytes,
            other => panic!("{other:?}"),
        });
        (sent.flatten().collect(), contents)
    }

    fn feed(inbox: &mut Inbox, mut bytes: &[u8], cuts: &[usize]) -> Result<(), Refusal> {
        let mut cuts = cuts.iter().cycle();
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at((*cuts.next().unwrap_or(&1)).min(bytes.len()));
            inbox.accept(now)?;
            bytes = later;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn frames_arrive_whole_however_they_are_cut(
            sizes in (0u32..40, 0u32..40),
            fill in any::<u8>(),
            cuts in proptest::collection::vec(1usize..300, 1..9),
        ) {
            let agreement = agreement([sizes.0, sizes.1]);
            let (bytes, contents) = stream(&agreement, fill);
            prop_assert_eq!(bytes.len() as u64, agreement.traffic()[1]);
            let mut inbox = inbox(&agreement);
            feed(&mut inbox, &bytes, &cuts).expect("an honest stream");
            for content in contents {
                prop_assert_eq!(inbox.pop().map(|(_, bytes)| bytes), Some(content));
            }
            prop_assert!(inbox.is_done());
            let refusal = inbox.accept(&[0]).expect_err("one byte too many");
            prop_assert_eq!(refusal, Refusal::Overrun(Overrun::Stream { got: 1, limit: 0 }));
        }

        #[test]
        fn a_cut_out_or_repeated_piece_never_yields_a_wrong_frame(
            at in 0usize..2000,
            count in 1usize..200,
            repeat in any::<bool>(),
            cuts in proptest::collection::vec(1usize..100, 1..9),
        ) {
            let agreement = agreement([9, 20]);
            let (bytes, contents) = stream(&agreement, 0);
            let at = at % bytes.len();
            let count = count.min(bytes.len() - at);
            let (before, rest) = bytes.split_at(at);
            let (piece, after) = rest.split_at(count);
            let kept = if repeat { [before, piece, piece, after].concat() }
                else { [before, after].concat() };
            let mut inbox = inbox(&agreement);
            let outcome = feed(&mut inbox, &kept, &cuts);
            prop_assert!(outcome.is_err() || !inbox.is_done());
            for content in contents {
                let Some((_, got)) = inbox.pop() else { break };
                prop_assert_eq!(got, content);
            }
        }

        #[test]
        fn no_bytes_panic_or_are_kept_past_what_is_expected(
            bytes in proptest::collection::vec(any::<u8>(), 0..900),
            is_headed in any::<bool>(),
        ) {
            let agreement = agreement([4, 10]);
            let mut inbox = inbox(&agreement);
            if is_headed {
                let header = Header::new(&agreement, Side::Second).encode();
                inbox.accept(&header).expect("the header itself");
            }
            let _ = inbox.accept(&bytes);
            prop_assert!(inbox.waiting.is_empty(), "no luck finds a mark");
            prop_assert!(inbox.filling.capacity() <= 10 * 32 + MARK);
        }
    }

    #[test]
    fn frames_are_batches_and_their_lengths_add_up() {
        let agreement = agreement([3, 2 * BATCH + 1]);
        let width = token::length(agreement.sizes);
        let bytes: Vec<usize> = agreement.frames(Side::Second).iter().map(|f| f.bytes).collect();
        assert_eq!(bytes, [BATCH as usize * 32, BATCH as usize * 32, 32, 3 * width]);
        let total: usize = bytes.iter().map(|bytes| bytes + MARK).sum();
        assert_eq!(agreement.traffic()[1], (HEADER + total) as u64);
    }
}
