//! The ABI of the economy's and the market's contracts as JSON, for clients that read no Solidity.
//!
//! It is made of the interfaces beside it, by `TROUPE_WRITE_ABI=1 cargo test --test abi` in this folder.
#![expect(clippy::too_many_arguments, reason = "made by a macro: as many as an event has values")]

use alloy_json_abi::JsonAbi;
use std::path::Path;

/// In modules of their own: each has the same error.
macro_rules! interfaces {
    ($($module:ident $name:ident $file:literal;)+) => {
        $(mod $module {
            alloy_sol_types::sol!(#[sol(abi)] $file);
        })+

        fn all() -> Vec<(&'static str, JsonAbi)> {
            vec![$((stringify!($name), $module::$name::abi::contract())),+]
        }
    };
}

interfaces! {
    restricting Restricting "../../clients/abi/Restricting.sol";
    staking Staking "../../clients/abi/Staking.sol";
    slashing Slashing "../../clients/abi/Slashing.sol";
    governance Governance "../../clients/abi/Governance.sol";
    delegate_reward DelegateReward "../../clients/abi/DelegateReward.sol";
    data_registry DataRegistry "../../clients/abi/DataRegistry.sol";
    task_market TaskMarket "../../clients/abi/TaskMarket.sol";
    task_receiver TaskReceiver "../../clients/abi/TaskReceiver.sol";
}

#[test]
fn the_json_of_every_interface_is_what_the_interface_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/abi");
    for (name, abi) in all() {
        let mut made = serde_json::to_string_pretty(&abi).expect("an ABI is JSON");
        made.push('\n');
        let file = folder.join(format!("{name}.json"));
        if std::env::var_os("TROUPE_WRITE_ABI").is_some() {
            std::fs::write(&file, &made).expect("the folder is there");
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            found == made,
            "clients/abi/{name}.json differs from its interface: \
             TROUPE_WRITE_ABI=1 cargo test --manifest-path tests/conformance/Cargo.toml --test abi"
        );
    }
}
