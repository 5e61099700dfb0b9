//! Snapshots: whatever the bytes, pieces and manifests are refused or have one form, and no piece is one of a
//! state that nobody has.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::snapshot::{Cover, Manifest, Piece, decode_headers, encode_headers};
use troupe_chain::trie::{Path, Walk};
use troupe_types::Hash;
use troupe_wire::Sequential;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind % 4 {
        0 => {
            let Ok(piece) = Piece::decode(bytes) else { return };
            assert_eq!(piece.encode().expect("it was read"), bytes);
            let root = Hash([7; 32]);
            let is_codes = matches!(piece, Piece::Codes(_));
            assert!(is_codes || piece.check(&root, &Sequential).is_err());
            // A piece that hangs at the root has no way to it that would be wrong: that its content is refused is said
            // above, and taking it only marks that all has come.
            let is_whole = matches!(&piece, Piece::Accounts(all) if all.path.length() == 0);
            let mut cover = Cover::new(root);
            assert!(cover.take(&piece).is_err() || is_codes || is_whole);
            assert!(cover.finish().is_err() || is_whole);
            assert!(piece.items().len() <= bytes.len());
        }
        1 => {
            let Ok(manifest) = Manifest::decode(bytes) else { return };
            assert_eq!(manifest.encode().expect("it was read"), bytes);
        }
        2 => {
            let Ok(headers) = decode_headers(bytes) else { return };
            assert_eq!(encode_headers(&headers), bytes);
        }
        _ => {
            let Ok(path) = Path::from_bytes(bytes.get(..bytes.len().min(9)).unwrap_or_default())
            else {
                return;
            };
            assert_eq!(Path::from_bytes(&path.to_bytes()).expect("its own"), path);
            // A root that the first node has, so that the way is followed.
            let nodes: Vec<Vec<u8>> =
                bytes.get(9..).unwrap_or_default().chunks(540).map(<[u8]>::to_vec).collect();
            let root = nodes.first().map_or(Hash::default(), troupe_crypto::hash::keccak256);
            if let Ok(walk) = Walk::along(&root, &nodes, &path) {
                assert!(walk.passed.len() <= path.length());
            }
        }
    }
});
