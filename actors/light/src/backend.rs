//! What Ethereum's clients ask, answered by a light client.

use crate::client::{Client, lock};
use crate::view::Remote;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};
use troupe_chain::block::{Block, Receipt};
use troupe_chain::message::Push;
use troupe_chain::pool::Status;
use troupe_chain::search;
use troupe_chain::state::{AccountProof, Slot};
use troupe_chain::transaction::{Transaction, recover};
use troupe_chain::{Invalid, Recovered};
use troupe_consensus::{CommitProof, Evidence, Term};
use troupe_crypto::Scheme;
use troupe_gateway::Bench;
use troupe_rpc::{Answer, At, Backend, Chain, Found, Heavy, Place, Snapshot, Unavailable, Waiting};
use troupe_types::{Address, Epoch, Hash, Height};
use troupe_wire::{Blob, List};

/// Hashes of transactions that somebody may be late to hear of.
const ARRIVALS: usize = 1_024;

/// A light client for those who ask it.
pub(crate) struct Light<S: Scheme> {
    client: Arc<Client<S>>,
    chain: Chain,
    bench: Bench,
    arrivals: broadcast::Sender<Hash>,
}

impl<S: Scheme> Light<S> {
    pub(crate) fn new(client: Arc<Client<S>>, chain: Chain, bench: Bench) -> Self {
        Self { client, chain, bench, arrivals: broadcast::Sender::new(ARRIVALS) }
    }

    async fn height(&self, at: At) -> Option<Height> {
        match at {
            At::Height(height) => Some(height),
            At::Hash(hash) => {
                let known = self.client.height_of(&hash);
                known.or_else(|| lock(&self.client.past).height_of(&hash))
            }
        }
    }

    /// Checks a transaction as a pool would, and hands it to those who have one.
    async fn send(&self, envelope: Vec<u8>) -> Result<Result<Hash, Invalid>, Unavailable> {
        let read = Transaction::decode(&envelope).and_then(|transaction| {
            self.client.about.rules.check_for_pool(&transaction)?;
            recover(transaction)
        });
        let recovered = match read {
            Ok(recovered) => recovered,
            Err(invalid) => return Ok(Err(invalid)),
        };
        if let Err(invalid) = self.affords(&recovered).await? {
            return Ok(Err(invalid));
        }
        let too_long =
            || Unavailable { reason: "a transaction too long to be handed on".to_owned() };
        let blob = Blob::new(envelope).map_err(|_| too_long())?;
        let push = Push(List::new(vec![blob]).map_err(|_| too_long())?);
        if self.client.hand_on(&push) == 0 {
            return Err(Unavailable { reason: "nobody takes the transaction".to_owned() });
        }
        let hash = recovered.hash();
        lock(&self.client.sent).add(recovered, self.client.node.now().mono);
        // Nobody may be listening.
        let _ = self.arrivals.send(hash);
        Ok(Ok(hash))
    }

    /// Whether the sender's account, as it is now, takes it.
    async fn affords(&self, one: &Recovered) -> Result<Result<(), Invalid>, Unavailable> {
        let Some(proof) = self.account(one.sender()).await? else { return Ok(Ok(())) };
        let account = proof.account.unwrap_or_default();
        let (got, cost) = (one.transaction().nonce(), one.transaction().cost());
        if got < account.nonce {
            return Ok(Err(Invalid::NonceTooLow { got, want: account.nonce }));
        }
        if account.balance < cost {
            return Ok(Err(Invalid::Funds { balance: account.balance, cost }));
        }
        Ok(Ok(()))
    }

    async fn account(&self, address: Address) -> Result<Option<AccountProof>, Unavailable> {
        let head = self.client.light().head().clone();
        let at = (head.height, head.state_root);
        self.client.account_at(at, address, Vec::new()).await
    }
}

impl<S: Scheme> Backend for Light<S> {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn committed(&self) -> watch::Receiver<Height> {
        self.client.committed.subscribe()
    }

    fn arrivals(&self) -> broadcast::Receiver<Hash> {
        self.arrivals.subscribe()
    }

    fn header(&self, at: At) -> Answer<'_, Option<Found>> {
        Box::pin(async move {
            match self.height(at).await {
                Some(height) => self.client.header_at(height).await,
                None => Ok(None),
            }
        })
    }

    fn block(&self, at: At) -> Answer<'_, Option<Arc<Block>>> {
        Box::pin(async move {
            match self.height(at).await {
                Some(height) => self.client.block_at(height).await,
                None => Ok(None),
            }
        })
    }

    fn receipts(&self, height: Height) -> Answer<'_, Option<Arc<Vec<Receipt>>>> {
        Box::pin(self.client.receipts_of(height))
    }

    fn locate(&self, transaction: Hash) -> Answer<'_, Option<Place>> {
        Box::pin(self.client.place_of(transaction))
    }

    fn search(&self, _: search::Search) -> Answer<'_, Option<search::Found>> {
        Box::pin(async { Ok(None) })
    }

    fn state(&self, height: Height) -> Answer<'_, Option<Snapshot>> {
        Box::pin(async move {
            let Some(found) = self.client.header_at(height).await? else { return Ok(None) };
            let root = found.header.state_root;
            let remote = Arc::new(Remote::new(Arc::clone(&self.client), height, root));
            let ahead = Some(Arc::clone(&remote) as _);
            let (view, ancestors) = (Arc::clone(&remote) as _, remote as _);
            let vm = self.client.vm.clone();
            Ok(Some(Snapshot { view, ancestors, vm, is_far: true, ahead }))
        })
    }

    fn prove(
        &self,
        height: Height,
        address: Address,
        slots: Vec<Slot>,
    ) -> Answer<'_, Option<AccountProof>> {
        Box::pin(async move {
            let Some(found) = self.client.header_at(height).await? else { return Ok(None) };
            self.client.account_at((height, found.header.state_root), address, slots).await
        })
    }

    fn proof(&self, _: At) -> Answer<'_, Option<CommitProof>> {
        Box::pin(async { Ok(None) })
    }

    fn validators(&self, epoch: Epoch) -> Answer<'_, Option<Term>> {
        Box::pin(async move { Ok(self.client.light().term(epoch).cloned()) })
    }

    fn consensus(&self) -> Answer<'_, Option<troupe_consensus::Snapshot>> {
        Box::pin(async { Ok(None) })
    }

    fn evidence(&self) -> Answer<'_, Vec<Evidence>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn pooled(&self, transaction: Hash) -> Answer<'_, Option<Recovered>> {
        Box::pin(async move { Ok(lock(&self.client.sent).get(&transaction)) })
    }

    fn pool_status(&self) -> Answer<'_, Status> {
        Box::pin(async { Ok(Status::default()) })
    }

    fn pool_content(&self, _: usize) -> Answer<'_, Waiting> {
        Box::pin(async { Ok(Waiting::default()) })
    }

    fn next_nonce(&self, sender: Address) -> Answer<'_, Option<u64>> {
        Box::pin(async move {
            let Some(proof) = self.account(sender).await? else { return Ok(None) };
            let nonce = proof.account.unwrap_or_default().nonce;
            Ok(lock(&self.client.sent).next_nonce(sender, nonce))
        })
    }

    fn submit(&self, envelope: Vec<u8>) -> Answer<'_, Result<Hash, Invalid>> {
        Box::pin(self.send(envelope))
    }

    fn suggested_tip(&self) -> Answer<'_, u128> {
        Box::pin(async { Ok(self.client.about.rules.min_tip) })
    }

    fn catching_up_to(&self) -> Option<Height> {
        let target = *self.client.target.borrow();
        // Blocks that come one by one are no lag.
        (target.0 > self.client.committed.borrow().0 + 8).then_some(target)
    }

    fn peers(&self) -> usize {
        self.client.node.transport().map_or(0, |transport| transport.peers().len())
    }

    fn run(&self, work: Heavy) -> Result<(), Unavailable> {
        self.bench.run(work)
    }
}
