//! Whom a request is addressed to. A page in a browser can have a name of its own point to this machine;
//! then the browser lets it read answers, unless they are refused here.

use hyper::Request;
use hyper::header::{HOST, ORIGIN};

/// Names that always stand for this machine.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Names that requests may be addressed to.
#[derive(Debug, Clone)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    pub(super) fn new(names: &[String]) -> Self {
        let local = LOCAL.iter().map(|name| (*name).to_owned());
        Self(local.chain(names.iter().map(|name| name.to_ascii_lowercase())).collect())
    }

    /// Whether a request is for us: exactly one `Host` and the target's own, if it has one, are on the
    /// list; and so is the page it comes from, if it comes from one, since WebSockets know no CORS.
    pub(super) fn admits<B>(&self, request: &Request<B>) -> bool {
        let mut hosts = request.headers().get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let target = request.uri().authority().map(|target| target.as_str().as_bytes());
        let origins = request.headers().get_all(ORIGIN).iter();
        self.has(host.as_bytes())
            && target.is_none_or(|target| self.has(target))
            && origins.into_iter().all(|origin| self.has_origin(origin.as_bytes()))
    }

    fn has_origin(&self, origin: &[u8]) -> bool {
        let stripped = origin.strip_prefix(b"http://").or(origin.strip_prefix(b"https://"));
        stripped.is_some_and(|host| self.has(host))
    }

    /// Whether a name is on the list, with any port or none.
    fn has(&self, host: &[u8]) -> bool {
        let Ok(host) = std::str::from_utf8(host) else { return false };
        // The colons of an IPv6 address are within brackets.
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => {
                if !port.bytes().all(|digit| digit.is_ascii_digit()) {
                    return false;
                }
                name
            }
            Some(_) | None => host,
        };
        self.0.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn admits(host: &str, origin: Option<&str>) -> bool {
        let request = Request::builder().uri("/").header(HOST, host);
        let request = match origin {
            Some(origin) => request.header(ORIGIN, origin),
            None => request,
        };
        Hosts::new(&["Node.Example".into()]).admits(&request.body(()).unwrap())
    }

    proptest! {
        #[test]
        fn names_that_only_look_alike_are_refused(before in "[a-z.@]{1,5}", after in "[a-z.@-]{1,5}") {
            let host = format!("{before}localhost");
            prop_assert!(!admits(&host, None));
            let host = format!("localhost{after}");
            prop_assert!(!admits(&host, None));
            let host = format!("localhost:{after}");
            prop_assert!(!admits(&host, None));
        }
    }

    #[test]
    fn this_machine_and_configured_names_are_admitted_with_any_port() {
        for host in
            ["localhost", "LOCALHOST:8545", "127.0.0.1:1", "[::1]", "[::1]:8545", "node.example:80"]
        {
            assert!(admits(host, None), "{host}");
        }
        for host in
            ["", "evil.example", "127.0.0.2", "::1", "[::1", "localhost:80:80", "user@localhost"]
        {
            assert!(!admits(host, None), "{host}");
        }
    }

    #[test]
    fn pages_of_others_are_refused() {
        assert!(admits("localhost", Some("http://localhost:3000")));
        for origin in [
            "http://evil.example",
            "null",
            "localhost",
            "file://",
            "https://localhost.evil.example",
        ] {
            assert!(!admits("localhost", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn two_names_are_none() {
        let request = Request::builder().header(HOST, "localhost").header(HOST, "localhost");
        assert!(!Hosts::new(&[]).admits(&request.body(()).unwrap()));
        assert!(!Hosts::new(&[]).admits(&Request::builder().body(()).unwrap()));
        let absolute = Request::builder().uri("http://evil.example/").header(HOST, "localhost");
        assert!(!Hosts::new(&[]).admits(&absolute.body(()).unwrap()));
    }
}
