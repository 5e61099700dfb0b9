use crate::{Error, Escrow, Phase};
use alloc::vec::Vec;
use proptest::prelude::*;
use troupe_contract::abi::Sequence;
use troupe_contract::prelude::*;
use troupe_contract::test_host::Deployed;

struct Scene {
    world: TestHost,
    buyer: Address,
    seller: Address,
    arbiter: Address,
    escrow: Deployed<Escrow>,
    deadline: u64,
}

fn scene() -> Scene {
    let world = TestHost::new();
    let [buyer, seller, arbiter] = [1, 2, 3].map(|number| world.account(number));
    let escrow = world.from(arbiter).deploy::<Escrow>((arbiter,)).expect("deploys");
    let deadline = world.block().time_millis / 1000 + 3600;
    Scene { world, buyer, seller, arbiter, escrow, deadline }
}

impl Scene {
    fn open(&self, amount: u64) -> Result<u64, Error> {
        let (seller, deadline) = (self.seller, self.deadline);
        let paid = self.world.from(self.buyer).value(U256::new(amount));
        paid.on(&self.escrow, |escrow| escrow.open(seller, deadline))
    }

    fn release(&self, who: Address, deal: u64) -> Result<(), Error> {
        self.world.from(who).on(&self.escrow, |escrow| escrow.release(deal))
    }

    fn refund(&self, who: Address, deal: u64) -> Result<(), Error> {
        self.world.from(who).on(&self.escrow, |escrow| escrow.refund(deal))
    }

    fn phase(&self, deal: u64) -> Phase {
        let terms = self.world.from(self.buyer).on(&self.escrow, |escrow| escrow.terms(deal));
        terms.expect("a deal").phase
    }
}

#[test]
fn the_buyer_releases_and_the_seller_is_paid_once() {
    let scene = scene();
    let before = scene.world.balance(scene.seller);
    let deal = scene.open(50).expect("opens");
    assert_eq!(scene.world.balance(scene.escrow.address), U256::new(50));
    scene.release(scene.buyer, deal).expect("releases");
    assert_eq!(scene.world.balance(scene.seller), before + U256::new(50));
    assert_eq!(scene.phase(deal), Phase::Released);
    assert_eq!(scene.release(scene.buyer, deal), Err(Error::NotOpen { phase: Phase::Released }));
    assert_eq!(scene.refund(scene.arbiter, deal), Err(Error::NotOpen { phase: Phase::Released }));
}

#[test]
fn the_buyer_takes_it_back_only_after_the_deadline() {
    let scene = scene();
    let deal = scene.open(50).expect("opens");
    assert_eq!(scene.refund(scene.buyer, deal), Err(Error::NotAllowed { caller: scene.buyer }));
    scene.world.block().time_millis = (scene.deadline + 1) * 1000;
    scene.refund(scene.buyer, deal).expect("refunds");
    assert_eq!(scene.phase(deal), Phase::Refunded);
    assert_eq!(scene.world.balance(scene.escrow.address), U256::ZERO);
}

#[test]
fn the_arbiter_decides_either_way_and_others_never() {
    let scene = scene();
    let (first, second) = (scene.open(10).expect("opens"), scene.open(20).expect("opens"));
    let stranger = scene.world.account(9);
    assert_eq!(scene.release(stranger, first), Err(Error::NotAllowed { caller: stranger }));
    assert_eq!(scene.release(scene.seller, first), Err(Error::NotAllowed { caller: scene.seller }));
    scene.release(scene.arbiter, first).expect("releases");
    scene.refund(scene.arbiter, second).expect("refunds");
    assert_eq!((scene.phase(first), scene.phase(second)), (Phase::Released, Phase::Refunded));
}

#[test]
fn a_deal_needs_money_and_time() {
    let scene = scene();
    assert_eq!(scene.open(0), Err(Error::NothingPaid));
    let now = scene.deadline - 3600;
    let late = scene.world.from(scene.buyer).value(U256::ONE);
    let late = late.on(&scene.escrow, |escrow| escrow.open(scene.seller, now));
    assert_eq!(late, Err(Error::TooLate { deadline: now, now }));
    assert_eq!(scene.release(scene.buyer, 0), Err(Error::UnknownDeal { deal: 0 }));
    assert_eq!(scene.world.balance(scene.escrow.address), U256::ZERO);
}

#[test]
fn who_is_paid_and_calls_again_gets_no_more() {
    let mut scene = scene();
    let thief = Address([0x66; 20]);
    let escrow = scene.escrow.address;
    // release(uint64) of deal 0, from within the payment.
    let selector: [u8; 4] = *keccak256(b"release(uint64)").0.first_chunk().expect("four bytes");
    scene.world.put(thief, move |mut host, _input| {
        let again = host.call(escrow, U256::ZERO, u64::MAX, &(0u64,).to_call(selector));
        assert!(again.is_err(), "a second payment");
        Ok(Vec::new())
    });
    scene.seller = thief;
    let deal = scene.open(50).expect("opens");
    scene.open(50).expect("opens");
    scene.release(scene.buyer, deal).expect("releases");
    assert_eq!(scene.world.balance(thief), U256::new(50));
    assert_eq!(scene.world.balance(escrow), U256::new(50));
}

#[test]
fn a_seller_who_takes_no_money_leaves_the_deal_open() {
    let mut scene = scene();
    scene.seller = Address([0x67; 20]);
    scene.world.put(scene.seller, |_host, _input| Err(Vec::new()));
    let deal = scene.open(50).expect("opens");
    let failed = scene.release(scene.buyer, deal);
    assert_eq!(failed, Err(Error::PaymentFailed { to: scene.seller }));
    assert_eq!(scene.phase(deal), Phase::Open);
    scene.refund(scene.arbiter, deal).expect("refunds");
}

proptest! {
    #[test]
    fn the_contract_owns_what_is_open(
        steps in proptest::collection::vec((0u8..3, 0u64..4, 1u64..4, 1u64..100), 0..25)
    ) {
        let scene = scene();
        let mut open: Vec<Option<u64>> = Vec::new();
        for (kind, deal, who, amount) in steps {
            let who = scene.world.account(who);
            let is_settled = match kind {
                0 => {
                    scene.open(amount).expect("opens");
                    open.push(Some(amount));
                    false
                }
                1 => scene.release(who, deal).is_ok(),
                _ => scene.refund(who, deal).is_ok(),
            };
            if is_settled {
                let was = open[deal as usize].take();
                prop_assert!(was.is_some(), "deal {} was settled twice", deal);
            }
            let owed: U256 = open.iter().flatten().map(|amount| U256::new(*amount)).sum();
            prop_assert_eq!(scene.world.balance(scene.escrow.address), owed);
        }
    }
}
