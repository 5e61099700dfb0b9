//! What a development network keeps on disk: keys, manifests, data, one folder a process.

use super::chain;
use super::part::{Has, Part};
use super::plan::{self, Around, Counts, Planned};
use super::record::{self, User};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::genesis::{self, Candidate};
use crate::key::{self, PasswordArgs};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use troupe_config::{Amount, ControlSettings, NetworkFile, Validator};
use troupe_crypto::{Bls, Scheme, hash};
use troupe_storage::files::{self, Existing};
use troupe_types::{Address, NodeId};

/// Describes the network so that a second start continues it; marks a folder as ours.
const SHAPE: &str = "network.json";
const PASSWORD: &str = "password";
const USER_KEY: &str = "user.json";
const NODE_KEY: &str = "node-key.json";
const VALIDATOR_KEY: &str = "validator-key.json";
/// Whom the fees of a validator's blocks go to.
const ACCOUNT: &str = "account.json";
const GENESIS: &str = "genesis.toml";
const MANIFEST: &str = "node.toml";

/// What must be the same for a network to be continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shape {
    pub(crate) network_id: u64,
    #[serde(default)]
    pub(crate) validators: u16,
    #[serde(default)]
    pub(crate) full: u16,
    #[serde(default)]
    pub(crate) archive: u16,
    #[serde(default)]
    pub(crate) light: u16,
    pub(crate) data: u16,
    pub(crate) compute: u16,
    #[serde(default)]
    pub(crate) requester: u16,
    #[serde(default)]
    pub(crate) workers: u16,
    pub(crate) base_port: u16,
    /// The hash of the network file that somebody gave.
    #[serde(default)]
    pub(crate) network_file: Option<String>,
}

impl Shape {
    const fn counts(&self) -> Counts {
        let Self { validators, full, archive, light, data, compute, requester, workers, .. } =
            *self;
        Counts { validators, full, archive, light, data, compute, requester, workers }
    }
}

/// What somebody asked for: the shape, and the draft of the network file.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) shape: Shape,
    pub(crate) network: NetworkFile,
}

impl Draft {
    /// Reads the network file, or the shipped one, and takes the chain's number from it.
    pub(crate) fn read(counts: Counts, base_port: u16, file: Option<&Path>) -> Outcome<Self> {
        let network = genesis::draft(file)?;
        let network_file = match file {
            None => None,
            Some(path) => {
                let bytes = fs::read(path).map_err(|error| bad_file(path, &error))?;
                Some(hash::sha256(bytes).to_string())
            }
        };
        let Counts { validators, full, archive, light, data, compute, requester, workers } = counts;
        let network_id = network.chain_id;
        let shape = Shape {
            network_id,
            validators,
            full,
            archive,
            light,
            data,
            compute,
            requester,
            workers,
            base_port,
            network_file,
        };
        Ok(Self { shape, network })
    }
}

/// A process whose folder is ready.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) planned: Planned,
    part: Part,
    /// Its account, where it has one on the chain.
    pub(crate) account: Option<Address>,
    pub(crate) id: NodeId,
    pub(crate) dir: PathBuf,
    pub(crate) manifest: PathBuf,
}

/// Everything that processes are started from.
#[derive(Debug, Clone)]
pub(crate) struct Prepaid {
    pub(crate) nodes: Vec<Prepared>,
    pub(crate) password_file: PathBuf,
    pub(crate) user: User,
}

/// Makes the folder of a network, or finds it as it was left.
pub(crate) fn prepare(dir: &Path, draft: &Draft, is_fresh: bool) -> Outcome<Prepaid> {
    let shape = &draft.shape;
    if is_fresh {
        clear(dir)?;
    }
    record::Record::remove(dir);
    let planned = plan::plan(shape.counts(), shape.base_port)?;
    files::create_directory(dir).map_err(|error| bad_file(dir, &error))?;
    let dir = dir.canonicalize().map_err(|error| bad_file(dir, &error))?;
    let is_new = settle_shape(&dir, shape)?;
    let password_file = dir.join(PASSWORD);
    if is_new || !password_file.exists() {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Failure::new(ExitCode::Internal, error))?;
        write(&password_file, hex::encode(bytes).as_bytes())?;
    }
    let user_key = dir.join(USER_KEY);
    let user_id = node_key(&user_key, &password_file)?;
    let user = User {
        node_id: user_id.to_string(),
        key: user_key,
        password_file: Some(password_file.clone()),
    };
    let has = match (shape.validators, &draft.network.market) {
        (0, _) => Has::NoChain,
        (_, None) => Has::Chain,
        (_, Some(_)) => Has::Market,
    };
    let prepare = |planned: Planned| {
        let part = Part::of(planned.role, has)?;
        prepare_node(&dir, planned, part, &password_file)
    };
    let nodes = planned.into_iter().map(prepare).collect::<Outcome<Vec<Prepared>>>()?;
    let genesis = settle_genesis(&dir, draft, &nodes, &password_file)?;
    let validators = nodes.iter().filter(|node| node.is_validator());
    let validators: Vec<_> = validators.map(|node| (node.id, node.planned.p2p)).collect();
    let first = nodes.first().map(|first| format!("{}@{}", first.id, first.planned.p2p));
    for (index, node) in nodes.iter().enumerate() {
        let bootstrap = first.as_deref().filter(|_| index > 0);
        let network_id = shape.network_id;
        let works_for = node.planned.works_for.as_deref();
        let party = nodes.iter().find(|other| Some(&*other.planned.name) == works_for);
        let party = party.map(|party| (party.id, party.planned.p2p));
        let is_worker =
            |other: &&Prepared| other.planned.works_for.as_ref() == Some(&node.planned.name);
        let workers: Vec<NodeId> = nodes.iter().filter(is_worker).map(|worker| worker.id).collect();
        let validators = &validators;
        let around = Around { network_id, bootstrap, validators, party, workers: &workers };
        write_node(node, around, &genesis)?;
    }
    Ok(Prepaid { nodes, password_file, user })
}

impl Prepared {
    fn is_validator(&self) -> bool {
        self.planned.role == "validator"
    }

    /// The socket at which it answers its owner, if it does.
    pub(crate) fn control(&self) -> Option<PathBuf> {
        self.part.has_control.then(|| self.dir.join(ControlSettings::FILE))
    }
}

/// A node's folder and the keys in it.
fn prepare_node(
    dir: &Path,
    planned: Planned,
    part: Part,
    password_file: &Path,
) -> Outcome<Prepared> {
    let home = dir.join(&planned.name);
    files::create_directory(&home).map_err(|error| bad_file(&home, &error))?;
    let id = node_key(&home.join(NODE_KEY), password_file)?;
    let file = match &part.account {
        Some(named) => Some(home.join(named)),
        // The fees of its blocks go somewhere.
        None => (planned.role == "validator").then(|| home.join(ACCOUNT)),
    };
    let account = file.map(|file| account(&file, password_file)).transpose()?;
    let manifest = home.join(MANIFEST);
    Ok(Prepared { planned, part, account, id, dir: home, manifest })
}

/// What a node reads beside its keys.
fn write_node(node: &Prepared, around: Around<'_>, genesis: &str) -> Outcome<()> {
    let planned = &node.planned;
    write(&node.manifest, plan::manifest(&node.part, planned, around).as_bytes())?;
    if node.part.has_chain {
        write(&node.dir.join(GENESIS), genesis.as_bytes())?;
    }
    for example in planned.examples {
        write(&node.dir.join(plan::file_name(example)), example.csv.as_bytes())?;
    }
    Ok(())
}

/// The network file of the whole network, made once; empty without validators.
fn settle_genesis(
    dir: &Path,
    draft: &Draft,
    nodes: &[Prepared],
    password_file: &Path,
) -> Outcome<String> {
    let validators = nodes.iter().filter(|node| node.is_validator());
    let validators: Outcome<Vec<Validator>> =
        validators.map(|node| validator(node, password_file)).collect();
    let validators = validators?;
    if validators.is_empty() {
        return Ok(String::new());
    }
    let path = dir.join(GENESIS);
    if !path.exists() {
        let funded = nodes.iter().filter(|node| node.part.funds > Amount(0));
        let funded = funded.filter_map(|node| Some((node.account?, node.part.funds)));
        let network = chain::genesis(&draft.network, validators, funded)?;
        write(&path, network.write().as_bytes())?;
    }
    fs::read_to_string(&path).map_err(|error| bad_file(&path, &error))
}

/// What the network file says of a validator; its keys are made where they are missing.
fn validator(node: &Prepared, password_file: &Path) -> Outcome<Validator> {
    let password = PasswordArgs::in_file(password_file);
    let votes = node.dir.join(VALIDATOR_KEY);
    if !votes.exists() {
        key::make_validator_key(&votes, &password, key::Cost::Light)?;
    }
    let secret = key::validator_key(&votes, &password)?;
    let (public, proof) = (Bls::public_key(&secret), Bls::prove(&secret));
    let vrf = key::vrf_key(&key::node_identity(&node.dir.join(NODE_KEY), &password)?).public_key();
    let address = node.account.ok_or_else(|| {
        Failure::about(ExitCode::Internal, &node.planned.name, "it has no account")
    })?;
    let candidate = Candidate::new(node.id, &public, &proof, &vrf, address);
    Ok(candidate.map_err(|text| Failure::new(ExitCode::Internal, text))?.0)
}

/// True when the network is new; an error when another one lies there.
fn settle_shape(dir: &Path, shape: &Shape) -> Outcome<bool> {
    let path = dir.join(SHAPE);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let found: Shape =
                serde_json::from_str(&text).map_err(|error| bad_file(&path, &error))?;
            if found == *shape {
                return Ok(false);
            }
            let Shape {
                network_id,
                validators,
                full,
                archive,
                light,
                data,
                compute,
                requester,
                workers,
                base_port,
                ..
            } = &found;
            let file = match found.network_file == shape.network_file {
                true => "",
                false => ", of another network file",
            };
            let text = format!(
                "holds a network of {validators} validators, {full} full, {archive} archive, {light} light, {data} data, \
                 {compute} compute nodes with {workers} workers each and {requester} requester nodes at port {base_port}, id {network_id}{file}; --fresh replaces it, --dir \
                 puts another one elsewhere"
            );
            Err(Failure::about(ExitCode::BadFile, dir.display(), text))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if fs::read_dir(dir).map_err(|error| bad_file(dir, &error))?.next().is_some() {
                let text = "is not empty and holds no development network; choose another --dir";
                return Err(Failure::about(ExitCode::BadFile, dir.display(), text));
            }
            let text = serde_json::to_string_pretty(shape)
                .map_err(|error| Failure::new(ExitCode::Internal, error))?;
            write(&path, text.as_bytes())?;
            Ok(true)
        }
        Err(error) => Err(bad_file(&path, &error)),
    }
}

/// Removes an earlier network; nothing that is not one.
fn clear(dir: &Path) -> Outcome<()> {
    if !dir.exists() {
        return Ok(());
    }
    let is_empty = fs::read_dir(dir).map_err(|error| bad_file(dir, &error))?.next().is_none();
    if !is_empty && !dir.join(SHAPE).is_file() {
        let text = "holds no development network, so --fresh does not clear it";
        return Err(Failure::about(ExitCode::BadFile, dir.display(), text));
    }
    fs::remove_dir_all(dir).map_err(|error| bad_file(dir, &error))
}

/// The password lies beside the key here, so the key is derived from it at little cost.
fn node_key(file: &Path, password_file: &Path) -> Outcome<NodeId> {
    let password = PasswordArgs::in_file(password_file);
    if !file.exists() {
        key::make_node_key(file, &password, key::Cost::Light)?;
    }
    Ok(key::node_identity(file, &password)?.id())
}

/// The address of an account; its key is made where it is missing.
fn account(file: &Path, password_file: &Path) -> Outcome<Address> {
    if !file.exists() {
        key::make_account(file, &PasswordArgs::in_file(password_file), key::Cost::Light)?;
    }
    key::account_address(file)
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    files::write(path, bytes, Existing::Replace).map_err(|error| bad_file(path, &error))
}

fn bad_file(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::about(ExitCode::BadFile, path.display(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(data: u16) -> Draft {
        let counts = Counts {
            validators: 2,
            full: 1,
            archive: 0,
            light: 0,
            data,
            compute: 1,
            requester: 0,
            workers: 0,
        };
        Draft::read(counts, 20_000, None).unwrap()
    }

    #[test]
    fn a_network_is_found_again_as_it_was_left() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("net");
        let first = prepare(&dir, &draft(1), false).unwrap();
        let again = prepare(&dir, &draft(1), false).unwrap();
        let ids = |prepaid: &Prepaid| prepaid.nodes.iter().map(|node| node.id).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&again));
        let other = prepare(&dir, &draft(2), false).unwrap_err();
        assert!(other.to_string().contains("--fresh replaces it"), "{other}");
        let fresh = prepare(&dir, &draft(2), true).unwrap();
        assert_eq!(fresh.nodes.len(), 7);
        assert_ne!(fresh.nodes[0].id, first.nodes[0].id);
    }

    #[test]
    fn all_nodes_of_a_chain_begin_with_the_same_whenever_they_start() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("net");
        let genesis = |node: &Prepared| fs::read_to_string(node.dir.join(GENESIS)).unwrap();
        let first = prepare(&dir, &draft(1), false).unwrap();
        let text = genesis(&first.nodes[1]);
        let network = NetworkFile::load(&text).unwrap();
        let voters: Vec<NodeId> =
            network.terms[0].validators.iter().map(|validator| validator.node_id).collect();
        assert_eq!(voters, [first.nodes[1].id, first.nodes[2].id]);
        assert_eq!(network.accounts.len(), 12, "a data and a compute node have accounts");
        let again = prepare(&dir, &draft(1), false).unwrap();
        for node in &again.nodes[1..] {
            assert_eq!(genesis(node), text);
        }
        assert!(!again.nodes[0].dir.join(GENESIS).exists(), "a bootstrap has no chain");
        let compute = again.nodes[5].account.unwrap();
        assert_eq!(network.accounts[&compute].balance, Amount::lat(1_100));
        assert_eq!(first.nodes[5].account, Some(compute));
    }

    #[test]
    fn a_network_file_of_somebody_else_gives_the_chain_its_number_and_its_accounts() {
        let home = tempfile::tempdir().unwrap();
        let (dir, file) = (home.path().join("net"), home.path().join("mine.toml"));
        let account = "\n[[account]]\naddress = \"0x0909090909090909090909090909090909090909\"\nbalance = \"5 LAT\"\n";
        let text = troupe_config::DEVNET.replace("1120260", "77") + account;
        fs::write(&file, &text).unwrap();
        let counts = Counts {
            validators: 1,
            full: 0,
            archive: 0,
            light: 0,
            data: 0,
            compute: 0,
            requester: 0,
            workers: 0,
        };
        let mine = Draft::read(counts, 20_000, Some(&file)).unwrap();
        assert_eq!(mine.shape.network_id, 77);
        prepare(&dir, &mine, false).unwrap();
        let genesis = NetworkFile::load(&fs::read_to_string(dir.join(GENESIS)).unwrap()).unwrap();
        assert_eq!((genesis.chain_id, genesis.accounts.len()), (77, 11));
        // Another file of the same number is another network.
        fs::write(&file, text.replace("\"5 LAT\"", "\"6 LAT\"")).unwrap();
        let other = Draft::read(counts, 20_000, Some(&file)).unwrap();
        let refused = prepare(&dir, &other, false).unwrap_err().to_string();
        assert!(refused.contains("of another network file; --fresh replaces it"), "{refused}");
    }

    #[test]
    fn a_folder_of_somebody_else_is_never_cleared() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("thesis.txt");
        fs::write(&file, "years of work").unwrap();
        for is_fresh in [false, true] {
            let refused = prepare(dir.path(), &draft(1), is_fresh).unwrap_err();
            assert_eq!(refused.code, ExitCode::BadFile);
        }
        assert_eq!(fs::read_to_string(file).unwrap(), "years of work");
    }
}
