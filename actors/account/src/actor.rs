//! `account`: signs, sends, and looks for what it sent in blocks.

use crate::file::{FILE, framed, load};
use crate::{Reader, Submit, Submitted};
use alloy_primitives::{Bytes as Data, U256};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use troupe_chain::Invalid;
use troupe_chain::errand::{Errands, Head, Input, Limits, Output, Refusal, Request};
use troupe_chain::transaction::{Draft, Signer};
use troupe_rpc::Backend;
use troupe_runtime::{Actor, Cx, Driven, Drives, Fault, Handle, Link, Node, Place, Reply, Spec};
use troupe_types::{Bytes, Hash, Height, Millis};
use troupe_wire::{Lane, Message};

/// Errands and answers that may wait for the machine.
const MOST: Bytes = Bytes::mib(4);
/// Those who wait for one errand.
const ASKERS: usize = 64;
/// How often it looks whether the process ends.
const TICK: Millis = Millis::secs(1);
/// How long blocks are waited for once it does: there may be none any more.
const GRACE: Millis = Millis::secs(5);
/// A question that is not answered for so long is asked again.
const LOST: Millis = Millis::secs(30);

/// Whoever answers for the chain, and what has to be done meanwhile.
pub struct Source {
    /// Whom it asks.
    pub backend: Arc<dyn Backend>,
    /// Runs for as long as the actor does.
    pub beside: Pin<Box<dyn Future<Output = ()>>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

/// Who acts, and how patiently.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Whose account it is.
    pub signer: Arc<Signer>,
    /// How patient it is, and how generous.
    pub limits: Limits,
}

/// Starts the actor; `place` says where it lives, `source` makes one for each of its incarnations.
pub fn start(
    node: &Node,
    opening: Opening,
    source: impl Fn(&Node) -> Source + Send + Sync + 'static,
    place: impl FnOnce(Spec<Account>) -> Spec<Account>,
) {
    let spec = Spec::new(move |build| {
        let errands = load(build.node, opening.limits, build.node.now())?;
        let source = source(build.node);
        Ok(Account {
            signer: Arc::clone(&opening.signer),
            reader: Reader::new(Arc::clone(&source.backend)),
            source: Some(source),
            errands: Driven::new(errands, Place::Inline, MOST),
            open: 0,
            waiting: BTreeMap::new(),
            leaving: None,
            looking: None,
        })
    });
    node.spawn(place(spec)).accept::<Submit>().accept::<Post>().accept::<News>().accept::<Look>();
}

/// The actor.
pub struct Account {
    signer: Arc<Signer>,
    reader: Reader,
    source: Option<Source>,
    errands: Driven<Errands>,
    /// Errands that are not over.
    open: usize,
    waiting: BTreeMap<Hash, Vec<Reply<Submit>>>,
    /// Since when the process drains.
    leaving: Option<Millis>,
    /// Since when it waits for what is known after a block.
    looking: Option<Millis>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({:?})", self.signer)
    }
}

/// Told by itself once what it is about is on the disk: give it to a pool.
struct Post {
    hash: Hash,
    envelope: Vec<u8>,
}

/// Told by its own tasks.
struct News(Input);

/// Told by its own tasks: there is a new block, or a look is over.
enum Look {
    Now,
    Over(Option<Head>),
}

impl Message for Post {
    type Reply = ();
    const NAME: &'static str = "post";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for News {
    type Reply = ();
    const NAME: &'static str = "news";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Message for Look {
    type Reply = ();
    const NAME: &'static str = "look";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Actor for Account {
    const KIND: &'static str = "account";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.open = self.errands.machine().map_or(0, Errands::open);
        cx.begin::<Errands>(self, ())?;
        cx.after(TICK, Self::tick);
        let Some(Source { backend, beside }) = self.source.take() else { return Ok(()) };
        cx.task(beside);
        let (mut heads, look) = (backend.committed(), cx.myself::<Look>());
        cx.task(async move {
            loop {
                // One that is refused is followed by the next block's.
                let _ = look.tell(Look::Now);
                if heads.changed().await.is_err() {
                    return;
                }
            }
        });
        Ok(())
    }
}

impl Account {
    /// Once the process drains nobody is kept waiting for long: what is on its way is on the disk.
    fn tick(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if cx.node().is_draining() {
            let now = cx.now().mono;
            let since = *self.leaving.get_or_insert(now);
            if now.since(since) >= GRACE {
                for reply in std::mem::take(&mut self.waiting).into_values().flatten() {
                    reply.send(Submitted::Leaving, cx);
                }
            }
        }
        cx.after(TICK, Self::tick);
        Ok(())
    }

    fn feed(&mut self, input: Input, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let weight = match &input {
            Input::Submit(errand) => Bytes::of(errand.input.len()),
            Input::Signed { envelope, .. } => Bytes::of(envelope.len()),
            Input::Head(_)
            | Input::Refused { .. }
            | Input::Block { .. }
            | Input::Unreadable { .. } => Bytes::ZERO,
        };
        cx.drive::<Errands>(self, (), input, weight)?
            .map_err(|why| Fault::Restart(format!("the machine of errands is {why}")))?;
        self.open = self.errands.machine().map_or(self.open, Errands::open);
        Ok(())
    }

    fn sign(&mut self, request: Request, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Request { nonce, to, value, input, gas_limit, fees } = request;
        let draft = Draft {
            chain_id: self.reader.0.backend().chain().chain_id,
            nonce,
            to: Some(to.unwrap_or_else(|| self.signer.address())),
            value: U256::from(value),
            input: Data::from(input),
            gas_limit: gas_limit.0,
            max_fee: fees.most,
            max_tip: fees.tip,
        };
        // Refused is only what is too long, and an errand is not.
        let signed = self.signer.sign(draft);
        let signed = signed.map_err(|error| Fault::Fatal(format!("an errand: {error}")))?;
        let (hash, envelope) = (signed.hash(), signed.to_bytes());
        self.feed(Input::Signed { nonce, hash, envelope }, cx)
    }

    /// Asks what is known after the last block, unless that is asked already or nobody wants to know.
    fn look(&mut self, cx: &mut Cx<'_, Self>) {
        let now = cx.now().mono;
        let is_asked = self.looking.is_some_and(|since| now.since(since) < LOST);
        if self.open == 0 || is_asked {
            return;
        }
        self.looking = Some(now);
        let (reader, me, over) = (self.reader.clone(), self.signer.address(), cx.myself::<Look>());
        cx.task(async move {
            let head = reader.now(me).await;
            let head = head.inspect_err(|error| tracing::debug!(%error, "no head")).ok();
            // One that is refused is followed by the next block's.
            let _ = over.tell(Look::Over(head));
        });
    }

    fn read(&self, height: Height, hashes: Vec<Hash>, cx: &mut Cx<'_, Self>) {
        let (reader, news) = (self.reader.clone(), cx.myself::<News>());
        cx.task(async move {
            let input = match reader.sent(height, &hashes).await {
                Ok(found) => Input::Block { height, found },
                Err(error) => {
                    tracing::debug!(%height, %error, "block could not be read");
                    Input::Unreadable { height }
                }
            };
            // The machine asks again for what it does not hear.
            let _ = news.tell(News(input));
        });
    }
}

impl Drives<Errands> for Account {
    type Key = ();

    fn driven(&mut self, (): ()) -> Option<&mut Driven<Errands>> {
        Some(&mut self.errands)
    }

    fn perform(&mut self, (): (), output: Output, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match output {
            Output::Sign(request) => self.sign(request, cx)?,
            Output::Persist(record) => cx.persist(FILE, framed(&record)),
            Output::Send { hash, envelope } => {
                let myself: Link<Post> = cx.myself();
                // It waits for the disk as the answers do. One that is refused is sent again when patience ends.
                let _ = cx.tell(&myself, Post { hash, envelope });
            }
            Output::Read { height, hashes } => self.read(height, hashes, cx),
            Output::Over { id, outcome } => {
                tracing::info!(errand = %id.short(), ?outcome, "errand over");
                for reply in self.waiting.remove(&id).unwrap_or_default() {
                    reply.send(Submitted::Over(outcome), cx);
                }
            }
            Output::Busy { id } => {
                for reply in self.waiting.remove(&id).unwrap_or_default() {
                    reply.send(Submitted::Busy, cx);
                }
            }
        }
        Ok(())
    }
}

impl Handle<Submit> for Account {
    fn handle(
        &mut self,
        Submit(errand): Submit,
        reply: Reply<Submit>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let waiting = self.waiting.entry(errand.id).or_default();
        if waiting.len() >= ASKERS {
            reply.send(Submitted::Busy, cx);
            return Ok(());
        }
        waiting.push(reply);
        self.feed(Input::Submit(errand), cx)?;
        self.look(cx);
        Ok(())
    }
}

impl Handle<Post> for Account {
    fn handle(
        &mut self,
        Post { hash, envelope }: Post,
        _: Reply<Post>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (reader, news) = (self.reader.clone(), cx.myself::<News>());
        cx.task(async move {
            let Err(error) = reader.0.submit(envelope).await else { return };
            let reason = refusal(&error);
            tracing::debug!(transaction = %hash.short(), %error, ?reason, "no pool took it");
            let _ = news.tell(News(Input::Refused { hash, reason }));
        });
        Ok(())
    }
}

/// What no pool ever takes is taken back; anything else may be otherwise in a moment, or look otherwise to somebody else.
fn refusal(error: &troupe_rpc::Error) -> Refusal {
    match error {
        troupe_rpc::Error::Invalid(
            Invalid::IntrinsicGas { .. } | Invalid::BlockGas { .. } | Invalid::Oversized { .. },
        ) => Refusal::Never,
        _ => Refusal::NotNow,
    }
}

impl Handle<News> for Account {
    fn handle(
        &mut self,
        News(input): News,
        _: Reply<News>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.feed(input, cx)
    }
}

impl Handle<Look> for Account {
    fn handle(&mut self, look: Look, _: Reply<Look>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match look {
            Look::Now => self.look(cx),
            Look::Over(head) => {
                self.looking = None;
                if let Some(head) = head {
                    self.feed(Input::Head(head), cx)?;
                    // Blocks that came meanwhile.
                    if head.height < self.reader.head() {
                        self.look(cx);
                    }
                }
            }
        }
        Ok(())
    }
}
