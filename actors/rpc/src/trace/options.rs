//! Which tracer, and what it shall tell.

use super::{Tracer, calls, four_bytes, prestate, steps};
use crate::arguments::Argument;
use crate::error::Error;

/// What a client wants to be told of a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Options {
    /// Geth's `structLogger`, its default.
    #[default]
    Default,
    Steps(steps::Options),
    Calls(calls::Options),
    Prestate(prestate::Options),
    FourBytes,
    Nothing,
}

impl Options {
    /// Reads the object that `debug_trace...` has for it.
    pub(crate) fn read(argument: Option<Argument>) -> Result<Self, Error> {
        let Some(object) = argument else { return Ok(Self::Default) };
        let object = object.object()?;
        let flag = |object: &Argument, name| {
            object
                .field(name)
                .map(|field| field.boolean())
                .transpose()
                .map(Option::unwrap_or_default)
        };
        let Some(tracer) = object.field("tracer") else {
            let limit = object.field("limit").map(|field| field.loose_quantity()).transpose()?;
            return Ok(Self::Steps(steps::Options {
                has_memory: flag(&object, "enableMemory")?,
                has_stack: !flag(&object, "disableStack")?,
                has_storage: !flag(&object, "disableStorage")?,
                has_returned: flag(&object, "enableReturnData")?,
                limit: limit.filter(|limit| *limit > 0),
            }));
        };
        let config = object.field("tracerConfig").map(|config| config.object()).transpose()?;
        let flag = |name| config.as_ref().map_or(Ok(false), |config| flag(config, name));
        match tracer.word()? {
            "callTracer" => Ok(Self::Calls(calls::Options {
                is_only_top: flag("onlyTopCall")?,
                has_logs: flag("withLog")?,
            })),
            "prestateTracer" => Ok(Self::Prestate(prestate::Options {
                is_difference: flag("diffMode")?,
                has_code: !flag("disableCode")?,
                has_storage: !flag("disableStorage")?,
            })),
            "4byteTracer" => Ok(Self::FourBytes),
            "noopTracer" => Ok(Self::Nothing),
            _ => Err(tracer.refuse(
                "wants callTracer, prestateTracer, 4byteTracer or noopTracer; scripts are not run",
            )),
        }
    }

    /// Whether it tells of what a transaction changed.
    pub(crate) const fn needs_changes(self) -> bool {
        matches!(self, Self::Prestate(prestate::Options { is_difference: true, .. }))
    }

    /// A tracer that does so.
    pub(crate) fn tracer(self) -> Tracer {
        match self {
            Self::Default => Tracer::Steps(steps::Steps::new(steps::Options::default())),
            Self::Steps(options) => Tracer::Steps(steps::Steps::new(options)),
            Self::Calls(options) => Tracer::Calls(calls::Calls::new(options)),
            Self::Prestate(options) => Tracer::Prestate(prestate::Prestate::new(options)),
            Self::FourBytes => Tracer::FourBytes(four_bytes::FourBytes::default()),
            Self::Nothing => Tracer::Nothing,
        }
    }
}
