//! What is to be done, and what became of it.

use bincode::{Decode, Encode};
use troupe_types::{Address, Gas, Hash, Height, Millis};
use troupe_wire::List;

/// The longest input of an errand, in bytes.
pub const MAX_INPUT: usize = 64 << 10;

/// A call that somebody wants in a block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Errand {
    /// Whose it is, and for what: the same one handed in twice is one.
    pub id: Hash,
    /// Whom it calls.
    pub to: Address,
    /// What it pays, in von.
    pub value: u128,
    /// What it says.
    pub input: List<u8, MAX_INPUT>,
    /// What it may use.
    pub gas_limit: Gas,
}

/// What became of an errand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// It is in a block.
    Included {
        /// Which one.
        height: Height,
        /// Its place there, from 0.
        index: u32,
        /// Its hash.
        hash: Hash,
        /// Whether it did what it says; if not, it was reverted.
        has_succeeded: bool,
        /// What it used.
        gas_used: Gas,
    },
    /// It took too long, or nobody would take it, and now it can never be in a block.
    Withdrawn,
}

/// What a transaction offers, in von per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Encode, Decode)]
pub struct Fees {
    /// To whoever makes the block.
    pub tip: u128,
    /// In all.
    pub most: u128,
}

/// How patient an account is, and how generous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Errands that wait for a nonce; more are refused.
    pub waiting: usize,
    /// Errands with a nonce at a time. Pools take few of one sender that are not in order.
    pub flying: usize,
    /// After so long without a block it is sent again, with a higher offer where the last one is too low by now.
    pub patience: Millis,
    /// After so long it offers more in any case.
    pub impatience: Millis,
    /// After so long it is withdrawn.
    pub within: Millis,
    /// The most that is ever offered, in von per gas; to withdraw one, which uses little gas, four times of it.
    pub most: u128,
    /// Ends that are remembered, for whoever asks again.
    pub ends: usize,
}

impl Default for Limits {
    /// For pools of thousands and blocks of about a second.
    fn default() -> Self {
        Self {
            waiting: 256,
            flying: 16,
            patience: Millis::secs(10),
            impatience: Millis::secs(60),
            within: Millis::secs(600),
            most: 1_000_000_000_000,
            ends: 1_024,
        }
    }
}

impl Fees {
    /// What is offered under a base fee: twice of it and the tip, so that six full blocks in a row do not outbid it.
    pub(super) fn fresh(base_fee: u128, tip: u128, limits: &Limits) -> Self {
        let most = base_fee.saturating_mul(2).saturating_add(tip).min(limits.most);
        Self { tip: tip.min(most), most }
    }

    /// What a pool takes in place of these: an eighth more of both, and no less than what is asked now.
    pub(super) fn raised(self, now: Self, most: u128) -> Option<Self> {
        let eighth = |fee: u128| fee.saturating_add(fee / 8).saturating_add(1);
        let raised =
            Self { tip: eighth(self.tip).max(now.tip), most: eighth(self.most).max(now.most) };
        (raised.most <= most).then_some(raised)
    }

    /// Whether they get a transaction into the next block, as far as prices go.
    pub(super) fn suffice(self, base_fee: u128, tip: u128) -> bool {
        self.tip >= tip && self.most >= base_fee.saturating_add(tip)
    }
}
