//! `genesis new`.

use super::args::NewArgs;
use super::{check, file};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use serde_json::json;
use std::path::Path;
use std::str::FromStr;
use troupe_config::{Account, Amount, NetworkFile, Term, Validator};
use troupe_crypto::bls::{Proof, PublicKey};
use troupe_crypto::{Bls, Scheme, sr25519};
use troupe_storage::files::{self, Existing};
use troupe_types::{Address, Epoch, NodeId};

/// A validator as its operator gives it, with the proof checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate(pub(crate) Validator);

/// An account and what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Funded {
    address: Address,
    balance: Amount,
}

impl Candidate {
    /// Takes a validator whose key for votes it has a proof for: without one, a key could be made of
    /// others' keys, and their votes forged together with its own.
    pub(crate) fn new(
        node_id: NodeId,
        key: &PublicKey,
        proof: &Proof,
        vrf: &sr25519::PublicKey,
        address: Address,
    ) -> Result<Self, String> {
        Bls::admit(key, proof).map_err(|error| format!("key or proof: {error}"))?;
        Ok(Self(Validator { node_id, key: key.as_ref().to_vec(), vrf: vrf.to_bytes(), address }))
    }
}

impl FromStr for Candidate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let [node_id, key, proof, vrf, address] = parts[..] else {
            return Err(format!("wants NODE_ID:KEY:PROOF:VRF:ADDRESS, got {} parts", parts.len()));
        };
        let node_id = node_id.parse().map_err(|error| format!("node id: {error}"))?;
        let key = PublicKey(bytes("key", key)?);
        let proof = Proof(bytes("proof", proof)?);
        let vrf = vrf.parse().map_err(|error| format!("vrf: {error}"))?;
        let address = address.parse().map_err(|error| format!("{error}"))?;
        Self::new(node_id, &key, &proof, &vrf, address)
    }
}

fn bytes<const N: usize>(what: &str, text: &str) -> Result<[u8; N], String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut bytes = [0; N];
    let read = hex::decode_to_slice(digits, &mut bytes);
    let got = digits.chars().count();
    read.map_err(|_| format!("{what} wants {} hexadecimal digits, got {got} characters", 2 * N))?;
    Ok(bytes)
}

impl FromStr for Funded {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, balance) = text.split_once('=').ok_or("wants ADDRESS=AMOUNT")?;
        let address = address.parse().map_err(|error| format!("{error}"))?;
        let balance = balance.parse().map_err(|error| format!("amount {balance:?} {error}"))?;
        Ok(Self { address, balance })
    }
}

/// Makes a network file of a draft and of what the flags say.
pub(super) fn make(args: &NewArgs) -> Outcome<Report> {
    let mut network = file::draft(args.from.as_deref())?;
    network.chain_id = args.chain_id.unwrap_or(network.chain_id);
    network.time = args.time.map_or(network.time, |moment| moment.0);
    if !args.validator.is_empty() {
        let validators = args.validator.iter().map(|candidate| candidate.0.clone()).collect();
        network.terms = vec![Term { from: Epoch(0), validators }];
    }
    for funded in &args.account {
        let account = Account { balance: funded.balance, ..Account::default() };
        if network.accounts.insert(funded.address, account).is_some() {
            let text = format!("{} is there already", funded.address.to_checksum());
            return Err(Failure::about(ExitCode::Usage, "--account", text));
        }
    }
    let text = network.write();
    // The flags pass the same checks as a file that somebody wrote.
    let network = NetworkFile::load(&text).map_err(|errors| file::bad("network file", &errors))?;
    let hash = check::begin(&network)?;
    match &args.to {
        Some(path) => {
            keep(path, &text)?;
            Ok(check::report(&path.display().to_string(), &network, hash))
        }
        None => Ok(Report::new(
            text.trim_end(),
            json!({ "genesis": format!("0x{hash}"), "file": text }),
        )),
    }
}

/// Writes a new file.
fn keep(path: &Path, text: &str) -> Outcome<()> {
    files::write(path, text.as_bytes(), Existing::Keep).map_err(|error| {
        let text = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "exists already and is not replaced".to_owned(),
            _ => format!("cannot be written: {error}"),
        };
        Failure::about(ExitCode::BadFile, path.display(), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(n: u8) -> String {
        let secret = Bls::derive(&[n; 32]).unwrap();
        let (key, proof) = (Bls::public_key(&secret), Bls::prove(&secret));
        let vrf = hex::encode(sr25519::SecretKey::from_seed(&[n; 32]).public_key().to_bytes());
        let (node, address) = (NodeId([n; 32]), Address([n; 20]).to_bech32());
        format!("{node}:{}:0x{}:{vrf}:{address}", hex::encode(key), hex::encode(proof))
    }

    fn args(folder: &Path) -> NewArgs {
        NewArgs {
            from: None,
            chain_id: Some(77),
            time: Some("2026-11-20T12:00:00Z".parse().unwrap()),
            validator: (1..=4).map(|n| candidate(n).parse().unwrap()).collect(),
            account: vec![format!("{}=5 LAT", Address([9; 20])).parse().unwrap()],
            to: Some(folder.join("genesis.toml")),
        }
    }

    #[test]
    fn what_is_made_is_checked_as_the_same_chain_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let args = args(folder.path());
        let made = make(&args).unwrap();
        let file = args.to.clone().unwrap();
        let checked = check::check(&super::super::args::CheckArgs { file: file.clone() }).unwrap();
        assert_eq!(made.json, checked.json);
        assert_eq!(checked.json["chain_id"], 77);
        assert_eq!(checked.json["supply"], "5000000000000000000");
        assert_eq!(make(&args).unwrap_err().code, ExitCode::BadFile);
        let printed = make(&NewArgs { to: None, ..args }).unwrap();
        assert_eq!(printed.text, std::fs::read_to_string(file).unwrap().trim_end());
    }

    #[test]
    fn a_key_with_the_proof_of_another_is_refused() {
        let (one, two) = (candidate(1), candidate(2));
        let parts = |text: &str| text.split(':').map(str::to_owned).collect::<Vec<_>>();
        let (mut mixed, other) = (parts(&one), parts(&two));
        mixed[2] = other[2].clone();
        let error = mixed.join(":").parse::<Candidate>().unwrap_err();
        assert!(error.starts_with("key or proof: "), "{error}");
        for (text, want) in [
            ("a:b:c", "wants NODE_ID:KEY:PROOF:VRF:ADDRESS, got 3 parts"),
            ("a:b:c:d:e", "node id: NodeId wants 64 hexadecimal digits, got 1"),
        ] {
            assert_eq!(text.parse::<Candidate>().unwrap_err(), want);
        }
        let funded = |text: &str| text.parse::<Funded>().unwrap_err();
        assert_eq!(funded("x"), "wants ADDRESS=AMOUNT");
        let error = funded("0x0909090909090909090909090909090909090909=5 ETH");
        assert!(error.starts_with("amount \"5 ETH\" wants an amount such as"), "{error}");
    }

    #[test]
    fn a_draft_without_validators_makes_no_chain() {
        let folder = tempfile::tempdir().unwrap();
        let failure = make(&NewArgs { validator: vec![], ..args(folder.path()) }).unwrap_err();
        assert!(failure.to_string().contains("term: missing"), "{failure}");
        assert!(!folder.path().join("genesis.toml").exists());
    }
}
