//! Values that others published, for either arithmetic.
//!
//! * Keys, signatures and aggregates: `ethereum/bls12-381-tests` and `ethereum/consensus-spec-tests`
//!   (`general/phase0/bls`).
//! * Refused encodings: the deserialization cases of `ethereum/bls12-381-tests`, and Project
//!   Wycheproof (`bls_sig_g2_pop_verify_test`).
//! * Key generation: the master keys of EIP-2333.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use troupe_crypto::bls::{Bls, Proof, PublicKey, SecretKey, Signature};
use troupe_crypto::{Error, Fixed, Scheme};

trait BlsScheme:
    Scheme<SecretKey = SecretKey, PublicKey = PublicKey, Signature = Signature, Proof = Proof>
{
}
impl<S> BlsScheme for S where
    S: Scheme<SecretKey = SecretKey, PublicKey = PublicKey, Signature = Signature, Proof = Proof>
{
}

/// Runs a test over every arithmetic there is.
macro_rules! both {
    ($($name:ident => $run:ident;)*) => {$(
        #[test]
        fn $name() {
            $run::<Bls>();
            #[cfg(feature = "blst")]
            $run::<troupe_crypto::BlsNative>();
        }
    )*};
}

both! {
    signatures_equal_the_published_ones => signatures;
    aggregates_equal_the_published_ones_and_verify => aggregates;
    signatures_over_a_message_each_verify_together => different_messages;
    other_peoples_signatures_verify => wycheproof_valid;
    malformed_keys_are_refused_for_the_right_reason => malformed_keys;
    malformed_signatures_are_refused_for_the_right_reason => malformed_signatures;
    altered_signatures_do_not_verify => wycheproof_invalid;
}

const SECRETS: [&str; 3] = [
    "263dbd792f5b1be47ed85f8938c0f29586af0d3ac7b977f21c278fe1462040e3",
    "47b8192d77bf871b62e87859d653922725724a5c031afeabc60bcef5ff665138",
    "328388aff0d4a5b7dc9205abd374e7e98f3cd9f3418edb4eafda5fb16473d216",
];
const KEYS: [&str; 3] = [
    "a491d1b0ecd9bb917989f0e74f0dea0422eac4a873e5e2644f368dffb9a6e20fd6e10c1b77654d067c0618f6e5a7f79a",
    "b301803f8b5ac4a1133581fc676dfedc60d891dd5fa99028805e5ea5b08d3491af75d0707adab3b70c6a6a580217bf81",
    "b53d21a4cfd562c469cc81514d4ce5a6b577d8403d32a394dc265dd190b47fa9f829fdd7963afdf972e5e77854051f6f",
];
const MESSAGES: [[u8; 32]; 3] = [[0x00; 32], [0x56; 32], [0xab; 32]];
/// By secret, then by message.
const SIGNATURES: [[&str; 3]; 3] = [
    [
        "b6ed936746e01f8ecf281f020953fbf1f01debd5657c4a383940b020b26507f6076334f91e2366c96e9ab279fb5158090352ea1c5b0c9274504f4f0e7053af24802e51e4568d164fe986834f41e55c8e850ce1f98458c0cfc9ab380b55285a55",
        "882730e5d03f6b42c3abc26d3372625034e1d871b65a8a6b900a56dae22da98abbe1b68f85e49fe7652a55ec3d0591c20767677e33e5cbb1207315c41a9ac03be39c2e7668edc043d6cb1d9fd93033caa8a1c5b0e84bedaeb6c64972503a43eb",
        "91347bccf740d859038fcdcaf233eeceb2a436bcaaee9b2aa3bfb70efe29dfb2677562ccbea1c8e061fb9971b0753c240622fab78489ce96768259fc01360346da5b9f579e5da0d941e4c6ba18a0e64906082375394f337fa1af2b7127b0d121",
    ],
    [
        "b23c46be3a001c63ca711f87a005c200cc550b9429d5f4eb38d74322144f1b63926da3388979e5321012fb1a0526bcd100b5ef5fe72628ce4cd5e904aeaa3279527843fae5ca9ca675f4f51ed8f83bbf7155da9ecc9663100a885d5dc6df96d9",
        "af1390c3c47acdb37131a51216da683c509fce0e954328a59f93aebda7e4ff974ba208d9a4a2a2389f892a9d418d618418dd7f7a6bc7aa0da999a9d3a5b815bc085e14fd001f6a1948768a3f4afefc8b8240dda329f984cb345c6363272ba4fe",
        "9674e2228034527f4c083206032b020310face156d4a4685e2fcaec2f6f3665aa635d90347b6ce124eb879266b1e801d185de36a0a289b85e9039662634f2eea1e02e670bc7ab849d006a70b2f93b84597558a05b879c8d445f387a5d5b653df",
    ],
    [
        "948a7cb99f76d616c2c564ce9bf4a519f1bea6b0a624a02276443c245854219fabb8d4ce061d255af5330b078d5380681751aa7053da2c98bae898edc218c75f07e24d8802a17cd1f6833b71e58f5eb5b94208b4d0bb3848cecb075ea21be115",
        "a4efa926610b8bd1c8330c918b7a5e9bf374e53435ef8b7ec186abf62e1b1f65aeaaeb365677ac1d1172a1f5b44b4e6d022c252c58486c0a759fbdc7de15a756acc4d343064035667a594b4c2a6f0b0b421975977f297dba63ee2f63ffe47bb6",
        "ae82747ddeefe4fd64cf9cedb9b04ae3e8a43420cd255e3c7cd06a8d88b7c7f8638543719981c5d16fa3527c468c25f0026704a6951bde891360c7e8d12ddee0559004ccdbe6046b55bae1b257ee97f7cdb955773d7cf29adf3ccbb9975e4eb9",
    ],
];
/// Of the three signatures over each message.
const AGGREGATES: [&str; 3] = [
    "9683b3e6701f9a4b706709577963110043af78a5b41991b998475a3d3fd62abf35ce03b33908418efc95a058494a8ae504354b9f626231f6b3f3c849dfdeaf5017c4780e2aee1850ceaf4b4d9ce70971a3d2cfcd97b7e5ecf6759f8da5f76d31",
    "ad38fc73846583b08d110d16ab1d026c6ea77ac2071e8ae832f56ac0cbcdeb9f5678ba5ce42bd8dce334cc47b5abcba40a58f7f1f80ab304193eb98836cc14d8183ec14cc77de0f80c4ffd49e168927a968b5cdaa4cf46b9805be84ad7efa77b",
    "9712c3edd73a209c742b8250759db12549b3eaf43b5ca61376d9f30e2747dbcf842d8b2ac0901d2a093713e20284a7670fcf6954e9ab93de991bb9b313e664785a075fc285806fa5224c82bde146561b446ccfc706a64b8579513cfc4ff1d930",
];
/// Of the first two signatures over the second message.
const OF_TWO: &str = "912c3615f69575407db9392eb21fee18fff797eeb2fbe1816366ca2a08ae574d8824dbfafb4c9eaa1cf61b63c6f9b69911f269b664c42947dd1b53ef1081926c1e82bb2a465f927124b08391a5249036146d6f3f1e17ff5f162f779746d830d1";
/// Secret `i` over message `i`.
const OF_EACH: &str = "9104e74b9dfd3ad502f25d6a5ef57db0ed7d9a0e00f3500586d8ce44231212542fcfaf87840539b398bf07626705cf1105d246ca1062c6c2e1a53029a0f790ed5e3cb1f52f8234dc5144c45fc847c0cd37a92d68e7c5ba7c648a8a339f171244";

fn secret(at: usize) -> SecretKey {
    let bytes = hex::decode(SECRETS[at]).unwrap();
    SecretKey::from_bytes(&bytes.try_into().unwrap()).unwrap()
}

fn keys<S: BlsScheme>() -> [S::Key; 3] {
    core::array::from_fn(|at| {
        let key = S::admit(&KEYS[at].parse().unwrap(), &S::prove(&secret(at)));
        key.unwrap_or_else(|error| panic!("key {at}: {error}"))
    })
}

fn signatures<S: BlsScheme>() {
    let keys = keys::<S>();
    for (at, row) in SIGNATURES.iter().enumerate() {
        assert_eq!(S::public_key(&secret(at)).to_string(), KEYS[at]);
        for (message, signature) in MESSAGES.iter().zip(row) {
            let signature: Signature = signature.parse().unwrap();
            assert_eq!(S::sign(&secret(at), message), signature);
            assert_eq!(S::verify(&keys[at], message, &signature), Ok(()));
            let another = &keys[(at + 1) % 3];
            assert_eq!(S::verify(another, message, &signature), Err(Error::BadSignature));
        }
    }
}

fn aggregates<S: BlsScheme>() {
    let keys = keys::<S>();
    let all = [&keys[0], &keys[1], &keys[2]];
    for (at, expected) in AGGREGATES.iter().enumerate() {
        let signatures = SIGNATURES.map(|row| row[at].parse().unwrap());
        let sum = S::aggregate(&signatures).unwrap();
        assert_eq!(sum.to_string(), *expected);
        assert_eq!(S::verify_same(&all, &MESSAGES[at], &sum), Ok(()));
        // Sums of sums are sums.
        let of_two = S::aggregate(&signatures[..2]).unwrap();
        assert_eq!(S::aggregate(&[of_two, signatures[2]]).unwrap(), sum);
        // consensus-spec-tests: fast_aggregate_verify_extra_pubkey
        let one_more = [all[0], all[1], all[2], all[2]];
        assert_eq!(S::verify_same(&one_more, &MESSAGES[at], &sum), Err(Error::BadSignature));
    }
    let of_two: Signature = OF_TWO.parse().unwrap();
    assert_eq!(S::verify_same(&all[..2], &MESSAGES[1], &of_two), Ok(()));
    // consensus-spec-tests: fast_aggregate_verify_tampered_signature
    let mut tampered = of_two;
    tampered.0[92..].fill(0xff);
    assert!(S::verify_same(&all[..2], &MESSAGES[1], &tampered).is_err());
    // consensus-spec-tests: fast_aggregate_verify_na_pubkeys_and_*_signature
    let nobody = S::verify_same(&[], &MESSAGES[1], &of_two);
    assert_eq!(nobody, Err(Error::Empty { what: "keys" }));
}

fn different_messages<S: BlsScheme>() {
    let keys = keys::<S>();
    let signed: [(&S::Key, &[u8]); 3] = core::array::from_fn(|at| (&keys[at], &MESSAGES[at][..]));
    let signature: Signature = OF_EACH.parse().unwrap();
    assert_eq!(S::verify_each(&signed, &signature), Ok(()));
    let swapped = [signed[0], (signed[1].0, signed[2].1), (signed[2].0, signed[1].1)];
    assert_eq!(S::verify_each(&swapped, &signature), Err(Error::BadSignature));
    assert_eq!(S::verify_each(&signed[..2], &signature), Err(Error::BadSignature));
    assert_eq!(S::verify_each(&[], &signature), Err(Error::Empty { what: "keys" }));
}

const WYCHEPROOF_KEY: &str = "8f62f546d9ace47b11df8d0cf2911ff7cff8d3c247a6a46a6b37cd42c5c19785f0ae24477a6b261b047b20b2993ebac4";

fn wycheproof_valid<S: BlsScheme>() {
    let key = S::readmit(&WYCHEPROOF_KEY.parse().unwrap()).unwrap();
    for (message, signature) in [
        (
            "810c3298362cdfa76d0f618d2c3443e6670a0dd4384cb3983782047f7b86e3b5",
            "a6bfda26f1f60ecfa65e9a57ae4bef304305be0bb3eca352c80032932a15928c0ac3abf7b676fefd0ca2a9af231f189c0f612e0fb494da9d6bbbb10984616c91e59b1f8850f3975e1e603d9bd10e0b2c47705bf4da99a7e17ad3d344aa3e27c5",
        ),
        (
            "0000000000000000000000000000000000000000000000000000000000000000",
            "a403c889825acdd5e3b55a6e1de7dd8073c27cf24b3200223f5f2a003da32a28658951b87578baabe2a8df0d2bd87ed5068c75532c663c9f55fa48a9933b5160b7ed71f8000f57d0296b3f2e868f5888d5b200bebd430d0ef522e6d22fafa52e",
        ),
    ] {
        let message = hex::decode(message).unwrap();
        assert_eq!(S::verify(&key, &message, &signature.parse().unwrap()), Ok(()));
    }
}

fn wycheproof_invalid<S: BlsScheme>() {
    let key = S::readmit(&WYCHEPROOF_KEY.parse().unwrap()).unwrap();
    // Points of the subgroup, each signed by nobody: negated; signed under the tag of another suite.
    for (message, signature) in [
        (
            "fd961b1c74e14c2bf1b5d192e6bd7dcc2a001e25d24aacfe1c45157b20614acc",
            "8a29197e6247865eff470a67096c9320ded4ddf0799d333020e5aa6d0b5ebec970aab337e6a0b94ede18f39f04ff1928125db3c3978e6c41504cddc774b704fa810028541e89961dd65d3731bb98b0b7c2f8d0e915a14b6d16af94dc3edc39e0",
        ),
        (
            "6e0d7146e8b1027c0c20633019e1f67e7e543a54ebdd7cd73ba186ec157c2d5c",
            "abec48a6e00c76725d53d4fea4b2be12e7fdf6b484cbf3d38ae6e1b418a0be0844c4bc0ae56aa7b469dab7481a5ce33c1846fe5c71ef49d467703aae244fbe1da615462905a466108f3301c70fc0566c6413c99e39646d52343da8a4da930cf2",
        ),
    ] {
        let message = hex::decode(message).unwrap();
        let verdict = S::verify(&key, &message, &signature.parse().unwrap());
        assert_eq!(verdict, Err(Error::BadSignature));
    }
}

/// The field's modulus: the number 0, written in a way it must not be.
const MODULUS: &str = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

/// A point of N bytes from its first byte (the flags), and its last `tail` (the number).
fn point<const N: usize>(flags: u8, tail: &str) -> [u8; N] {
    let tail = hex::decode(tail).unwrap();
    let mut bytes = [0; N];
    bytes[N - tail.len()..].copy_from_slice(&tail);
    bytes[0] |= flags;
    bytes
}

/// Encodings that are wrong whatever follows the first byte of a good one.
fn wrong_flags<const N: usize>(good: [u8; N]) -> Vec<[u8; N]> {
    [0x00, 0x20, 0x40, 0x60, 0xc0, 0xe0]
        .map(|flags| {
            let mut bytes = good;
            bytes[0] = (bytes[0] & 0x1f) | flags;
            bytes
        })
        .to_vec()
}

fn malformed_keys<S: BlsScheme>() {
    let refusal = |bytes: [u8; 48]| S::readmit(&PublicKey(bytes)).unwrap_err();
    let what = "public key";
    let good: PublicKey = KEYS[0].parse().unwrap();
    let mut malformed = wrong_flags(good.0);
    malformed.extend([
        point(0x80, "01"),
        point(0x80, MODULUS),
        point(0x80, &MODULUS.replace("aaab", "aaac")),
        point(0xc0, "01"),
        point(0xe0, ""),
        point(0x80, &format!("{}e0", &"0123456789abcdef".repeat(6)[..94])),
    ]);
    for bytes in malformed {
        assert_eq!(refusal(bytes), Error::NotCanonical { what }, "{}", hex::encode(bytes));
    }
    assert_eq!(refusal(point(0xc0, "")), Error::Identity { what });
    // The first is (0, 2), a point of order three.
    for tail in ["", "04", &"0123456789abcdef".repeat(6)] {
        assert_eq!(refusal(point(0x80, tail)), Error::WrongSubgroup { what });
    }
    for length in [0, 47, 49, 96] {
        let refused = Error::Length { what, want: 48, got: length };
        assert_eq!(PublicKey::read(&vec![0x80; length]), Err(refused));
    }
}

fn malformed_signatures<S: BlsScheme>() {
    let key = S::readmit(&KEYS[0].parse().unwrap()).unwrap();
    let what = "signature";
    let good: Signature = SIGNATURES[0][0].parse().unwrap();
    let mut malformed = wrong_flags(good.0);
    malformed.extend([
        point(0x80, "01"),
        point(0x80, ""),
        point(0x80, MODULUS),
        point(0x80, &MODULUS.replace("aaab", "aaac")),
        point(0x80, &format!("{MODULUS}{}", "00".repeat(48))),
        point(0xc0, "01"),
        point(0xe0, ""),
        point(0x80, &format!("{}e0", &"0123456789abcdef".repeat(12)[..190])),
    ]);
    let identity = (point(0xc0, ""), Error::Identity { what });
    let outside = [point(0x80, "02"), point(0x80, &"0123456789abcdef".repeat(12))];
    let outside = outside.map(|bytes| (bytes, Error::WrongSubgroup { what }));
    let malformed = malformed.into_iter().map(|bytes| (bytes, Error::NotCanonical { what }));
    for (bytes, refused) in malformed.chain([identity]).chain(outside) {
        let signature = Signature(bytes);
        let each: [(_, &[u8]); 1] = [(&key, &MESSAGES[0])];
        assert_eq!(S::verify(&key, &MESSAGES[0], &signature), Err(refused), "{signature}");
        assert_eq!(S::verify_each(&each, &signature), Err(refused));
        assert_eq!(S::aggregate(&[good, signature]), Err(refused));
        // A proof is held to the same rules.
        let proof = S::admit(&KEYS[0].parse().unwrap(), &Proof(bytes)).unwrap_err();
        assert_eq!(core::mem::discriminant(&proof), core::mem::discriminant(&refused));
    }
}

#[test]
fn key_generation_equals_the_published_one() {
    for (material, expected) in [
        (
            "3141592653589793238462643383279502884197169399375105820974944592",
            "41c9e07822b092a93fd6797396338c3ada4170cc81829fdfce6b5d34bd5e7ec7",
        ),
        (
            "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
            "0d7359d57963ab8fbbde1852dcf553fedbc31f464d80ee7d40ae683122b45070",
        ),
        (
            "0099ff991111002299dd7744ee3355bbdd8844115566cc55663355668888cc00",
            "3cfa341ab3910a7d00d933d8f7c4fe87c91798a0397421d6b19fd5b815132e80",
        ),
        (
            "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
            "2a0e28ffa5fbbe2f8e7aad4ed94f745d6bf755c51182e119bb1694fe61d3afca",
        ),
    ] {
        let secret = SecretKey::derive(&hex::decode(material).unwrap()).unwrap();
        assert_eq!(hex::encode(*secret.to_bytes()), expected);
    }
}
