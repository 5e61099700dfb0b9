//! Reading a page of metrics.

/// The sum of all samples of a metric.
pub(super) fn total(text: &str, name: &str) -> Option<f64> {
    let samples = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let value = match rest.as_bytes().first()? {
            b'{' => rest.rsplit_once("} ")?.1,
            b' ' => rest.trim_start(),
            _ => return None,
        };
        value.split(' ').next()?.parse::<f64>().ok()
    });
    samples.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// What a histogram counted: the sum of its observations and their number.
pub(super) fn observed(text: &str, name: &str) -> Option<(f64, f64)> {
    let part = |suffix: &str| total(text, &format!("{name}_{suffix}"));
    Some((part("sum")?, part("count")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_metric_are_added_up_and_no_others() {
        let text = "# HELP a x\na{b=\"c} d\"} 2\na{b=\"e\"} 3.5\na_more 7\nplain 4\n";
        assert_eq!(total(text, "a"), Some(5.5));
        assert_eq!(total(text, "plain"), Some(4.0));
        assert_eq!(total(text, "none"), None);
    }

    #[test]
    fn a_histogram_has_a_sum_and_a_count() {
        let text = "h_bucket{le=\"1\"} 2\nh_sum 1.5\nh_count 3\n";
        assert_eq!(observed(text, "h"), Some((1.5, 3.0)));
        assert_eq!(observed("h_sum 1\n", "h"), None);
    }
}
