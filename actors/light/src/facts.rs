//! Headers, bodies and receipts of final blocks, as others have them and headers commit to them.

use crate::client::Client;
use crate::error::Error;
use crate::follow::read;
use crate::peers::{ASKED, MANY};
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::block::{
    Block, MAX_RECEIPTS, MAX_STORED, Receipt, Stored, decode_receipts, receipts_root,
};
use troupe_chain::light::{AskHeader, AskPlace, AskReceipts, Part};
use troupe_chain::message::Fetch;
use troupe_chain::transaction::recover;
use troupe_crypto::Scheme;
use troupe_rpc::{Found, Place, Unavailable};
use troupe_types::{Address, Bytes, Hash, Height, NodeId};

/// Bytes of the length before a stored block.
const LENGTH: usize = 4;

pub(crate) const fn other(what: &'static str) -> Error {
    Error::Other { what }
}

impl<S: Scheme> Client<S> {
    /// A final header.
    pub(crate) async fn header_at(&self, height: Height) -> Result<Option<Found>, Unavailable> {
        if let Some(found) = self.remembered(height) {
            return Ok(Some(found));
        }
        if height > *self.committed.borrow() {
            return Ok(None);
        }
        if height < self.lowest() {
            return self.header_of_old(height).await;
        }
        // The one above says which it is; otherwise its own proof does.
        let above = height.next().and_then(|above| self.remembered(above));
        let above = above.as_ref();
        self.find(AskHeader(Some(height)), |_, headed| async move {
            let (header, proven) = read(&headed)?;
            if header.height != height {
                return Err(other("the header"));
            }
            match above {
                Some(above) if header.hash() == above.header.parent => {}
                Some(_) => return Err(other("the header")),
                None => self.verify(&self.light().check(&header, &proven, None)?).await?,
            }
            Ok(self.remember(&header))
        })
        .await
    }

    /// A final block.
    pub(crate) async fn block_at(&self, height: Height) -> Result<Option<Arc<Block>>, Unavailable> {
        let Some(Found { header, hash }) = self.header_at(height).await? else { return Ok(None) };
        if height == Height::ZERO {
            return Ok(Some(Arc::new(Block::new(header, Default::default()))));
        }
        let mut has_answer = false;
        for peer in self.holders(height) {
            let Some(bytes) = self.fetch(peer, height).await else { continue };
            has_answer = true;
            if bytes.is_empty() {
                continue;
            }
            if let Some(block) = self.judge(peer, body(&bytes, hash)) {
                return Ok(Some(Arc::new(block)));
            }
        }
        match has_answer {
            true => Ok(None),
            false => Err(Unavailable { reason: "a block: nobody answers".to_owned() }),
        }
    }

    /// Whom to ask for a block: few may have kept an old one.
    fn holders(&self, height: Height) -> Vec<NodeId> {
        let is_old = height < self.lowest();
        self.some_peers(if is_old { MANY } else { ASKED })
    }

    /// The bytes of a stored block; nothing where there is none.
    async fn fetch(&self, peer: NodeId, height: Height) -> Option<Vec<u8>> {
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let offset = u32::try_from(bytes.len()).ok()?;
            let fetched = self.query(peer, Fetch { from: height, offset, most: 1 }).await?;
            bytes.extend_from_slice(&fetched.0);
            let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
                return Some(Vec::new());
            };
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            if rest.len() >= length || length > MAX_STORED || fetched.0.is_empty() {
                return Some(rest[..rest.len().min(length)].to_vec());
            }
        }
    }

    /// The receipts of a final block.
    pub(crate) async fn receipts_of(
        &self,
        height: Height,
    ) -> Result<Option<Arc<Vec<Receipt>>>, Unavailable> {
        let Some(block) = self.block_at(height).await? else { return Ok(None) };
        let block = &block;
        let ask = move |offset| AskReceipts { height, offset };
        self.find_among(self.holders(height), ask(0), |peer, first: Part| async move {
            let encoded = self.rest(peer, first, MAX_RECEIPTS, ask).await?;
            Ok(Arc::new(receipts(&encoded, block)?))
        })
        .await
    }

    /// What a part is the beginning of.
    pub(crate) async fn rest<M>(
        &self,
        peer: NodeId,
        first: Part,
        limit: usize,
        ask: impl Fn(u32) -> M,
    ) -> Result<Vec<u8>, Error>
    where
        M: troupe_wire::Wire<Reply = Option<Part>>,
    {
        let whole = Bytes(first.whole.into()).as_usize();
        if whole > limit {
            return Err(other("the length"));
        }
        let mut bytes = first.bytes.to_vec();
        while bytes.len() < whole {
            let offset = u32::try_from(bytes.len()).map_err(|_| other("the length"))?;
            let next = self.query(peer, ask(offset)).await.flatten().ok_or(Error::Busy)?;
            if next.bytes.is_empty() {
                return Err(other("the next part"));
            }
            bytes.extend_from_slice(&next.bytes);
        }
        if bytes.len() == whole { Ok(bytes) } else { Err(other("the length")) }
    }

    /// Where a final transaction is. Nobody can be shown to lie who says that there is none.
    pub(crate) async fn place_of(&self, transaction: Hash) -> Result<Option<Place>, Unavailable> {
        let claimed = self.find(AskPlace(transaction), |_, place| async move { Ok(place) });
        let Some((height, index)) = claimed.await? else { return Ok(None) };
        let index = Bytes(index.into()).as_usize();
        let Some(block) = self.block_at(height).await? else { return Ok(None) };
        let found = block.body().transactions.get(index);
        let is_there = found.is_some_and(|found| found.hash() == transaction);
        Ok(is_there.then_some(Place { height, index }))
    }
}

/// A block, if these bytes are the one with this hash.
fn body(bytes: &[u8], want: Hash) -> Result<Block, Error> {
    let stored = Stored::decode(bytes)?;
    if stored.block.hash() != want {
        return Err(other("the block"));
    }
    stored.block.check_body()?;
    Ok(stored.block)
}

/// The receipts of a block: what its header commits to, and what follows from its transactions.
fn receipts(encoded: &[u8], block: &Block) -> Result<Vec<Receipt>, Error> {
    let header: &Header = block.header();
    let mut receipts = decode_receipts(encoded)?;
    let transactions = &block.body().transactions;
    if receipts.len() != transactions.len() || receipts_root(&receipts) != header.receipts_root {
        return Err(other("the list of receipts"));
    }
    for (receipt, transaction) in receipts.iter_mut().zip(transactions) {
        receipt.effective_price =
            transaction.effective_price(header.base_fee).ok_or(other("the base fee"))?;
        receipt.contract = None;
        if transaction.to().is_none() {
            let sender =
                recover(Arc::clone(transaction)).map_err(|_| other("the sender"))?.sender();
            let made = alloy_primitives::Address::from(sender.0).create(transaction.nonce());
            receipt.contract = Some(Address(made.into_array()));
        }
    }
    Ok(receipts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{TxKind, U256};
    use troupe_chain::block::{Body, encode_receipts};
    use troupe_chain::transaction::{Kind, Transaction, TxEip1559, Unsigned};
    use troupe_crypto::ecdsa::SecretKey;
    use troupe_types::Gas;

    /// A block of one transaction that makes a contract, and its receipts.
    fn made() -> (Block, Vec<Receipt>) {
        let fields = TxEip1559 {
            chain_id: 1,
            nonce: 3,
            gas_limit: 90_000,
            max_fee_per_gas: 50,
            max_priority_fee_per_gas: 2,
            to: TxKind::Create,
            value: U256::from(1),
            ..TxEip1559::default()
        };
        let secret = SecretKey::from_bytes(&[1; 32]).unwrap();
        let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret).unwrap();
        let body = Body { transactions: vec![Arc::new(signed)], ..Body::default() };
        let receipts = vec![Receipt {
            kind: Kind::DynamicFee,
            is_success: true,
            cumulative_gas: Gas(60_000),
            logs: Vec::new(),
            effective_price: 0,
            contract: None,
        }];
        let header = Header {
            height: Height(5),
            base_fee: 10,
            transactions_root: body.transactions_root(),
            receipts_root: receipts_root(&receipts),
            evidence_hash: body.evidence_hash(),
            ..Header::default()
        };
        (Block::new(header, body), receipts)
    }

    #[test]
    fn receipts_are_those_of_the_header_and_say_what_follows_from_the_transactions() {
        let (block, made) = made();
        let read = receipts(&encode_receipts(&made).unwrap(), &block).unwrap();
        assert_eq!(read[0].effective_price, 12);
        let sender = SecretKey::from_bytes(&[1; 32]).unwrap().public_key().address();
        let want = alloy_primitives::Address::from(sender).create(3);
        assert_eq!(read[0].contract, Some(Address(want.into_array())));

        let refused = |bytes: &[u8]| receipts(bytes, &block).unwrap_err().to_string();
        let other = vec![Receipt { cumulative_gas: Gas(60_001), ..made[0].clone() }];
        assert!(refused(&encode_receipts(&other).unwrap()).contains("another one"));
        let more = [made.clone(), made].concat();
        assert!(refused(&encode_receipts(&more).unwrap()).contains("another one"));
        assert!(receipts(&[0xc1], &block).is_err());
    }

    #[test]
    fn a_body_is_that_of_the_hash_or_refused() {
        let (block, _) = made();
        let stored = Stored { block: block.clone(), proof: Vec::new().into() };
        let bytes = stored.encode().unwrap();
        assert_eq!(body(&bytes, block.hash()).unwrap().hash(), block.hash());
        assert!(body(&bytes, Hash([1; 32])).is_err());
        for length in 0..bytes.len() {
            assert!(body(&bytes[..length], block.hash()).is_err(), "{length}");
        }
        let (header, mut other) = (block.header().clone(), block.body().clone());
        other.transactions.clear();
        let stored = Stored { block: Block::new(header, other), proof: Vec::new().into() };
        assert!(
            body(&stored.encode().unwrap(), block.hash()).is_err(),
            "a header without its body"
        );
    }
}
