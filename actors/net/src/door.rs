//! Who may begin a handshake: a handshake costs signatures, a first packet costs its sender nothing.
//!
//! An address that has not answered a packet may be forged. While there is room everyone is let in;
//! when many handshakes are under way, or many from one source, a stranger must first echo a token
//! ([`Knock::Retry`]), which costs us no memory. Only a source that has shown it is there can use up
//! its share, so that nobody can use up another's.

use std::collections::BTreeMap;
use std::net::IpAddr;
use troupe_types::Millis;

/// Bounds on handshakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DoorLimits {
    /// Handshakes under way at once.
    pub(crate) open: u32,
    /// Of these, from one source.
    pub(crate) open_by_source: u32,
    /// Handshakes a second from one source; four times as many at once after a quiet time.
    pub(crate) rate_by_source: u32,
}

/// What to do with a first packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Knock {
    /// Begin the handshake; [`Door::leave`] when it is over.
    Enter,
    /// Send a token and forget it.
    Retry,
    /// Say no.
    Refuse,
}

/// Counts handshakes by source: an IPv4 address or the first half of an IPv6 address.
#[derive(Debug)]
pub(crate) struct Door {
    limits: DoorLimits,
    open: u32,
    sources: BTreeMap<[u8; 8], Source>,
}

#[derive(Debug)]
struct Source {
    open: u32,
    /// Thousandths of a handshake.
    tokens: u64,
    counted: Millis,
}

/// Sources remembered at once.
const MAX_SOURCES: usize = 4_096;
const TOKEN: u64 = 1_000;
const BURST_SECONDS: u64 = 4;

impl Door {
    pub(crate) fn new(limits: DoorLimits) -> Self {
        Self { limits, open: 0, sources: BTreeMap::new() }
    }

    /// Decides on a first packet from `address`, which is `validated` when it echoed a token.
    pub(crate) fn knock(&mut self, address: IpAddr, validated: bool, now: Millis) -> Knock {
        let refused = if validated { Knock::Refuse } else { Knock::Retry };
        if self.open >= self.limits.open {
            return Knock::Refuse;
        }
        let is_crowded = self.open >= self.limits.open / 2;
        if is_crowded && !validated {
            return Knock::Retry;
        }
        if !self.make_room(address, now) {
            return refused;
        }
        let limits = self.limits;
        let source = self.sources.entry(key(address)).or_insert(Source {
            open: 0,
            tokens: limits.burst(),
            counted: now,
        });
        source.refill(limits, now);
        if source.open >= limits.open_by_source || source.tokens < TOKEN {
            return refused;
        }
        source.tokens -= TOKEN;
        source.open += 1;
        self.open += 1;
        Knock::Enter
    }

    /// A handshake that entered has succeeded or failed.
    pub(crate) fn leave(&mut self, address: IpAddr) {
        self.open = self.open.saturating_sub(1);
        if let Some(source) = self.sources.get_mut(&key(address)) {
            source.open = source.open.saturating_sub(1);
        }
    }

    fn make_room(&mut self, address: IpAddr, now: Millis) -> bool {
        if self.sources.len() < MAX_SOURCES || self.sources.contains_key(&key(address)) {
            return true;
        }
        let limits = self.limits;
        self.sources.retain(|_, source| {
            source.refill(limits, now);
            source.open > 0 || source.tokens < limits.burst()
        });
        self.sources.len() < MAX_SOURCES
    }
}

impl DoorLimits {
    fn burst(self) -> u64 {
        u64::from(self.rate_by_source) * BURST_SECONDS * TOKEN
    }
}

impl Source {
    fn refill(&mut self, limits: DoorLimits, now: Millis) {
        // So many thousandths a millisecond are so many a second.
        let earned = now.since(self.counted).0.saturating_mul(u64::from(limits.rate_by_source));
        self.tokens = self.tokens.saturating_add(earned).min(limits.burst());
        self.counted = now;
    }
}

fn key(address: IpAddr) -> [u8; 8] {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [0, 0, 0, 0, a, b, c, d]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h, ..] = address.octets();
            [a, b, c, d, e, f, g, h]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: DoorLimits = DoorLimits { open: 8, open_by_source: 3, rate_by_source: 2 };

    fn source(number: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, number])
    }

    #[test]
    fn a_source_over_its_share_is_asked_for_a_token_and_then_refused() {
        let mut door = Door::new(LIMITS);
        for _ in 0..3 {
            assert_eq!(door.knock(source(1), false, Millis(0)), Knock::Enter);
        }
        assert_eq!(door.knock(source(1), false, Millis(0)), Knock::Retry);
        assert_eq!(door.knock(source(1), true, Millis(0)), Knock::Refuse);
        assert_eq!(door.knock(source(2), false, Millis(0)), Knock::Enter);
        door.leave(source(1));
        assert_eq!(door.knock(source(1), true, Millis(0)), Knock::Enter);
    }

    #[test]
    fn a_crowd_is_asked_for_tokens_and_a_full_house_refuses_all() {
        let mut door = Door::new(LIMITS);
        for number in 0..4 {
            assert_eq!(door.knock(source(number), false, Millis(0)), Knock::Enter);
        }
        assert_eq!(door.knock(source(9), false, Millis(0)), Knock::Retry);
        for number in 4..8 {
            assert_eq!(door.knock(source(number), true, Millis(0)), Knock::Enter);
        }
        assert_eq!(door.knock(source(9), true, Millis(0)), Knock::Refuse);
        assert_eq!(door.knock(source(9), false, Millis(0)), Knock::Refuse);
    }

    #[test]
    fn a_source_earns_handshakes_with_time() {
        let mut door = Door::new(LIMITS);
        let mut enter = |now| {
            let knock = door.knock(source(1), true, now);
            if knock == Knock::Enter {
                door.leave(source(1));
            }
            knock
        };
        for _ in 0..8 {
            assert_eq!(enter(Millis(0)), Knock::Enter);
        }
        assert_eq!(enter(Millis(499)), Knock::Refuse);
        assert_eq!(enter(Millis(500)), Knock::Enter);
        assert_eq!(enter(Millis(500)), Knock::Refuse);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share() {
        assert_eq!(key("2001:db8::1".parse().unwrap()), key("2001:db8::2".parse().unwrap()));
        assert_ne!(key("2001:db8::1".parse().unwrap()), key("2001:db8:1::1".parse().unwrap()));
        assert_eq!(key("::ffff:10.0.0.1".parse().unwrap()), key(source(1)));
    }

    #[test]
    fn a_full_table_forgets_quiet_sources_and_nobody_else() {
        let mut door = Door::new(DoorLimits { open: u32::MAX, ..LIMITS });
        for number in 0..4_096u32 {
            let address = IpAddr::from(number.to_be_bytes());
            assert_eq!(door.knock(address, false, Millis(0)), Knock::Enter);
        }
        let late = IpAddr::from([99, 0, 0, 0]);
        assert_eq!(door.knock(late, false, Millis(0)), Knock::Retry);
        door.leave(IpAddr::from([0, 0, 0, 5]));
        assert_eq!(door.knock(late, true, Millis(0)), Knock::Refuse);
        assert_eq!(door.knock(late, true, Millis::secs(4)), Knock::Enter);
    }

    proptest! {
        #[test]
        fn never_more_are_inside_than_allowed(
            knocks in proptest::collection::vec((0u8..5, any::<bool>(), any::<bool>(), 0u64..900), 0..200),
        ) {
            let mut door = Door::new(LIMITS);
            let mut inside: Vec<IpAddr> = Vec::new();
            let mut now = Millis(0);
            for (number, validated, is_leaving, pause) in knocks {
                now = now.plus(Millis(pause));
                if is_leaving && !inside.is_empty() {
                    door.leave(inside.swap_remove(0));
                } else if door.knock(source(number), validated, now) == Knock::Enter {
                    inside.push(source(number));
                }
                let from_one = inside.iter().filter(|at| **at == source(number)).count();
                prop_assert!(inside.len() <= 8 && from_one <= 3);
                prop_assert_eq!(door.open as usize, inside.len());
            }
        }
    }
}
