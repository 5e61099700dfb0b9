//! The names of what contracts refuse.

/// The name of a refusal's number. Numbers and names stay.
pub(super) const fn of(code: u32) -> &'static str {
    match code {
        3 => "bad-call",
        301_001 => "bad-registration",
        301_002 => "description-too-long",
        301_004 => "version-too-old",
        301_006 => "not-the-staker",
        301_007 => "share-too-high",
        301_008 => "share-changed-too-soon",
        301_009 => "share-changed-too-far",
        301_100 => "stake-too-low",
        301_101 => "candidate-exists",
        301_102 => "no-candidate",
        301_103 => "candidate-no-more",
        301_104 => "increase-too-low",
        301_105 => "delegation-too-low",
        301_106 => "may-not-delegate",
        301_108 => "undelegation-too-low",
        301_109 => "no-delegation",
        301_110 => "unknown-source",
        301_111 => "balance-too-low",
        301_113 => "undelegation-too-high",
        301_120 => "vote-key-taken",
        301_121 => "wrong-value",
        301_204 => "candidate-not-found",
        301_205 => "delegation-not-found",
        301_207 => "locked-too-low",
        302_002 => "no-choice",
        302_005 => "proposal-exists",
        302_006 => "no-proposal",
        302_007 => "bad-pip",
        302_008 => "pip-taken",
        302_009 => "vote-too-short",
        302_010 => "vote-too-long",
        302_011 => "version-not-newer",
        302_012 => "version-open",
        302_013 => "version-upcoming",
        302_014 => "cancel-open",
        302_015 => "target-unknown",
        302_016 => "target-kind",
        302_017 => "target-closed",
        302_020 => "node-status",
        302_021 => "not-the-node-s-staker",
        302_022 => "no-alternative",
        302_023 => "node-no-candidate",
        302_025 => "node-not-upgraded",
        302_026 => "proposal-closed",
        302_027 => "voted-already",
        302_028 => "version-not-allowed",
        302_031 => "no-parameter",
        302_032 => "parameter-open",
        302_033 => "bad-parameter-value",
        302_034 => "parameter-unchanged",
        302_040 => "text-open",
        302_041 => "too-many-texts",
        302_042 => "nodes-only",
        302_043 => "nothing-to-vote-with",
        302_044 => "vote-balance-too-low",
        302_045 => "proposal-open",
        302_046 => "no-vote",
        303_000 => "no-evidence",
        303_001 => "punished-already",
        303_002 => "round-not-begun",
        303_003 => "round-too-long-ago",
        303_009 => "no-validator",
        303_010 => "own-fault",
        304_001 => "release-too-far",
        304_002 => "bad-number-of-releases",
        304_004 => "plan-balance-too-low",
        304_005 => "no-plan",
        304_011 => "release-of-nothing",
        304_013 => "plan-too-low",
        304_014 => "release-too-low",
        304_016 => "too-many-releases",
        305_001 => "nothing-delegated",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Where the rules give their numbers.
    const RULES: [&str; 5] = [
        include_str!("../../../protocols/staking/src/stake/refused.rs"),
        include_str!("../../../protocols/staking/src/governance/refused.rs"),
        include_str!("../../../protocols/staking/src/restricting/refused.rs"),
        include_str!("../../../protocols/staking/src/call/refused.rs"),
        include_str!("../../../protocols/staking/src/error.rs"),
    ];

    #[test]
    fn every_number_that_rules_give_has_a_name_of_its_own() {
        let mut codes = BTreeSet::from([3]);
        for text in RULES {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let numbers = words.filter(|word| word.len() == 7 && word.starts_with("30"));
            codes.extend(numbers.filter_map(|word| word.replace('_', "").parse::<u32>().ok()));
        }
        assert!(codes.len() > 60, "{codes:?}");
        let mut names = BTreeMap::new();
        for code in codes {
            assert_ne!(of(code), "refused", "{code}");
            if let Some(other) = names.insert(of(code), code) {
                panic!("{code} and {other} are both {}", of(code));
            }
        }
    }
}
