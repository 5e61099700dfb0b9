//! The changes that PlatON's clients ask for.

use super::super::Refused;
use super::super::wish::{From, Voting, What, Wish};
use super::items::{Items, array, bytes, number, text};
use crate::governance::Choice;
use crate::registration::Registration;
use crate::stake::{Creation, Description, Edit, Source};
use troupe_crypto::ed25519::PublicKey;
use troupe_types::Address;

/// Reads the arguments of a function.
// PlatON-Go 1.5.0, core/vm
pub(super) fn read(code: u16, items: &mut Items<'_>) -> Result<Wish, Refused> {
    match code {
        1000 => create(items),
        1001 => edit(items),
        1002 => {
            let (node, source) = (items.node()?, Source::numbered(items.number()?)?);
            Ok(Wish::Increase { node, source, amount: items.number()? })
        }
        1003 => Ok(Wish::Withdraw { node: items.node()? }),
        1004 => {
            let (source, node) = (Source::numbered(items.number()?)?, items.node()?);
            Ok(Wish::Delegate { node, source, amount: items.number()? })
        }
        1005 => {
            let (since, node) = (items.number()?, items.node()?);
            Ok(Wish::Undelegate { from: From::Node(node, since), amount: items.number()? })
        }
        1006 => Ok(Wish::Redeem),
        2000..=2002 | 2005 => submit(code, items),
        2003 => {
            let (node, id) = (items.node()?, items.hash()?);
            let choice = Choice::numbered(items.number()?)?;
            let version = items.number()?;
            unread_signature(items)?;
            Ok(Wish::VoteAsNode { node, id, choice, version })
        }
        2004 => {
            let (node, version) = (items.node()?, items.number()?);
            unread_signature(items)?;
            Ok(Wish::Declare { node, version })
        }
        3000 => {
            // Evidence says itself what it is of.
            let _kind: u8 = items.number()?;
            Ok(Wish::Report { evidence: items.bytes()?.to_vec() })
        }
        4000 => Ok(Wish::Plan { account: items.address()?, plans: items.plans()? }),
        5000 => Ok(Wish::Claim),
        _ => Err(Refused::Function { got: 0 }),
    }
}

/// A node's signature of its version, which says no more than the account that staked for it.
fn unread_signature(items: &mut Items<'_>) -> Result<(), Refused> {
    items.bytes().map(drop)
}

/// Where PlatON has its keys, ours stand: the vote key for the BLS key; the node's signature for that of the version; and for
/// the proof the node's key, the key of random words, and the signature of the vote key.
fn create(items: &mut Items<'_>) -> Result<Wish, Refused> {
    let (source, benefit) = (Source::numbered(items.number()?)?, items.address()?);
    let node = items.node()?;
    let texts = [items.text()?, items.text()?, items.text()?, items.text()?];
    let (amount, share, version) = (items.number()?, items.number()?, items.number()?);
    let node_sign = items.array("a signature of the node")?;
    let vote_key = items.array("a vote key")?;
    let proof: [u8; 160] = items.array("a proof")?;
    let (node_key, vrf_key) = (part(&proof, 0), part(&proof, 32));
    let vote_sign = array(&proof[64..], "a signature of the vote key")?;
    if PublicKey(node_key).node_id() != node {
        return Err(Refused::Arguments("the node id is not that of the node's key".to_owned()));
    }
    Ok(Wish::Create(Box::new(Creation {
        registration: Registration { node_key, vote_key, vrf_key, node_sign, vote_sign },
        source,
        amount,
        benefit,
        share,
        version,
        description: Description::new(texts)?,
    })))
}

fn part(proof: &[u8; 160], at: usize) -> [u8; 32] {
    let mut part = [0; 32];
    part.iter_mut().zip(&proof[at..]).for_each(|(to, from)| *to = *from);
    part
}

fn edit(items: &mut Items<'_>) -> Result<Wish, Refused> {
    let address = |item| array(bytes(item)?, "an address").map(Address);
    let written = |item| text(bytes(item)?);
    let benefit = items.optional(address)?;
    let node = items.node()?;
    let share = items.optional(number)?;
    let (external_id, name) = (items.optional(written)?, items.optional(written)?);
    let (website, details) = (items.optional(written)?, items.optional(written)?);
    let edit = Edit { benefit, share, external_id, name, website, details };
    Ok(Wish::Edit { node, edit: Box::new(edit) })
}

fn submit(code: u16, items: &mut Items<'_>) -> Result<Wish, Refused> {
    let (node, pip) = (items.node()?, items.text()?);
    let what = match code {
        2000 => What::Text,
        2001 => {
            let version = items.number()?;
            What::Version { version, voting: Voting::Rounds(items.number()?) }
        }
        2002 => {
            let (module, name) = (items.text()?, items.text()?);
            What::Param { module, name, value: items.text()? }
        }
        _ => {
            let voting = Voting::Rounds(items.number()?);
            What::Cancel { target: items.hash()?, voting }
        }
    };
    Ok(Wish::Submit { node, pip, what })
}
