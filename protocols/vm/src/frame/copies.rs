//! Instructions on memory.

use super::words::{small, word};
use super::{Fault, Frame};
use crate::journal::Journal;
use crate::observe::Observer;
use crate::price;
use alloy_primitives::{B256, Bytes, Log, LogData, U256};
use troupe_chain::state::StateView;
use troupe_crypto::hash::keccak256;

/// A word that is copied, and one that is hashed. Yellow Paper, appendix G
const COPIED_WORD: u64 = 3;
const HASHED_WORD: u64 = 6;
const HASH: u64 = 30;

impl Frame {
    /// A range of memory that is about to be used: pays for the memory up to its end. An empty one may lie
    /// anywhere.
    pub(super) fn range(&mut self, from: U256, length: U256) -> Result<(usize, usize), Fault> {
        if length.is_zero() {
            return Ok((0, 0));
        }
        let (from, length) = (small(from), small(length));
        let end = from.checked_add(length).ok_or(Fault::OutOfGas)?;
        let price = self.memory.price(end as u64).ok_or(Fault::OutOfGas)?;
        self.charge(price)?;
        self.memory.grow(end as u64, price);
        Ok((from, length))
    }

    #[inline]
    pub(super) fn mload(&mut self) -> Result<(), Fault> {
        let from = self.peek(0)?;
        self.charge(3)?;
        let (from, length) = self.range(from, U256::from(32))?;
        let value = U256::from_be_slice(self.memory.read(from, length));
        self.set(0, value)
    }

    #[inline]
    pub(super) fn mstore(&mut self) -> Result<(), Fault> {
        self.need(2)?;
        self.charge(3)?;
        let (from, value) = (self.pop()?, self.pop()?);
        let (from, _) = self.range(from, U256::from(32))?;
        self.memory.write(from, &value.to_be_bytes::<32>());
        Ok(())
    }

    pub(super) fn mstore8(&mut self) -> Result<(), Fault> {
        self.need(2)?;
        self.charge(3)?;
        let (from, value) = (self.pop()?, self.pop()?);
        let (from, _) = self.range(from, U256::from(1))?;
        self.memory.write(from, &[value.byte(0)]);
        Ok(())
    }

    /// What copying so much costs.
    fn charge_copy(&mut self, base: u64, each: u64, length: U256) -> Result<(), Fault> {
        let length = u32::try_from(length).map_err(|_| Fault::OutOfGas)?;
        self.charge(base + each * u64::from(length).div_ceil(32))
    }

    // EIP-5656
    pub(super) fn mcopy(&mut self) -> Result<(), Fault> {
        self.need(3)?;
        let (to, from, length) = (self.pop()?, self.pop()?, self.pop()?);
        self.charge_copy(3, COPIED_WORD, length)?;
        let (_, size) = self.range(to.max(from), length)?;
        self.memory.shift(small(from), small(to), size);
        Ok(())
    }

    /// To, from, length: a copy into memory of what `source` gives.
    fn copy(
        &mut self,
        base: u64,
        source: impl FnOnce(&mut Self, &mut dyn FnMut(&mut Self, &[u8])),
    ) -> Result<(), Fault> {
        let (to, offset, length) = (self.pop()?, self.pop()?, self.pop()?);
        self.charge_copy(base, COPIED_WORD, length)?;
        let (to, size) = self.range(to, length)?;
        source(self, &mut |frame, bytes| frame.memory.copy(to, size, bytes, small(offset)));
        Ok(())
    }

    pub(super) fn calldatacopy(&mut self) -> Result<(), Fault> {
        self.need(3)?;
        self.copy(3, |frame, put| {
            let input = frame.input.clone();
            put(frame, input.as_slice());
        })
    }

    pub(super) fn codecopy(&mut self) -> Result<(), Fault> {
        self.need(3)?;
        self.copy(3, |frame, put| {
            let code = frame.program.code().clone();
            put(frame, &code);
        })
    }

    pub(super) fn extcodecopy<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
    ) -> Result<(), Fault> {
        self.need(4)?;
        let address = self.pop_address()?;
        let base = price::account(journal.touch(address));
        self.copy(base, |frame, put| {
            let program = journal.program(&address);
            put(frame, program.code());
        })
    }

    // EIP-211
    pub(super) fn returndatacopy(&mut self) -> Result<(), Fault> {
        self.need(3)?;
        let (offset, length) = (self.peek(1)?, self.peek(2)?);
        let end = offset.checked_add(length);
        if end.is_none_or(|end| end > U256::from(self.returned.len())) {
            return Err(Fault::BeyondReturned);
        }
        self.copy(3, |frame, put| {
            let returned = std::mem::take(&mut frame.returned);
            put(frame, &returned);
            frame.returned = returned;
        })
    }

    pub(super) fn calldataload(&mut self) -> Result<(), Fault> {
        let input = self.input.clone();
        let input = input.as_slice();
        self.unary(3, |from| {
            let mut bytes = [0; 32];
            let found = input.get(small(from)..).unwrap_or_default();
            let length = found.len().min(32);
            bytes[..length].copy_from_slice(&found[..length]);
            U256::from_be_bytes(bytes)
        })
    }

    pub(super) fn keccak(&mut self) -> Result<(), Fault> {
        self.need(2)?;
        let (from, length) = (self.pop()?, self.peek(0)?);
        self.charge_copy(HASH, HASHED_WORD, length)?;
        let (from, length) = self.range(from, length)?;
        let hash = keccak256(self.memory.read(from, length));
        self.set(0, U256::from_be_bytes(hash.0))
    }

    pub(super) fn log<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
        count: u8,
    ) -> Result<(), Fault> {
        self.need(2 + usize::from(count))?;
        if self.place.is_static {
            return Err(Fault::WriteProtection);
        }
        let (from, length) = (self.pop()?, self.pop()?);
        let size = u32::try_from(length).map_err(|_| Fault::OutOfGas)?;
        self.charge(price::log(u64::from(count), size as usize))?;
        let (from, length) = self.range(from, length)?;
        let mut topics = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            topics.push(B256::from(self.pop()?));
        }
        let data = Bytes::copy_from_slice(self.memory.read(from, length));
        let data = LogData::new_unchecked(topics, data);
        journal.log(Log { address: self.place.address.0.into(), data });
        Ok(())
    }

    /// What the frame leaves: of `RETURN` and `REVERT`.
    pub(super) fn leave_output(&mut self) -> Result<(), Fault> {
        self.need(2)?;
        let (from, length) = (self.pop()?, self.pop()?);
        let (from, length) = self.range(from, length)?;
        self.output = self.memory.read(from, length).to_vec();
        Ok(())
    }

    pub(super) fn push_address(&mut self, address: troupe_types::Address) -> Result<(), Fault> {
        self.constant(2, word(&address))
    }
}
