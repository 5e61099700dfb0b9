//! Blocks and states on their way from one vault to another.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Ground, Maker, PAYERS, WRITER, genesis, restored, transaction};
use proptest::prelude::*;
use std::io::Cursor;
use troupe_chain::Genesis;
use troupe_chain::block::Stored;
use troupe_chain::frames::{Content, Tag};
use troupe_chain::transaction::Recovered;
use troupe_crypto::Keyed;
use troupe_runtime::sim::{Disk, DiskFault, Tear};
use troupe_types::{Address, Bytes, Hash, Height};
use troupe_vault::{
    Contents, Error, Exported, FrameWriter, Frames, Garden, Importer, Snapshot, create, export,
    restore,
};
use troupe_wire::{Seed, Sequential, Stream};

/// Whatever comes to the payers' minds: payments to anybody, words written and taken back.
fn history(seed: u64) -> impl FnMut(u64) -> Vec<Recovered> {
    let mut nonces = [0_u64; PAYERS as usize];
    let mut luck: Stream = Seed::from_number(seed).stream("history");
    move |_| {
        let mut transactions = Vec::new();
        for (who, nonce) in (1..).zip(&mut nonces) {
            for _ in 0..luck.below(4) {
                let transaction = if luck.chance(1, 2) {
                    let to = Address([u8::try_from(luck.below(9)).unwrap(); 20]);
                    transaction(who, *nonce, to, &[])
                } else {
                    let mut input = [0; 64];
                    input[31] = u8::try_from(luck.below(20)).unwrap();
                    input[63] = u8::try_from(luck.below(4)).unwrap();
                    transaction(who, *nonce, WRITER, &input)
                };
                transactions.push(transaction);
                *nonce += 1;
            }
        }
        transactions
    }
}

/// A chain of some blocks.
fn chain(to: u64, seed: u64) -> (Ground, Genesis, Maker<Keyed>) {
    let (ground, genesis) = (Ground::new(seed), genesis::<Keyed>(5));
    let mut maker = Maker::new(ground.open(&genesis, 1).unwrap());
    maker.grow(to, &mut history(seed));
    (ground, genesis, maker)
}

fn exported(disk: &Disk, chain: Hash, from: u64) -> (Vec<Stored>, Exported) {
    let mut blocks = Vec::new();
    let range = Height(from)..=Height(u64::MAX);
    let exported = export(&*disk.mount(), chain, range, &mut |stored, _| {
        blocks.push(stored);
        Ok::<(), Error>(())
    });
    (blocks, exported.unwrap())
}

fn importer(ground: &Ground, genesis: &Genesis) -> Importer<Keyed> {
    Importer::begin(ground.open(genesis, 1).unwrap(), &Sequential, &mut |_| {}).unwrap()
}

fn snapshot(ground: &Ground, chain: Hash, height: Option<Height>) -> Vec<u8> {
    let scratch = Disk::new(&Seed::from_number(9));
    let made = create(
        (&*ground.disk.mount(), chain),
        height,
        scratch.mount(),
        Vec::new(),
        &Sequential,
        &mut |_, _, _| {},
    );
    let (bytes, created) = made.unwrap();
    assert_eq!(created.size, Bytes::of(bytes.len()));
    assert_eq!(scratch.names().len(), 0);
    bytes
}

fn read<'b>(
    bytes: &'b [u8],
    genesis: &Genesis,
    chain: Hash,
) -> Result<Snapshot<Cursor<&'b [u8]>>, Error> {
    Snapshot::begin::<Keyed>(Cursor::new(bytes), Bytes::of(bytes.len()), (genesis, chain), None)
}

fn verify(bytes: &[u8], genesis: &Genesis, chain: Hash) -> Result<Contents, Error> {
    read(bytes, genesis, chain)?.verify(&Sequential, &mut |_, _, _| {})
}

fn grow(
    bytes: &[u8],
    genesis: &Genesis,
    chain: Hash,
    (disk, scratch): (&Disk, &Disk),
) -> Result<Contents, Error> {
    let garden = Garden { disk: disk.mount(), scratch: scratch.mount(), salt: 3 };
    restore(read(bytes, genesis, chain)?, garden, &Sequential, &mut |_, _, _| {})
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_same_state_after_a_restart_a_replay_a_snapshot_and_an_import(
        seed in any::<u64>(),
        length in 1_u64..90,
        later in 0_u64..30,
    ) {
        let (ground, genesis, mut maker) = chain(length, seed);
        let (name, want) = (maker.vault.chain(), (maker.height(), maker.ledger.head().block.hash(), maker.root()));

        // Blocks, to a vault that begins at the beginning; it gets all but those that nothing proves yet.
        let (blocks, told) = exported(&ground.disk, name, 0);
        prop_assert_eq!(told.blocks + told.unproven, length);
        prop_assert_eq!(told.unproven, length.min(2));
        let other = Ground::new(seed ^ 1);
        let mut importer = importer(&other, &genesis);
        for stored in &blocks {
            importer.add(&stored.encode().unwrap(), &Sequential).unwrap();
        }
        let done = importer.finish(&Sequential).unwrap();
        prop_assert_eq!(done.blocks, blocks.len() as u64);
        let imported = restored(&mut other.open(&genesis, 1).unwrap());
        let same = maker.vault.stored(imported.0).unwrap().unwrap();
        prop_assert_eq!(imported.1, same.block.hash());

        // A snapshot of the last block that is proven, and what came after it.
        let planted = Ground::new(seed ^ 2);
        if let Some(last) = told.last {
            let bytes = snapshot(&ground, name, None);
            let verified = verify(&bytes, &genesis, name).unwrap();
            prop_assert_eq!((verified.height, verified.hash, verified.root), imported);
            prop_assert_eq!(verified.height, last);
            grow(&bytes, &genesis, name, (&planted.disk, &Disk::new(&Seed::from_number(1)))).unwrap();
            prop_assert_eq!(restored(&mut planted.open(&genesis, 1).unwrap()), imported);
        }
        maker.grow(length + later, &mut |_| Vec::new());
        drop(maker);
        prop_assert!(want.0.0 == length);

        // A restart, and a start that has lost its index.
        let after = restored(&mut ground.open(&genesis, 1).unwrap());
        ground.shelf.lose(|_| true);
        prop_assert_eq!(restored(&mut ground.open(&genesis, 2).unwrap()), after);

        // What came after the snapshot leads both to the same state.
        let (blocks, told) = exported(&ground.disk, name, 0);
        for ground in [&other, &planted] {
            if ground.disk.names().is_empty() {
                continue;
            }
            let mut importer = self::importer(ground, &genesis);
            for stored in &blocks {
                importer.add(&stored.encode().unwrap(), &Sequential).unwrap();
            }
            let done = importer.finish(&Sequential).unwrap();
            prop_assert_eq!(Some(done.height), told.last.or(Some(Height::ZERO)));
            let again = restored(&mut ground.open(&genesis, 2).unwrap());
            prop_assert_eq!(again.0, done.height);
        }
    }
}

#[test]
fn blocks_that_are_there_are_passed_over_and_those_of_others_refused_with_their_height() {
    let (ground, genesis, maker) = chain(50, 3);
    let name = maker.vault.chain();
    let (blocks, _) = exported(&ground.disk, name, 0);
    assert_eq!(blocks.len(), 48);
    let encoded: Vec<Vec<u8>> = blocks.iter().map(|stored| stored.encode().unwrap()).collect();
    let target = Ground::new(8);
    let mut into = importer(&target, &genesis);
    for bytes in encoded.iter().take(20) {
        into.add(bytes, &Sequential).unwrap();
    }
    into.finish(&Sequential).unwrap();
    let mut into = importer(&target, &genesis);
    for bytes in &encoded {
        into.add(bytes, &Sequential).unwrap();
    }
    let done = into.finish(&Sequential).unwrap();
    assert_eq!((done.blocks, done.known, done.height), (28, 20, Height(48)));

    // Another chain of the same validators.
    let other = chain(60, 4);
    let (others, _) = exported(&other.0.disk, other.2.vault.chain(), 0);
    let mut into = importer(&target, &genesis);
    let refused = into.add(&others[4].encode().unwrap(), &Sequential).unwrap_err();
    assert!(matches!(refused, Error::Other { height: Height(5), .. }), "{refused}");
    let refused = into.add(&others[48].encode().unwrap(), &Sequential).unwrap_err();
    assert!(refused.to_string().starts_with("block 49 is refused: parent is"), "{refused}");
    let refused = into.add(&others[50].encode().unwrap(), &Sequential).unwrap_err();
    assert_eq!(refused.to_string(), "block 51 does not follow, 49 comes next");
}

#[test]
fn a_block_that_is_not_proven_or_does_not_lead_to_its_state_is_refused_and_those_before_it_stay() {
    let (ground, genesis, maker) = chain(40, 5);
    let (blocks, _) = exported(&ground.disk, maker.vault.chain(), 0);
    for (at, what) in [(20, "proof"), (30, "signature")] {
        let mut blocks = blocks.clone();
        blocks[at].proof = match what {
            "proof" => blocks[at - 1].proof.clone(),
            // A byte of the first signature: behind place, height, index, hash and signers.
            _ => {
                let mut proof = blocks[at].proof.to_vec();
                let wrong: usize = proof.len() - 5;
                proof[wrong] ^= 1;
                proof.into()
            }
        };
        let target = Ground::new(6);
        let mut into = importer(&target, &genesis);
        let mut refused = None;
        for stored in &blocks[..=at] {
            refused = into.add(&stored.encode().unwrap(), &Sequential).err();
        }
        let refused = refused.or_else(|| into.finish(&Sequential).err()).unwrap().to_string();
        let named = format!("block {} is refused: ", at + 1);
        assert!(refused.starts_with(&named), "{refused}");
        let height = restored(&mut target.open(&genesis, 1).unwrap()).0;
        assert_eq!(height, Height(at as u64), "what came before it stays");
    }
}

#[test]
fn exporting_from_below_what_is_kept_says_what_is_kept() {
    let (ground, genesis, maker) = chain(30, 5);
    let name = maker.vault.chain();
    let bytes = snapshot(&ground, name, Some(Height(20)));
    let planted = Ground::new(7);
    let scratch = Disk::new(&Seed::from_number(1));
    grow(&bytes, &genesis, name, (&planted.disk, &scratch)).unwrap();
    let range = Height(5)..=Height(25);
    let mut give = |_: Stored, _| Ok::<(), Error>(());
    let refused = export(&*planted.disk.mount(), name, range, &mut give).unwrap_err();
    assert_eq!(refused.to_string(), "block 5 is not kept, the first one is 20");
    let range = Height(5)..=Height(9);
    let exported = export(&*ground.disk.mount(), name, range, &mut give).unwrap();
    assert_eq!((exported.first, exported.last), (Some(Height(5)), Some(Height(9))));
    assert_eq!((exported.blocks, exported.unproven), (5, 0));
    // It begins where the snapshot is, and says so.
    let vault = planted.open(&genesis, 1).unwrap();
    assert_eq!(vault.first().unwrap(), Height(20));
    assert!(vault.stored(Height(19)).unwrap().is_none());
}

#[test]
fn whatever_call_of_the_disk_a_restore_dies_in_it_goes_on_and_comes_to_the_same() {
    let (ground, genesis, maker) = chain(25, 6);
    let name = maker.vault.chain();
    let bytes = snapshot(&ground, name, None);
    let want = verify(&bytes, &genesis, name).unwrap();
    let calls = {
        let disk = Disk::new(&Seed::from_number(1));
        grow(&bytes, &genesis, name, (&disk, &Disk::new(&Seed::from_number(2)))).unwrap();
        disk.calls()
    };
    assert!(calls > 8, "{calls}");
    for fault in
        [DiskFault::Crashes(Tear::ALL[0]), DiskFault::Crashes(Tear::ALL[2]), DiskFault::Full]
    {
        for call in 1..=calls {
            for is_scratch in [false, true] {
                let planted = Ground::new(call);
                let scratch = Disk::new(&Seed::from_number(call + 100));
                let faulty = if is_scratch { &scratch } else { &planted.disk };
                faulty.fault_at(call, fault);
                let first = grow(&bytes, &genesis, name, (&planted.disk, &scratch));
                planted.disk.lose_power(Tear::ALL[call as usize % 4]);
                scratch.lose_power(Tear::ALL[call as usize % 4]);
                planted.disk.clear_faults();
                scratch.clear_faults();
                match grow(&bytes, &genesis, name, (&planted.disk, &scratch)) {
                    Ok(_) => assert!(first.is_err()),
                    Err(error) => {
                        assert_eq!(error.to_string(), "the folder holds blocks already");
                    }
                }
                let got = restored(&mut planted.open(&genesis, 1).unwrap());
                assert_eq!(got, (want.height, want.hash, want.root), "{fault:?} at {call}");
            }
        }
    }
}

#[test]
fn a_snapshot_that_is_not_of_a_final_block_or_lacks_a_byte_is_refused() {
    let (ground, genesis, maker) = chain(25, 6);
    let name = maker.vault.chain();
    let bytes = snapshot(&ground, name, None);
    for cut in (0..bytes.len()).step_by(211) {
        assert!(verify(&bytes[..cut], &genesis, name).is_err(), "{cut}");
    }
    for at in (0..bytes.len()).step_by(173) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        let refused = verify(&changed, &genesis, name).unwrap_err();
        assert!(!refused.to_string().is_empty());
    }
    // Other validators.
    let mut other = genesis.clone();
    other.terms[0].validators.swap(0, 3);
    let refused = verify(&bytes, &other, name).unwrap_err().to_string();
    assert!(refused.starts_with("block 23 is refused: "), "{refused}");
    assert!(matches!(verify(&bytes, &genesis, Hash([1; 32])), Err(Error::OtherChain { .. })));
    // Whole frames, but another piece in place of the first: its checksums are right.
    let mut frames = Frames::open(Cursor::new(&bytes), Content::Snapshot, name).unwrap();
    let mut writer = FrameWriter::begin(Vec::new(), Content::Snapshot, name).unwrap();
    while let Some((tag, mut payload)) = frames.read_next().unwrap() {
        if tag == Tag::Piece {
            let last = payload.len() - 1;
            payload[last] ^= 1;
        }
        writer.write(tag, &payload).unwrap();
    }
    let (lie, _) = writer.finish().unwrap();
    let refused = verify(&lie, &genesis, name).unwrap_err().to_string();
    assert!(refused.starts_with("the frame at byte "), "{refused}");
}
