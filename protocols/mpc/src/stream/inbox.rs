//! What has arrived from one peer.

use super::{HEADER, Header, Tally, WORD, length};
use crate::Refusal;
use std::collections::VecDeque;
use troupe_types::Hash;
use troupe_wire::bulk::Intake;
use zeroize::Zeroize;

/// One incoming stream: bytes in, whole frames out.
///
/// It never holds more than the frames that the program still expects, and of a party no more than it can have sent
/// while it waits for us.
pub(crate) struct Inbox {
    header: Header,
    /// What ends the first frame.
    mark: u64,
    intake: Intake<HEADER>,
    /// Words in each frame of the stream.
    layout: Vec<u64>,
    /// Bytes of the stream before each frame: programs of a thousand steps have ten thousand of them,
    /// and are asked about each.
    starts: Vec<u64>,
    /// The frame that is being filled.
    at: usize,
    words: Vec<u64>,
    /// A word that a chunk's end cut.
    partial: Vec<u8>,
    complete: VecDeque<Vec<u64>>,
    /// Of which at most so many wait.
    most: usize,
    tally: Tally,
}

/// Frames of a party that wait for us at most: whoever is ahead needs ours after two, so one more is
/// written before the time.
const AHEAD: usize = 3;

impl Inbox {
    pub(crate) fn new(header: Header, layout: Vec<u64>) -> Self {
        Self {
            mark: header.mark(),
            header,
            intake: Intake::new(length(&layout)),
            starts: starts(&layout),
            layout,
            at: 0,
            words: Vec::new(),
            partial: Vec::with_capacity(WORD),
            complete: VecDeque::new(),
            most: usize::MAX,
            tally: Tally::default(),
        }
    }

    /// The same of a party: with a tally of the header and the first frames, and no more of them at once than it can know.
    pub(crate) fn tallied(header: Header, layout: Vec<u64>, frames: usize) -> Self {
        let tally = Tally::new(length(&layout[..frames.min(layout.len())]));
        let mut inbox = Self::new(header, layout);
        inbox.tally = tally;
        inbox.most = AHEAD;
        inbox
    }

    /// The hash of what is tallied, once it has arrived.
    pub(crate) fn digest(&self) -> Hash {
        self.tally.digest()
    }

    /// Takes the next bytes of the stream, or says what is wrong with them.
    pub(crate) fn accept(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut rest = self.intake.accept(bytes, |head| self.header.check(head))?;
        self.tally.take(bytes);
        if !self.partial.is_empty() {
            let missing = (WORD - self.partial.len()).min(rest.len());
            let (head, tail) = rest.split_at(missing);
            self.partial.extend_from_slice(head);
            rest = tail;
            if let Ok(word) = <[u8; WORD]>::try_from(self.partial.as_slice()) {
                self.partial.clear();
                self.take_words(&[word])?;
            }
        }
        let (words, cut) = rest.as_chunks::<WORD>();
        self.take_words(words)?;
        self.partial.extend_from_slice(cut);
        Ok(())
    }

    /// The next whole frame.
    pub(crate) fn pop(&mut self) -> Option<Vec<u64>> {
        self.complete.pop_front()
    }

    /// Offers room for the next frame; taken where it fits and the frame has not begun.
    pub(crate) fn offer(&mut self, mut room: Vec<u64>) {
        let Some(want) = self.layout.get(self.at) else { return };
        if self.words.capacity() == 0 && room.capacity() as u64 == *want {
            room.clear();
            self.words = room;
        }
    }

    /// Whether a whole frame waits.
    pub(crate) fn has_frame(&self) -> bool {
        !self.complete.is_empty()
    }

    /// The number of the frame that is awaited; `None` where all have arrived.
    pub(crate) fn awaited(&self) -> Option<u32> {
        u32::try_from(self.at).ok().filter(|_| !self.is_complete())
    }

    /// Whether everything has arrived, taken or not.
    pub(crate) fn is_complete(&self) -> bool {
        self.at == self.layout.len()
    }

    pub(crate) fn received(&self) -> u64 {
        self.intake.received()
    }

    pub(crate) fn total(&self) -> u64 {
        self.intake.total()
    }

    /// Bytes of one frame that have arrived, and its length with its mark.
    pub(crate) fn frame_progress(&self, frame: usize) -> (u64, u64) {
        let (Some(start), Some(words)) = (self.starts.get(frame), self.layout.get(frame)) else {
            return (0, 0);
        };
        let total = (words + 1) * WORD as u64;
        (self.received().saturating_sub(*start).min(total), total)
    }

    /// Bytes held.
    pub(crate) fn held(&self) -> u64 {
        let waiting: usize = self.complete.iter().map(Vec::capacity).sum();
        ((waiting + self.words.capacity()) * WORD) as u64
    }

    fn take_words(&mut self, mut words: &[[u8; WORD]]) -> Result<(), Refusal> {
        // The total was checked, so words are left only while frames are.
        while let (Some(first), Some(&frame)) = (words.first(), self.layout.get(self.at)) {
            // Checked programs have frames far below the address space.
            let want = usize::try_from(frame).unwrap_or(usize::MAX);
            let missing = want - self.words.len();
            if missing == 0 {
                if u64::from_le_bytes(*first) != self.mark.wrapping_add(self.at as u64) {
                    return Err(self.misplaced());
                }
                if self.complete.len() == self.most {
                    return Err(Refusal::Ahead {
                        frame: u32::try_from(self.at).unwrap_or(u32::MAX),
                    });
                }
                self.complete.push_back(core::mem::take(&mut self.words));
                self.at += 1;
                words = &words[1..];
                continue;
            }
            if self.words.is_empty() {
                self.words.reserve_exact(want);
            }
            let (now, later) = words.split_at(missing.min(words.len()));
            self.words.extend(now.iter().map(|word| u64::from_le_bytes(*word)));
            words = later;
        }
        Ok(())
    }

    fn misplaced(&self) -> Refusal {
        Refusal::Framing { frame: u32::try_from(self.at).unwrap_or(u32::MAX) }
    }
}

/// Bytes of a stream before each of its frames.
fn starts(layout: &[u64]) -> Vec<u64> {
    let next = |start: &mut u64, words: &u64| {
        let this = *start;
        *start += (words + 1) * WORD as u64;
        Some(this)
    };
    layout.iter().scan(length(&[]), next).collect()
}

impl Drop for Inbox {
    /// Seeds travel in first frames.
    fn drop(&mut self) {
        self.words.zeroize();
        self.partial.zeroize();
        for frame in &mut self.complete {
            frame.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outbox;
    use super::*;
    use crate::{CHUNK, Output, Peer, Place};
    use proptest::prelude::*;
    use troupe_types::SessionId;
    use troupe_wire::bulk::Overrun;

    fn header() -> Header {
        Header {
            place: Place { session: SessionId([1; 16]), terms: Hash([4; 32]) },
            program: Hash([2; 32]),
            from: Peer::Party(0),
            to: Peer::Party(1),
        }
    }

    fn stream(frames: &[Vec<u64>]) -> Vec<u8> {
        let mut outbox = Outbox::new(&header(), &layout(frames));
        for frame in frames {
            outbox.frame(frame);
        }
        outbox.grant(u64::MAX);
        let mut out: Vec<Output> = Vec::new();
        outbox.send(Peer::Party(1), &mut out);
        let mut bytes = Vec::new();
        for output in out {
            if let Output::Send { bytes: chunk, .. } = output {
                bytes.extend_from_slice(&chunk);
            }
        }
        bytes
    }

    fn layout(frames: &[Vec<u64>]) -> Vec<u64> {
        frames.iter().map(|frame| frame.len() as u64).collect()
    }

    fn frames() -> impl Strategy<Value = Vec<Vec<u64>>> {
        proptest::collection::vec(proptest::collection::vec(any::<u64>(), 0..30), 1..6)
    }

    #[test]
    fn a_party_is_not_further_ahead_than_one_that_waits_can_be() {
        let frames: Vec<Vec<u64>> = (0..6).map(|at| vec![at; 5]).collect();
        let bytes = stream(&frames);
        let start = length(&[]) as usize;
        let upto = |frames: usize| start + frames * 6 * WORD;
        let mut inbox = Inbox::tallied(header(), layout(&frames), 6);
        assert_eq!(inbox.accept(&bytes[..upto(AHEAD)]), Ok(()));
        assert_eq!(inbox.pop().as_ref(), frames.first());
        assert_eq!(inbox.accept(&bytes[upto(AHEAD)..upto(AHEAD + 1)]), Ok(()));
        let frame = u32::try_from(AHEAD + 1).expect("small");
        assert_eq!(inbox.accept(&bytes[upto(AHEAD + 1)..]), Err(Refusal::Ahead { frame }));
        // An owner sends all that it has at once.
        assert_eq!(Inbox::new(header(), layout(&frames)).accept(&bytes), Ok(()));
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
            frames in frames(),
            cuts in proptest::collection::vec(1usize..100, 1..9),
        ) {
            let bytes = stream(&frames);
            prop_assert_eq!(bytes.len() as u64, length(&layout(&frames)));
            let mut inbox = Inbox::new(header(), layout(&frames));
            feed(&mut inbox, &bytes, &cuts).expect("an honest stream");
            prop_assert!(inbox.is_complete());
            for frame in frames {
                prop_assert_eq!(inbox.pop(), Some(frame));
            }
            prop_assert!(!inbox.has_frame());
            let refusal = inbox.accept(&[0]).expect_err("one byte too many");
            prop_assert_eq!(refusal, Refusal::Overrun(Overrun::Stream { got: 1, limit: 0 }));
        }

        #[test]
        fn a_cut_out_or_repeated_piece_never_yields_a_wrong_frame(
            frames in frames(),
            at in 0usize..2000,
            count in 1usize..200,
            repeat in any::<bool>(),
            cuts in proptest::collection::vec(1usize..100, 1..9),
        ) {
            let bytes = stream(&frames);
            let at = at % bytes.len();
            let count = count.min(bytes.len() - at);
            let (before, rest) = bytes.split_at(at);
            let (piece, after) = rest.split_at(count);
            let kept = if repeat { [before, piece, piece, after].concat() }
                else { [before, after].concat() };
            let mut inbox = Inbox::new(header(), layout(&frames));
            let outcome = feed(&mut inbox, &kept, &cuts);
            prop_assert!(outcome.is_err() || !inbox.is_complete());
            for frame in frames {
                let Some(got) = inbox.pop() else { break };
                prop_assert_eq!(got, frame);
            }
        }

        #[test]
        fn no_bytes_panic_or_are_kept_past_what_is_expected(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            honest in any::<bool>(),
        ) {
            let mut inbox = Inbox::new(header(), vec![3, 0, 20]);
            if honest {
                inbox.accept(&header().encode()).expect("the header itself");
            }
            let _ = inbox.accept(&bytes);
            prop_assert!(inbox.held() <= 8 * 23);
        }
    }

    #[test]
    fn a_chunk_over_its_limit_is_refused() {
        let mut inbox = Inbox::new(header(), vec![1 << 20]);
        let refusal = inbox.accept(&vec![0; CHUNK + 1]).expect_err("too long");
        assert_eq!(refusal, Refusal::Overrun(Overrun::Chunk { got: CHUNK + 1, limit: CHUNK }));
    }
}
