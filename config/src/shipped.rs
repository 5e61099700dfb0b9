//! The roles that come with the program, as text.

use crate::error::{Error, Place, Problem};
use crate::nearest::hint;
use crate::value::Value;

const ROLES: [(&str, &str); 10] = [
    ("all", include_str!("../roles/all.toml")),
    ("archive", include_str!("../roles/archive.toml")),
    ("bootstrap", include_str!("../roles/bootstrap.toml")),
    ("compute", include_str!("../roles/compute.toml")),
    ("data", include_str!("../roles/data.toml")),
    ("full", include_str!("../roles/full.toml")),
    ("light", include_str!("../roles/light.toml")),
    ("requester", include_str!("../roles/requester.toml")),
    ("validator", include_str!("../roles/validator.toml")),
    ("worker", include_str!("../roles/worker.toml")),
];

/// A draft of a network file: what development networks have in common.
pub const DEVNET: &str = include_str!("../networks/devnet.toml");

/// The names of the shipped roles, in alphabetical order.
pub fn roles() -> impl Iterator<Item = &'static str> {
    ROLES.iter().map(|(name, _)| *name)
}

/// The manifest of a shipped role; the error names the nearest.
///
/// ```
/// assert!(troupe_config::role("compute").unwrap().contains("session"));
/// let error = troupe_config::role("compte").unwrap_err();
/// assert_eq!(error.to_string(), "--role: role: unknown role \"compte\", nearest is \"compute\"");
/// ```
pub fn role(name: &str) -> Result<&'static str, Error> {
    let found = ROLES.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text).ok_or_else(|| {
        let got = Value::Text(name.to_owned()).shown();
        let problem = Problem::UnknownName { what: "role", got, hint: hint(name, roles()) };
        Error::new(Place::Given("--role".to_owned()), "role", problem)
    })
}
