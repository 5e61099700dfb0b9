//! `[chain] signer`: who signs for the process, where the key for votes is elsewhere.

use crate::error::Problem;
use crate::name::Address;
use crate::network_file::digits::{Octets, hex};
use crate::section::Section;
use crate::setting::{Field, Unit, wrong_type};
use crate::value::{Table, Value};
use core::fmt;
use troupe_types::NodeId;

/// A signer elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Where it listens.
    pub address: Address,
    /// The name of its own key, which it proves.
    pub node_id: NodeId,
    /// The public key that it signs with: BLS12-381, compressed.
    pub vote_key: [u8; 48],
}

/// Where a signer listens: over TLS, and at the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Url(Address);

const SCHEME: &str = "https://";

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.0)
    }
}

impl Unit for Url {
    const WANT: &'static str = "an address such as \"https://signer.example.org:9146\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        let address = text.strip_prefix(SCHEME).and_then(|address| address.parse().ok());
        address.map(Self).ok_or_else(wrong)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

const SIGNER: Field = Field {
    key: "signer",
    why: "Where `troupe signer` listens that has the key for votes; instead of key.",
};
const SIGNER_ID: Field = Field {
    key: "signer_id",
    why: "The node id of the signer's own key: nobody else is asked for signatures.",
};
const VOTE_KEY: Field = Field {
    key: "vote_key",
    why: "The public key that the signer signs with, as `troupe key show --verify` prints it.",
};

impl Signer {
    /// What stands where `key` would: with its two companions or not at all.
    pub(super) fn read(section: &mut Section<'_>, has_key: bool) -> Option<Self> {
        let Some(Url(address)) = section.optional::<Url>(&SIGNER) else {
            let has_id = section.optional::<NodeId>(&SIGNER_ID).is_some();
            let has_vote_key = section.optional::<Octets>(&VOTE_KEY).is_some();
            for (field, is_there) in [(SIGNER_ID, has_id), (VOTE_KEY, has_vote_key)] {
                if is_there {
                    let text =
                        "says whom to ask, and signer says where; that is missing".to_owned();
                    section.fault(field.key, Problem::Conflict(text));
                }
            }
            return None;
        };
        if has_key {
            let text = "is asked instead of key; both are there".to_owned();
            section.fault(SIGNER.key, Problem::Conflict(text));
        }
        let node_id = section.need::<NodeId>(&SIGNER_ID);
        let vote_key = section.need::<Octets>(&VOTE_KEY).and_then(|key| {
            let got = key.0.len();
            let point = <[u8; 48]>::try_from(key.0).ok();
            if point.is_none() {
                let text = format!("got {got} bytes, a public key for votes has 48");
                section.fault(VOTE_KEY.key, Problem::Conflict(text));
            }
            point
        });
        Some(Self { address, node_id: node_id?, vote_key: vote_key? })
    }

    pub(super) fn write(&self, out: &mut Table) {
        out.put(SIGNER.key, Url(self.address.clone()).write());
        out.put(SIGNER_ID.key, self.node_id.write());
        out.put(VOTE_KEY.key, Value::Text(hex(&self.vote_key)));
    }
}
