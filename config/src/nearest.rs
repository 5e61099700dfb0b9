//! The known name that a mistyped one was probably meant to be.

use crate::error::Hint;
use crate::value::shorten;

/// Longer texts are nobody's typing error, and the distance is quadratic.
const LONGEST: usize = 64;

/// At most so many names are listed when none is near.
const LISTED: usize = 16;

/// The nearest of the known names, when it is near enough to be meant.
///
/// ```
/// let roles = ["bootstrap", "compute", "data"];
/// assert_eq!(troupe_config::nearest("compte", roles), Some("compute"));
/// assert_eq!(troupe_config::nearest("sequencer", roles), None);
/// ```
pub fn nearest<'a>(got: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = got.chars().count();
    if length > LONGEST {
        return None;
    }
    let far = (length / 3).max(2);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&got.to_lowercase(), name), name))
        .filter(|(distance, name)| *distance <= far && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

/// The nearest known name, or the known names.
pub(crate) fn hint<'a>(got: &str, known: impl IntoIterator<Item = &'a str>) -> Hint {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(got, known.iter().copied()) {
        return Hint::Nearest(name.to_owned());
    }
    Hint::Known(known.into_iter().take(LISTED).map(|name| shorten(name, 32)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_nothing_in_common_is_not_suggested() {
        assert_eq!(nearest("xy", ["id"]), None);
        assert_eq!(nearest(&"compute".repeat(20), ["compute"]), None);
        assert_eq!(nearest("Dran", ["drain", "threads"]), Some("drain"));
    }

    #[test]
    fn without_a_near_name_all_are_listed() {
        assert_eq!(hint("zzz", ["one", "all"]).to_string(), "known are one, all");
        assert_eq!(hint("zzz", []).to_string(), "none is known here");
        assert_eq!(hint("al", ["one", "all"]).to_string(), "nearest is \"all\"");
    }
}
