//! Who was in office when, on chains whose stakes elect: over restarts, in snapshots and in files of blocks.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::staked::ROUND;
use common::{Ground, Maker, staked, transaction};
use std::io::Cursor;
use troupe_chain::Genesis;
use troupe_chain::block::{Roster, Stored};
use troupe_chain::frames::{Content, Tag};
use troupe_chain::snapshot::Manifest;
use troupe_crypto::Keyed;
use troupe_runtime::sim::Disk;
use troupe_types::{Address, Bytes, Epoch, Hash, Height};
use troupe_vault::{
    Checked, Contents, Error, FrameWriter, Frames, Garden, Imported, Importer, Snapshot, Vault,
    Voucher, check, create, export, restore,
};
use troupe_wire::{Seed, Sequential};

/// Twenty rounds.
const LENGTH: u64 = 20 * ROUND;

fn chain(to: u64) -> (Ground, Genesis, Maker<Keyed>) {
    let (ground, genesis) = (Ground::new(3), staked::<Keyed>(5));
    let mut maker = Maker::new(ground.open(&genesis, 1).unwrap());
    maker.grow(to, &mut pay);
    (ground, genesis, maker)
}

fn pay(height: u64) -> Vec<troupe_chain::transaction::Recovered> {
    vec![transaction(1, height - 1, Address([9; 20]), &[])]
}

fn look(ground: &Ground, genesis: &Genesis, chain: Hash) -> Checked {
    let disk = ground.disk.mount();
    check::<Keyed>(&*disk, (genesis, chain), None, &Sequential, &mut |_, _, _| {}).unwrap()
}

fn rosters(vault: &Vault) -> Vec<Option<Roster>> {
    (1..=22).map(|epoch| vault.roster(Epoch(epoch)).unwrap()).collect()
}

#[test]
fn the_validators_of_every_epoch_are_known_after_a_restart_with_its_index_or_without() {
    let (ground, genesis, mut maker) = chain(LENGTH);
    let all = rosters(&maker.vault);
    assert!(all.iter().take(21).all(Option::is_some), "{all:?}");
    assert_eq!(all[21], None, "the block that elects it is not made");
    for (epoch, roster) in (1..).zip(all.iter().flatten()) {
        assert_eq!((roster.epoch, roster.first), (Epoch(epoch), Height((epoch - 1) * ROUND + 1)));
        if epoch > 1 {
            let elects = maker.vault.stored(Height((epoch - 1) * ROUND - 6)).unwrap().unwrap();
            assert_eq!(elects.block.header().next_term, Some(roster.hash()));
        }
    }
    let terms = maker.ledger.terms();
    assert_eq!(terms.roster(Epoch(21)).unwrap(), all[20].clone().unwrap());
    assert!(terms.roster(Epoch(11)).is_err(), "a ledger forgets");
    let sets = all.iter().flatten().map(|one| one.validators[0].node);
    assert!(sets.collect::<std::collections::BTreeSet<_>>().len() > 3, "they change");

    maker.vault.flush(&mut maker.ledger).unwrap();
    drop(maker);
    assert_eq!(rosters(&ground.open(&genesis, 1).unwrap()), all, "as after a kill");
    assert_eq!(rosters(&ground.open(&genesis, 2).unwrap()), all, "as after a loss of power");

    let mut maker = Maker::<Keyed>::new(ground.open(&genesis, 2).unwrap());
    maker.grow(LENGTH + 10, &mut pay);
    assert!(rosters(&maker.vault)[21].is_some(), "it goes on");
}

#[test]
fn every_certificate_of_a_chain_with_stakes_is_checked() {
    let (ground, genesis, maker) = chain(LENGTH);
    let checked = look(&ground, &genesis, maker.vault.chain());
    assert_eq!(checked.wrong, [""; 0]);
    assert_eq!((checked.blocks.count, checked.blocks.unknown), (LENGTH + 1, 0));
    assert_eq!(checked.blocks.certificates, LENGTH + 2);
}

fn copied(ground: &Ground, chain: Hash, height: u64) -> Vec<u8> {
    let scratch = Disk::new(&Seed::from_number(9)).mount();
    let disk = ground.disk.mount();
    let height = Some(Height(height));
    let made = create((&*disk, chain), height, scratch, Vec::new(), &Sequential, &mut |_, _, _| {});
    made.unwrap().0
}

fn read<'b>(
    bytes: &'b [u8],
    (genesis, chain): (&Genesis, Hash),
    trusted: Option<Hash>,
) -> Result<Snapshot<Cursor<&'b [u8]>>, Error> {
    let length = Bytes::of(bytes.len());
    Snapshot::begin::<Keyed>(Cursor::new(bytes), length, (genesis, chain), trusted)
}

fn plant(snapshot: Snapshot<Cursor<&[u8]>>, ground: &Ground) -> Result<Contents, Error> {
    let scratch = Disk::new(&Seed::from_number(1)).mount();
    let garden = Garden { disk: ground.disk.mount(), scratch, salt: 3 };
    restore(snapshot, garden, &Sequential, &mut |_, _, _| {})
}

fn import(ground: &Ground, genesis: &Genesis, blocks: &[Stored]) -> Imported {
    let vault = ground.open(genesis, 1).unwrap();
    let mut importer = Importer::<Keyed>::begin(vault, &Sequential, &mut |_| {}).unwrap();
    for stored in blocks {
        importer.add(&stored.encode().unwrap(), &Sequential).unwrap();
    }
    importer.finish(&Sequential).unwrap()
}

fn exported(ground: &Ground, chain: Hash) -> Vec<Stored> {
    let (mut blocks, range) = (Vec::new(), Height(0)..=Height(u64::MAX));
    export(&*ground.disk.mount(), chain, range, &mut |stored, _| {
        blocks.push(stored);
        Ok::<(), Error>(())
    })
    .unwrap();
    blocks
}

#[test]
fn blocks_from_a_file_bring_all_elections_and_a_snapshot_those_of_its_state_and_later_ones() {
    let (ground, genesis, maker) = chain(LENGTH);
    let (name, all) = (maker.vault.chain(), rosters(&maker.vault));
    let blocks = exported(&ground, name);
    let other = Ground::new(4);
    assert_eq!(import(&other, &genesis, &blocks).blocks, LENGTH - 2);
    assert_eq!(rosters(&other.open(&genesis, 1).unwrap()), all);

    // In the middle of round 10, before and after the election of round 11.
    for (within, newest) in [(3, 10), (8, 11)] {
        let height = 9 * ROUND + within;
        let bytes = copied(&ground, name, height);
        let hash = maker.vault.stored(Height(height)).unwrap().unwrap().block.hash();
        let planted = Ground::new(5);
        let contents =
            plant(read(&bytes, (&genesis, name), Some(hash)).unwrap(), &planted).unwrap();
        assert_eq!((contents.height, contents.hash), (Height(height), hash));
        let known = |vault: &Vault| -> Vec<usize> {
            let got = rosters(vault);
            for (got, want) in got.iter().zip(&all) {
                assert!(got.is_none() || got == want);
            }
            (1..).zip(got).filter(|(_, roster)| roster.is_some()).map(|(at, _)| at).collect()
        };
        let vault = planted.open(&genesis, 1).unwrap();
        assert_eq!(known(&vault), (8..=newest).collect::<Vec<_>>());
        drop(vault);
        // All of it is still known when the state has long forgotten it.
        assert_eq!(import(&planted, &genesis, &blocks).height, Height(LENGTH - 2));
        for boot in [1, 2] {
            let vault = planted.open(&genesis, boot).unwrap();
            assert_eq!(known(&vault), (8..=21).collect::<Vec<_>>());
        }
        let checked = look(&planted, &genesis, name);
        assert_eq!((checked.wrong, checked.blocks.unknown), (vec![], 0));
    }
}

#[test]
fn a_snapshot_says_who_vouches_for_it_and_is_restored_if_somebody_does() {
    let (ground, genesis, maker) = chain(5 * ROUND);
    let name = maker.vault.chain();
    let bytes = copied(&ground, name, 40);
    let hash = maker.vault.stored(Height(40)).unwrap().unwrap().block.hash();

    let snapshot = read(&bytes, (&genesis, name), None).unwrap();
    assert_eq!(snapshot.voucher(), Voucher::Itself);
    let contents = snapshot.verify(&Sequential, &mut |_, _, _| {}).unwrap();
    assert_eq!(contents.hash, hash, "it is good in itself");
    let empty = Ground::new(6);
    let refused = plant(read(&bytes, (&genesis, name), None).unwrap(), &empty).unwrap_err();
    assert!(matches!(refused, Error::Unvouched { height: Height(40), .. }), "{refused}");
    assert_eq!(empty.disk.names().len(), 0, "nothing was written");

    // Somebody else's past, signed by the same validators.
    let (other, _, others) = {
        let (ground, genesis) = (Ground::new(7), staked::<Keyed>(5));
        let mut maker = Maker::<Keyed>::new(ground.open(&genesis, 1).unwrap());
        maker.grow(50, &mut |_| Vec::new());
        (ground, genesis, maker)
    };
    assert_eq!(others.vault.chain(), name);
    let lie = copied(&other, name, 40);
    assert!(read(&lie, (&genesis, name), None).is_ok(), "nobody can tell");
    let refused = read(&lie, (&genesis, name), Some(hash)).unwrap_err().to_string();
    assert!(refused.starts_with("block 40 is refused: hash is"), "{refused}");
    let snapshot = read(&bytes, (&genesis, name), Some(hash)).unwrap();
    assert_eq!(snapshot.voucher(), Voucher::Caller);
}

#[test]
fn a_snapshot_that_its_own_validators_did_not_sign_is_refused() {
    let (ground, genesis, maker) = chain(5 * ROUND);
    let name = maker.vault.chain();
    let bytes = copied(&ground, name, 40);
    let mut frames = Frames::open(Cursor::new(&bytes), Content::Snapshot, name).unwrap();
    let mut writer = FrameWriter::begin(Vec::new(), Content::Snapshot, name).unwrap();
    while let Some((tag, mut payload)) = frames.read_next().unwrap() {
        if tag == Tag::Manifest {
            let mut manifest = Manifest::decode(&payload).unwrap();
            let mut proof = manifest.stored.proof.to_vec();
            let last = proof.len() - 5;
            proof[last] ^= 1;
            manifest.stored.proof = proof.into();
            payload = manifest.encode().unwrap();
        }
        writer.write(tag, &payload).unwrap();
    }
    let (forged, _) = writer.finish().unwrap();
    let hash = maker.vault.stored(Height(40)).unwrap().unwrap().block.hash();
    for trusted in [None, Some(hash)] {
        let snapshot = read(&forged, (&genesis, name), trusted).unwrap();
        let refused = snapshot.verify(&Sequential, &mut |_, _, _| {}).unwrap_err().to_string();
        assert!(refused.starts_with("block 40 is refused: "), "{refused}");
    }
    let planted = Ground::new(8);
    let snapshot = read(&forged, (&genesis, name), Some(hash)).unwrap();
    assert!(plant(snapshot, &planted).is_err());
    assert!(planted.open(&genesis, 1).unwrap().stored(Height(40)).unwrap().is_none());
}
