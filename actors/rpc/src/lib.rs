//! The Ethereum JSON-RPC server.
