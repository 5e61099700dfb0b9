//! Whatever is called, something is answered and nothing comes apart.

use crate::common::Chain;
use crate::same::changes;
use crate::shell::{By, ask};
use proptest::prelude::*;
use std::sync::OnceLock;
use troupe_staking::call::Stop;
use troupe_staking::contract::{DELEGATE_REWARD, GOVERNANCE, RESTRICTING, SLASHING, STAKING};
use troupe_staking::world::Memory;
use troupe_types::Address;

const CALLED: [Address; 5] = [STAKING, GOVERNANCE, RESTRICTING, DELEGATE_REWARD, SLASHING];

fn world() -> &'static Memory {
    static WORLD: OnceLock<Memory> = OnceLock::new();
    WORLD.get_or_init(|| crate::questions::busy().world)
}

fn chain() -> Chain {
    Chain { world: world().clone(), ..Chain::new(4, 4) }
}

#[test]
fn what_is_cut_off_or_goes_on_is_refused() {
    let mut chain = Chain::new(4, 4);
    for change in changes(&mut chain) {
        let by = By::account(change.by).sending(change.value);
        for end in 0..change.abi.len() {
            let refused = ask(&mut chain, change.contract, by, &change.abi[..end]);
            assert!(matches!(refused.result, Err(Stop::Reverted(_))), "{end}");
        }
        for end in 0..change.platon.len() {
            let refused = ask(&mut chain, change.contract, by.sending(0), &change.platon[..end]);
            assert!(matches!(refused.result, Err(Stop::Reverted(_))), "{end}");
        }
        let longer = [&change.abi[..], &[0; 32]].concat();
        let refused = ask(&mut chain, change.contract, by, &longer);
        assert_eq!(crate::refusals::read(&refused.result).0, 3);
        let longer = [&change.platon[..], &[0x80]].concat();
        let refused = ask(&mut chain, change.contract, by.sending(0), &longer);
        assert_eq!(crate::refusals::read(&refused.result).0, 3);
        ask(&mut chain, change.contract, by, &change.abi).result.unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_answered(
        contract in 0..CALLED.len(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        by in 1u8..90,
    ) {
        let outcome = ask(&mut chain(), CALLED[contract], By::account(by), &bytes);
        prop_assert!(outcome.result.is_err());
    }

    #[test]
    fn calls_with_changed_bytes_are_answered_and_no_von_is_lost(
        which in 0usize..16,
        is_platon: bool,
        changed in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        by in 1u8..90,
        gas in prop_oneof![Just(u64::MAX), 0u64..1_000_000],
    ) {
        let mut chain = chain();
        let all = changes(&mut chain);
        let change = &all[which % all.len()];
        let mut input = if is_platon { change.platon.clone() } else { change.abi.clone() };
        for (at, byte) in changed {
            let at = at.index(input.len());
            input[at] = byte;
        }
        let value = if is_platon { 0 } else { change.value };
        let by = By { gas, ..By::account(by) }.sending(value);
        let before = chain.world.supply();
        let outcome = ask(&mut chain, change.contract, by, &input);
        prop_assert!(outcome.used <= gas);
        prop_assert_eq!(chain.world.supply(), before);
        chain.check();
    }
}
