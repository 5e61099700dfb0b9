//! What is known of the chain, in a file: a client that starts again goes on from there.
//!
//! | bytes | |
//! |---|---|
//! | 8 | `TRPLIGHT` |
//! | 1 | the version, 1 |
//! | 32 | the Keccak-256 of what follows |
//! | | a [`Light`], encoded |
//!
//! The file is replaced as a whole. One that is damaged is worth nothing and is not believed.

use crate::error::Error;
use troupe_crypto::hash::keccak256;
use troupe_ledger::Light;
use troupe_runtime::Disk;
use troupe_types::Hash;

/// Its name on the node's disk.
pub(crate) const FILE: &str = "light";
const NAME: &[u8; 8] = b"TRPLIGHT";
const VERSION: u8 = 1;
const HEAD: usize = NAME.len() + 1 + Hash::LEN;
/// Longer is no file of this kind.
const LONGEST: usize = HEAD + Light::LIMIT.bytes();

/// The file's content; `None` where there is more to be known than there can be.
fn pack(light: &Light) -> Option<Vec<u8>> {
    let known = light.encode()?;
    let hash = keccak256(&known);
    Some([&NAME[..], &[VERSION], &hash.0, &known].concat())
}

/// What a file says, or why it is not believed.
fn unpack(genesis: Hash, bytes: &[u8]) -> Result<Light, Error> {
    let wrong = |reason| Error::Kept { reason };
    let rest = bytes.strip_prefix(NAME).ok_or_else(|| wrong("it is another one"))?;
    let (version, rest) = rest.split_first().ok_or_else(|| wrong("it is cut"))?;
    if *version != VERSION {
        return Err(wrong("it is of a version that this program does not know"));
    }
    let (hash, known) = rest.split_first_chunk().ok_or_else(|| wrong("it is cut"))?;
    if keccak256(known) != Hash(*hash) {
        return Err(wrong("its check sum is wrong"));
    }
    Ok(Light::decode(genesis, known)?)
}

/// Reads what an earlier process knew of the chain with this genesis block; `None` where there was none.
pub(crate) fn read(disk: &dyn Disk, genesis: Hash) -> Result<Option<Light>, Error> {
    let bytes = disk.read_part(FILE, 0, LONGEST + 1)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() > LONGEST {
        return Err(Error::Kept { reason: "it is too long" });
    }
    unpack(genesis, &bytes).map(Some)
}

/// Keeps what is known in place of what was.
pub(crate) fn write(disk: &dyn Disk, light: &Light) -> Result<(), Error> {
    let bytes = pack(light).ok_or(Error::Kept { reason: "there is too much to keep" })?;
    Ok(disk.replace(FILE, &bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_chain::Header;
    use troupe_chain::block::Roster;
    use troupe_chain::genesis::Validator;
    use troupe_runtime::sim;
    use troupe_types::{Address, Epoch, Height, NodeId};
    use troupe_wire::Seed;

    fn light() -> Light {
        let validator = |at| Validator {
            node: NodeId([at; 32]),
            key: vec![at; 48],
            vrf: [at; 32],
            address: Address([at; 20]),
        };
        let validators = (1..5).map(validator).collect();
        let roster = Roster { epoch: Epoch(1), first: Height(1), last: Height(40), validators };
        let genesis = Header { next_term: Some(roster.hash()), ..Header::default() };
        Light::begin(genesis.hash(), genesis, &roster).unwrap()
    }

    #[test]
    fn what_is_kept_is_read_back_and_no_part_of_it() {
        let light = light();
        let bytes = pack(&light).unwrap();
        assert!(bytes.len() <= LONGEST);
        assert_eq!(unpack(light.genesis(), &bytes).unwrap(), light);
        for length in 0..bytes.len() {
            assert!(unpack(light.genesis(), &bytes[..length]).is_err(), "{length}");
        }
        let other = unpack(Hash([7; 32]), &bytes).unwrap_err();
        assert!(other.to_string().contains("genesis"), "{other}");
    }

    proptest! {
        #[test]
        fn a_byte_that_changed_is_found(at in any::<prop::sample::Index>(), by in 1u8..) {
            let light = light();
            let mut bytes = pack(&light).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= by;
            prop_assert!(unpack(light.genesis(), &bytes).is_err());
        }
    }

    #[test]
    fn the_disk_has_the_last_one_and_a_damaged_one_is_not_believed() {
        let disk = sim::Disk::new(&Seed::from_number(1)).mount();
        let light = light();
        assert!(matches!(read(&*disk, light.genesis()), Ok(None)));
        write(&*disk, &light).unwrap();
        write(&*disk, &light).unwrap();
        assert_eq!(read(&*disk, light.genesis()).unwrap().unwrap(), light);
        disk.append(FILE, &[0]).unwrap();
        let error = read(&*disk, light.genesis()).unwrap_err();
        assert!(error.to_string().contains("check sum"), "{error}");
        disk.replace(FILE, &vec![1; LONGEST + 5]).unwrap();
        let error = read(&*disk, light.genesis()).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
}
