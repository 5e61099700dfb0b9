//! What the simulated network is like.

use crate::sim::wheel::{NANOS_PER_MILLI, Nanos};
use troupe_types::Millis;
use troupe_wire::Stream;

/// A span of time between two bounds, each as likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    least: Nanos,
    most: Nanos,
}

impl Span {
    /// Between so many microseconds.
    #[must_use]
    pub const fn micros(least: u64, most: u64) -> Self {
        Self { least: least * 1_000, most: most * 1_000 }
    }

    /// Between two spans of whole milliseconds.
    #[must_use]
    pub const fn between(least: Millis, most: Millis) -> Self {
        Self { least: least.0 * NANOS_PER_MILLI, most: most.0 * NANOS_PER_MILLI }
    }

    /// The longest it can be, in nanoseconds.
    pub(crate) const fn most(&self) -> Nanos {
        self.most
    }

    pub(crate) fn draw(&self, luck: &mut Stream) -> Nanos {
        self.least + luck.below(self.most.saturating_sub(self.least) + 1)
    }
}

/// The state of the network between all nodes.
///
/// A packet that is lost is sent again, as QUIC does, so `lost` makes messages late and, when
/// everything is lost for long, ends a connection; it never takes a single message away. `vanish`
/// and `twice` do what no QUIC connection does, for protocols that must not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// The way of a packet from one node to another.
    pub delay: Span,
    /// Nanoseconds that one byte needs on the way out: 8 is 1 Gbit/s.
    pub nanos_per_byte: u64,
    /// How many in a thousand packets are lost and sent again.
    pub lost: u64,
    /// How many in a thousand messages and answers vanish without a trace.
    pub vanish: u64,
    /// How many in a thousand messages arrive twice.
    pub twice: u64,
    /// After how long without a sign of life a connection ends.
    pub idle: Millis,
}

impl Weather {
    /// One machine or one hall: 50 to 150 us, nothing lost.
    #[must_use]
    pub const fn hall() -> Self {
        Self {
            delay: Span::micros(50, 150),
            nanos_per_byte: 8,
            lost: 0,
            vanish: 0,
            twice: 0,
            idle: Millis::secs(3),
        }
    }

    /// The internet on a fair day: 20 to 120 ms, one packet in a hundred lost.
    #[must_use]
    pub const fn internet() -> Self {
        Self {
            delay: Span::between(Millis(20), Millis(120)),
            nanos_per_byte: 80,
            lost: 10,
            ..Self::hall()
        }
    }

    /// The same, with so many in a thousand packets lost.
    #[must_use]
    pub const fn losing(self, lost: u64) -> Self {
        Self { lost, ..self }
    }

    /// How long a packet of `bytes` is under way, with everything that is sent again; `None` when it
    /// was lost too often and the connection ends.
    pub(crate) fn draw(&self, bytes: usize, luck: &mut Stream) -> Option<Nanos> {
        /// A connection that lost this many in a row has ended.
        const TRIES: u32 = 8;
        let mut waited: Nanos = 0;
        for attempt in 0..TRIES {
            if self.lost == 0 || !luck.chance(self.lost, 1_000) {
                let sending = self.nanos_per_byte * bytes as u64;
                return Some(waited + sending + self.delay.draw(luck));
            }
            // A probe after about three one-way delays, then twice as long each time.
            waited += (3 * self.delay.most()) << attempt;
        }
        None
    }
}

impl Default for Weather {
    fn default() -> Self {
        Self::hall()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_wire::Seed;

    proptest! {
        #[test]
        fn a_packet_is_never_faster_than_the_least_delay(
            seed in any::<u64>(), lost in 0u64..1_000, bytes in 0usize..10_000,
        ) {
            let weather = Weather::hall().losing(lost);
            let mut luck = Seed::from_number(seed).stream("weather");
            if let Some(under_way) = weather.draw(bytes, &mut luck) {
                prop_assert!(under_way >= 50_000 + 8 * bytes as u64);
            }
        }
    }

    #[test]
    fn loss_makes_late_and_only_a_dead_line_ends_a_connection() {
        let mut luck = Seed::from_number(1).stream("weather");
        let half = Weather::hall().losing(500);
        let drawn: Vec<_> = (0..2_000).map(|_| half.draw(100, &mut luck)).collect();
        let late = drawn.iter().flatten().filter(|span| **span > 200_000).count();
        assert!((800..1_200).contains(&late), "{late} of 2000 were sent again");
        let ended = drawn.iter().filter(|span| span.is_none()).count();
        assert!(ended < 30, "{ended} of 2000 ended the connection, 8 expected");
        assert_eq!(Weather::hall().losing(1_000).draw(100, &mut luck), None);
    }
}
