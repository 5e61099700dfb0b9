//! The contracts as Solidity sees them: the interfaces are those that clients are given.

use alloy_sol_types::sol;

sol!("../../clients/abi/DataRegistry.sol");
sol!("../../clients/abi/TaskMarket.sol");
