//! Where to ask.

use std::fmt;
use std::str::FromStr;

/// `http://host:port/path`; nothing else is spoken here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// Host and port, as they were written.
    authority: String,
    /// With its first slash.
    path: String,
}

impl Url {
    /// Host and port, for the `Host` field.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// What to ask for there, from its first slash on.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What a socket connects to.
    pub(crate) fn address(&self) -> String {
        let after_host = self.authority.rsplit(']').next().unwrap_or_default();
        if after_host.contains(':') {
            self.authority.clone()
        } else {
            format!("{}:80", self.authority)
        }
    }
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wants = "wants http://HOST:PORT, such as http://127.0.0.1:8545";
        let rest = text.strip_prefix("http://").ok_or_else(|| format!("got {text:?}, {wants}"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if authority.is_empty()
            || authority.contains('@')
            || !is_plain(authority)
            || !is_plain(path)
        {
            return Err(format!("got {text:?}, {wants}"));
        }
        Ok(Self { authority: authority.to_owned(), path: format!("/{path}") })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path == "/" { "" } else { &self.path };
        write!(f, "http://{}{path}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_url_says_whom_to_connect_to_and_what_to_ask_for() {
        let url: Url = "http://127.0.0.1:8545".parse().unwrap();
        assert_eq!((url.authority(), url.path()), ("127.0.0.1:8545", "/"));
        assert_eq!(url.to_string(), "http://127.0.0.1:8545");
        let url: Url = "http://[::1]/a/b?c".parse().unwrap();
        assert_eq!((url.address().as_str(), url.path()), ("[::1]:80", "/a/b?c"));
        assert_eq!(url.to_string(), "http://[::1]/a/b?c");
    }

    #[test]
    fn what_is_not_spoken_here_is_refused() {
        for text in
            ["https://a", "127.0.0.1:8545", "http://", "http://a@b", "http://a b", "http://a/\r\n"]
        {
            let error = text.parse::<Url>().unwrap_err();
            assert!(error.contains("wants http://HOST:PORT"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_url_is_read_as_it_is_written(text in "(http://)?[!-~]{0,20}") {
            if let Ok(url) = text.parse::<Url>() {
                prop_assert_eq!(url.to_string().parse::<Url>(), Ok(url));
            }
        }
    }
}
