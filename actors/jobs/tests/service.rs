//! The service over a connection, before networks that do not answer and chains that do.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use futures_util::future::BoxFuture;
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use troupe_config::Moment;
use troupe_door::{Channel, Metrics, Nobody, Offered, Server, Settings};
use troupe_jobs::{
    Chain, Class, Client, Desk, Error, Found, Heard, Jobs, Keeper, LARGEST, Model, Models, Names,
    Network, Office, Outcome, Receipt, Shelf, Step, What, Which,
};
use troupe_learning::Real;
use troupe_learning::task::Family;
use troupe_market::call::abi::TaskMarket;
use troupe_market::task::Phase;
use troupe_runtime::{Answer, BulkEvent, BulkHeader, BulkSink, Link, Node, Parts, Peer};
use troupe_runtime::{Contact, Request, Transport};
use troupe_types::{Address, Hash, NodeId, UnixMillis};
use troupe_wire::{CallError, List, Text};

const JOB: &str = include_str!("../../../examples/jobs/joint_statistics.toml");
const PREDICTION: &str = include_str!("../../../examples/jobs/kept_prediction.toml");
const MATCHING: &str = include_str!("../../../examples/jobs/matching.toml");

/// A network in which nobody answers; what is asked is kept, so that it is not lost either.
#[derive(Default)]
struct Silent(Mutex<Vec<Answer>>);

impl Transport for Silent {
    fn tell(&self, _: NodeId, _: Request) -> Result<(), CallError> {
        Ok(())
    }

    fn ask(&self, _: NodeId, _: Request, answer: Answer) {
        self.0.lock().unwrap().push(answer);
    }

    fn open_bulk(
        &self,
        _: NodeId,
        _: BulkHeader,
        _: Link<BulkEvent>,
    ) -> Result<Box<dyn BulkSink>, CallError> {
        Err(CallError::NotHere)
    }

    fn peers(&self) -> Vec<Arc<Peer>> {
        Vec::new()
    }
}

/// A task market with one task, which its sender can take back.
struct OneTask(Mutex<TaskMarket::Task>);

const ME: Address = Address([7; 20]);

impl OneTask {
    fn new() -> Self {
        let sender = ME.0.into();
        let phase = Phase::Consent as u8;
        Self(Mutex::new(TaskMarket::Task { sender, escrow: 1_000, phase, ..task() }))
    }

    /// One that was paid.
    fn paid() -> Self {
        Self(Mutex::new(TaskMarket::Task { end: 1, phase: 7, ..task() }))
    }
}

impl fmt::Debug for OneTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTask")
    }
}

impl Chain for OneTask {
    fn id(&self) -> u64 {
        9
    }

    fn payer(&self) -> Outcome<Address> {
        Ok(ME)
    }

    fn ask(&self, _: Address, input: Vec<u8>) -> BoxFuture<'_, Outcome<Vec<u8>>> {
        Box::pin(async move {
            let task = self.0.lock().unwrap().clone();
            if let Ok(call) = TaskMarket::getTasksCall::abi_decode(&input) {
                let page = if call.afterId == 0 { vec![task] } else { Vec::new() };
                return Ok(TaskMarket::getTasksCall::abi_encode_returns(&page));
            }
            match TaskMarket::getTaskCall::abi_decode(&input) {
                Ok(call) if call.task == 1 => {
                    Ok(TaskMarket::getTaskCall::abi_encode_returns(&task))
                }
                _ => Err(Error::new(Class::Refused, "no such task")),
            }
        })
    }

    fn send(&self, _: Address, input: Vec<u8>, _: u128) -> BoxFuture<'_, Outcome<Receipt>> {
        Box::pin(async move {
            assert_eq!(TaskMarket::cancelCall::abi_decode(&input).unwrap().task, 1);
            let mut task = self.0.lock().unwrap();
            (task.end, task.escrow) = (2, 0);
            Ok(Receipt { height: 12, logs: Vec::new() })
        })
    }
}

fn task() -> TaskMarket::Task {
    TaskMarket::Task {
        id: 1,
        sender: ME.0.into(),
        terms: B256::repeat_byte(5),
        algorithms: 1,
        engine: 0,
        leastRows: 1,
        leastGroup: 1,
        receivers: Vec::new(),
        excluded: Vec::new(),
        after_: 0,
        fee: 3,
        escrow: 0,
        spans: TaskMarket::Spans { consent: 0, accept_: 0, start: 0, compute: 0, settle: 0 },
        phase: 0,
        deadline: 0,
        since: 0,
        finalAt: 0,
        election: TaskMarket::Election { view_: 0, word: B256::ZERO, drawnAt: 0, replaced: 0 },
        legs: Vec::new(),
        seats: Vec::new(),
        reserves: Vec::new(),
        demands: Vec::new(),
        end: 0,
        through: Default::default(),
    }
}

/// A service over a connection of its own.
struct Bench {
    server: Server,
    channel: Channel,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new(chain: Option<Arc<dyn Chain>>, network: Option<Network>, node: &Node) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path().join("results"));
        let office = Office { network, chain, shelf, desk: Desk::default() };
        Self::of(office, folder, node).await
    }

    /// As a node starts that was ended in the middle of jobs, and left these files.
    async fn again(chain: Arc<dyn Chain>, files: &[(&str, &str)], node: &Node) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let desk = Desk::open(folder.path().join("jobs"), 2, node.metrics()).unwrap();
        let shelf = Shelf::of(folder.path().join("results"));
        let office = Office { network: None, chain: Some(chain), shelf, desk };
        Self::of(office, folder, node).await
    }

    async fn of(office: Office, folder: tempfile::TempDir, node: &Node) -> Self {
        let jobs = Jobs::on(node, office, |spec| spec);
        let offered = Offered::new(vec![jobs.service()], Arc::new(Nobody));
        let server = Server::inside(offered, Settings::default(), Metrics::of("test")).unwrap();
        let channel = server.connect().await.unwrap();
        Self { server, channel, folder }
    }

    /// Before a network in which nobody answers: jobs go on for seconds.
    async fn before_silence() -> Self {
        let node = Node::new(Parts::system(1, 1).unwrap());
        node.connect(Arc::new(Silent::default()));
        let door = Contact { id: NodeId([1; 32]), address: "127.0.0.1:1".into() };
        let network = Network::new(&node, NodeId([2; 32]), vec![door]);
        Self::new(None, Some(network), &node).await
    }

    fn client(&self) -> Client {
        let names = ["data-1", "data-2"].into_iter().zip([3, 4]);
        let names = names.map(|(name, id)| (NodeId([id; 32]), name.to_owned()));
        Client::new(self.channel.clone(), names.collect::<Names>())
    }
}

fn failure<T: fmt::Debug>(outcome: Outcome<T>) -> (Class, String) {
    let error = outcome.expect_err("it was refused");
    (error.class, error.to_string())
}

#[test]
fn a_job_goes_on_when_its_listener_is_gone_and_tells_the_next_one_how_it_ended() {
    troupe_runtime::run(async {
        let bench = Bench::before_silence().await;
        let mut client = bench.client();
        let mut listener = client.run(JOB.to_owned()).await.unwrap();
        let Heard::Step { run, name, step, .. } = listener.next().await.unwrap() else {
            panic!("it is over already")
        };
        let want = "joint statistics of a clinic and its laboratory";
        assert_eq!((run, name.as_str(), step), (1, want, Step::Asking));
        drop(listener);
        let jobs = client.list(false).await.unwrap().jobs;
        assert_eq!(jobs.iter().map(|job| (job.run, job.is_over)).collect::<Vec<_>>(), [(1, false)]);
        for which in [Which::Run(1), Which::Name(name.clone())] {
            let again = client.watch(which).await.unwrap();
            let (class, text) = failure(again.end(|_| {}).await);
            assert_eq!(class, Class::Unreachable, "{text}");
            assert!(text.starts_with("bootstrap: 127.0.0.1:1"), "{text}");
        }
        assert!(client.list(false).await.unwrap().jobs[0].is_over);
        for which in [Which::Run(2), Which::Task(1), Which::Name("other".into())] {
            let (class, text) = failure(client.watch(which).await);
            assert_eq!(class, Class::Usage, "{text}");
        }
        bench.server.stop().await;
    });
}

#[test]
fn a_broken_job_is_refused_with_its_lines_before_anybody_is_asked() {
    troupe_runtime::run(async {
        let bench = Bench::before_silence().await;
        let mut client = bench.client();
        let broken = JOB.replace("layout", "lay_out").replace("[[ask]]", "[[aks]]");
        let want = troupe_config::Order::load(&broken).unwrap_err().to_string();
        assert!(want.lines().count() > 1, "{want}");
        assert_eq!(failure(client.run(broken.clone()).await), (Class::File, want.clone()));
        assert_eq!(failure(client.explain(broken).await), (Class::File, want));
        let (class, text) = failure(client.run("#".repeat(LARGEST + 1)).await);
        assert_eq!((class, text.as_str()), (Class::File, "262145 bytes exceed 262144"));
        let (class, text) = failure(client.run("#".repeat(2 << 20)).await);
        assert_eq!(class, Class::Refused, "{text}");
        let (class, text) = failure(client.explain(MATCHING.to_owned()).await);
        assert!(class == Class::File && text.ends_with("computes nothing"), "{text}");
        assert!(client.list(true).await.unwrap().jobs.is_empty());
        bench.server.stop().await;
    });
}

#[test]
fn models_that_stay_are_listed_and_applied_for_nobody_but_those_for_whom_they_were_kept() {
    troupe_runtime::run(async {
        let bench = Bench::before_silence().await;
        let mut client = bench.client();
        assert!(client.models().await.unwrap().is_empty());
        let (class, text) = failure(client.explain(PREDICTION.to_owned()).await);
        assert_eq!(class, Class::File, "{text}");
        assert!(text.contains("no model \"0123456789abcdef\" is remembered here"), "{text}");
        let keeper = |id: u8| Keeper {
            name: format!("compute-{id}"),
            id: NodeId([id; 32]),
            address: Text::cut("127.0.0.1:1"),
        };
        let model = Model {
            name: Hash([0x3f; 32]),
            job: "a training".into(),
            since: Moment(UnixMillis(1_700_000_000_000)),
            chain: 0,
            task: 0,
            family: Family::Logistic,
            features: 7,
            limit: Real::from(16),
            parties: [3, 4, 5].map(keeper),
            holders: List::new(vec![NodeId([9; 32])]).unwrap(),
        };
        Models::of(bench.folder.path().join("results/models")).put(&model).unwrap();
        assert_eq!(client.models().await.unwrap(), [model]);
        let job = PREDICTION.replace("0123456789abcdef", "3f3f3f3f");
        let want =
            "predict.kept: model 3f3f3f3f3f3f3f3f was kept for node 09090909, not for 02020202";
        assert_eq!(failure(client.explain(job.clone()).await), (Class::File, want.to_owned()));
        let begun = client.run(job).await.unwrap();
        assert_eq!(failure(begun.end(|_| {}).await), (Class::File, want.to_owned()));
        bench.server.stop().await;
    });
}

#[test]
fn no_more_jobs_go_on_at_once_than_there_is_room_for_and_one_that_is_cancelled_makes_some() {
    troupe_runtime::run(async {
        let bench = Bench::before_silence().await;
        let mut client = bench.client();
        for _ in 0..8 {
            drop(client.run(MATCHING.to_owned()).await.unwrap());
        }
        let (class, text) = failure(client.run(JOB.to_owned()).await);
        assert_eq!(class, Class::Refused);
        assert_eq!(text, "8 jobs go on already, the limit is 8");
        client.cancel(What::Run(3)).await.unwrap();
        let third = client.watch(Which::Run(3)).await.unwrap();
        let (class, text) = failure(third.end(|_| {}).await);
        assert_eq!((class, text.as_str()), (Class::Failed, "it was cancelled"));
        assert_eq!(failure(client.cancel(What::Run(3)).await).1, "job 3 is over");
        drop(client.run(JOB.to_owned()).await.unwrap());
        bench.server.stop().await;
    });
}

#[test]
fn tasks_are_listed_looked_at_and_taken_back_on_the_chain_of_the_process() {
    troupe_runtime::run(async {
        let node = Node::new(Parts::system(1, 1).unwrap());
        let bench = Bench::new(Some(Arc::new(OneTask::new())), None, &node).await;
        let mut client = bench.client();
        let told = client.list(false).await.unwrap();
        assert_eq!((told.tasks.len(), told.tasks[0].number), (1, 1));
        assert!(!told.tasks[0].has_results && told.tasks[0].ended.is_empty());
        assert_eq!(client.status(1).await.unwrap(), told.tasks[0]);
        assert_eq!(failure(client.status(2).await), (Class::Refused, "no such task".into()));
        let (class, text) = failure(client.result(1, false).await);
        assert!(class == Class::File && text.starts_with("task 1: its results are not here"));
        assert_eq!(failure(client.result(1, true).await), (class, text));
        let (class, _) = failure(client.run(JOB.to_owned()).await);
        assert_eq!(class, Class::Unreachable, "there is no network");
        let told = client.cancel(What::Task(1)).await.unwrap();
        assert_eq!((troupe_jobs::amount(&told.refunded), told.block), (Ok(1_000), 12));
        assert_eq!(told.task.unwrap().ended, "cancelled by its sender");
        bench.server.stop().await;
    });
}

/// What a node has written down of a job on the chain, in lines.
fn begun(run: u64, more: &str) -> String {
    format!("version = 1\nrun = {run}\nname = \"job {run}\"\nchain = 9\n{more}")
}

const TERMS: &str =
    "terms = \"0505050505050505050505050505050505050505050505050505050505050505\"\n";

#[test]
fn jobs_that_had_begun_when_a_node_ended_are_looked_at_until_the_chain_has_ended_them() {
    troupe_runtime::run(async {
        let node = Node::new(Parts::system(1, 1).unwrap());
        let (one, two, three) =
            (begun(1, &format!("{TERMS}task = 1\n")), begun(2, TERMS), begun(3, ""));
        let files = [("jobs/1.toml", &*one), ("jobs/2.toml", &two), ("jobs/3.toml", &three)];
        let bench = Bench::again(Arc::new(OneTask::new()), &files, &node).await;
        let mut client = bench.client();
        let lost = "lost by a restart of its node: ";
        // It is taken back while that can be done; who had no number yet is found by its terms.
        let taken = format!("{lost}task 1 ended: cancelled by its sender; there are no results");
        let before = format!("{lost}it was not declared, and nothing was paid");
        for (run, want) in [(1, &taken), (2, &taken), (3, &before)] {
            let listener = client.watch(Which::Run(run)).await.unwrap();
            assert_eq!(failure(listener.end(|_| {}).await), (Class::Failed, want.clone()));
        }
        let jobs = client.list(false).await.unwrap().jobs;
        let told: Vec<(u64, u64, &str)> =
            jobs.iter().map(|job| (job.run, job.task, job.outcome.as_str())).collect();
        assert_eq!(told, [(1, 1, taken.as_str()), (2, 1, &taken), (3, 0, &before)]);
        bench.server.stop().await;
    });
}

#[test]
fn results_that_had_come_before_a_node_ended_are_shown_once_they_are_paid_for() {
    troupe_runtime::run(async {
        let node = Node::new(Parts::system(1, 1).unwrap());
        let one = begun(1, &format!("{TERMS}task = 1\n"));
        let kept = format!(
            "version = 1\nchain = 9\ntask = 1\n{TERMS}result = \"\"\nsession = \"{}\"\njob = \"job 1\"\n\
             model = \"{}\"\nrows = [569]\nseconds = 1.5\n\
             answers = [{{ name = \"all\", values = [0.25] }}]\nparties = []\n",
            "01".repeat(16),
            "3f".repeat(32),
        );
        let files = [("jobs/1.toml", &*one), ("results/9-1-0505050505050505.toml", &kept)];
        let bench = Bench::again(Arc::new(OneTask::paid()), &files, &node).await;
        let mut client = bench.client();
        let listener = client.watch(Which::Task(1)).await.unwrap();
        let Found::Finished(found) = listener.end(|_| {}).await.unwrap() else { panic!("none") };
        assert_eq!((found.name.as_str(), &found.answers[0].values[..]), ("job 1", &[0.25][..]));
        assert_eq!((found.settled.unwrap().number, found.model), (1, Some(Hash([0x3f; 32]))));
        assert_eq!(client.list(false).await.unwrap().jobs[0].outcome, "well");
        bench.server.stop().await;
    });
}
