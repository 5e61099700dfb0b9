//! Whatever is changed on a disk is told, and stays as it is.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Ground, Maker, genesis, restored, transaction};
use troupe_chain::Genesis;
use troupe_crypto::Keyed;
use troupe_storage::{Boot, Commit, Entry};
use troupe_types::{Address, Hash, Height};
use troupe_vault::{Checked, check};
use troupe_wire::Sequential;

fn chain(to: u64) -> (Ground, Genesis, Maker<Keyed>) {
    let (ground, genesis) = (Ground::new(3), genesis::<Keyed>(5));
    let mut maker = Maker::new(ground.open(&genesis, 1).unwrap());
    let pay = |nonce| transaction(1, nonce, Address([9; 20]), &[]);
    maker.grow(to, &mut |height| vec![pay(height - 1)]);
    (ground, genesis, maker)
}

fn look(ground: &Ground, genesis: &Genesis, chain: Hash) -> Checked {
    let boot = Some(Boot([1; 16]));
    let disk = ground.disk.mount();
    check::<Keyed>(&*disk, (genesis, chain), boot, &Sequential, &mut |_, _, _| {}).unwrap()
}

fn make_state(maker: &mut Maker<Keyed>) {
    maker.vault.flush(&mut maker.ledger).unwrap();
    let making = maker.vault.store().begin_state().unwrap();
    let made = making.run(&mut |_| {}).unwrap();
    maker.vault.finish_state(made).unwrap();
}

#[test]
fn a_good_chain_is_good_with_every_certificate_checked_once() {
    let (ground, genesis, mut maker) = chain(60);
    make_state(&mut maker);
    maker.grow(70, &mut |_| Vec::new());
    let checked = look(&ground, &genesis, maker.vault.chain());
    assert_eq!(checked.wrong, [""; 0]);
    let blocks = checked.blocks;
    assert_eq!((blocks.first, blocks.last), (Some(Height(0)), Some(Height(70))));
    // Those that proved block 60 had transactions as well; above block 70 two more are certified.
    assert_eq!((blocks.count, blocks.transactions, blocks.certificates), (71, 62, 72));
    let [state] = &checked.states[..] else { panic!("{checked:?}") };
    assert_eq!((state.height, state.root.is_some()), (Height(60), true));
    assert_eq!(
        checked.start,
        [
            "opens the index; if that fails, fills it again from state-00000000000000000060 and 10 later blocks",
            "goes on after block 70"
        ]
    );
}

#[test]
fn every_damage_is_told_with_what_a_start_does_and_nothing_is_changed() {
    let (ground, genesis, mut maker) = chain(30);
    make_state(&mut maker);
    maker.grow(40, &mut |_| Vec::new());
    let name = maker.vault.chain();
    drop(maker);
    let log = "log-0000000001";
    let (whole, state) = (ground.disk.contents(log), ground.disk.names()[2].clone());
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        ground.disk.damage(log, at, 4);
        let damaged = ground.disk.contents(log);
        let checked = look(&ground, &genesis, name);
        assert!(checked.wrong[0].starts_with(log), "{at}: {:?}", checked.wrong);
        assert!(checked.start[0].starts_with("refuses: log-0000000001"), "{:?}", checked.start);
        assert!(ground.disk.contents(log) == damaged, "it is not repaired");
        assert!(ground.open(&genesis, 1).is_err());
        ground.disk.put(log, Some(whole.clone()));
    }
    let file = ground.disk.contents(&state);
    ground.disk.damage(&state, file.len() / 2, 4);
    let checked = look(&ground, &genesis, name);
    assert!(checked.wrong[0].starts_with(&state), "{:?}", checked.wrong);
    assert!(checked.start[0].contains("from the first block of the log on"), "{:?}", checked.start);
    assert_eq!(restored(&mut ground.open(&genesis, 2).unwrap()).0, Height(40));
}

#[test]
fn blocks_that_contradict_themselves_are_told_by_their_height() {
    let (_ground, genesis, mut maker) = chain(20);
    let name = maker.vault.chain();
    type Change = fn(&mut Commit);
    let changes: [(&str, Change); 5] = [
        ("block 9: its record is of another block", |commit| commit.root = Hash([1; 32])),
        ("block 9: receipts root is", |commit| commit.receipts = vec![0xc0]),
        ("block 9: nothing proves that it is final", |commit| commit.proof.clear()),
        ("block 9: proof or receipts do not read", |commit| commit.proof.truncate(50)),
        ("block 9: malformed", |commit| commit.block.truncate(90)),
    ];
    for (told, change) in changes {
        let other = Ground::new(5);
        let mut vault = other.open(&genesis, 1).unwrap();
        for height in 1..=20 {
            let mut commit = maker.commit(height);
            if height == 9 {
                change(&mut commit);
            }
            vault.store().append(&[Entry::Commit(&commit)]).unwrap();
        }
        let checked = look(&other, &genesis, name);
        assert_eq!(checked.wrong.len(), 1, "{:?}", checked.wrong);
        assert!(checked.wrong[0].starts_with(told), "{:?}", checked.wrong);
    }
}
