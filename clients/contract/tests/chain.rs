//! The chain in memory behaves as the real one where contracts can tell.

use k256::ecdsa::SigningKey;
use troupe_contract::Error;
use troupe_contract::abi::Sequence;
use troupe_contract::prelude::*;
use troupe_contract::revert::{panic_code, reason};
use troupe_contract::test_host::Deployed;

#[interface]
trait Odd {
    fn bump(&mut self) -> u64;
    fn bumps(&self) -> u64;
    fn fail_after_bump(&mut self);
}

#[storage]
struct Box {
    bumps: Value<u64>,
    given: Value<U256>,
}

#[contract]
impl Box {
    #[constructor]
    fn create(&mut self, is_wanted: bool) -> Result<(), &'static str> {
        self.bumps.set(7);
        if is_wanted { Ok(()) } else { Err("not wanted") }
    }

    #[public]
    fn bump(&mut self) -> u64 {
        self.bumps.update(|bumps| bumps + 1)
    }

    #[public]
    fn bumps(&self) -> u64 {
        self.bumps.get()
    }

    #[public]
    fn fail_after_bump(&mut self) -> Result<(), String> {
        self.bumps.set(99);
        self.host_mut().log(&[], b"lost");
        Err("as asked".to_owned())
    }

    /// Calls another one, whose failure it survives.
    #[public]
    fn survive(&mut self, other: Address) -> bool {
        self.bumps.set(1);
        Odd::at(other).fail_after_bump(self.host_mut()).is_err()
    }

    /// Asks for a change in a call that may make none.
    #[public]
    fn sneak(&self, other: Address) -> bool {
        let bump = keccak256(b"bump()").0;
        self.host().call_static(other, u64::MAX, &bump[..4]).is_ok()
    }

    #[public]
    fn pair() -> (u8, String) {
        (1, "two".to_owned())
    }

    #[public]
    fn end(&mut self, heir: Address) {
        self.host_mut().destroy(heir)
    }

    #[public]
    fn remember(&mut self, word: U256) {
        self.host_mut().transient_store(U256::ONE, word.to_be_bytes());
    }

    #[public]
    fn first(&self, numbers: Vec<u8>) -> u8 {
        let [first, ..] = numbers.as_slice() else { panic!("nothing given") };
        *first
    }

    #[receive]
    fn receive(&mut self) {
        let value = self.host().value();
        self.given.update(|given| given + value);
    }

    #[fallback]
    fn fallback(&mut self, input: Bytes) -> Bytes {
        Bytes(input.iter().rev().copied().collect())
    }
}

fn deployed(world: &TestHost) -> Deployed<Box> {
    world.from(world.account(1)).deploy::<Box>((true,)).expect("deploys")
}

fn selector(signature: &str) -> [u8; 4] {
    *keccak256(signature.as_bytes()).0.first_chunk().expect("four bytes")
}

#[test]
fn a_constructor_that_fails_leaves_nothing() {
    let world = TestHost::new();
    let refused = world.from(world.account(1)).deploy::<Box>((false,)).expect_err("not wanted");
    let troupe_contract::Error::Reverted(data) = refused else { panic!("{refused}") };
    assert_eq!(reason(&data).as_deref(), Some("not wanted"));
}

#[test]
fn only_the_call_that_failed_is_undone() {
    let world = TestHost::new();
    let (first, second) = (deployed(&world), deployed(&world));
    let caller = world.account(1);
    let input = (second.address,).to_call(selector("survive(address)"));
    assert_eq!(world.from(caller).call(first.address, &input), Ok((true,).to_bytes()));
    assert_eq!(world.from(caller).on(&first, |odd| odd.bumps()), 1);
    assert_eq!(world.from(caller).on(&second, |odd| odd.bumps()), 7);
    assert!(world.take_logs().is_empty());
}

#[test]
fn a_static_call_changes_nothing_and_fails() {
    let world = TestHost::new();
    let (first, second) = (deployed(&world), deployed(&world));
    let sneaked = world.from(world.account(1)).on(&first, |odd| odd.sneak(second.address));
    assert!(!sneaked);
    assert_eq!(world.from(world.account(1)).on(&second, |odd| odd.bumps()), 7);
}

#[test]
fn interfaces_give_results_and_reasons() {
    let world = TestHost::new();
    let odd = Odd::at(deployed(&world).address);
    let mut host = world.host(world.account(2));
    assert_eq!(odd.bumps(&host), Ok(7));
    assert_eq!(odd.bump(&mut host), Ok(8));
    let refused = odd.fail_after_bump(&mut host).expect_err("as asked");
    let troupe_contract::Error::Reverted(data) = refused else { panic!("{refused}") };
    assert_eq!(reason(&data).as_deref(), Some("as asked"));
    // Nobody there: no success without code.
    let nobody = Odd::at(Address([0x99; 20]));
    assert_eq!(nobody.fail_after_bump(&mut host), Err(troupe_contract::Error::Malformed));
    assert_eq!(nobody.bumps(&host), Err(troupe_contract::Error::Malformed));
}

#[test]
fn plain_transfers_and_unknown_calls_find_their_functions() {
    let world = TestHost::new();
    let odd = deployed(&world);
    let caller = world.account(1);
    let pay = |value: u64| world.from(caller).value(U256::new(value));
    pay(30).call(odd.address, &[]).expect("receives");
    assert_eq!(world.balance(odd.address), U256::new(30));
    assert_eq!(world.slot(odd.address, U256::ONE), U256::new(30).to_be_bytes());
    assert_eq!(world.from(caller).call(odd.address, &[1, 2, 3]), Ok(vec![3, 2, 1]));
    assert_eq!(world.from(caller).call(odd.address, &[1, 2, 3, 4, 5]), Ok(vec![5, 4, 3, 2, 1]));
    assert!(pay(1).call(odd.address, &[1]).is_err(), "the fallback takes no value");
    let pair = world.from(caller).call(odd.address, &selector("pair()"));
    assert_eq!(pair, Ok((1u8, "two".to_owned()).to_bytes()));
    let heir = world.account(5);
    let before = world.balance(heir);
    let end = (heir,).to_call(selector("end(address)"));
    world.from(caller).call(odd.address, &end).expect("ends");
    assert_eq!(world.balance(heir), before + U256::new(30));
}

#[test]
fn a_panic_undoes_the_call_and_says_what_solidity_would() {
    let world = TestHost::new();
    let odd = deployed(&world);
    let call = |input: &[u8]| world.from(world.account(1)).call(odd.address, input);
    let nothing = (Vec::<u8>::new(),).to_call(selector("first(uint8[])"));
    assert_eq!(call(&nothing), Err(Error::Reverted(Bytes("nothing given".revert_data()))));
    let mut contract = Box::open(world.host(odd.address));
    contract.bumps.set(u64::MAX);
    let Err(Error::Reverted(overflow)) = call(&selector("bump()")) else { panic!("an overflow") };
    assert_eq!(panic_code(&overflow), Some(0x11));
    assert_eq!(contract.bumps.get(), u64::MAX);
    contract.bumps.set(0);
    assert_eq!(call(&selector("bump()")), Ok((1u64,).to_bytes()));
}

#[test]
fn who_signed_is_recovered() {
    // The private key 1 and its address, known everywhere.
    let mut key = [0; 32];
    key[31] = 1;
    let known = U256::of("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf").to_be_bytes();
    let signer = Address(*known.last_chunk().expect("20 bytes"));
    let hash = keccak256(b"a message");
    let key = SigningKey::from_slice(&key).expect("a key");
    let (signature, parity) = key.sign_prehash_recoverable(&hash.0).expect("signs");
    let world = TestHost::new();
    let host = world.host(signer);
    for first in [0, 27] {
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&signature.to_bytes());
        bytes[64] = first + parity.to_byte();
        assert_eq!(host.recover(&hash, &bytes), Some(signer));
        bytes[64] = 29;
        assert_eq!(host.recover(&hash, &bytes), None);
    }
    assert_eq!(host.recover(&hash, &[0; 65]), None);
    let empty = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(U256::from(host.sha256(b"")), U256::of(empty));
}

#[test]
fn other_signatures_are_what_the_test_says() {
    let world = TestHost::new();
    let host = world.host(world.account(1));
    assert!(!host.bls_is_good(&[1; 48], b"m", &[2; 96]));
    world.answers().bls = |key, message, _| key[0] == 1 && message == b"m";
    assert!(host.bls_is_good(&[1; 48], b"m", &[2; 96]));
    assert!(!host.bls_is_good(&[3; 48], b"m", &[2; 96]));
    world.answers().vrf = |_, input, _| Some([input[0]; 32]);
    assert_eq!(host.vrf(&[0; 32], &[5], &[0; 96]), Some([5; 32]));
    world.block().height = 300;
    assert_eq!(host.block_hash(43), Hash::ZERO);
    assert_ne!(host.block_hash(44), Hash::ZERO);
    assert_eq!(host.block_hash(300), Hash::ZERO);
}
