use crate::{Error, Sieve};
use proptest::prelude::*;
use troupe_contract::prelude::*;

fn counted(limit: u32) -> Result<u32, Error> {
    let world = TestHost::new();
    let alice = world.account(1);
    let sieve = world.from(alice).deploy::<Sieve>(()).expect("deploys");
    world.from(alice).on(&sieve, |sieve| sieve.count(limit))
}

#[test]
fn there_are_1229_primes_below_10000() {
    assert_eq!(counted(10_000), Ok(1_229));
    assert_eq!(counted(1_000_001), Err(Error::TooMany { most: 1_000_000 }));
}

proptest! {
    #[test]
    fn primes_are_counted_as_division_finds_them(limit in 0u32..500) {
        let is_prime = |number: &u32| (2..*number).all(|part| number % part != 0);
        let primes = (2..limit).filter(is_prime).count();
        prop_assert_eq!(counted(limit), Ok(primes as u32));
    }
}
