//! Ethereum's precompiled contracts: no input makes one panic, take memory that was not paid for, or
//! cost more than it had. The first byte chooses the contract, the second how much gas.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_precompiles::{Error, Set};
use troupe_types::Gas;

fuzz_target!(|data: &[u8]| {
    let [choice, gas, input @ ..] = data else { return };
    let at = usize::from(*choice) % Set::Prague.addresses().count();
    let Some(address) = Set::Prague.addresses().nth(at) else { return };
    let gas = Gas(1 << (gas % 22));
    let Some(result) = Set::Prague.run(&address, input, gas) else {
        panic!("a contract of the set is not there");
    };
    match result {
        Ok(output) => {
            assert!(output.gas_used <= gas, "it used more than it had");
            let again = Set::Prague.run(&address, input, output.gas_used);
            assert_eq!(again, Some(Ok(output)), "its price does not buy the same");
        }
        Err(Error::OutOfGas { got, want }) => assert!(got == gas && want > gas),
        Err(_) => {}
    }
});
