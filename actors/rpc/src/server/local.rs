//! A socket that only the node's owner reaches: a file in the node's folder.
//!
//! What is said on it is JSON-RPC, one value after the other, as geth's IPC has it: ethers, web3.py and the like
//! speak it. All methods are there, and those of [`Operator`]. Whoever can open the file is trusted with this much:
//! there is no list of hosts, and no time-out for silence.

use super::stream::Reader;
use crate::backend::Operator;
use crate::context::Api;
use crate::error::Error;
use crate::methods;
use crate::settings::Settings;
use crate::subscribe;
use jsonrpsee::RpcModule;
use jsonrpsee::server::{Methods, StopHandle};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use troupe_door::Local;

/// The most programs that are connected at once.
const CONNECTIONS: usize = 32;

/// What is said to every connection.
struct Desk {
    methods: Methods,
    settings: Settings,
    stopped: StopHandle,
}

/// A request, as far as it has to be known before it is answered.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// Listens at `path`, for as long as the server that stops with `stopped`.
pub(super) fn open(
    path: &Path,
    api: Arc<Api>,
    operator: Arc<dyn Operator>,
    stopped: StopHandle,
) -> Result<Local, Error> {
    let twice = |error: jsonrpsee::server::RegisterMethodError| Error::Internal(error.to_string());
    let settings = api.settings.clone();
    let mut module = RpcModule::from_arc(api);
    methods::register(&mut module).map_err(twice)?;
    methods::register_operator(&mut module, operator).map_err(twice)?;
    subscribe::register(&mut module).map_err(twice)?;
    let local = Local::bind(path)?;
    let listener = local.listener()?;
    let desk = Arc::new(Desk { methods: module.into(), settings, stopped });
    tokio::spawn(accept(listener, desk));
    Ok(local)
}

async fn accept(listener: UnixListener, desk: Arc<Desk>) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let stopped = desk.stopped.clone().shutdown();
    tokio::pin!(stopped);
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                let desk = Arc::clone(&desk);
                tokio::spawn(async move {
                    desk.serve(socket).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no local connection was accepted");
                tokio::time::sleep(desk.settings.ping.into()).await;
            }
        }
    }
}

/// Writes what is to be said, a line each.
async fn write(
    mut socket: OwnedWriteHalf,
    mut lines: mpsc::Receiver<Box<RawValue>>,
    patience: std::time::Duration,
) {
    while let Some(line) = lines.recv().await {
        let line = format!("{}\n", line.get());
        match timeout(patience, socket.write_all(line.as_bytes())).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

impl Desk {
    /// Serves a connection to its end: one request after the other.
    async fn serve(&self, socket: UnixStream) {
        let (reading, writing) = socket.into_split();
        let queue = usize::try_from(self.settings.queue).unwrap_or(usize::MAX);
        let (out, lines) = mpsc::channel(queue.max(1));
        let mut told = JoinSet::new();
        let writer = tokio::spawn(write(writing, lines, self.settings.write_time.into()));
        let mut reader = Reader::new(reading, self.settings.request.as_usize());
        let stopped = self.stopped.clone().shutdown();
        tokio::pin!(stopped);
        loop {
            let read = tokio::select! {
                () = &mut stopped => break,
                read = reader.next() => read,
            };
            let answer = match read {
                Ok(None) => break,
                Ok(Some(text)) => self.answer(&text, &out, &mut told).await,
                Err(refusal) => {
                    // What follows cannot be told from what was wrong.
                    let _ = out.send(refusal.answer()).await;
                    break;
                }
            };
            if let Some(answer) = answer
                && out.send(answer).await.is_err()
            {
                break;
            }
        }
        drop((out, told));
        let _ = writer.await;
    }

    /// The answer to a request or to a batch; none to what wants none.
    async fn answer(
        &self,
        text: &RawValue,
        out: &mpsc::Sender<Box<RawValue>>,
        told: &mut JoinSet<()>,
    ) -> Option<Box<RawValue>> {
        let Ok(batch) = serde_json::from_str::<Vec<&RawValue>>(text.get()) else {
            return self.answer_one(text, out, told).await;
        };
        let most = usize::try_from(self.settings.batch).unwrap_or(usize::MAX);
        if batch.is_empty() || batch.len() > most {
            return Some(refusal(-32600, "Invalid request"));
        }
        let mut answers = Vec::with_capacity(batch.len());
        for one in batch {
            answers.extend(self.answer_one(one, out, told).await);
        }
        (!answers.is_empty()).then(|| to_raw_value(&answers).ok())?
    }

    async fn answer_one(
        &self,
        text: &RawValue,
        out: &mpsc::Sender<Box<RawValue>>,
        told: &mut JoinSet<()>,
    ) -> Option<Box<RawValue>> {
        let Ok(request) = serde_json::from_str::<Request<'_>>(text.get()) else {
            return Some(refusal(-32600, "Invalid request"));
        };
        request.id?;
        let is_subscribing = request.method.ends_with("_subscribe");
        while told.try_join_next().is_some() {}
        let most = usize::try_from(self.settings.subscriptions).unwrap_or(usize::MAX);
        if is_subscribing && told.len() >= most {
            return Some(refusal(-32006, "Too many subscriptions on the connection"));
        }
        let asked = self.methods.raw_json_request(text.get(), out.max_capacity());
        let (answer, mut news) = match timeout(self.settings.request_time.into(), asked).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(_)) => return Some(refusal(-32600, "Invalid request")),
            Err(_) => return Some(refusal(-32002, "request timed out")),
        };
        if is_subscribing {
            let out = out.clone();
            told.spawn(async move {
                while let Some(one) = news.recv().await {
                    if out.send(one).await.is_err() {
                        return;
                    }
                }
            });
        }
        Some(answer)
    }
}

/// An answer to what is no request.
pub(super) fn refusal(code: i32, message: &str) -> Box<RawValue> {
    let answer = serde_json::json!({
        "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message },
    });
    to_raw_value(&answer).expect("a value is JSON")
}
