//! The contract.

use troupe_contract::prelude::*;

/// Where a deal stands.
#[value]
pub enum Phase {
    /// There is no such deal.
    Unknown,
    /// Paid, not delivered.
    Open,
    /// The seller has the money.
    Released,
    /// The buyer has it back.
    Refunded,
}

/// What was agreed.
#[value]
pub struct Terms {
    /// Who paid.
    pub buyer: Address,
    /// Who delivers.
    pub seller: Address,
    /// What was paid, in von.
    pub amount: U256,
    /// When the buyer may take it back, in seconds since 1970.
    pub deadline: u64,
    /// Where it stands.
    pub phase: Phase,
}

/// A deal as it is kept.
#[storage]
pub struct Deal {
    buyer: Value<Address>,
    deadline: Value<u64>,
    phase: Value<Phase>,
    seller: Value<Address>,
    amount: Value<U256>,
}

/// What is kept.
#[storage]
pub struct Escrow {
    arbiter: Value<Address>,
    deals: List<Deal>,
}

/// A buyer paid.
#[event]
pub struct Opened {
    /// The deal's number.
    #[indexed]
    pub deal: u64,
    /// Who paid.
    #[indexed]
    pub buyer: Address,
    /// Who is to deliver.
    #[indexed]
    pub seller: Address,
    /// What was paid.
    pub amount: U256,
}

/// The money went to one of them.
#[event]
pub struct Settled {
    /// The deal's number.
    #[indexed]
    pub deal: u64,
    /// To whom it went.
    pub phase: Phase,
}

/// Why a call fails.
#[error]
pub enum Error {
    /// No deal has this number.
    UnknownDeal {
        /// The number.
        deal: u64,
    },
    /// The deal is over.
    NotOpen {
        /// How it ended.
        phase: Phase,
    },
    /// Somebody who may not.
    NotAllowed {
        /// Who tried.
        caller: Address,
    },
    /// Nothing was paid.
    NothingPaid,
    /// The deadline lies in the past.
    TooLate {
        /// The deadline.
        deadline: u64,
        /// The time of this block.
        now: u64,
    },
    /// Who gets the money does not take it.
    PaymentFailed {
        /// Who.
        to: Address,
    },
}

#[contract]
impl Escrow {
    /// Names who decides.
    #[constructor]
    pub fn create(&mut self, arbiter: Address) {
        self.arbiter.set(arbiter);
    }

    /// Pays for what a seller is to deliver until the deadline.
    #[public(payable)]
    pub fn open(&mut self, seller: Address, deadline: u64) -> Result<u64, Error> {
        let (buyer, amount, now) = (self.host().caller(), self.host().value(), self.host().time());
        if amount.is_zero() {
            return Err(Error::NothingPaid);
        }
        if deadline <= now {
            return Err(Error::TooLate { deadline, now });
        }
        let number = self.deals.len();
        let mut deal = self.deals.grow();
        deal.buyer.set(buyer);
        deal.deadline.set(deadline);
        deal.phase.set(Phase::Open);
        deal.seller.set(seller);
        deal.amount.set(amount);
        self.host_mut().emit(&Opened { deal: number, buyer, seller, amount });
        Ok(number)
    }

    /// Gives the money to the seller; the buyer or the arbiter may.
    #[public]
    pub fn release(&mut self, deal: u64) -> Result<(), Error> {
        let terms = self.open_terms(deal)?;
        self.allow(&[terms.buyer, self.arbiter.get()])?;
        self.settle(deal, terms.seller, terms.amount, Phase::Released)
    }

    /// Gives the money back; the seller or the arbiter may, and after the deadline the buyer.
    #[public]
    pub fn refund(&mut self, deal: u64) -> Result<(), Error> {
        let terms = self.open_terms(deal)?;
        let arbiter = self.arbiter.get();
        if self.host().time() > terms.deadline {
            self.allow(&[terms.buyer, terms.seller, arbiter])?;
        } else {
            self.allow(&[terms.seller, arbiter])?;
        }
        self.settle(deal, terms.buyer, terms.amount, Phase::Refunded)
    }

    /// What was agreed, and where it stands.
    #[public]
    pub fn terms(&self, deal: u64) -> Result<Terms, Error> {
        if deal >= self.deals.len() {
            return Err(Error::UnknownDeal { deal });
        }
        let deal = self.deals.at(deal);
        Ok(Terms {
            buyer: deal.buyer.get(),
            seller: deal.seller.get(),
            amount: deal.amount.get(),
            deadline: deal.deadline.get(),
            phase: deal.phase.get(),
        })
    }

    /// How many deals there were.
    #[public]
    pub fn deals(&self) -> u64 {
        self.deals.len()
    }

    fn open_terms(&self, deal: u64) -> Result<Terms, Error> {
        let terms = self.terms(deal)?;
        if terms.phase != Phase::Open {
            return Err(Error::NotOpen { phase: terms.phase });
        }
        Ok(terms)
    }

    fn allow(&self, who: &[Address]) -> Result<(), Error> {
        let caller = self.host().caller();
        if who.contains(&caller) { Ok(()) } else { Err(Error::NotAllowed { caller }) }
    }

    fn settle(&mut self, deal: u64, to: Address, amount: U256, phase: Phase) -> Result<(), Error> {
        // Before the money moves: whoever gets it may call again, and finds the deal over.
        self.deals.at_mut(deal).phase.set(phase);
        self.host_mut().emit(&Settled { deal, phase });
        self.host_mut().send(to, amount).map_err(|_| Error::PaymentFailed { to })
    }
}
