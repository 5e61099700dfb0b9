//! Nodes that do not follow the rules, each with a name.

use super::chain::Plan;
use troupe_consensus::{Message, Signature, Statement};
use troupe_types::Millis;

/// Who an adversary is and whom it can talk to.
pub(crate) struct Us {
    pub(crate) person: usize,
    pub(crate) peers: Vec<usize>,
    pub(crate) now: Millis,
    pub(crate) plan: Plan,
}

/// Signs with the adversary's own key.
pub(crate) type Pen<'a> = &'a dyn Fn(&Statement) -> Signature;

/// What stands between a machine and the network.
pub(crate) trait Adversary {
    /// What becomes of a message that the machine wants to send.
    fn says(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        let _ = (us, pen);
        targets.iter().map(|target| (*target, message.clone())).collect()
    }

    /// What is said because of a message that came in.
    fn hears(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        from: usize,
        message: &Message,
    ) -> Vec<(usize, Message)> {
        let _ = (us, pen, from, message);
        Vec::new()
    }
}
