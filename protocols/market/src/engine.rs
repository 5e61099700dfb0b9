//! On which engine a computation runs.

/// Three parties that follow the protocol, any one of which learns nothing: only where every owner allows it.
pub const SEMI_HONEST: u8 = 0;
/// Three parties, any one of which may deviate and is noticed before something is shown.
pub const MALICIOUS: u8 = 1;

/// How many there are.
pub const COUNT: u8 = 2;

/// The bit of an engine in a policy; none for a number that no engine has.
#[must_use]
pub const fn bit(engine: u8) -> u8 {
    if engine < COUNT { 1 << engine } else { 0 }
}
