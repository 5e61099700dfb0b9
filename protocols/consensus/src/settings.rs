//! Who a node is, and how fast its network goes.

use crate::{Error, PublicKey};
use troupe_types::{Hash, Millis, NodeId};

/// The settings of a machine. What is not about the node itself is the same for all of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The genesis block: every signature is bound to it.
    pub genesis: Hash,
    /// This node.
    pub node: NodeId,
    /// Its validator key; without one it follows and never signs.
    pub key: Option<PublicKey>,
    /// How many blocks a proposer may make in one view.
    pub blocks_per_view: u32,
    /// How long an idle chain waits for the next block.
    pub heartbeat: Millis,
    /// The least time between two blocks under load.
    pub pace: Millis,
    /// How much longer than the heartbeat a view lasts without a certificate.
    pub patience: Millis,
    /// The longest a view lasts, however many before it failed.
    pub longest_view: Millis,
    /// How often what was not heard is said again.
    pub repeat: Millis,
    /// How many whole views a validator watches before it signs, if its key never signed here; 0 for none.
    pub watch: u32,
    /// How far ahead of the own clock a block's time may be.
    pub future: Millis,
}

impl Settings {
    /// The defaults for a node of a network.
    #[must_use]
    pub const fn new(genesis: Hash, node: NodeId, key: Option<PublicKey>) -> Self {
        Self {
            genesis,
            node,
            key,
            blocks_per_view: 10,
            heartbeat: Millis(1_000),
            pace: Millis(250),
            patience: Millis(1_500),
            longest_view: Millis(10_000),
            repeat: Millis(1_000),
            watch: 0,
            future: Millis(1_000),
        }
    }

    /// How long a view lasts without a certificate, after so many that failed in a row.
    #[must_use]
    pub fn time_out(&self, failures: u32) -> Millis {
        let mut span = self.heartbeat.plus(self.patience).at_most(self.longest_view);
        for _ in 0..failures {
            if span == self.longest_view {
                break;
            }
            span = Millis(span.0.saturating_add(span.0 / 2)).at_most(self.longest_view);
        }
        span
    }

    /// The least number of blocks after the election block up to the end of the term.
    #[must_use]
    pub fn election_distance(&self) -> u64 {
        u64::from(self.blocks_per_view) + 3
    }

    /// Whether they fit each other.
    pub fn check(&self) -> Result<(), Error> {
        if self.blocks_per_view < 3 || self.blocks_per_view > 32 {
            return Err(Error::Settings("a view has 3 to 32 blocks"));
        }
        if self.heartbeat.0 == 0 || self.repeat.0 == 0 {
            return Err(Error::Settings("heartbeat and repeat are longer than nothing"));
        }
        if self.pace > self.heartbeat {
            return Err(Error::Settings("pace is at most heartbeat"));
        }
        if self.longest_view < self.heartbeat.plus(self.patience) {
            return Err(Error::Settings("longest_view is at least heartbeat and patience"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new(Hash([0; 32]), NodeId([0; 32]), None)
    }

    #[test]
    fn a_view_that_fails_makes_the_next_one_half_as_long_again_up_to_ten_seconds() {
        let spans: Vec<u64> = (0..6).map(|failures| settings().time_out(failures).0).collect();
        assert_eq!(spans, [2_500, 3_750, 5_625, 8_437, 10_000, 10_000]);
        assert_eq!(settings().time_out(u32::MAX), Millis(10_000));
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        assert_eq!(settings().check(), Ok(()));
        let wrong = [
            Settings { blocks_per_view: 2, ..settings() },
            Settings { heartbeat: Millis(0), ..settings() },
            Settings { pace: Millis(1_001), ..settings() },
            Settings { longest_view: Millis(2_000), ..settings() },
        ];
        assert!(wrong.iter().all(|settings| settings.check().is_err()));
    }
}
