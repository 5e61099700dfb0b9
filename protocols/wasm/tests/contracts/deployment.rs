//! Creation data: where the module ends and the arguments begin.

use crate::world::{engine, wasm};
use alloy_primitives::Bytes;
use troupe_wasm::{Convention, Deployment, Refused, is_module, split, with_length};

fn least() -> Bytes {
    wasm(
        "(module (memory (export \"memory\") 1) (func (export \"main\") (result i32) i32.const 0))",
    )
}

#[test]
fn a_deployment_is_a_module_and_arguments() {
    let module = with_length(&least()).unwrap();
    assert!(is_module(&module));
    assert_eq!(engine().check(&module), Ok(Convention::Troupe));
    let deployment =
        |arguments| Ok(Deployment { convention: Convention::Troupe, module: &module, arguments });
    assert_eq!(split(&module), deployment(&[]));
    let whole = [&module[..], b"arguments"].concat();
    assert_eq!(split(&whole), deployment(b"arguments"));
    for cut in 0..module.len() {
        assert!(split(&whole[..cut]).is_err(), "{cut} bytes");
    }
}

#[test]
fn a_length_has_to_lie_between_its_section_and_the_end() {
    let mut whole = with_length(&least()).unwrap();
    let limit = whole.len() as u64;
    for got in [0, 8, 20, limit + 1, u64::from(u32::MAX)] {
        whole[17..21].copy_from_slice(&(got as u32).to_le_bytes());
        assert_eq!(split(&whole), Err(Refused::Length { got, least: 21, limit }));
    }
    whole[17..21].copy_from_slice(&21u32.to_le_bytes());
    assert_eq!(split(&whole).unwrap().module.len(), 21);
}

#[test]
fn only_the_first_section_says_the_length() {
    let plain = least();
    for other in [
        plain.to_vec(),
        [&plain[..8], b"\0\x0b\x06troupf\x09\0\0\0", &plain[8..]].concat(),
        [&plain[..8], b"\0\x0a\x06troupe\x09\0\0", &plain[8..]].concat(),
        [&plain[..8], b"\0\x0c\x06troupe\x09\0\0\0\0", &plain[8..]].concat(),
        [&plain[..8], b"\0\x0b\xff"].concat(),
        b"\0asm\x02\0\0\0\0\x0b\x06troupe\x09\0\0\0".to_vec(),
        Vec::new(),
    ] {
        assert_eq!(split(&other), Err(Refused::NoLength), "{other:?}");
    }
}
