//! What is stored lies where solc would put it.

use troupe_contract::prelude::*;

#[value]
enum Phase {
    Open,
    Paid,
    Closed,
}

#[storage]
struct Deal {
    buyer: Value<Address>,
    phase: Value<Phase>,
    amount: Value<U256>,
    notes: List<u16>,
}

#[storage]
struct Shop {
    owner: Value<Address>,
    is_open: Value<bool>,
    fee: Value<u64>,
    name: Value<String>,
    deals: Map<U256, Deal>,
    given: Map<Address, Map<Address, U256>>,
    small: List<u64>,
    best: Deal,
    last: Value<FixedBytes<4>>,
}

const HOME: Address = Address([0x57; 20]);

fn behind(slot: U256) -> U256 {
    keccak256(&slot.to_be_bytes()).into()
}

fn entry(key: [u8; 32], slot: U256) -> U256 {
    keccak256(&[key, slot.to_be_bytes()].concat()).into()
}

fn padded(address: Address) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(&address.0);
    word
}

#[test]
fn fields_that_fit_share_a_slot_from_the_right() {
    let world = TestHost::new();
    let mut shop = world.storage::<Shop>();
    shop.owner.set(Address([0xaa; 20]));
    shop.is_open.set(true);
    // 20 + 1 + 8 bytes.
    shop.fee.set(0x0102_0304_0506_0708);
    let mut word = [0; 32];
    word[12..].fill(0xaa);
    word[11] = 1;
    word[3..11].copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(world.slot(HOME, U256::ZERO), word);
    shop.is_open.set(false);
    assert_eq!(shop.owner.get(), Address([0xaa; 20]));
    assert_eq!(shop.fee.get(), 0x0102_0304_0506_0708);
    // `best` begins at slot 5 and has three; what follows a struct begins a slot.
    shop.last.set(FixedBytes(*b"abcd"));
    shop.best.amount.set(U256::new(3));
    assert_eq!(world.slot(HOME, U256::new(6)), U256::new(3).to_be_bytes());
    let mut word = [0; 32];
    word[28..].copy_from_slice(b"abcd");
    assert_eq!(world.slot(HOME, U256::new(8)), word);
}

#[test]
fn structs_in_maps_lie_behind_the_hash_of_their_key() {
    let world = TestHost::new();
    let mut shop = world.storage::<Shop>();
    let mut deal = shop.deals.at_mut(&U256::new(9));
    deal.buyer.set(Address([0xbb; 20]));
    deal.phase.set(Phase::Closed);
    deal.amount.set(U256::new(77));
    deal.notes.push(0x1234);
    deal.notes.push(0x5678);
    let base = entry(U256::new(9).to_be_bytes(), U256::new(2));
    let mut word = padded(Address([0xbb; 20]));
    word[11] = 2;
    assert_eq!(world.slot(HOME, base), word);
    assert_eq!(world.slot(HOME, base + U256::ONE), U256::new(77).to_be_bytes());
    assert_eq!(world.slot(HOME, base + U256::new(2)), U256::new(2).to_be_bytes());
    let notes = behind(base + U256::new(2));
    assert_eq!(world.slot(HOME, notes), U256::new(0x5678_1234).to_be_bytes());
    assert_eq!(shop.deals.at(&U256::new(9)).phase.get(), Phase::Closed);
}

#[test]
fn maps_within_maps_hash_twice() {
    let world = TestHost::new();
    let mut shop = world.storage::<Shop>();
    let (owner, spender) = (Address([1; 20]), Address([2; 20]));
    shop.given.at_mut(&owner).set(&spender, U256::new(5));
    let slot = entry(padded(spender), entry(padded(owner), U256::new(3)));
    assert_eq!(world.slot(HOME, slot), U256::new(5).to_be_bytes());
    assert_eq!(shop.given.at(&owner).get(&spender), U256::new(5));
    assert_eq!(shop.given.at(&spender).get(&owner), U256::ZERO);
}

#[test]
fn short_text_lies_in_its_slot_and_long_text_behind_it() {
    let world = TestHost::new();
    let mut shop = world.storage::<Shop>();
    shop.name.set("abc".to_owned());
    let mut word = [0; 32];
    word[..3].copy_from_slice(b"abc");
    word[31] = 6;
    assert_eq!(world.slot(HOME, U256::ONE), word);
    let long = "x".repeat(40);
    shop.name.set(long.clone());
    assert_eq!(world.slot(HOME, U256::ONE), U256::new(81).to_be_bytes());
    assert_eq!(world.slot(HOME, behind(U256::ONE)), [b'x'; 32]);
    assert_eq!(shop.name.get(), long);
    // What a longer text left behind is cleared.
    shop.name.set("y".repeat(31));
    assert_eq!(shop.name.get().len(), 31);
    assert_eq!(world.slot(HOME, behind(U256::ONE)), [0; 32]);
    assert_eq!(world.slot(HOME, behind(U256::ONE) + U256::ONE), [0; 32]);
}

#[test]
fn small_elements_of_a_list_share_slots() {
    let world = TestHost::new();
    let mut shop = world.storage::<Shop>();
    for number in 1..=5 {
        shop.small.push(number);
    }
    assert_eq!(world.slot(HOME, U256::new(4)), U256::new(5).to_be_bytes());
    let first = world.slot(HOME, behind(U256::new(4)));
    assert_eq!(first[24..], 1u64.to_be_bytes());
    assert_eq!(first[..8], 4u64.to_be_bytes());
    assert_eq!(world.slot(HOME, behind(U256::new(4)) + U256::ONE), U256::new(5).to_be_bytes());
    assert_eq!(shop.small.pop(), Some(5));
    assert_eq!(world.slot(HOME, behind(U256::new(4)) + U256::ONE), [0; 32]);
    assert_eq!(shop.small.iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
    shop.small.set(2, 9);
    assert_eq!(shop.small.get(2), 9);
    assert_eq!(shop.small.len(), 4);
}

#[test]
#[should_panic(expected = "index out of bounds")]
fn an_index_beyond_the_end_panics() {
    let world = TestHost::new();
    world.storage::<Shop>().small.get(0);
}
