//! Parallelism, handed in.

/// An ordered parallel map. Pure code asks for it; the runtime's pool or [`Sequential`] serves it.
pub trait Fork {
    /// How many items are worked on at once: with one, nothing is gained by preparing for more.
    fn width(&self) -> usize {
        1
    }

    /// Applies `work` to every item; the results are in the items' order whatever ran first.
    fn map<T, R, F>(&self, items: Vec<T>, work: F) -> Vec<R>
    where
        T: Send,
        R: Send,
        F: Fn(T) -> R + Sync;
}

/// One after the other on the calling thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sequential;

impl Fork for Sequential {
    fn map<T, R, F>(&self, items: Vec<T>, work: F) -> Vec<R>
    where
        T: Send,
        R: Send,
        F: Fn(T) -> R + Sync,
    {
        items.into_iter().map(work).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        assert_eq!(Sequential.map(vec![3, 1, 2], |n| n * 10), [30, 10, 20]);
    }
}
