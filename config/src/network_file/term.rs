//! `[[term]]`: a set of validators and when it takes office.

use super::digits::{self, Octets};
use crate::error::Problem;
use crate::section::Section;
use crate::setting::Field;
use troupe_types::{Address, Epoch, NodeId};

/// A set of validators and the epoch from which it is in office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its first epoch.
    pub from: Epoch,
    /// Its members, in the order in which they propose.
    pub validators: Vec<Validator>,
}

/// A member of a set of validators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validator {
    /// The process that votes.
    pub node_id: NodeId,
    /// Its public key for votes: BLS12-381, 48 bytes.
    pub key: Vec<u8>,
    /// Its public key for random words: sr25519.
    pub vrf: [u8; 32],
    /// Who gets the fees of its blocks.
    pub address: Address,
}

/// Length of a compressed point of G1.
const KEY_BYTES: usize = 48;
/// Length of a point of ristretto255.
const VRF_BYTES: usize = 32;

const FROM: Field = Field { key: "from", why: "The first epoch in which these validators vote." };
const NODE_ID: Field = Field { key: "node_id", why: "The process that votes." };
const KEY: Field =
    Field { key: "key", why: "Its public key for votes, as `troupe key show` prints it." };
const VRF: Field = Field {
    key: "vrf",
    why: "Its public key for random words, as `troupe key show --verify` prints it for the process's key.",
};
const ADDRESS: Field = Field { key: "address", why: "Who gets the fees of its blocks." };

impl Term {
    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let from = section.need::<u64>(&FROM);
        let validators = section.tables("validator", Validator::read);
        Some(Self { from: Epoch(from?), validators })
    }

    pub(super) fn write(&self) -> String {
        let mut text = format!("\n[[term]]\nfrom = {}\n", self.from);
        for validator in &self.validators {
            text.push_str(&format!(
                "\n[[term.validator]]\nnode_id = \"{}\"\nkey = \"0x{}\"\nvrf = \"0x{}\"\naddress = \"{}\"\n",
                validator.node_id,
                digits::hex(&validator.key),
                digits::hex(&validator.vrf),
                validator.address.to_checksum(),
            ));
        }
        text
    }
}

impl Validator {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let node_id = section.need::<NodeId>(&NODE_ID);
        let key = section.need::<Octets>(&KEY).map(|key| key.0);
        let vrf = section.need::<Octets>(&VRF).map(|vrf| vrf.0);
        let address = section.need::<digits::Whose>(&ADDRESS);
        if let Some(got) = key.as_ref().map(Vec::len).filter(|got| *got != KEY_BYTES) {
            let text = format!("got {got} bytes, a public key for votes has {KEY_BYTES}");
            section.fault(KEY.key, Problem::Conflict(text));
        }
        let vrf = vrf.and_then(|vrf| {
            let got = vrf.len();
            let point = <[u8; VRF_BYTES]>::try_from(vrf).ok();
            if point.is_none() {
                let text =
                    format!("got {got} bytes, a public key for random words has {VRF_BYTES}");
                section.fault(VRF.key, Problem::Conflict(text));
            }
            point
        });
        Some(Self { node_id: node_id?, key: key?, vrf: vrf?, address: address?.0 })
    }
}
