//! A process that ends keeps nobody waiting: the chain may be gone before it is.

use crate::actor::Market;
use troupe_market::message::Unseen;
use troupe_runtime::Cx;
use troupe_types::Millis;

/// How long phases are waited for once the process drains.
const GRACE: Millis = Millis::secs(5);

/// What whoever waits hears then.
pub(crate) fn leaving() -> Unseen {
    Unseen::Unreachable("this process is on its way out".to_owned())
}

impl Market {
    /// Once the process drains: what is not listed yet is not listed, and after a while whoever waits for a phase hears that it
    /// waits in vain.
    pub(crate) fn leave(&mut self, cx: &mut Cx<'_, Self>) {
        if !cx.node().is_draining() {
            return;
        }
        self.refuse_offers(cx);
        let now = cx.now().mono;
        let since = *self.leaving.get_or_insert(now);
        if now.since(since) >= GRACE {
            self.refuse_awaiting(cx);
        }
    }
}
