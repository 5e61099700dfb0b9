//! The block around a call.

use crate::arguments::{Argument, Arguments};
use crate::error::Error;
use troupe_types::{Address, Gas, Hash, Height, UnixMillis};
use troupe_vm::Env;

/// Fields of the block that are not what its header says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BlockOverrides {
    pub(crate) height: Option<Height>,
    pub(crate) time: Option<UnixMillis>,
    pub(crate) gas_limit: Option<Gas>,
    pub(crate) coinbase: Option<Address>,
    pub(crate) randomness: Option<Hash>,
    pub(crate) base_fee: Option<u64>,
}

impl BlockOverrides {
    /// Reads the next argument; nothing is overridden where there is none.
    pub(crate) fn next(arguments: &mut Arguments) -> Result<Self, Error> {
        arguments.optional("blockOverride").map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// Reads an object.
    pub(crate) fn read(object: Argument) -> Result<Self, Error> {
        let object = object.object()?;
        let number = |name| object.field(name).map(|field| field.quantity()).transpose();
        if let Some(field) = object.field("withdrawals") {
            // There are none: this many fit.
            field.list(0)?;
        }
        for name in ["difficulty", "blobBaseFee", "beaconRoot"] {
            if let Some(field) = object.field(name) {
                return Err(field.refuse("is not supported"));
            }
        }
        let seconds = number("time")?;
        let random = object.field("prevRandao").map(|field| field.hash()).transpose()?;
        Ok(Self {
            height: number("number")?.map(Height),
            time: seconds.map(|seconds| UnixMillis(seconds.saturating_mul(1_000))),
            gas_limit: number("gasLimit")?.map(Gas),
            coinbase: object.field("feeRecipient").map(|field| field.address()).transpose()?,
            randomness: random,
            base_fee: number("baseFeePerGas")?,
        })
    }

    /// Puts them into the block around a call.
    pub(crate) fn apply(&self, env: &mut Env) {
        env.height = self.height.unwrap_or(env.height);
        env.time = self.time.unwrap_or(env.time);
        env.gas_limit = self.gas_limit.unwrap_or(env.gas_limit);
        env.coinbase = self.coinbase.unwrap_or(env.coinbase);
        env.randomness = self.randomness.unwrap_or(env.randomness);
        env.base_fee = self.base_fee.unwrap_or(env.base_fee);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_block_of_ours_has_is_refused() {
        for (text, is_fine) in [
            (r#"[{"difficulty":"0x1"}]"#, false),
            (r#"[{"withdrawals":[{}]}]"#, false),
            (r#"[{"withdrawals":[]}]"#, true),
            (r#"[{"number":"0x5","time":"0x7"}]"#, true),
        ] {
            let read = BlockOverrides::next(&mut Arguments::read(Some(text), 1).unwrap());
            assert_eq!(read.is_ok(), is_fine, "{text}");
        }
    }
}
