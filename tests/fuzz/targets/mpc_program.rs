//! Programs of joint computations, as the receiver of the results sends them: any bytes, and a good
//! program with some bytes overwritten.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use troupe_fuzz::{covariance, keeping, mixture, overwrite, taking};
use troupe_mpc::Program;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Bytes(&'a [u8]),
    Overwritten(Vec<(u16, u8)>),
    Mixed(Vec<(u16, u8)>),
    Keeping(Vec<(u16, u8)>),
    Taking(Vec<(u16, u8)>),
}

fn reads(bytes: &[u8]) {
    let Ok(program) = Program::decode(bytes) else { return };
    assert_eq!(program.encode(), bytes, "another form of the same program");
    // What it takes is known before anything runs.
    let cost = program.cost();
    assert!(cost.links.iter().all(|link| link.from != link.to));
}

fn changed(program: &Program, changes: &[(u16, u8)]) {
    let mut bytes = program.encode();
    overwrite(&mut bytes, changes);
    reads(&bytes);
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Bytes(bytes) => reads(bytes),
        Input::Overwritten(changes) => changed(&covariance(), &changes),
        Input::Mixed(changes) => changed(&mixture(), &changes),
        Input::Keeping(changes) => changed(&keeping(), &changes),
        Input::Taking(changes) => changed(&taking(), &changes),
    }
});
