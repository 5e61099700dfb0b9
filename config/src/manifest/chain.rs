//! `[chain]`: which chain the process keeps, and whether it votes; and what its actors need of each other.

use super::document::Manifest;
use super::group::{Group, Restart};
use super::signer::Signer;
use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Choice, Field};
use crate::value::{Table, Value};
use std::borrow::Cow;
use std::path::PathBuf;

/// The chain that a process keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The network file, relative to the manifest.
    pub genesis: PathBuf,
    /// The keystore of the validator's key, relative to the data directory. Without it the process
    /// follows the chain and signs nothing, unless somebody else signs for it.
    pub key: Option<PathBuf>,
    /// Who signs instead, where the key is in another process.
    pub signer: Option<Signer>,
    /// The keystore of the account that signs transactions of the process itself, relative to the data directory.
    pub account: Option<PathBuf>,
}

/// Actors that keep a chain together: each holds what the others would have to read again.
const KEEPERS: [&str; 6] = ["storage", "executor", "mempool", "elector", "consensus", "sync"];
/// Keeps none: asks others, and checks what they say.
const LIGHT: &str = "light";
/// Signs transactions of the process itself; it reads the chain like those below.
const ACCOUNT: &str = "account";
/// Does what the process owes tasks, by its account.
const MARKET: &str = "market";
/// Has jobs settled on the chain, where the process has one.
const JOBS: &str = "jobs";
/// Answer from what they keep, or from what that one knows.
const READERS: [&str; 4] = ["rpc", "grpc", ACCOUNT, MARKET];

const GENESIS: Field = Field {
    key: "genesis",
    why: "The network file of the chain, relative to the manifest; all nodes of a chain have the same.",
};
const KEY: Field = Field {
    key: "key",
    why: "The encrypted key for votes, relative to the data directory; without it, and without signer, the process follows.",
};

const ACCOUNT_KEY: Field = Field {
    key: "account",
    why: "The encrypted key of the account in whose name the process sends transactions, relative to the data directory; wanted by actor \"account\".",
};

impl Chain {
    pub(crate) fn read(section: &mut Section<'_>) -> Option<Self> {
        let genesis = section.need::<Cow<'static, str>>(&GENESIS);
        let key = section.optional::<Cow<'static, str>>(&KEY);
        let account = section.optional::<Cow<'static, str>>(&ACCOUNT_KEY);
        let path = |text: Cow<'static, str>| PathBuf::from(text.as_ref());
        let signer = Signer::read(section, key.is_some());
        let (key, account) = (key.map(path), account.map(path));
        Some(Self { genesis: path(genesis?), key, signer, account })
    }

    pub(crate) fn write(&self, out: &mut Table) {
        let text = |path: &PathBuf| Value::Text(path.to_string_lossy().into_owned());
        out.put(GENESIS.key, text(&self.genesis));
        if let Some(key) = &self.key {
            out.put(KEY.key, text(key));
        }
        if let Some(account) = &self.account {
            out.put(ACCOUNT_KEY.key, text(account));
        }
        if let Some(signer) = &self.signer {
            signer.write(out);
        }
    }
}

/// What is wrong with the chain's actors, each with the path of its field.
pub(super) fn contradictions(manifest: &Manifest) -> Vec<(Vec<String>, Problem)> {
    let mut found = Vec::new();
    let present = |kind: &str| manifest.kinds().any(|name| name.as_str() == kind);
    let is_keeper = |kind: &str| KEEPERS.contains(&kind);
    let hosted = KEEPERS.into_iter().chain([LIGHT]).chain(READERS).find(|kind| present(kind));
    let settles = manifest.chain.is_some() && present(JOBS);
    let hosted = hosted.or(settles.then_some(JOBS));
    let Some(hosted) = hosted else { return found };
    if manifest.chain.is_none() {
        let want = format!("actor {hosted:?} needs a chain; name its network file here");
        found.push((vec!["chain".into(), "genesis".into()], Problem::Conflict(want)));
    }
    let names_account = manifest.chain.as_ref().is_some_and(|chain| chain.account.is_some());
    if present(ACCOUNT) && !names_account {
        let want = format!("actor {ACCOUNT:?} needs an account; name its key file here");
        found.push((vec!["chain".into(), "account".into()], Problem::Conflict(want)));
    }
    if present(MARKET) && !present(ACCOUNT) {
        let text = format!(
            "actor {MARKET:?} hands what it does on the chain to actor {ACCOUNT:?}, which is in no group"
        );
        found.push((group_of(manifest, MARKET), Problem::Conflict(text)));
    }
    if present(LIGHT) {
        if let Some(keeper) = KEEPERS.into_iter().find(|kind| present(kind)) {
            let text = format!(
                "actor {LIGHT:?} is for a process that keeps no chain, and {keeper:?} does"
            );
            found.push((group_of(manifest, LIGHT), Problem::Conflict(text)));
        }
        return found;
    }
    let holds = |group: &&Group| group.actors.iter().any(|kind| is_keeper(kind.as_str()));
    let mut homes = manifest.groups.iter().filter(holds);
    let Some(home) = homes.next() else {
        let text = format!(
            "actor {hosted:?} answers from what {} keep, or from what {LIGHT} asks of others",
            KEEPERS.join(", ")
        );
        found.push((group_of(manifest, hosted), Problem::Conflict(text)));
        return found;
    };
    let path = |group: &Group, key: &str| vec!["group".into(), group.name.to_string(), key.into()];
    for other in homes {
        let text = format!(
            "{} keep a chain together and belong in one group, some are in group {:?}",
            KEEPERS.join(", "),
            home.name.as_str()
        );
        found.push((path(other, "actors"), Problem::Conflict(text)));
    }
    let missing: Vec<&str> = KEEPERS.into_iter().filter(|kind| !present(kind)).collect();
    if !missing.is_empty() {
        let text =
            format!("a chain is kept by {}; missing {}", KEEPERS.join(", "), missing.join(", "));
        found.push((path(home, "actors"), Problem::Conflict(text)));
    }
    if home.restart != Restart::All {
        let text = format!(
            "got {:?}, actors that keep a chain share what they remember of it, so \"all\" is allowed",
            home.restart.word()
        );
        found.push((path(home, "restart"), Problem::Conflict(text)));
    }
    found
}

impl Manifest {
    /// The same for a network without a chain: neither names one, nor hosts what needs one.
    #[must_use]
    pub fn without_chain(&self) -> Self {
        let mut without = self.clone();
        without.chain = None;
        let needs =
            |kind: &str| kind == LIGHT || KEEPERS.contains(&kind) || READERS.contains(&kind);
        for group in &mut without.groups {
            group.actors.retain(|kind| !needs(kind.as_str()));
        }
        without.groups.retain(|group| !group.actors.is_empty());
        without.actors.retain(|kind, _| !needs(kind.as_str()));
        without
    }
}

fn group_of(manifest: &Manifest, kind: &str) -> Vec<String> {
    let holds = |group: &&Group| group.actors.iter().any(|name| name.as_str() == kind);
    let name = manifest.groups.iter().find(holds).map(|group| group.name.to_string());
    ["group".to_owned()].into_iter().chain(name).chain(["actors".to_owned()]).collect()
}
