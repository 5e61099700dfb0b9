//! What a planted secret looks like when it is written down.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::io::{BufReader, Read};

/// Fewer significant bits than this are found by chance.
const LEAST_BITS: u32 = 44;

/// Bytes that stand for a secret.
#[derive(Debug)]
pub(super) struct Secret {
    name: String,
    bytes: Vec<u8>,
}

/// A secret that was written somewhere.
#[derive(Debug)]
#[expect(dead_code, reason = "told by Debug where a test fails")]
pub(super) struct Found {
    place: String,
    name: String,
    at: usize,
}

impl Secret {
    pub(super) fn text(name: String, text: &str) -> Self {
        Self { name, bytes: text.as_bytes().to_vec() }
    }

    /// A number as it is printed, as it is held, and as a word of fixed point with every scale that keeps it apart from
    /// what is small.
    pub(super) fn number(name: &str, value: f64) -> Vec<Self> {
        // Without the last digits, which rounding may change.
        let shown = format!("{value:.6}");
        let (whole, fraction) = shown.split_once('.').expect("a point");
        let digits = format!("{whole}{fraction}");
        let scientific = format!("{}.{}", &digits[..1], &digits[1..10]);
        let mut forms = vec![
            (format!("{name}, printed"), format!("{whole}.{}", &fraction[..2]).into_bytes()),
            (format!("{name}, printed with an exponent"), scientific.into_bytes()),
        ];
        let mut words = vec![("floating".to_owned(), value.to_bits())];
        for scale in 0..32 {
            let scaled = value * f64::from(scale).exp2();
            if scaled >= f64::from(LEAST_BITS).exp2() && scaled < 62_f64.exp2() {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "checked"
                )]
                words.push((format!("with {scale} bits of fraction"), scaled.round() as u64));
            }
        }
        for (form, word) in words {
            forms.push((format!("{name}, {form}, little-endian"), word.to_le_bytes().to_vec()));
            forms.push((format!("{name}, {form}, big-endian"), word.to_be_bytes().to_vec()));
            forms.push((format!("{name}, {form}, in decimal"), word.to_string().into_bytes()));
        }
        forms.into_iter().map(|(name, bytes)| Self { name, bytes }).collect()
    }

    /// Raw, in hex of both cases, in base64 wherever it begins within three bytes.
    fn written(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = vec![(self.name.clone(), self.bytes.clone())];
        let lower = hex::encode(&self.bytes);
        all.push((format!("{}, in hex", self.name), lower.to_uppercase().into_bytes()));
        all.push((format!("{}, in hex", self.name), lower.into_bytes()));
        for offset in 0..3 {
            let mut padded = vec![0; offset];
            padded.extend_from_slice(&self.bytes);
            for engine in [&STANDARD, &URL_SAFE] {
                let text = engine.encode(&padded);
                // The first and the last letters depend on the neighbours.
                let from = (offset * 8).div_ceil(6);
                let until = padded.len() * 8 / 6;
                let inner = text.as_bytes()[from..until].to_vec();
                all.push((format!("{}, in base64", self.name), inner));
            }
        }
        all
    }
}

/// All secrets, looked for at once.
pub(super) struct Secrets {
    names: Vec<String>,
    automaton: AhoCorasick,
    searched: u64,
}

impl Secrets {
    pub(super) fn new(secrets: Vec<Secret>) -> Self {
        let (mut names, mut needles) = (Vec::new(), Vec::new());
        for (name, needle) in secrets.iter().flat_map(Secret::written) {
            assert!(needle.len() >= 8, "{name}: {} bytes are found by chance", needle.len());
            names.push(name);
            needles.push(needle);
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&needles);
        Self { names, automaton: automaton.expect("few needles"), searched: 0 }
    }

    /// Where what is read shows secrets: the first few places.
    pub(super) fn search(&mut self, place: &str, what: impl Read) -> Vec<Found> {
        const MOST: usize = 4;
        let counted = Counted { inner: what, bytes: &mut self.searched };
        let found = self.automaton.stream_find_iter(BufReader::with_capacity(1 << 20, counted));
        let told = |found: aho_corasick::Match| Found {
            place: place.to_owned(),
            name: self.names[found.pattern().as_usize()].clone(),
            at: found.start(),
        };
        found.map(|found| told(found.expect("it can be read"))).take(MOST).collect()
    }

    /// Bytes that were looked at.
    pub(super) fn searched(&self) -> u64 {
        self.searched
    }
}

struct Counted<'a, R> {
    inner: R,
    bytes: &'a mut u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        *self.bytes += read as u64;
        Ok(read)
    }
}

#[test]
fn a_secret_is_found_in_every_form_that_it_is_written_in() {
    let value = 738_291_640.518_730_f64;
    let mut secrets = vec![Secret::text("a key".to_owned(), "canary-0123456789abcdef")];
    secrets.extend(Secret::number("a number", value));
    let mut secrets = Secrets::new(secrets);
    let scaled = (value * 16_f64.exp2()).round() as i64;
    let mut raw = b"xx".to_vec();
    raw.extend_from_slice(&scaled.to_le_bytes());
    for shown in [
        b"key=canary-0123456789abcdef!".to_vec(),
        format!("{value}").into_bytes(),
        format!("{value:e}").into_bytes(),
        format!("{value:?}").into_bytes(),
        format!("{scaled}").into_bytes(),
        value.to_be_bytes().to_vec(),
        raw.clone(),
        hex::encode(&raw).into_bytes(),
        hex::encode_upper("canary-0123456789abcdef").into_bytes(),
        STANDARD.encode(&raw).into_bytes(),
        STANDARD.encode(b"a canary-0123456789abcdef").into_bytes(),
        URL_SAFE.encode(b"canary-0123456789abcdef").into_bytes(),
    ] {
        let found = secrets.search("here", &shown[..]);
        assert!(!found.is_empty(), "{}", String::from_utf8_lossy(&shown));
    }
    assert!(secrets.search("here", &b"738291641 canary-0123456789abcdee"[..]).is_empty());
}
