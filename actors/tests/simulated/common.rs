//! A simulated network of the real actors: a bootstrap, two data nodes, three compute nodes, a receiver.

use ed25519_dalek::{Signer, SigningKey};
use std::path::Path;
use std::sync::Arc;
use troupe_actors::{Commons, Health, Start, kinds};
use troupe_config::{Kinds, Manifest, Overrides};
use troupe_crypto::ed25519::{PublicKey, Sign, Signature};
use troupe_jobs::{Collect, Expect, receiver};
use troupe_learning::message::{Accepted, Contribute, Prepare};
use troupe_learning::task::{
    Bounded, Deadlines, Engine, Kind, Layout, Question, Seat, Source, Wanted,
};
use troupe_learning::{Plan, Real, Task};
use troupe_mpc::Received;
use troupe_runtime::sim::{Scenario, Stage, World, node_id};
use troupe_runtime::{Group, Node, Rule};
use troupe_types::{Hash, Incarnation, Millis, SessionId};
use troupe_wire::{List, Text};

pub(crate) const BOOTSTRAP: usize = 0;
pub(crate) const CLINIC: usize = 1;
pub(crate) const LAB: usize = 2;
pub(crate) const COMPUTE: [usize; 3] = [3, 4, 5];
pub(crate) const RECEIVER: usize = 6;
pub(crate) const NODES: usize = 7;

/// The policy of both data nodes unless a test says otherwise.
pub(crate) const OPEN: &str = r#"{ requesters = ["*"], allow = ["statistics"], matching = ["aligned", "count"], partners = ["*"] }"#;

/// What a process hosts that follows a chain.
const CHAIN: [&str; 3] = ["light", "account", "market"];

/// Stands for the chain: it is started at every node that follows one, by its number.
pub(crate) type Chain = Arc<dyn Fn(&Node, usize) + Send + Sync>;

/// The manifest of a node by its number.
fn manifest(number: usize, policy: &str, has_chain: bool) -> Manifest {
    let bootstrap = format!("[network]\nbootstrap = [\"{}@127.0.0.1:1\"]\n", node_id(BOOTSTRAP));
    let dataset = |name: &str, key: &str, columns: &str| {
        format!(
            "[[actor.dataset.settings.datasets]]\nname = \"{name}\"\nfile = \"{name}.csv\"\n\
             columns = [{{ name = \"{key}\", kind = \"key\" }}, {columns}]\npolicy = {policy}\n"
        )
    };
    let number_column = |name: &str| format!("{{ name = \"{name}\", kind = \"number\" }}");
    let (actors, rest) = match number {
        BOOTSTRAP => ("\"directory\"", String::new()),
        CLINIC => {
            let columns = [number_column("radius_mean"), number_column("area_mean")].join(", ");
            let all = ["clinic", "patients"].map(|name| dataset(name, "sample", &columns));
            ("\"member\", \"dataset\"", all.concat())
        }
        LAB => {
            let columns = number_column("malignant");
            let all = [("laboratory", "sample"), ("biopsies", "specimen")];
            let all = all.map(|(name, key)| dataset(name, key, &columns));
            ("\"member\", \"dataset\"", all.concat())
        }
        RECEIVER => ("\"member\"", String::new()),
        _ => {
            // A task that is handed over twice takes one place.
            let slots = if has_chain { "max_sessions = 1, " } else { "" };
            let kept = "models = 2, models_for = \"1h\"";
            let settings = format!("[actor.session]\nsettings = {{ {slots}{kept} }}\n");
            ("\"member\", \"session\"", settings)
        }
    };
    let follows = has_chain && !matches!(number, BOOTSTRAP | RECEIVER);
    let kinds = CHAIN.map(|kind| format!("\"{kind}\""));
    let actors =
        if follows { format!("{}, {actors}", kinds.join(", ")) } else { actors.to_owned() };
    let chain = "[chain]\ngenesis = \"genesis.toml\"\naccount = \"account.json\"\n";
    let chain = if follows { chain } else { "" };
    let publish = match number {
        BOOTSTRAP => "publish = [\"directory\"]\n",
        CLINIC | LAB => "publish = [\"data.dataset\"]\n",
        RECEIVER => "",
        _ => "publish = [\"compute.session\"]\n",
    };
    let text = format!(
        "role = \"test\"\nversion = 1\n{publish}{chain}{bootstrap}[[group]]\nname = \"all\"\nactors = [{actors}]\n{rest}"
    );
    let known = Kinds::new(troupe_actors::kinds().into_iter().map(|kind| kind.about).collect());
    let loaded = Manifest::load(&text, &Overrides::default(), &known);
    loaded.unwrap_or_else(|errors| panic!("{errors}\n{text}")).manifest
}

fn start(stage: &Stage<'_>, policy: &str, chain: Option<&Chain>) {
    let manifest = manifest(stage.number(), policy, chain.is_some());
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data");
    let (group, health) = (Group::new("all", Rule::One), Health::default());
    let commons = Commons::default();
    if let Some(chain) = chain {
        chain(stage.node(), stage.number());
    }
    for name in manifest.kinds().filter(|name| !CHAIN.contains(&name.as_str())) {
        let kind = kinds().into_iter().find(|kind| kind.about.name == name.as_str()).unwrap();
        (kind.start)(&Start {
            node: stage.node(),
            manifest: &manifest,
            base: &base,
            settings: &manifest.actor(name.as_str()),
            group: &group,
            thread: None,
            id: node_id(stage.number()),
            incarnation: Incarnation(1),
            address: "127.0.0.1:1",
            health: &health,
            commons: &commons,
            key: &(std::sync::Arc::new(NodeKey(stage.number())) as std::sync::Arc<dyn Sign>),
            vrf: &std::sync::Arc::new(troupe_crypto::sr25519::SecretKey::from_seed(&[1; 32])),
            account: None,
            validator: None,
            pen: None,
        })
        .unwrap();
    }
}

/// The key of a node, by its number.
pub(crate) struct NodeKey(pub(crate) usize);

impl NodeKey {
    fn secret(&self) -> SigningKey {
        SigningKey::from_bytes(&[u8::try_from(self.0).unwrap(); 32])
    }
}

/// The public key of a node.
pub(crate) fn key(number: usize) -> [u8; 32] {
    NodeKey(number).public_key().0
}

impl Sign for NodeKey {
    fn public_key(&self) -> PublicKey {
        PublicKey(self.secret().verifying_key().to_bytes())
    }

    fn sign(&self, digest: &Hash) -> Result<Signature, troupe_crypto::Error> {
        Ok(Signature(self.secret().sign(&digest.0).to_bytes()))
    }
}

/// The network, not yet running.
pub(crate) fn network(seed: u64, policy: &'static str) -> Scenario {
    Scenario::seed(seed).nodes(NODES).run_actors(move |stage| {
        start(stage, policy, None);
        Ok(())
    })
}

/// The network over a chain.
pub(crate) fn settled(seed: u64, policy: &'static str, chain: Chain) -> Scenario {
    Scenario::seed(seed).nodes(NODES).run_actors(move |stage| {
        start(stage, policy, Some(&chain));
        Ok(())
    })
}

/// A joint computation over the two halves of the example.
pub(crate) fn task(session: u8) -> Task {
    let column = |name: &str, high| Bounded {
        name: Text::new(name).unwrap(),
        low: Real::from(0),
        high: Real::from(high),
    };
    let source = |number, dataset: &str, columns: Vec<Bounded>| Source {
        id: node_id(number),
        dataset: Text::new(dataset).unwrap(),
        content: Hash::default(),
        alias: Text::new(dataset).unwrap(),
        rows: 569,
        keys: None,
        columns: List::new(columns).unwrap(),
    };
    let clinic = vec![column("radius_mean", 32), column("area_mean", 4096)];
    let wanted = |formula: &str| Wanted {
        receiver: 0,
        name: Text::new(formula).unwrap(),
        question: Question::Formula(Text::new(formula).unwrap()),
    };
    let questions = FORMULAS.map(wanted).to_vec();
    Task {
        session: SessionId([session; 16]),
        chain: 0,
        number: 0,
        parties: COMPUTE.map(|number| Seat {
            id: node_id(number),
            address: Text::new("h:1").unwrap(),
            deputy: None,
        }),
        owners: List::new(vec![
            source(CLINIC, "clinic", clinic),
            source(LAB, "laboratory", vec![column("malignant", 2)]),
        ])
        .unwrap(),
        receivers: List::new(vec![node_id(RECEIVER)]).unwrap(),
        layout: Layout::Aligned,
        engine: Engine::Malicious,
        kind: Kind::Statistics(List::new(questions).unwrap()),
        within: Deadlines {
            inputs: Millis::secs(8),
            computing: Millis::secs(6),
            revealing: Millis::secs(6),
        },
    }
}

/// What it computes.
const FORMULAS: [&str; 3] = [
    "mean(clinic.radius_mean)",
    "sum(laboratory.malignant)",
    "cov(clinic.area_mean, laboratory.malignant)",
];

/// Runs a computation from the receiver: the results, or what went wrong.
pub(crate) async fn compute(node: Node, task: Task) -> Result<Vec<f64>, String> {
    let received = receive(node, task).await?;
    Ok(received.results.into_iter().map(|result| result.values[0]).collect())
}

/// Runs a computation from the receiver: all that it receives, or what went wrong.
pub(crate) async fn receive(node: Node, task: Task) -> Result<Received, String> {
    let results = receiver(&node, node_id(RECEIVER));
    results
        .expect
        .ask(Expect { task: task.clone(), matched: None })
        .await
        .map_err(|e| e.to_string())??;
    for seat in &task.parties {
        let link = node.remote::<Prepare>(seat.id).unwrap();
        let answer = link.ask(Prepare(task.clone())).await;
        match answer.map_err(|error| format!("a party is {error}"))? {
            Accepted::Yes => {}
            Accepted::No(reason) => return Err(reason.to_string()),
        }
    }
    for source in task.owners.iter() {
        let link = node.remote::<Contribute>(source.id).unwrap();
        let answer = link.ask(Contribute(task.clone())).await;
        match answer.map_err(|error| format!("an owner is {error}"))? {
            Accepted::Yes => {}
            Accepted::No(reason) => return Err(reason.to_string()),
        }
    }
    let collected = results.collect.ask(Collect(task.session)).within(Millis::secs(60)).await;
    collected.map_err(|error| error.to_string())?
}

/// Runs a computation in a world that is running.
pub(crate) fn run(world: &mut World, task: Task) -> Result<Vec<f64>, String> {
    let outcome = world.call(RECEIVER, Millis::secs(90), move |node| compute(node, task));
    outcome.expect("the receiver lives")
}

/// The exact results, from the shipped files.
pub(crate) fn exact() -> [f64; 3] {
    let read = |csv: &str, name: &str| -> Vec<f64> {
        let mut lines = csv.lines();
        let place = lines.next().unwrap().split(',').position(|header| header == name).unwrap();
        lines.map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect()
    };
    let clinic = include_str!("../../../examples/data/clinic.csv");
    let lab = include_str!("../../../examples/data/laboratory.csv");
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (radius, area) = (read(clinic, "radius_mean"), read(clinic, "area_mean"));
    let malignant = read(lab, "malignant");
    let (a, b) = (mean(&area), mean(&malignant));
    let products = area.iter().zip(&malignant).map(|(x, y)| (x - a) * (y - b));
    let covariance = products.sum::<f64>() / (area.len() as f64 - 1.0);
    [mean(&radius), malignant.iter().sum(), covariance]
}

/// Compares results with the exact ones, within the bound that its plan promises.
pub(crate) fn assert_exact(task: &Task, results: &[f64]) {
    let plan = Plan::new(task, None).unwrap();
    for ((result, exact), expected) in results.iter().zip(exact()).zip(plan.results()) {
        assert!((result - exact).abs() <= expected.bound.unwrap(), "{result} is not {exact}");
    }
    assert_eq!(results.len(), plan.results().len());
}
