//! The contracts as Solidity sees them: the interfaces are those that clients are given.
#![expect(clippy::too_many_arguments, reason = "made by a macro: as many as an event has values")]

use alloy_sol_types::sol;

sol!("../../clients/abi/Restricting.sol");
sol!("../../clients/abi/Staking.sol");
sol!("../../clients/abi/Slashing.sol");
sol!("../../clients/abi/Governance.sol");
sol!("../../clients/abi/DelegateReward.sol");
