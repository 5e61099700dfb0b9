//! Progress for people: on a terminal, and nowhere else.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Something is going on, nobody knows for how long.
pub(crate) fn spinner() -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// So much of a known amount is done; shows the time that is left.
pub(crate) fn bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{msg:32} [{bar:30}] {percent:>3}%  {elapsed} elapsed, {eta} left",
    )
    .expect("the template is well formed")
    .progress_chars("=> ");
    let bar = ProgressBar::new(total).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
