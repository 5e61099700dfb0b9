//! What an actor kind implements.

use crate::cx::Cx;
use crate::fault::Fault;
use crate::reply::Reply;
use troupe_wire::Message;

/// An actor: state that only its own handlers touch, one message at a time.
///
/// The value is made by its factory and made again after a panic or a [`Fault`]; whatever must
/// outlive that is durable or belongs to someone else.
pub trait Actor: Sized + 'static {
    /// The name in manifests, metrics and logs.
    const KIND: &'static str;

    /// Runs before the first message, and again after every restart.
    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let _ = cx;
        Ok(())
    }

    /// Runs once when the node drains, after the queue was finished: the last chance to flush.
    fn stopping(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let _ = cx;
        Ok(())
    }
}

/// Handles one kind of message. Short: no sleep, no disk, no heavy computing; see [`Cx`] for each.
pub trait Handle<M: Message>: Actor {
    /// Handles `message`; the answer, if it has one, goes through `reply`, now or later.
    fn handle(&mut self, message: M, reply: Reply<M>, cx: &mut Cx<'_, Self>) -> Result<(), Fault>;
}
