//! Files that others wrote, every way for a file to be wrong, round trips.
//!
//! Sources: the two test vectors of the Web3 Secret Storage Definition, and the two short keys of
//! go-ethereum's `v3_test_vector.json`.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use proptest::prelude::*;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use troupe_crypto::keystore::{
    Cost, Entry, Error, Kind, MAX_LABEL, MAX_SECRET, MAX_TEXT, Secret, inspect, open,
};
use troupe_wire::Seed;

const PASSWORD: &[u8] = b"testpassword";
const SECRET: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

fn file(iv: &str, ciphertext: &str, kdf: &str, params: Value, mac: &str) -> Value {
    json!({
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": iv },
            "ciphertext": ciphertext,
            "kdf": kdf,
            "kdfparams": params,
            "mac": mac,
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    })
}

/// The definition's file with PBKDF2.
fn pbkdf2_file() -> Value {
    file(
        "6087dab2f9fdbbfaddc31a909735c1e6",
        "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "pbkdf2",
        json!({
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        }),
        "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    )
}

/// go-ethereum's file of a key of 31 bytes, cheap to open.
fn short_file() -> Value {
    file(
        "e0c41130a323adc1446fc82f724bca2f",
        "9517cd5bdbe69076f9bf5057248c6c050141e970efa36ce53692d5d59a3984",
        "scrypt",
        json!({
            "dklen": 32, "n": 2, "r": 8, "p": 1,
            "salt": "711f816911c92d649fb4c84b047915679933555030b3552c1212609b38208c63",
        }),
        "d5e116151c6aa71470e67a7d42c9620c75c4d23229847dcc127794f0732b0db5",
    )
}

fn refusal(text: &str, password: &[u8]) -> Error {
    open(text, password).err().expect("it does not open")
}

fn cheap() -> Cost {
    Cost::new(1, 1, 1).unwrap()
}

fn sealed(kind: Kind, label: &str, secret: &[u8], seed: u64) -> String {
    let mut entropy = Seed::from_number(seed).stream("keystore");
    let secret = Secret::new(secret.to_vec()).unwrap();
    Entry::new(kind, label, secret).unwrap().seal(PASSWORD, cheap(), &mut entropy)
}

#[test]
fn the_definitions_file_with_scrypt_opens() {
    let file = file(
        "83dbcc02d8ccb40e466191a123791e0e",
        "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "scrypt",
        json!({
            "dklen": 32, "n": 262144, "r": 1, "p": 8,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        }),
        "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    );
    let entry = open(&file.to_string(), PASSWORD).unwrap();
    assert_eq!(hex::encode(entry.secret().expose()), SECRET);
    assert_eq!((entry.kind(), entry.label()), (Kind::Account, ""));
}

#[test]
fn the_definitions_file_with_pbkdf2_opens() {
    let entry = open(&pbkdf2_file().to_string(), PASSWORD).unwrap();
    assert_eq!(hex::encode(entry.secret().expose()), SECRET);
}

#[test]
fn keys_that_geth_wrote_without_leading_zeros_open_with_them() {
    let of_30 = file(
        "3ca92af36ad7c2cd92454c59cea5ef00",
        "108b7d34f3442fc26ab1ab90ca91476ba6bfa8c00975a49ef9051dc675aa",
        "scrypt",
        json!({
            "dklen": 32, "n": 2, "r": 8, "p": 1,
            "salt": "d0769e608fb86cda848065642a9c6fa046845c928175662b8e356c77f914cd3b",
        }),
        "75d0e6759f7b3cefa319c3be41680ab6beea7d8328653474bd06706d4cc67420",
    );
    for (file, expected) in [
        (short_file(), "00fa7b3db73dc7dfdf8c5fbdb796d741e4488628c41fc4febd9160a866ba0f35"),
        (of_30, "000081c29e8142bb6a81bef5a92bda7a8328a5c85bb2f9542e76f9b0f94fc018"),
    ] {
        let entry = open(&file.to_string(), b"foo").unwrap();
        assert_eq!(hex::encode(entry.secret().expose()), expected);
    }
}

#[test]
fn another_spelling_of_the_format_opens() {
    let mut file = short_file();
    let crypto = file["crypto"].take();
    file.as_object_mut().unwrap().remove("crypto");
    file["Crypto"] = crypto;
    file["x-ethers"] = json!({ "client": "somebody's" });
    file["Crypto"]["mac"] =
        json!("0xD5E116151C6AA71470E67A7D42C9620C75C4D23229847DCC127794F0732B0DB5");
    assert!(open(&file.to_string(), b"foo").is_ok());
}

#[test]
fn the_standard_cost_is_what_geth_writes() {
    let mut entropy = Seed::from_number(5).stream("keystore");
    let entry = Entry::new(Kind::Bls, "votes", Secret::new(vec![5; 32]).unwrap()).unwrap();
    let text = entry.seal(PASSWORD, Cost::STANDARD, &mut entropy);
    let file: Value = serde_json::from_str(&text).unwrap();
    let mut params = file["crypto"]["kdfparams"].clone();
    params["salt"].take();
    assert_eq!(params, json!({ "dklen": 32, "n": 262144, "r": 8, "p": 1, "salt": null }));
    assert!(inspect(&text).is_ok());
}

#[test]
fn the_wrong_password_is_told_from_a_damaged_file() {
    let text = sealed(Kind::Sr25519, "luck", &[7; 32], 1);
    assert_eq!(refusal(&text, b"testpasswore"), Error::WrongPassword);
    assert_eq!(refusal(&text, b""), Error::WrongPassword);
    let mut file: Value = serde_json::from_str(&text).unwrap();
    let ciphertext = file["crypto"]["ciphertext"].as_str().unwrap().replace(['0', '1'], "2");
    file["crypto"]["ciphertext"] = json!(ciphertext);
    for password in [PASSWORD, b"another"] {
        let error = refusal(&file.to_string(), password);
        assert_eq!(error, Error::Damaged { what: "its checksum is not of this content" });
    }
    assert_eq!(refusal(&short_file().to_string(), b"bar"), Error::WrongPassword);
}

/// Sets what a path names, or removes it.
fn set(file: &mut Value, path: &str, value: Option<Value>) {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = file.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
}

#[test]
fn files_that_cost_too_much_are_refused_before_any_work() {
    for (path, value) in [
        ("/crypto/kdfparams/n", json!(1u64 << 19)),
        ("/crypto/kdfparams/n", json!(1u64 << 63)),
        ("/crypto/kdfparams/n", json!(1)),
        ("/crypto/kdfparams/r", json!(0)),
        ("/crypto/kdfparams/r", json!(1u64 << 30)),
        ("/crypto/kdfparams/r", json!(u64::MAX)),
        ("/crypto/kdfparams/p", json!(0)),
        ("/crypto/kdfparams/p", json!(1u64 << 21)),
        ("/crypto/kdfparams/p", json!(u64::MAX)),
        ("/crypto/kdfparams/dklen", json!(31)),
        ("/crypto/kdfparams/dklen", json!(u64::MAX)),
    ] {
        let mut file = short_file();
        set(&mut file, path, Some(value.clone()));
        let error = refusal(&file.to_string(), b"foo");
        assert!(matches!(error, Error::Cost { .. }), "{path} {value}: {error}");
    }
    for rounds in [0, (1 << 22) + 1, u64::MAX] {
        let mut file = pbkdf2_file();
        set(&mut file, "/crypto/kdfparams/c", Some(json!(rounds)));
        let error = Error::Cost { what: "c", got: rounds, min: 1, limit: 1 << 22 };
        assert_eq!(refusal(&file.to_string(), PASSWORD), error);
    }
    let mut file = short_file();
    set(&mut file, "/crypto/kdfparams/n", Some(json!(3)));
    let error = Error::Field { field: "n", reason: "is not a power of two" };
    assert_eq!(refusal(&file.to_string(), b"foo"), error);
}

#[test]
fn what_is_not_understood_is_named() {
    for (path, value, message) in [
        ("/version", json!(1), "keystore version 1, only 3 is understood"),
        (
            "/crypto/cipher",
            json!("aes-128-cbc"),
            "keystore cipher `aes-128-cbc` is not understood, only aes-128-ctr",
        ),
        (
            "/crypto/kdf",
            json!("argon2id"),
            "keystore kdf `argon2id` is not understood, only scrypt, pbkdf2",
        ),
        (
            "/crypto/kdf",
            json!("x".repeat(99)),
            &format!("keystore kdf `{}` is not understood, only scrypt, pbkdf2", "x".repeat(40)),
        ),
        ("/crypto/kdf", json!("pbkdf2"), "keystore prf `` is not understood, only hmac-sha256"),
    ] {
        let mut file = short_file();
        set(&mut file, path, Some(value));
        assert_eq!(refusal(&file.to_string(), b"foo").to_string(), message);
    }
    let mut file = pbkdf2_file();
    set(&mut file, "/crypto/kdfparams/prf", Some(json!("hmac-sha1")));
    let error = refusal(&file.to_string(), PASSWORD).to_string();
    assert_eq!(error, "keystore prf `hmac-sha1` is not understood, only hmac-sha256");
    let mut file: Value = serde_json::from_str(&sealed(Kind::Bls, "", &[7; 32], 1)).unwrap();
    set(&mut file, "/troupe/kind", Some(json!("ed448")));
    let error = refusal(&file.to_string(), PASSWORD).to_string();
    assert_eq!(
        error,
        "keystore kind `ed448` is not understood, only account, bls, sr25519, certificate"
    );
}

#[test]
fn every_field_must_be_there_and_well_formed() {
    for path in [
        "/version",
        "/crypto",
        "/crypto/cipher",
        "/crypto/cipherparams",
        "/crypto/cipherparams/iv",
        "/crypto/ciphertext",
        "/crypto/kdf",
        "/crypto/kdfparams",
        "/crypto/kdfparams/dklen",
        "/crypto/kdfparams/salt",
        "/crypto/kdfparams/n",
        "/crypto/kdfparams/r",
        "/crypto/kdfparams/p",
        "/crypto/mac",
    ] {
        let mut file = short_file();
        set(&mut file, path, None);
        assert!(open(&file.to_string(), b"foo").is_err(), "without {path}");
        set(&mut file, path, Some(json!([])));
        assert!(open(&file.to_string(), b"foo").is_err(), "{path} a list");
    }
    for path in
        ["/crypto/cipherparams/iv", "/crypto/ciphertext", "/crypto/kdfparams/salt", "/crypto/mac"]
    {
        let good = short_file().pointer(path).unwrap().as_str().unwrap().to_owned();
        for wrong in
            [String::new(), format!("{good}0"), "zz".repeat(good.len() / 2), good.repeat(40)]
        {
            let mut file = short_file();
            set(&mut file, path, Some(json!(wrong)));
            let error = refusal(&file.to_string(), b"foo");
            assert!(matches!(error, Error::Field { .. }), "{path}: {error}");
        }
    }
    for text in ["", "null", "{", "[]", "3", "{\"version\":3}"] {
        assert!(matches!(refusal(text, b""), Error::NotKeystore { .. }), "{text}");
    }
    let long = " ".repeat(MAX_TEXT + 1);
    let error = Error::TooLong { what: "keystore", got: MAX_TEXT + 1, limit: MAX_TEXT };
    assert_eq!(refusal(&long, b""), error);
    let deep = format!("{{\"version\":3,\"x\":{}", "[".repeat(10_000));
    assert!(matches!(refusal(&deep, b""), Error::NotKeystore { .. }));
}

#[test]
fn an_account_that_is_not_that_of_its_address_is_damaged() {
    let mut file = short_file();
    let address = open(&file.to_string(), b"foo").unwrap().address().unwrap();
    set(&mut file, "/address", Some(json!(hex::encode(address))));
    assert!(open(&file.to_string(), b"foo").is_ok());
    assert_eq!(inspect(&file.to_string()).unwrap().address, Some(address));
    // The format's own check does not see another initialisation vector.
    set(&mut file, "/crypto/cipherparams/iv", Some(json!("00".repeat(16))));
    let error = Error::Damaged { what: "the key inside is not that of its address" };
    assert_eq!(refusal(&file.to_string(), b"foo"), error);
}

#[test]
fn a_forged_checksum_does_not_help_against_the_seal() {
    // Swap the whole extension of another file with the same password: kind and label are bound.
    let mut file: Value = serde_json::from_str(&sealed(Kind::Bls, "votes", &[7; 32], 1)).unwrap();
    let other: Value = serde_json::from_str(&sealed(Kind::Sr25519, "luck", &[7; 32], 2)).unwrap();
    file["troupe"] = other["troupe"].clone();
    assert!(matches!(refusal(&file.to_string(), PASSWORD), Error::Damaged { .. }));
}

#[test]
fn a_file_says_what_it_is_without_its_password() {
    let text = sealed(Kind::Account, "savings", &[0x46; 32], 1);
    let summary = inspect(&text).unwrap();
    assert_eq!((summary.kind, summary.label.as_str()), (Kind::Account, "savings"));
    let address = summary.address.map(hex::encode);
    assert_eq!(address.as_deref(), Some("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"));
    let (version, variant) = (summary.id.as_bytes()[14], summary.id.as_bytes()[19]);
    assert_eq!((version, b"89ab".contains(&variant), summary.id.len()), (b'4', true, 36));
    assert!(!text.contains(&"46".repeat(8)), "the secret is not in the text");
}

#[test]
fn secrets_that_are_none_of_their_kind_are_refused() {
    let make = |kind, bytes: Vec<u8>| Entry::new(kind, "", Secret::new(bytes).unwrap()).err();
    for (kind, bytes) in [
        (Kind::Account, vec![0; 32]),
        (Kind::Account, vec![0xff; 32]),
        (Kind::Account, vec![1; 33]),
        (Kind::Bls, vec![0xff; 32]),
        (Kind::Bls, vec![1; 31]),
        (Kind::Sr25519, vec![1; 64]),
        (Kind::Certificate, vec![0x31; 48]),
    ] {
        assert_eq!(make(kind, bytes), Some(Error::NotOfKind { kind: kind.name() }));
    }
    assert_eq!(make(Kind::Certificate, vec![0x30; 138]), None);
    let limit = MAX_SECRET;
    assert!(Secret::new(vec![1; limit]).is_ok());
    let long = Error::TooLong { what: "secret", got: limit + 1, limit };
    assert_eq!(Secret::new(vec![1; limit + 1]).err(), Some(long));
    assert!(Secret::new(vec![]).is_err());
    let secret = || Secret::new(vec![1; 32]).unwrap();
    assert!(Entry::new(Kind::Bls, "x".repeat(MAX_LABEL), secret()).is_ok());
    assert!(Entry::new(Kind::Bls, "x".repeat(MAX_LABEL + 1), secret()).is_err());
    assert!(Entry::new(Kind::Bls, "a\u{1b}[2J", secret()).is_err());
}

fn entries() -> impl Strategy<Value = (Kind, String, Vec<u8>)> {
    let number = proptest::collection::vec(1u8..0x70, 32);
    let certificate = proptest::collection::vec(any::<u8>(), 0..MAX_SECRET)
        .prop_map(|tail| [vec![0x30], tail].concat());
    let of_kind = prop_oneof![
        number.clone().prop_map(|secret| (Kind::Account, secret)),
        number.clone().prop_map(|secret| (Kind::Bls, secret)),
        number.prop_map(|secret| (Kind::Sr25519, secret)),
        certificate.prop_map(|secret| (Kind::Certificate, secret)),
    ];
    ("[^\\p{C}]{0,16}", of_kind).prop_map(|(label, (kind, secret))| (kind, label, secret))
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_only_under_its_password(
        (kind, label, secret) in entries(),
        password in proptest::collection::vec(any::<u8>(), 0..40),
        seed in any::<u64>(),
    ) {
        let mut entropy = Seed::from_number(seed).stream("keystore");
        let entry = Entry::new(kind, &*label, Secret::new(secret.clone()).unwrap()).unwrap();
        let text = entry.seal(&password, cheap(), &mut entropy);
        prop_assert!(text.len() <= MAX_TEXT);
        let opened = open(&text, &password).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(opened.kind(), kind);
        prop_assert_eq!(opened.label(), label);
        prop_assert_eq!(opened.secret().expose(), &secret[..]);
        prop_assert!(bool::from(opened.secret().ct_eq(entry.secret())));
        let mut wrong = password.clone();
        wrong.push(b' ');
        prop_assert_eq!(open(&text, &wrong).err(), Some(Error::WrongPassword));
        // Nothing repeats from file to file.
        prop_assert_ne!(entry.seal(&password, cheap(), &mut entropy), text);
    }

    #[test]
    fn a_changed_byte_never_opens_to_another_secret(
        (kind, label, secret) in entries(),
        at in any::<prop::sample::Index>(),
        byte in 0x20u8..0x7f,
    ) {
        let text = sealed(kind, &label, &secret, 1);
        let mut changed = text.into_bytes();
        let at = at.index(changed.len());
        changed[at] = byte;
        let Ok(changed) = String::from_utf8(changed) else { return Ok(()) };
        if let Ok(entry) = open(&changed, PASSWORD) {
            // Where the name of our own part was hit, it reads as a file of another program's: as an account's number,
            // whose zeros in front some of them leave out.
            let foreign = !changed.contains("\"troupe\"");
            let zeros = if foreign { 32usize.saturating_sub(secret.len()) } else { 0 };
            prop_assert_eq!(entry.secret().expose(), [vec![0; zeros], secret].concat());
            let said = if foreign { (Kind::Account, "") } else { (kind, label.as_str()) };
            prop_assert_eq!((entry.kind(), entry.label()), said);
        }
    }

    #[test]
    fn a_truncated_file_is_refused((kind, label, secret) in entries(), cut in any::<prop::sample::Index>()) {
        let text = sealed(kind, &label, &secret, 1);
        let cut = cut.index(text.len());
        if text.is_char_boundary(cut) {
            prop_assert!(open(&text[..cut], PASSWORD).is_err());
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        prop_assert!(open(&text, PASSWORD).is_err());
    }
}
