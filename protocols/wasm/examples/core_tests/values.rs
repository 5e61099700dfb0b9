//! Values of the scripts and of the compiler.

use wasmer::Value;
use wast::WastArg;
use wast::core::{AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore};

/// An argument, unless it belongs to a proposal that is not enabled.
pub(crate) fn argument(argument: &WastArg<'_>) -> Option<Value> {
    let WastArg::Core(argument) = argument else { return None };
    Some(match argument {
        WastArgCore::I32(number) => Value::I32(*number),
        WastArgCore::I64(number) => Value::I64(*number),
        WastArgCore::F32(number) => Value::F32(f32::from_bits(number.bits)),
        WastArgCore::F64(number) => Value::F64(f64::from_bits(number.bits)),
        WastArgCore::RefNull(HeapType::Abstract { ty: AbstractHeapType::Func, .. }) => {
            Value::FuncRef(None)
        }
        _ => return None,
    })
}

/// Whether a value is what a script expects; `None` if it expects what is not enabled.
pub(crate) fn matches(got: &Value, want: &WastRetCore<'_>) -> Option<bool> {
    Some(match (got, want) {
        (Value::I32(got), WastRetCore::I32(want)) => got == want,
        (Value::I64(got), WastRetCore::I64(want)) => got == want,
        (Value::F32(got), WastRetCore::F32(want)) => {
            let got = got.to_bits();
            match want {
                NanPattern::CanonicalNan => got & 0x7fff_ffff == 0x7fc0_0000,
                NanPattern::ArithmeticNan => got & 0x7fc0_0000 == 0x7fc0_0000,
                NanPattern::Value(want) => got == want.bits,
            }
        }
        (Value::F64(got), WastRetCore::F64(want)) => {
            let got = got.to_bits();
            match want {
                NanPattern::CanonicalNan => got & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
                NanPattern::ArithmeticNan => got & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
                NanPattern::Value(want) => got == want.bits,
            }
        }
        (got, WastRetCore::Either(choices)) => {
            let mut any = false;
            for choice in choices {
                any |= matches(got, choice)?;
            }
            any
        }
        (Value::FuncRef(got), WastRetCore::RefNull(_)) => got.is_none(),
        (Value::FuncRef(got), WastRetCore::RefFunc(_)) => got.is_some(),
        (_, WastRetCore::I32(_) | WastRetCore::I64(_)) => false,
        (_, WastRetCore::F32(_) | WastRetCore::F64(_)) => false,
        _ => return None,
    })
}
