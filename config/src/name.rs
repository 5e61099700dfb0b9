//! Names and network addresses as a person writes them.

use crate::error::Problem;
use crate::setting::{Unit, wrong_type};
use crate::value::Value;
use core::{fmt, str::FromStr};
use std::borrow::Cow;
use troupe_types::NodeId;

/// The name of a role, group, thread, actor, service or data set: 1 to 64 of `a-z 0-9 - _ .`,
/// beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Cow<'static, str>);

impl Name {
    /// A name known when the program is built.
    #[must_use]
    pub const fn constant(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Unit for Name {
    const WANT: &'static str = "a name of 1 to 64 of a-z 0-9 - _ . beginning with a letter";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || text.len() > 64 || !text.chars().all(allowed) {
            return Err(wrong());
        }
        Ok(Self(Cow::Owned(text.clone())))
    }

    fn write(&self) -> Value {
        Value::Text(self.0.to_string())
    }
}

/// Where a process can be reached: an IP address or a DNS name, and a port other than 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

/// A peer that is known before the network is: its identity and where it listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerAddress {
    /// The hash of its certificate's public key; another one is refused when it answers.
    pub node_id: NodeId,
    /// Where it listens.
    pub address: Address,
}

/// A text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wants {0}")]
pub struct NoAddress(&'static str);

impl Address {
    /// The host: an IP address without brackets, or a DNS name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The UDP port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "[{}]:{}", self.host, self.port);
        }
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl FromStr for Address {
    type Err = NoAddress;

    /// `10.0.0.7:9470`, `[::1]:9470` or `bootstrap.example.org:9470`.
    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let wrong = || NoAddress(<Self as Unit>::WANT);
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        if !port.chars().all(|c| c.is_ascii_digit()) {
            return Err(wrong());
        }
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match inner {
            Some(v6) => v6.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?.to_string(),
            None if is_host_name(host) => host.to_ascii_lowercase(),
            None => return Err(wrong()),
        };
        if port == 0 {
            return Err(wrong());
        }
        Ok(Self { host, port })
    }
}

/// RFC 1123 2.1: labels of letters, digits and hyphens; IPv4 addresses have this form too.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let ends = |c: char| c.is_ascii_alphanumeric();
        (1..=63).contains(&label.len())
            && label.chars().all(inside)
            && label.starts_with(ends)
            && label.ends_with(ends)
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.node_id, self.address)
    }
}

impl FromStr for PeerAddress {
    type Err = NoAddress;

    /// `<node id>@<host>:<port>`.
    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let wrong = || NoAddress(<Self as Unit>::WANT);
        let (node_id, address) = text.split_once('@').ok_or_else(wrong)?;
        let node_id = node_id.parse().map_err(|_| wrong())?;
        Ok(Self { node_id, address: address.parse().map_err(|_| wrong())? })
    }
}

fn read_text<T: FromStr>(value: &Value, want: &'static str) -> Result<T, Problem> {
    let wrong = || wrong_type(want, value);
    let Value::Text(text) = value else { return Err(wrong()) };
    text.parse().map_err(|_| wrong())
}

impl Unit for Address {
    const WANT: &'static str = "a host and a port such as \"node.example.org:9470\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        read_text(value, Self::WANT)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl Unit for PeerAddress {
    const WANT: &'static str =
        "a node id of 64 hexadecimal digits, @ and an address such as \"<node id>@10.0.0.7:9470\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        read_text(value, Self::WANT)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl Unit for NodeId {
    const WANT: &'static str = "a node id of 64 hexadecimal digits";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Text(text) = value else { return Err(wrong_type(Self::WANT, value)) };
        Ok(text.parse()?)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_address_that_parses_round_trips(text in "(\\[[0-9a-f:]{2,9}\\]|[a-z0-9.-]{1,20}):[0-9]{1,5}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse(), Ok(address));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,100}") {
            let _ = (text.parse::<Address>(), text.parse::<PeerAddress>());
        }
    }

    #[test]
    fn hosts_and_ports_are_checked() {
        for good in ["10.0.0.7:9470", "[::1]:1", "bootstrap-0.troupe:65535"] {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
        for bad in
            ["10.0.0.7", "10.0.0.7:0", "host:65536", "host:+1", ":1", "a..b:1", "[x]:1", "-a:1"]
        {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
        let peer = format!("{}@127.0.0.1:9470", "ab".repeat(32));
        assert_eq!(peer.parse::<PeerAddress>().unwrap().to_string(), peer);
        assert!("abcd@127.0.0.1:9470".parse::<PeerAddress>().is_err());
    }

    #[test]
    fn names_are_plain() {
        for bad in ["", "9lives", "Data", "a b", "a/b", &"a".repeat(65)] {
            assert!(Name::read(&Value::Text(bad.to_owned())).is_err(), "{bad}");
        }
        assert!(Name::read(&Value::Text("compute.session-2_x".into())).is_ok());
    }
}
