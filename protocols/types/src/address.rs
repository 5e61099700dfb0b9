//! Addresses as people write them: hexadecimal digits, whose case is a checksum, and Bech32.

use crate::error::{Error, shorten};
use crate::id::{Address, read_digits};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};
use core::str::FromStr;
use sha3::{Digest, Keccak256};

/// What an address in Bech32 begins with; a `1` and the data follow.
pub const BECH32_PREFIX: &str = "lat";

impl Address {
    /// With `0x` and the case that tells a typing error (EIP-55).
    #[must_use]
    pub fn to_checksum(&self) -> String {
        let mut digits = hex::encode(self.0).into_bytes();
        // EIP-55: a letter is large where the digit of the hash at its place is above 7.
        let hash = Keccak256::digest(&digits);
        for (at, digit) in digits.iter_mut().enumerate() {
            let byte = hash[at / 2];
            let nibble = if at % 2 == 0 { byte >> 4 } else { byte & 0x0f };
            if nibble > 7 {
                digit.make_ascii_uppercase();
            }
        }
        let digits = core::str::from_utf8(&digits).expect("digits are ASCII");
        format!("0x{digits}")
    }

    /// In Bech32: `lat1...`, 42 characters.
    #[must_use]
    pub fn to_bech32(&self) -> String {
        bech32::encode::<Bech32>(prefix(), &self.0).expect("20 bytes are below Bech32's limit")
    }

    /// Reads Bech32 of this network's prefix, all in small or all in large letters.
    // BIP-173
    pub fn from_bech32(text: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Bech32 { got: shorten(text), reason };
        let checked = CheckedHrpstring::new::<Bech32>(text).map_err(|e| wrong(e.to_string()))?;
        if checked.hrp() != prefix() {
            let prefix = checked.hrp().to_lowercase();
            return Err(Error::Prefix { got: shorten(text), prefix, want: BECH32_PREFIX });
        }
        // 32 letters of 5 bits are 20 bytes and nothing more, so there is no padding to check.
        let letters = checked.data_part_ascii_no_checksum().len();
        if letters != 32 {
            return Err(wrong(format!("{letters} letters of data, wanted 32")));
        }
        let mut bytes = [0; Self::LEN];
        for (place, byte) in bytes.iter_mut().zip(checked.byte_iter()) {
            *place = byte;
        }
        Ok(Self(bytes))
    }
}

impl FromStr for Address {
    type Err = Error;

    /// Accepts hexadecimal digits with or without `0x`, and Bech32. Digits in mixed case must have the
    /// case of EIP-55.
    fn from_str(text: &str) -> Result<Self, Error> {
        if is_bech32(text) {
            return Self::from_bech32(text);
        }
        let address = Self(read_digits("Address", text)?);
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let has = |wanted: fn(&u8) -> bool| digits.as_bytes().iter().any(wanted);
        if has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) {
            let want = address.to_checksum();
            if want[2..] != *digits {
                return Err(Error::Case { got: shorten(text), want });
            }
        }
        Ok(address)
    }
}

fn prefix() -> Hrp {
    Hrp::parse(BECH32_PREFIX).expect("three small letters")
}

/// Letters, a `1`, and after it something that is not only digits of a number.
fn is_bech32(text: &str) -> bool {
    let Some((prefix, _)) = text.rsplit_once('1') else { return false };
    let is_word = !prefix.is_empty() && prefix.bytes().all(|c| c.is_ascii_alphabetic());
    is_word && !text.bytes().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What PlatON's own tools print for the same twenty bytes.
    const PAIRS: [(&str, &str); 4] = [
        (
            "lat1xttekqy9ns7378cnv6a9h95snnym09nu4y59rm",
            "0x32D79b00859C3d1f1F1366BA5B96909Cc9b7967c",
        ),
        (
            "lat17eeyg60f92uj0v8jw4avf534ucdf5xaxz8d8tn",
            "0xf6724469e92AB927b0F2757AC4D235e61a9a1BA6",
        ),
        (
            "lat1s87c0r8k0qnz2pjhkm9mhy2gwff0k48ky773d9",
            "0x81Fd878cF67826250657b6CBBB91487252FB54F6",
        ),
        (
            "lat1d2qh0rsy67cj6s3t82uvhawwng0uc37d833883",
            "0x6A81778e04D7b12d422B3aB8cbF5cE9a1FCc47Cd",
        ),
    ];

    #[test]
    fn both_forms_are_those_of_the_network_s_own_tools() {
        for (bech32, checksum) in PAIRS {
            let address: Address = bech32.parse().unwrap();
            assert_eq!(address.to_checksum(), checksum);
            assert_eq!(address.to_bech32(), bech32);
            for text in [
                checksum.to_owned(),
                checksum[2..].to_owned(),
                checksum.to_lowercase(),
                format!("0x{}", checksum[2..].to_uppercase()),
                bech32.to_uppercase(),
            ] {
                assert_eq!(text.parse(), Ok(address), "{text}");
            }
        }
    }

    #[test]
    fn the_case_of_the_standard_s_examples_is_ours() {
        // EIP-55, test cases.
        for text in [
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0xde709f2102306220921060314715629080e2fb77",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_checksum(), text);
        }
    }

    #[test]
    fn a_mistyped_address_is_refused_with_what_is_wrong() {
        let (bech32, checksum) = PAIRS[0];
        // BIP-350's checksum over the same data, and another network's prefix.
        let data = checksum.parse::<Address>().unwrap().0;
        let later = bech32::encode::<bech32::Bech32m>(prefix(), &data).unwrap();
        let foreign = bech32::encode::<Bech32>(Hrp::parse("lax").unwrap(), &data).unwrap();
        let short = bech32::encode::<Bech32>(prefix(), &data[..19]).unwrap();
        for (text, want) in [
            (checksum.replace('D', "d"), "these digits are written `0x32D79b"),
            (bech32.replace('x', "y"), "is no Bech32 text of 20 bytes: "),
            (bech32.replacen('x', "X", 1), "is no Bech32 text of 20 bytes: "),
            (format!("{bech32}q"), "is no Bech32 text of 20 bytes: "),
            (later, "is no Bech32 text of 20 bytes: "),
            (short, "31 letters of data, wanted 32"),
            (foreign, "begins with \"lax\", wanted \"lat\""),
            ("lat1".to_owned(), "is no Bech32 text of 20 bytes: "),
            (checksum[..41].to_owned(), "Address wants 40 hexadecimal digits, got 39"),
            (checksum.replace('b', "g"), "Address wants hexadecimal digits"),
            (String::new(), "Address wants 40 hexadecimal digits, got 0"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
            assert!(error.len() < 200, "{error}");
        }
    }

    proptest! {
        #[test]
        fn every_form_reads_back(bytes in any::<[u8; 20]>()) {
            let address = Address(bytes);
            for text in [address.to_string(), address.to_checksum(), address.to_bech32()] {
                prop_assert_eq!(text.parse(), Ok(address));
            }
        }

        #[test]
        fn one_wrong_letter_is_noticed(bytes in any::<[u8; 20]>(), at in 4usize..42, by in 1u8..32) {
            const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
            let mut text = Address(bytes).to_bech32().into_bytes();
            let old = LETTERS.iter().position(|letter| *letter == text[at]).unwrap();
            text[at] = LETTERS[old ^ usize::from(by)];
            prop_assert!(String::from_utf8(text).unwrap().parse::<Address>().is_err());
        }

        #[test]
        fn no_text_panics(text in "(lat1|0x)?\\PC{0,60}") {
            let _ = text.parse::<Address>();
        }
    }
}
