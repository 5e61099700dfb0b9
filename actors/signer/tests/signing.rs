//! A signer and a node over a real socket, and a book through losses of power.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use proptest::prelude::*;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use troupe_consensus::{History, Kind, Mark, Place, PublicKey, Statement};
use troupe_crypto::{Bls, Scheme, bls};
use troupe_net::Identity;
use troupe_runtime::sim::{Disk, Tear};
use troupe_signer::{Allowed, Book, Error, Failure, Past, Refusal, Remote, Server};
use troupe_types::{Hash, Height};
use troupe_wire::Seed;

const CHAIN: Hash = Hash([9; 32]);

fn secret() -> bls::SecretKey {
    Bls::derive(&[7; 32]).unwrap()
}

fn vote(view: u64, index: u32, hash: u8) -> Statement {
    Statement {
        kind: Kind::Vote,
        place: Place::new(1, view),
        height: Height(10 * view + u64::from(index)),
        index,
        hash: Hash([hash; 32]),
        certified: None,
    }
}

fn disk(seed: u64) -> Disk {
    Disk::new(&Seed::from_number(seed))
}

fn past(disk: &Disk) -> Past {
    Past::open(disk.mount()).unwrap()
}

fn book(disk: &Disk) -> Book {
    Book::new(past(disk), secret())
}

struct Signer {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    task: JoinHandle<Result<(), Error>>,
}

impl Signer {
    /// Ends it as a process that is told to; how that went.
    async fn end(self) -> Result<(), Error> {
        let _ = self.end.send(());
        self.task.await.unwrap()
    }
}

fn run(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(story);
}

fn key() -> PublicKey {
    PublicKey(Bls::public_key(&secret()).0)
}

struct Parties {
    disk: Disk,
    signer: Identity,
    node: Identity,
}

impl Parties {
    fn new() -> Self {
        let signer = Identity::generate().unwrap();
        Self { disk: disk(1), signer, node: Identity::generate().unwrap() }
    }

    async fn start(&self, at: &str) -> Signer {
        let listener = TcpListener::bind(at).await.unwrap();
        let address = listener.local_addr().unwrap();
        let allowed = Allowed::from([self.node.id()]);
        let server = Server::new(&self.signer, allowed, book(&self.disk)).unwrap();
        let (end, told) = oneshot::channel();
        let told = async { drop(told.await) };
        let task = tokio::spawn(server.serve(listener, told));
        Signer { address, end, task }
    }

    fn remote(&self, signer: &Signer) -> Remote {
        let authority = signer.address.to_string();
        Remote::new(authority, self.signer.id(), key(), &self.node).unwrap()
    }
}

#[test]
fn a_node_gets_the_signature_of_the_key_and_a_contradiction_is_refused_by_name() {
    run(async {
        let parties = Parties::new();
        let signer = parties.start("127.0.0.1:0").await;
        let remote = parties.remote(&signer);
        let first = remote.sign(CHAIN, &vote(3, 2, 1)).await.unwrap();
        let public = Bls::readmit(&Bls::public_key(&secret())).unwrap();
        let digest = vote(3, 2, 1).digest(&CHAIN);
        assert!(Bls::verify(&public, &digest.0, &bls::Signature(first.0)).is_ok());
        assert_eq!(remote.sign(CHAIN, &vote(3, 2, 1)).await, Ok(first), "the same again");
        let last = Mark::of(&vote(3, 2, 1), &CHAIN);
        for past in [vote(3, 2, 2), vote(3, 1, 1), vote(2, 5, 1)] {
            let said = remote.sign(CHAIN, &past).await;
            assert_eq!(said, Err(Failure::Refused(Refusal::NotLater(last))), "{past:?}");
        }
        let refused = Refusal::NotLater(last).to_string();
        assert_eq!(refused, "not later than the vote of view 1/3, height 32, index 2");
        let other = remote.sign(Hash([8; 32]), &vote(4, 0, 1)).await;
        assert_eq!(other, Err(Failure::Refused(Refusal::OtherChain { got: CHAIN })));
        let wrong = PublicKey([1; 48]);
        let authority = signer.address.to_string();
        let other = Remote::new(authority, parties.signer.id(), wrong, &parties.node).unwrap();
        let said = other.sign(CHAIN, &vote(4, 0, 1)).await;
        assert_eq!(said, Err(Failure::Refused(Refusal::OtherKey)));
        assert!(remote.sign(CHAIN, &vote(4, 0, 1)).await.is_ok());
    });
}

#[test]
fn only_those_who_are_named_are_served_and_only_the_named_signer_is_asked() {
    run(async {
        let parties = Parties::new();
        let signer = parties.start("127.0.0.1:0").await;
        let stranger = Identity::generate().unwrap();
        let authority = signer.address.to_string();
        let foreign =
            Remote::new(authority.clone(), parties.signer.id(), key(), &stranger).unwrap();
        let said = foreign.sign(CHAIN, &vote(1, 0, 1)).await;
        assert!(matches!(said, Err(Failure::Unreachable(_))), "{said:?}");
        let fooled = Remote::new(authority, stranger.id(), key(), &parties.node).unwrap();
        let said = fooled.sign(CHAIN, &vote(1, 0, 1)).await;
        assert!(matches!(said, Err(Failure::Unreachable(_))), "{said:?}");
        let history = past(&parties.disk).history().clone();
        assert_eq!(history, History::default(), "nothing was signed");
    });
}

#[test]
fn a_signer_that_comes_back_is_found_again_and_remembers() {
    run(async {
        let parties = Parties::new();
        let signer = parties.start("127.0.0.1:0").await;
        let remote = parties.remote(&signer);
        assert!(remote.sign(CHAIN, &vote(1, 0, 1)).await.is_ok());
        let address = signer.address.to_string();
        signer.end().await.unwrap();
        let said = remote.sign(CHAIN, &vote(2, 0, 1)).await;
        assert!(matches!(said, Err(Failure::Unreachable(_))), "{said:?}");
        let _again = parties.start(&address).await;
        let last = Mark::of(&vote(1, 0, 1), &CHAIN);
        let said = remote.sign(CHAIN, &vote(1, 0, 2)).await;
        assert_eq!(said, Err(Failure::Refused(Refusal::NotLater(last))));
        assert!(remote.sign(CHAIN, &vote(2, 0, 1)).await.is_ok());
    });
}

#[test]
fn a_signer_whose_disk_fails_says_so_and_ends() {
    run(async {
        let parties = Parties::new();
        let signer = parties.start("127.0.0.1:0").await;
        let remote = parties.remote(&signer);
        assert!(remote.sign(CHAIN, &vote(1, 0, 1)).await.is_ok());
        parties.disk.fails(1_000_000);
        let said = remote.sign(CHAIN, &vote(2, 0, 1)).await;
        assert!(matches!(said, Err(Failure::Refused(Refusal::Storage(_)))), "{said:?}");
        let ended = signer.task.await.unwrap();
        assert!(matches!(ended, Err(Error::Failed(_))), "{ended:?}");
    });
}

#[test]
fn bytes_that_are_no_call_end_nothing_but_their_connection() {
    use tokio::io::AsyncWriteExt;
    run(async {
        let parties = Parties::new();
        let signer = parties.start("127.0.0.1:0").await;
        let mut socket = tokio::net::TcpStream::connect(signer.address).await.unwrap();
        socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(parties.remote(&signer).sign(CHAIN, &vote(1, 0, 1)).await.is_ok());
    });
}

#[test]
fn who_cannot_write_signs_nothing_any_more() {
    let disk = disk(3);
    let mut book = book(&disk);
    assert!(book.sign(CHAIN, &vote(1, 0, 1)).is_ok());
    disk.fails(1_000_000);
    assert!(matches!(book.sign(CHAIN, &vote(2, 0, 1)), Err(Refusal::Storage(_))));
    disk.fails(0);
    let said = book.sign(CHAIN, &vote(3, 0, 1));
    assert!(matches!(said, Err(Refusal::Storage(_))), "nothing is known of the file");
}

#[test]
fn a_damaged_book_is_not_opened() {
    let disk = disk(4);
    assert!(book(&disk).sign(CHAIN, &vote(1, 0, 1)).is_ok());
    let whole = disk.contents("signed");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        disk.put("signed", Some(bytes));
        let opened = Past::open(disk.mount());
        assert!(matches!(opened, Err(Error::Digest { .. })), "byte {at}");
        disk.put("signed", Some(whole[..at].to_vec()));
        let opened = Past::open(disk.mount());
        assert!(matches!(opened, Err(Error::Digest { .. })), "{at} bytes");
    }
}

#[test]
fn what_another_machine_signed_is_taken_in_and_another_chain_is_not() {
    let disk = disk(5);
    let mut elsewhere = History::default();
    elsewhere.note(key(), Mark::of(&vote(9, 0, 0), &CHAIN));
    assert_eq!(past(&disk).bar(CHAIN, &elsewhere).unwrap(), 1);
    assert_eq!(past(&disk).bar(CHAIN, &elsewhere).unwrap(), 0, "it is known, and stays");
    let other = past(&disk).bar(Hash([8; 32]), &elsewhere);
    assert!(matches!(other, Err(Error::OtherChain { .. })), "{other:?}");
    assert!(book(&disk).sign(CHAIN, &vote(8, 0, 0)).is_err());
    assert!(book(&disk).sign(CHAIN, &vote(10, 0, 0)).is_ok());
    let mut many = History::default();
    for key in 0..64 {
        for kind in Kind::ALL {
            many.note(PublicKey([key; 48]), Mark { kind, ..Mark::of(&vote(1, 0, 0), &CHAIN) });
        }
    }
    let refused = past(&disk).bar(CHAIN, &many).unwrap_err().to_string();
    assert_eq!(refused, "193 signatures to remember exceed 189");
    assert!(book(&disk).sign(CHAIN, &vote(11, 0, 0)).is_ok());
}

fn wish() -> impl Strategy<Value = Statement> {
    (0usize..3, 0u64..4, 0u32..3, 0u8..3).prop_map(|(kind, view, index, hash)| {
        let kind = Kind::ALL[kind];
        let index = if kind == Kind::ViewChange { 0 } else { index };
        Statement { kind, index, ..vote(view, index, hash) }
    })
}

#[derive(Debug, Clone)]
enum Step {
    Sign(Statement),
    /// The process is killed.
    Restart,
    /// The power goes, with whatever that leaves of what was not synced.
    LosePower(usize),
    /// Writes fail so often in a million, until the process starts anew.
    Fail(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => wish().prop_map(Step::Sign),
        1 => Just(Step::Restart),
        1 => (0..Tear::ALL.len()).prop_map(Step::LosePower),
        1 => prop_oneof![Just(500_000u64), Just(1_000_000)].prop_map(Step::Fail),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Whatever is asked, however often the process falls, the power goes and the disk fails.
    #[test]
    fn nothing_that_left_is_ever_contradicted(
        seed in any::<u64>(),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let disk = disk(seed);
        let mut signer = book(&disk);
        let mut left: Vec<Statement> = Vec::new();
        for step in steps {
            match step {
                Step::Sign(wish) => {
                    if signer.sign(CHAIN, &wish).is_ok() {
                        let excluded = left.iter().find(|past| past.excludes(&wish));
                        prop_assert!(excluded.is_none(), "{excluded:?} then {wish:?}");
                        left.push(wish);
                    }
                }
                Step::Fail(often) => disk.fails(often),
                Step::Restart | Step::LosePower(_) => {
                    drop(signer);
                    disk.fails(0);
                    if let Step::LosePower(tear) = step {
                        disk.lose_power(Tear::ALL[tear]);
                    }
                    signer = book(&disk);
                }
            }
        }
    }
}
