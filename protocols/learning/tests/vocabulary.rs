//! Owners' nodes and the chain mean the same by the name of an algorithm.

use troupe_learning::task::Algorithm;
use troupe_market::algorithm;

#[test]
fn algorithms_have_the_names_and_numbers_of_the_market() {
    for one in Algorithm::ALL {
        assert_eq!(algorithm::NAMES[usize::from(one.number())], one.name());
        assert_ne!(algorithm::bit(one.number()), 0);
    }
    assert!(Algorithm::ALL.is_sorted());
    // What is left are the three that match rows, and who computes.
    assert_eq!(Algorithm::ALL.len() + 4, algorithm::NAMES.len());
}
