//! What the server itself costs a transaction that comes in: `cargo x bench rpc`.
//!
//! The server has a thread of its own, whose CPU time is told; the client, on another one, sends
//! signed transfers over one connection that stays open. The chain behind it decodes each and no more,
//! so that what is told is sockets, HTTP, JSON and that decoding.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a measuring tool has a thread for each end and prints"
)]

use alloy_primitives::{TxKind, U256};
use rustix::time::{ClockId, clock_gettime};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};
use troupe_chain::Invalid;
use troupe_chain::block::{Block, Receipt};
use troupe_chain::pool::Status;
use troupe_chain::search;
use troupe_chain::state::{AccountProof, Slot};
use troupe_chain::transaction::{Recovered, Transaction, TxEip1559, Unsigned};
use troupe_consensus::{CommitProof, Evidence, Term};
use troupe_crypto::ecdsa::SecretKey;
use troupe_rpc::{
    Answer, At, Backend, Chain, Found, Heavy, Place, Server, Settings, Snapshot, Unavailable,
    Waiting,
};
use troupe_types::{Address, Epoch, Hash, Height};

const TRANSFERS: u64 = 20_000;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// CPU time of this thread in microseconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn main() -> Result<(), Error> {
    let transfers = transfers()?;
    let started = cpu();
    for transfer in &transfers {
        Transaction::decode(transfer)?;
    }
    let decoding = (cpu() - started) / transfers.len() as f64;
    println!("{:<40}{decoding:>8.2} us", "decoding alone");
    let (marks, marked) = mpsc::channel(1);
    let (address, bound) = std::sync::mpsc::sync_channel(1);
    let server = std::thread::spawn(move || serve(marked, &address));
    let mut client = Client { socket: TcpStream::connect(bound.recv()?)?, marks };
    client.socket.set_nodelay(true)?;
    for size in [1, 10, 100] {
        let requests: Vec<Vec<u8>> = transfers.chunks(size).map(request).collect();
        let warm = requests.len() / 10;
        client.send_all(&requests[..warm])?;
        let before = client.mark()?;
        client.send_all(&requests[warm..])?;
        let spent = client.mark()? - before;
        let micros = spent / ((requests.len() - warm) * size) as f64;
        println!("{:<40}{micros:>8.2} us", format!("a transaction in batches of {size}"));
    }
    drop(client);
    server.join().map_err(|_| "the server panicked")?
}

fn transfers() -> Result<Vec<Vec<u8>>, Error> {
    let secret = SecretKey::from_bytes(&[1; 32])?;
    let one = |nonce| -> Result<Vec<u8>, Error> {
        let fields = TxEip1559 {
            chain_id: 1,
            nonce,
            gas_limit: 21_000,
            max_fee_per_gas: 10_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to: TxKind::Call([9; 20].into()),
            value: U256::from(1_000_000_000_000u64),
            ..TxEip1559::default()
        };
        Ok(Transaction::sign(Unsigned::DynamicFee(fields), &secret)?.to_bytes())
    };
    (0..TRANSFERS).map(one).collect()
}

/// A request over HTTP: one call, or a batch of several.
fn request(transfers: &[Vec<u8>]) -> Vec<u8> {
    let call = |(id, transfer): (usize, &Vec<u8>)| {
        let data = hex::encode(transfer);
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"eth_sendRawTransaction","params":["0x{data}"]}}"#
        )
    };
    let calls: Vec<String> = transfers.iter().enumerate().map(call).collect();
    let body = match calls.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(",")),
    };
    let length = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    [head, body].concat().into_bytes()
}

struct Client {
    socket: TcpStream,
    marks: mpsc::Sender<std::sync::mpsc::SyncSender<f64>>,
}

impl Client {
    /// The server's CPU time up to now.
    fn mark(&self) -> Result<f64, Error> {
        let (told, tells) = std::sync::mpsc::sync_channel(1);
        self.marks.blocking_send(told)?;
        Ok(tells.recv()?)
    }

    /// Sends requests one after the other, each when the one before is answered.
    fn send_all(&mut self, requests: &[Vec<u8>]) -> Result<(), Error> {
        let mut buffer = vec![0; 1 << 20];
        for request in requests {
            self.socket.write_all(request)?;
            let mut got = 0;
            let whole = loop {
                got += self.socket.read(&mut buffer[got..])?;
                let answer = std::str::from_utf8(&buffer[..got])?;
                if let Some((head, body)) = answer.split_once("\r\n\r\n") {
                    let length =
                        head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if body.len() == length.ok_or("no length")?.parse::<usize>()? {
                        break answer;
                    }
                }
            };
            if whole.contains("error") {
                return Err(whole.to_owned().into());
            }
        }
        Ok(())
    }
}

fn serve(
    mut marked: mpsc::Receiver<std::sync::mpsc::SyncSender<f64>>,
    address: &std::sync::mpsc::SyncSender<SocketAddr>,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let settings =
            Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Settings::default() };
        let server = Server::start(Arc::new(Decoder::new()), settings).await?;
        address.send(server.address())?;
        while let Some(told) = marked.recv().await {
            told.send(cpu())?;
        }
        server.stop().await;
        Ok(())
    })
}

/// A chain that decodes transactions and knows nothing.
struct Decoder {
    chain: Chain,
    committed: watch::Sender<Height>,
    arrivals: broadcast::Sender<Hash>,
}

impl Decoder {
    fn new() -> Self {
        let chain = Chain { chain_id: 1, base_fee_floor: 1, client: "bench".into() };
        Self { chain, committed: watch::Sender::default(), arrivals: broadcast::Sender::new(1) }
    }
}

fn nothing<T: Send + 'static>() -> Answer<'static, Option<T>> {
    Box::pin(async { Ok(None) })
}

impl Backend for Decoder {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn committed(&self) -> watch::Receiver<Height> {
        self.committed.subscribe()
    }

    fn arrivals(&self) -> broadcast::Receiver<Hash> {
        self.arrivals.subscribe()
    }

    fn header(&self, _: At) -> Answer<'_, Option<Found>> {
        nothing()
    }

    fn block(&self, _: At) -> Answer<'_, Option<Arc<Block>>> {
        nothing()
    }

    fn receipts(&self, _: Height) -> Answer<'_, Option<Arc<Vec<Receipt>>>> {
        nothing()
    }

    fn locate(&self, _: Hash) -> Answer<'_, Option<Place>> {
        nothing()
    }

    fn search(&self, _: search::Search) -> Answer<'_, Option<search::Found>> {
        nothing()
    }

    fn state(&self, _: Height) -> Answer<'_, Option<Snapshot>> {
        nothing()
    }

    fn prove(&self, _: Height, _: Address, _: Vec<Slot>) -> Answer<'_, Option<AccountProof>> {
        nothing()
    }

    fn proof(&self, _: At) -> Answer<'_, Option<CommitProof>> {
        nothing()
    }

    fn validators(&self, _: Epoch) -> Answer<'_, Option<Term>> {
        Box::pin(async { Ok(None) })
    }

    fn consensus(&self) -> Answer<'_, Option<troupe_consensus::Snapshot>> {
        nothing()
    }

    fn evidence(&self) -> Answer<'_, Vec<Evidence>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn pooled(&self, _: Hash) -> Answer<'_, Option<Recovered>> {
        nothing()
    }

    fn pool_status(&self) -> Answer<'_, Status> {
        Box::pin(async { Ok(Status::default()) })
    }

    fn pool_content(&self, _: usize) -> Answer<'_, Waiting> {
        Box::pin(async { Ok(Waiting::default()) })
    }

    fn next_nonce(&self, _: Address) -> Answer<'_, Option<u64>> {
        nothing()
    }

    fn submit(&self, envelope: Vec<u8>) -> Answer<'_, Result<Hash, Invalid>> {
        Box::pin(async move { Ok(Transaction::decode(&envelope).map(|it| it.hash())) })
    }

    fn suggested_tip(&self) -> Answer<'_, u128> {
        Box::pin(async { Ok(0) })
    }

    fn catching_up_to(&self) -> Option<Height> {
        None
    }

    fn peers(&self) -> usize {
        0
    }

    fn run(&self, work: Heavy) -> Result<(), Unavailable> {
        work();
        Ok(())
    }
}
