//! What two processes say about themselves before anything else.

use crate::frame::{FrameError, MAX_HELLO, hello_onto, is_service};
use crate::{Close, Error};
use bincode::{Decode, Encode};
use troupe_types::{Incarnation, NetworkId};
use troupe_wire::{Limit, List, Text, Version, VersionRange, codec};

/// The longest role, in bytes.
pub const MAX_ROLE: usize = 32;
/// The longest address, in bytes.
pub const MAX_ADDRESS: usize = 128;
/// The most services a process publishes.
pub const MAX_SERVICES: usize = 64;

/// The first message on a connection, from both sides; the dialer speaks first.
///
/// Who sends it is proven by the handshake; what it says of itself is not, except by being held to
/// it: a role said here opens no door.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// The versions it speaks.
    pub versions: VersionRange,
    /// The network it belongs to.
    pub network: NetworkId,
    /// Which of its starts this is.
    pub incarnation: Incarnation,
    /// The role it says it has.
    pub role: Text<MAX_ROLE>,
    /// Where others can reach it: host and port.
    pub listen: Option<Text<MAX_ADDRESS>>,
    /// The services it publishes.
    pub services: List<Text<32>, MAX_SERVICES>,
}

impl Hello {
    /// The bytes that open the first stream, hello included.
    pub fn frame(&self) -> Result<Vec<u8>, Error> {
        let too_long =
            || Error::Text { field: "hello", got: self.role.to_string(), reason: "too long" };
        let body = codec::encode(self, Limit::KiB16).map_err(|_| too_long())?;
        let mut bytes = Vec::with_capacity(body.len() + 16);
        hello_onto(body.len(), &mut bytes).ok_or_else(too_long)?;
        bytes.extend(body);
        Ok(bytes)
    }

    /// Reads a hello's body, which its frame has announced.
    pub fn read(body: &[u8]) -> Result<Self, FrameError> {
        let limit = MAX_HELLO;
        if body.len() > limit {
            return Err(FrameError::Oversized { got: body.len(), limit });
        }
        let hello: Self =
            codec::decode(body, Limit::KiB16).map_err(|_| FrameError::Malformed("no hello"))?;
        let is_sound = hello.versions.min <= hello.versions.max
            && hello.versions.min > Version(0)
            && is_name(&hello.role)
            && hello.listen.as_deref().is_none_or(is_address)
            && hello.services.iter().all(|service| is_service(service));
        if is_sound { Ok(hello) } else { Err(FrameError::Malformed("a hello that says nothing")) }
    }

    /// The version that two processes will speak, or why they part. Both come to the same result.
    pub fn meet(&self, other: &Self) -> Result<Version, Close> {
        if self.network != other.network {
            return Err(Close::Network);
        }
        self.versions.agree(other.versions).ok_or(Close::Version)
    }
}

/// Whether a text can be a role: visible ASCII characters.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a text can be a host and a port.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    text.len() <= MAX_ADDRESS && is_name(host) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{TwoWay, read_two_way};
    use proptest::prelude::*;
    use troupe_wire::vectors;

    fn hello() -> Hello {
        Hello {
            versions: VersionRange::CURRENT,
            network: NetworkId(7),
            incarnation: Incarnation(3),
            role: Text::new("compute").unwrap(),
            listen: Some(Text::new("data-1.example:7000").unwrap()),
            services: List::new(vec![Text::new("compute.session").unwrap()]).unwrap(),
        }
    }

    fn range(min: u16, max: u16) -> VersionRange {
        VersionRange { min: Version(min), max: Version(max) }
    }

    #[test]
    fn a_hello_round_trips_through_its_frame() {
        let bytes = hello().frame().unwrap();
        let (opening, used) = read_two_way(&bytes).unwrap().unwrap();
        assert_eq!(opening, TwoWay::Hello { length: bytes.len() - used });
        assert_eq!(Hello::read(&bytes[used..]), Ok(hello()));
        for cut in 0..bytes.len() - used {
            assert!(Hello::read(&bytes[used..used + cut]).is_err());
        }
        assert!(Hello::read(&[&bytes[used..], &[0]].concat()).is_err());
        assert!(Hello::read(&vec![0; MAX_HELLO + 1]).is_err());
    }

    #[test]
    fn the_largest_hello_fits_its_frame() {
        let services = vec![Text::new("s".repeat(32)).unwrap(); MAX_SERVICES];
        let largest = Hello {
            versions: range(u16::MAX, u16::MAX),
            network: NetworkId(u64::MAX),
            incarnation: Incarnation(u64::MAX),
            role: Text::new("r".repeat(MAX_ROLE)).unwrap(),
            listen: Some(Text::new(format!("{}:65535", "h".repeat(MAX_ADDRESS - 6))).unwrap()),
            services: List::new(services).unwrap(),
        };
        let bytes = largest.frame().unwrap();
        assert_eq!(Hello::read(&bytes[11..]), Ok(largest));
    }

    #[test]
    fn a_hello_that_says_nothing_is_refused() {
        let spoiled: [fn(&mut Hello); 6] = [
            |hello| hello.versions = range(2, 1),
            |hello| hello.versions = range(0, 1),
            |hello| hello.role = Text::new("a b").unwrap(),
            |hello| hello.role = Text::default(),
            |hello| hello.listen = Some(Text::new("nowhere").unwrap()),
            |hello| hello.services = List::new(vec![Text::new("").unwrap()]).unwrap(),
        ];
        for spoil in spoiled {
            let mut spoiled = hello();
            spoil(&mut spoiled);
            let body = codec::encode(&spoiled, Limit::KiB16).unwrap();
            assert!(Hello::read(&body).is_err(), "{spoiled:?}");
        }
    }

    #[test]
    fn another_network_parts_before_another_version() {
        let mut other = hello();
        other.versions = range(9, 9);
        assert_eq!(hello().meet(&other), Err(Close::Version));
        other.network = NetworkId(8);
        assert_eq!(hello().meet(&other), Err(Close::Network));
    }

    #[test]
    fn the_encoding_is_pinned() {
        let hash = vectors::hash(Limit::KiB16, |stream| Hello {
            versions: range(1, 1 + u16::try_from(stream.below(9)).unwrap()),
            network: NetworkId(stream.below(u64::MAX)),
            incarnation: Incarnation(stream.below(1 << 20)),
            role: Text::new("r".repeat(1 + stream.below(31) as usize)).unwrap(),
            listen: stream.chance(1, 2).then(|| Text::new("127.0.0.1:9").unwrap()),
            services: List::new(vec![Text::new("a.b").unwrap(); stream.below(64) as usize])
                .unwrap(),
        });
        assert_eq!(hash, "29cc15bd6e0c6c07");
    }

    proptest! {
        #[test]
        fn both_sides_come_to_the_same_version(
            (a, b) in ((1u16..6, 0u16..3), (1u16..6, 0u16..3)),
            networks in (0u64..2, 0u64..2),
        ) {
            let (mut ours, mut theirs) = (hello(), hello());
            (ours.versions, theirs.versions) = (range(a.0, a.0 + a.1), range(b.0, b.0 + b.1));
            (ours.network, theirs.network) = (NetworkId(networks.0), NetworkId(networks.1));
            prop_assert_eq!(ours.meet(&theirs), theirs.meet(&ours));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Hello::read(&bytes);
        }
    }
}
