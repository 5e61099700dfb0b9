//! Seeds of simulations: named when one fails, taken back from the environment.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The variable that makes every simulation of a run use one seed: `TROUPE_SEED=7`.
pub const VARIABLE: &str = "TROUPE_SEED";

/// Tells `story` with each of `seeds`, or with the one that the environment names.
///
/// # Panics
/// With whatever `story` panics with, after the seed was printed.
pub fn each(seeds: impl IntoIterator<Item = u64>, story: impl Fn(u64)) {
    let given = std::env::var(VARIABLE).ok();
    let chosen: Vec<u64> = match given.as_deref().map(str::parse) {
        Some(Ok(seed)) => vec![seed],
        Some(Err(_)) => {
            panic!("{VARIABLE} wants a whole number, got `{}`", given.unwrap_or_default())
        }
        None => seeds.into_iter().collect(),
    };
    for seed in chosen {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| story(seed))) {
            eprintln!("this failed with seed {seed}; to see it again: {VARIABLE}={seed}");
            resume_unwind(panic);
        }
    }
}

/// Injected failures end here: like a panic, but without its report on the terminal.
///
/// # Panics
/// Always.
pub fn fall(why: &str) -> ! {
    resume_unwind(Box::new(why.to_owned()))
}
