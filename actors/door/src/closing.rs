//! Whether the server stops.

use tokio::sync::watch;

/// Whether the server stops. Clones share it.
#[derive(Debug, Clone)]
pub struct Closing(watch::Sender<bool>);

impl Default for Closing {
    fn default() -> Self {
        Self::new()
    }
}

impl Closing {
    /// Of a server that does not.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// It stops from now on.
    pub(crate) fn close(&self) {
        self.0.send_replace(true);
    }

    /// Whether it stops.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        *self.0.borrow()
    }

    /// Completes when it stops.
    pub async fn wait(&self) {
        // We hold the sender: it is never gone.
        let _ = self.0.subscribe().wait_for(|is_closing| *is_closing).await;
    }
}
