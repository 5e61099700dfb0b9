//! The actor kinds of this binary, as manifests know them.

use troupe_config::Kinds;

/// Every kind, in the order in which they are explained.
pub(crate) fn known() -> Kinds {
    Kinds::new(troupe_actors::kinds().into_iter().map(|kind| kind.about).collect())
}
