//! `key register`.

use super::args::RegisterArgs;
use super::{file, secret};
use crate::exit::Outcome;
use crate::output::{Report, columns};
use serde_json::json;
use troupe_crypto::{Bls, Scheme, bls};
use troupe_net::Identity;
use troupe_staking::registration::{Keys, Registration};
use troupe_types::Address;

/// Signs with both keys, and checks the result as every node will.
pub(super) fn register(args: &RegisterArgs) -> Outcome<Report> {
    let identity = file::node_identity(&args.key, &args.password)?;
    let votes = file::validator_key(&args.validator, &args.password)?;
    let registration = sign(&identity, &votes, args.chain_id, args.staker)?;
    let node_id = registration
        .check(args.chain_id, args.staker)
        .map_err(|error| anyhow::anyhow!("an own signature does not verify: {error}"))?;
    let digits = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    let whole = digits(&registration.to_bytes());
    let rows = [
        ("node_id", node_id.to_string()),
        ("node_key", digits(&registration.node_key)),
        ("vote_key", digits(&registration.vote_key)),
        ("vrf_key", digits(&registration.vrf_key)),
        ("registration", whole.clone()),
    ];
    let json = json!({
        "chain_id": args.chain_id,
        "staker": args.staker.to_checksum(),
        "node_id": node_id.to_string(),
        "node_key": digits(&registration.node_key),
        "vote_key": digits(&registration.vote_key),
        "vrf_key": digits(&registration.vrf_key),
        "node_sign": digits(&registration.node_sign),
        "vote_sign": digits(&registration.vote_sign),
        "registration": whole,
    });
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    Ok(Report::new(columns(&rows), json))
}

/// The registration that both keys sign for one account on one chain.
pub(crate) fn sign(
    identity: &Identity,
    votes: &bls::SecretKey,
    chain_id: u64,
    staker: Address,
) -> Outcome<Registration> {
    let keys = Keys {
        node_key: identity.public_key(),
        vote_key: Bls::public_key(votes).0,
        vrf_key: secret::vrf_key(identity).public_key().to_bytes(),
    };
    let digest = keys.digest(chain_id, staker);
    let node_sign =
        identity.sign(&digest.0).map_err(|error| anyhow::anyhow!("node key: {error}"))?;
    Ok(keys.signed(node_sign, Bls::sign(votes, &digest.0).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_key_files_sign_is_a_registration_of_that_node() {
        let identity = Identity::generate().unwrap();
        let votes = Bls::derive(&[5; 32]).unwrap();
        let (chain, staker) = (77, Address([3; 20]));
        let registration = sign(&identity, &votes, chain, staker).unwrap();
        assert_eq!(registration.check(chain, staker), Ok(identity.id()));
        assert!(registration.check(chain, Address([4; 20])).is_err());
        let again = sign(&identity, &votes, chain, staker).unwrap();
        assert_eq!(again.to_bytes(), registration.to_bytes(), "nothing of it is drawn");
    }
}
