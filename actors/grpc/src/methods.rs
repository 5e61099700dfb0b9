//! The methods that there are, whatever clients call.

/// A method.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    /// Where it is called.
    path: &'static str,
    /// What it is called in metrics.
    pub(crate) label: &'static str,
    /// Whether its response has no end of its own.
    pub(crate) is_stream: bool,
}

const fn once(path: &'static str, label: &'static str) -> Method {
    Method { path, label, is_stream: false }
}

const fn stream(path: &'static str, label: &'static str) -> Method {
    Method { path, label, is_stream: true }
}

#[rustfmt::skip]
const METHODS: &[Method] = &[
    once("/troupe.chain.v1.Chain/GetStatus", "Chain/GetStatus"),
    once("/troupe.chain.v1.Chain/GetBlock", "Chain/GetBlock"),
    once("/troupe.chain.v1.Chain/GetBlockReceipts", "Chain/GetBlockReceipts"),
    once("/troupe.chain.v1.Chain/GetTransaction", "Chain/GetTransaction"),
    once("/troupe.chain.v1.Chain/GetReceipt", "Chain/GetReceipt"),
    once("/troupe.chain.v1.Chain/GetAccount", "Chain/GetAccount"),
    once("/troupe.chain.v1.Chain/GetCode", "Chain/GetCode"),
    once("/troupe.chain.v1.Chain/GetStorage", "Chain/GetStorage"),
    once("/troupe.chain.v1.Chain/GetProof", "Chain/GetProof"),
    once("/troupe.chain.v1.Chain/Call", "Chain/Call"),
    once("/troupe.chain.v1.Chain/EstimateGas", "Chain/EstimateGas"),
    once("/troupe.chain.v1.Chain/SendRawTransaction", "Chain/SendRawTransaction"),
    once("/troupe.chain.v1.Chain/GetLogs", "Chain/GetLogs"),
    once("/troupe.chain.v1.Chain/GetGasPrice", "Chain/GetGasPrice"),
    once("/troupe.chain.v1.Chain/GetFeeHistory", "Chain/GetFeeHistory"),
    stream("/troupe.chain.v1.Chain/SubscribeBlocks", "Chain/SubscribeBlocks"),
    stream("/troupe.chain.v1.Chain/SubscribeLogs", "Chain/SubscribeLogs"),
    stream("/troupe.chain.v1.Chain/SubscribePendingTransactions", "Chain/SubscribePendingTransactions"),
    once("/troupe.node.v1.Node/GetInfo", "Node/GetInfo"),
    once("/troupe.node.v1.Node/ListPeers", "Node/ListPeers"),
    once("/troupe.node.v1.Node/ListActors", "Node/ListActors"),
    once("/grpc.health.v1.Health/Check", "Health/Check"),
    stream("/grpc.health.v1.Health/Watch", "Health/Watch"),
    stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "ServerReflection/ServerReflectionInfo"),
    stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "ServerReflection/ServerReflectionInfo"),
];

/// The method at a path.
pub(crate) fn find(path: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::DESCRIBED;
    use prost::Message;
    use prost_types::FileDescriptorSet;

    #[test]
    fn every_method_that_is_described_is_known_and_no_other() {
        let described = FileDescriptorSet::decode(DESCRIBED).unwrap();
        let mut seen = 0;
        for file in &described.file {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    let known = find(&path).unwrap_or_else(|| panic!("{path}"));
                    assert_eq!(known.is_stream, method.server_streaming(), "{path}");
                    assert_eq!(known.label, format!("{}/{}", service.name(), method.name()));
                    seen += 1;
                }
            }
        }
        let ours = METHODS.iter().filter(|method| method.path.starts_with("/troupe.")).count();
        assert_eq!(seen, ours);
    }
}
