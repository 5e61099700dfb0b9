//! `genesis check`.

use super::args::CheckArgs;
use super::file;
use crate::exit::{ExitCode, Failure, Outcome, Reason};
use crate::output::{Report, columns};
use serde_json::json;
use troupe_config::{Moment, NetworkFile};
use troupe_crypto::bls::PublicKey;
use troupe_crypto::{Bls, Scheme};
use troupe_types::Hash;
use troupe_wire::Sequential;

/// Reads a network file, builds the first block, and says what it is.
pub(super) fn check(args: &CheckArgs) -> Outcome<Report> {
    let file = file::load(&args.file)?;
    let hash = begin(&file).map_err(|failure| failure.in_file(&args.file))?;
    Ok(report(&args.file.display().to_string(), &file, hash))
}

/// The hash of the first block; refused is what no node would begin with.
pub(super) fn begin(file: &NetworkFile) -> Outcome<Hash> {
    check_keys(file)?;
    // The file's reader knows the same limits and names the line; this is what nodes hold on to.
    let built = troupe_actors::genesis(file).and_then(|genesis| genesis.build(&Sequential));
    let (block, _) = built.map_err(|fault| {
        let reason = Reason { text: fault.to_string(), field: Some(fault.field) };
        Failure::all(ExitCode::BadManifest, vec![reason])
    })?;
    Ok(block.hash())
}

/// Points outside the subgroup would let votes be forged.
fn check_keys(file: &NetworkFile) -> Outcome<()> {
    for (at, term) in file.terms.iter().enumerate() {
        for (index, validator) in term.validators.iter().enumerate() {
            let bytes: Result<[u8; 48], _> = validator.key.as_slice().try_into();
            let read = bytes.ok().map(|bytes| Bls::readmit(&PublicKey(bytes)));
            let reason = match read {
                Some(Ok(_)) => continue,
                Some(Err(error)) => error.to_string(),
                None => format!("{} bytes, wanted 48", validator.key.len()),
            };
            let field = format!("term.{at}.validator.{index}.key");
            let digits = hex::encode(&validator.key);
            let text =
                format!("{}... is no key for votes: {reason}", digits.get(..16).unwrap_or(&digits));
            return Err(Failure::about(ExitCode::BadManifest, field, text));
        }
    }
    Ok(())
}

/// Which chain a good file begins.
pub(super) fn report(name: &str, file: &NetworkFile, hash: Hash) -> Report {
    let supply = file.supply().unwrap_or_default();
    let first = file.terms.first().map_or(0, |term| term.validators.len());
    let terms = file.terms.len();
    let rows = [
        ("file", format!("{name}: good")),
        ("chain", file.chain_id.to_string()),
        ("genesis", format!("0x{hash}")),
        ("begins", Moment(file.time).to_string()),
        ("validators", format!("{first} from epoch 0, {terms} terms")),
        ("accounts", file.accounts.len().to_string()),
        ("supply", supply.to_string()),
    ];
    let rows = rows.map(|(key, value)| vec![key.to_owned(), value]);
    let terms: Vec<_> = file
        .terms
        .iter()
        .map(|term| json!({ "from": term.from.0, "validators": term.validators.len() }))
        .collect();
    let json = json!({
        "file": name,
        "good": true,
        "chain_id": file.chain_id,
        "genesis": format!("0x{hash}"),
        "time": file.time.0,
        "terms": terms,
        "accounts": file.accounts.len(),
        "supply": supply.0.to_string(),
    });
    Report::new(columns(&rows), json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use troupe_config::{Account, Amount, Term, Validator};
    use troupe_crypto::sr25519;
    use troupe_types::{Address, Epoch, Gas, NodeId, UnixMillis};

    fn good() -> NetworkFile {
        let validator = |n: u8| Validator {
            node_id: NodeId([n; 32]),
            key: Bls::public_key(&Bls::derive(&[n; 32]).unwrap()).as_ref().to_vec(),
            vrf: sr25519::SecretKey::from_seed(&[n; 32]).public_key().to_bytes(),
            address: Address([n; 20]),
        };
        let rich = Account { balance: Amount::lat(7), ..Account::default() };
        NetworkFile {
            terms: vec![Term { from: Epoch(0), validators: (1..=4).map(validator).collect() }],
            accounts: BTreeMap::from([(Address([9; 20]), rich)]),
            ..NetworkFile::load_draft(troupe_config::DEVNET, UnixMillis(1_800_000_000_000)).unwrap()
        }
    }

    #[test]
    fn every_setting_of_the_file_changes_the_genesis() {
        let mut hashes = vec![begin(&good()).unwrap()];
        let changes: [fn(&mut NetworkFile); 10] = [
            |file| file.chain_id += 1,
            |file| file.time.0 += 1,
            |file| file.gas_limit.0 += 1,
            |file| file.base_fee += 1,
            |file| file.base_fee_floor -= 1,
            |file| file.blocks_per_view -= 1,
            |file| file.election_distance += 1,
            |file| file.terms[0].validators.swap(0, 1),
            |file| {
                let other = sr25519::SecretKey::from_seed(&[9; 32]);
                file.terms[0].validators[1].vrf = other.public_key().to_bytes();
            },
            |file| file.accounts.values_mut().for_each(|account| account.balance.0 += 1),
        ];
        for change in changes {
            let mut file = good();
            change(&mut file);
            let hash = begin(&file).unwrap();
            assert!(!hashes.contains(&hash));
            hashes.push(hash);
        }
    }

    #[test]
    fn a_key_that_is_no_point_is_refused_by_its_field() {
        let mut file = good();
        file.terms[0].validators[2].key = vec![7; 48];
        let failure = begin(&file).unwrap_err();
        let want = "term.0.validator.2.key: 0707070707070707... is no key for votes: ";
        assert!(failure.to_string().starts_with(want), "{failure}");
    }

    /// The reader names lines; the chain decides. What one lets through, the other must not refuse.
    #[test]
    fn what_the_reader_lets_through_the_chain_begins_with() {
        let edges: [fn(&mut NetworkFile); 8] = [
            |file| file.chain_id = 1,
            |file| file.chain_id = 9_223_372_036_854_775_789,
            |file| file.time = UnixMillis(946_684_800_000),
            |file| file.time = UnixMillis(253_402_300_799_999),
            |file| file.gas_limit = Gas(9_424_776),
            |file| file.gas_limit = Gas(300_000_000),
            |file| (file.blocks_per_view, file.election_distance) = (3, 11),
            |file| (file.blocks_per_view, file.election_distance) = (32, 127),
        ];
        for change in edges {
            let mut file = good();
            change(&mut file);
            let read = NetworkFile::load(&file.write()).unwrap();
            assert!(begin(&read).is_ok(), "{}", file.write());
        }
    }
}
