//! From a password to a key, at a bounded cost.

use super::Error;
use super::document::{KdfParams, PBKDF2, PRF, SCRYPT, shorten, unhex};
use super::scrypt::scrypt;
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;
use troupe_types::Bytes;
use zeroize::Zeroizing;

/// What deriving a key costs, by scrypt: the defence of a weak password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    log_n: u8,
    r: u32,
    p: u32,
}

/// The most memory: `128 n r` bytes.
const MAX_MEMORY: Bytes = Bytes::mib(256);
/// The most work: `n r p`, twice the standard cost.
const MAX_WORK: u64 = 1 << 22;
/// The most rounds of PBKDF2, about as much time.
const MAX_ROUNDS: u64 = 1 << 22;
/// The most bytes of salt; everybody uses 32.
const MAX_SALT: usize = 128;

/// How a file derives its key.
pub(super) enum Kdf {
    Scrypt { cost: Cost, salt: Vec<u8> },
    Pbkdf2 { rounds: u32, salt: Vec<u8> },
}

/// The derived key: the cipher's key and the check's. Overwritten when dropped.
pub(super) type DerivedKey = Zeroizing<[u8; 32]>;

impl Cost {
    /// 256 MiB and about a second: `n` of 2^18, `r` of 8, `p` of 1, as geth writes.
    pub const STANDARD: Self = Self { log_n: 18, r: 8, p: 1 };

    /// `n` is 2 to the power of `log_n`. More than 256 MiB or twice the standard work is refused.
    pub fn new(log_n: u8, r: u32, p: u32) -> Result<Self, Error> {
        let bound = |what, got, limit| {
            if (1..=limit).contains(&got) {
                Ok(got)
            } else {
                Err(Error::Cost { what, got, min: 1, limit })
            }
        };
        let log_n_wide = bound("log2 of n", log_n.into(), 22)?;
        let r_wide = bound("r", r.into(), MAX_WORK)?;
        let p_wide = bound("p", p.into(), MAX_WORK)?;
        // At most 2^22 each, so that the product of any two fits.
        let n = 1u64 << log_n_wide;
        bound("memory in bytes", (n * r_wide).saturating_mul(128), MAX_MEMORY.0)?;
        bound("memory in bytes", (p_wide * r_wide).saturating_mul(128), MAX_MEMORY.0)?;
        bound("n r p", (n * r_wide).saturating_mul(p_wide), MAX_WORK)?;
        Ok(Self { log_n, r, p })
    }

    /// The memory that deriving takes.
    #[must_use]
    pub const fn memory(self) -> Bytes {
        Bytes((128 * self.r as u64) << self.log_n)
    }

    const fn n(self) -> u64 {
        1 << self.log_n
    }
}

impl Kdf {
    pub(super) fn read(name: &str, params: &KdfParams) -> Result<Self, Error> {
        if params.dklen != 32 {
            return Err(Error::Cost { what: "dklen", got: params.dklen, min: 32, limit: 32 });
        }
        let salt = unhex("salt", &params.salt, 1..=MAX_SALT)?;
        match name {
            SCRYPT => Ok(Self::Scrypt { cost: read_cost(params)?, salt }),
            PBKDF2 => Ok(Self::Pbkdf2 { rounds: read_rounds(params)?, salt }),
            other => Err(Error::Unsupported {
                what: "kdf",
                got: shorten(other),
                known: "scrypt, pbkdf2",
            }),
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Scrypt { .. } => SCRYPT,
            Self::Pbkdf2 { .. } => PBKDF2,
        }
    }

    pub(super) fn write(&self) -> KdfParams {
        let (Self::Scrypt { salt, .. } | Self::Pbkdf2 { salt, .. }) = self;
        let mut params = KdfParams {
            dklen: 32,
            salt: hex::encode(salt),
            n: None,
            r: None,
            p: None,
            c: None,
            prf: None,
        };
        match self {
            Self::Scrypt { cost, .. } => {
                params.n = Some(cost.n());
                params.r = Some(cost.r.into());
                params.p = Some(cost.p.into());
            }
            Self::Pbkdf2 { rounds, .. } => {
                params.c = Some(u64::from(*rounds));
                params.prf = Some(PRF.to_owned());
            }
        }
        params
    }

    /// Derives the key: the slow step.
    pub(super) fn derive(&self, password: &[u8]) -> DerivedKey {
        match self {
            Self::Scrypt { cost, salt } => {
                let wide = |number: u32| usize::try_from(number).expect("bounded when it was read");
                scrypt(password, salt, (cost.log_n.into(), wide(cost.r), wide(cost.p)))
            }
            Self::Pbkdf2 { rounds, salt } => {
                let mut key = Zeroizing::new([0; 32]);
                pbkdf2_hmac::<Sha256>(password, salt, *rounds, &mut *key);
                key
            }
        }
    }

    /// Everything that the derivation depends on besides the password, for the checks.
    pub(super) fn transcript(&self) -> Vec<u8> {
        let (numbers, salt) = match self {
            Self::Scrypt { cost, salt } => ([cost.n(), cost.r.into(), cost.p.into()], salt),
            Self::Pbkdf2 { rounds, salt } => ([u64::from(*rounds), 0, 0], salt),
        };
        let numbers = numbers.into_iter().flat_map(u64::to_le_bytes);
        self.name().bytes().chain(numbers).chain(salt.iter().copied()).collect()
    }
}

fn required(field: &'static str, value: Option<u64>) -> Result<u64, Error> {
    value.ok_or(Error::Field { field, reason: "is missing" })
}

fn read_cost(params: &KdfParams) -> Result<Cost, Error> {
    let n = required("n", params.n)?;
    if !n.is_power_of_two() {
        return Err(Error::Field { field: "n", reason: "is not a power of two" });
    }
    let narrow = |what, got: u64| {
        u32::try_from(got).map_err(|_| Error::Cost { what, got, min: 1, limit: MAX_WORK })
    };
    let r = narrow("r", required("r", params.r)?)?;
    let p = narrow("p", required("p", params.p)?)?;
    Cost::new(u8::try_from(n.ilog2()).expect("below 64"), r, p)
}

fn read_rounds(params: &KdfParams) -> Result<u32, Error> {
    let prf = params.prf.as_deref().unwrap_or_default();
    if prf != PRF {
        return Err(Error::Unsupported { what: "prf", got: shorten(prf), known: PRF });
    }
    let got = required("c", params.c)?;
    match u32::try_from(got) {
        Ok(rounds) if (1..=MAX_ROUNDS).contains(&got) => Ok(rounds),
        _ => Err(Error::Cost { what: "c", got, min: 1, limit: MAX_ROUNDS }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_is_affordable_and_little_more_is() {
        // geth standard and light; the format's own example; MyEtherWallet.
        for (log_n, r, p) in [(18, 8, 1), (12, 8, 6), (18, 1, 8), (13, 8, 1), (1, 8, 1)] {
            assert!(Cost::new(log_n, r, p).is_ok(), "{log_n} {r} {p}");
        }
        assert_eq!(Cost::new(18, 8, 1), Ok(Cost::STANDARD));
        assert_eq!(Cost::STANDARD.memory(), Bytes::mib(256));
        for (log_n, r, p) in
            [(19, 8, 1), (18, 9, 1), (18, 8, 3), (18, 1, 17), (0, 8, 1), (18, 0, 1), (18, 8, 0)]
        {
            assert!(Cost::new(log_n, r, p).is_err(), "{log_n} {r} {p}");
        }
        for extreme in [(255, u32::MAX, u32::MAX), (1, u32::MAX, 1), (1, 1, u32::MAX), (63, 1, 1)] {
            assert!(Cost::new(extreme.0, extreme.1, extreme.2).is_err());
        }
        // Little work, but a great deal of memory beside the table.
        assert!(Cost::new(1, 1 << 10, 1 << 11).is_ok());
        assert!(Cost::new(1, 1 << 11, 1 << 11).is_err());
    }
}
