//! What the test-suite of the language needs: the same check, rewriting and compiler, with floats and
//! with any imports and exports. Nothing on a chain comes this way.

use crate::check::check;
use crate::compiled::engine;
use crate::error::Refused;
use crate::rewrite::{HEIGHT, HEIGHT_LIMIT, rewrite};
use crate::rules::Rules;

/// A module with meter and count of height as a contract gets them, and with fuel that never ends.
pub fn prepare(code: &[u8]) -> Result<Vec<u8>, Refused> {
    let rules = Rules::suite();
    let checked = check(code, &rules)?;
    rewrite(code, &checked, &rules, i64::MAX)
        .map_err(|error| Refused::Invalid { at: 0, rule: format!("cannot be rewritten: {error}") })
}

/// The compiler, set as for contracts.
#[must_use]
pub fn compiler() -> wasmer::Engine {
    engine()
}

/// Whether an instance of a prepared module has stopped because its functions were too deep within
/// each other.
pub fn is_too_high(store: &mut wasmer::Store, instance: &wasmer::Instance) -> bool {
    let Ok(height) = instance.exports.get_global(HEIGHT) else { return false };
    matches!(height.clone().get(store), wasmer::Value::I32(height)
        if height.cast_unsigned() > HEIGHT_LIMIT)
}

/// Sets the height of an instance back to nothing: where a call from outside begins. A contract's
/// instance never needs it, because it is called once.
pub fn settle(store: &mut wasmer::Store, instance: &wasmer::Instance) {
    if let Ok(height) = instance.exports.get_global(HEIGHT) {
        let _ = height.clone().set(store, wasmer::Value::I32(0));
    }
}
