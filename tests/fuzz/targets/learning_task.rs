//! Tasks, as whoever wants a result sends them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::decodes;
use troupe_learning::deed::Deed;
use troupe_learning::{Plan, Real, Task};
use troupe_wire::Limit;

fuzz_target!(|bytes: &[u8]| {
    decodes::<Real>(bytes, Limit::KiB1);
    decodes::<Deed>(bytes, Deed::LIMIT);
    let Ok(task) = Task::decode(bytes) else { return };
    assert_eq!(task.encode().as_deref(), Ok(bytes), "another form of the same task");
    // It becomes a program whose price is known, or says what is wrong with it.
    for matched in [None, Some(2)] {
        let Ok(plan) = Plan::new(&task, matched) else { continue };
        assert!(!plan.program().cost().links.is_empty());
        let claims = task.claims(0, matched).expect("a plan that was made");
        if let Ok(all) = task.algorithms() {
            assert!(claims.iter().all(|claim| all.contains(&claim.algorithm)));
        }
        for owner in 0..plan.program().owners().len() {
            let owner = u8::try_from(owner).expect("few");
            assert!(plan.contributions(owner).all(|one| one.says(&task).len() < 4096));
        }
    }
});
