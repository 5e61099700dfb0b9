//! Where to ask.

use crate::http::Url;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// What a file is named by: `ipc:PATH`.
const FILE: &str = "ipc:";

/// Where to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Anybody may.
    Http(Url),
    /// The node's owner may: a socket of this machine.
    File(PathBuf),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(FILE) {
            Some("") => {
                Err(format!("got {text:?}, wants {FILE}PATH, such as {FILE}data/troupe.ipc"))
            }
            Some(path) => Ok(Self::File(path.into())),
            None => text.parse().map(Self::Http),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => url.fmt(f),
            Self::File(path) => write!(f, "{FILE}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_path_and_all_else_is_a_url() {
        let place: Place = "ipc:.devnet/validator-1/troupe.ipc".parse().unwrap();
        assert_eq!(place, Place::File(".devnet/validator-1/troupe.ipc".into()));
        assert_eq!(place.to_string(), "ipc:.devnet/validator-1/troupe.ipc");
        assert!(matches!("http://127.0.0.1:1".parse(), Ok(Place::Http(_))));
        for wrong in ["ipc:", "/data/troupe.ipc", "unix:x"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
