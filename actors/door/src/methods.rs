//! The methods that there are, whatever clients call.

use crate::error::Error;
use prost::Message;
use prost_types::FileDescriptorSet;
use std::sync::Arc;

/// A method.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    /// What it is called in metrics.
    pub(crate) label: String,
    /// Whether its response has no end of its own.
    pub(crate) is_stream: bool,
}

/// The methods of a service with the paths where they are called.
pub(crate) fn methods(described: &[u8], name: &str) -> Result<Vec<(String, Arc<Method>)>, Error> {
    let files = FileDescriptorSet::decode(described);
    let files = files.map_err(|error| Error::Described(error.to_string()))?.file;
    let (package, short) = name.rsplit_once('.').unwrap_or(("", name));
    let of_package = files.iter().filter(|file| file.package() == package);
    let mut services = of_package.flat_map(|file| &file.service);
    let service = services.find(|service| service.name() == short);
    let service = service.ok_or_else(|| Error::Described(format!("there is no {name}")))?;
    let method = |method: &prost_types::MethodDescriptorProto| {
        let label = format!("{short}/{}", method.name());
        let is_stream = method.server_streaming();
        (format!("/{name}/{}", method.name()), Arc::new(Method { label, is_stream }))
    };
    Ok(service.method.iter().map(method).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::chain;
    use proptest::prelude::*;

    #[test]
    fn methods_are_those_that_are_described() {
        let found = methods(chain::DESCRIBED, "troupe.chain.v1.Chain").unwrap();
        let find = |path: &str| {
            let found = found.iter().find(|(known, _)| known == path);
            found.map(|(_, method)| (method.label.as_str(), method.is_stream))
        };
        let block = "/troupe.chain.v1.Chain/GetBlock";
        assert_eq!(find(block), Some(("Chain/GetBlock", false)));
        let blocks = "/troupe.chain.v1.Chain/SubscribeBlocks";
        assert_eq!(find(blocks), Some(("Chain/SubscribeBlocks", true)));
        assert_eq!(find("/troupe.chain.v1.Chain/Drop"), None);
        let nobody = methods(chain::DESCRIBED, "troupe.chain.v1.Nobody").unwrap_err();
        assert!(nobody.to_string().contains("there is no troupe.chain.v1.Nobody"), "{nobody}");
    }

    proptest! {
        #[test]
        fn what_describes_nothing_is_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(methods(&bytes, "troupe.chain.v1.Chain").is_err());
        }
    }
}
