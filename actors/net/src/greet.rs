//! The hello on a new connection, from both sides.

use crate::Close;
use crate::frame::{FrameError, TwoWay, read_two_way};
use crate::hello::Hello;
use crate::shared::Shared;
use crate::source::{Broken, Source};
use quinn::{Connection, RecvStream, SendStream};
use troupe_wire::Version;

/// Why a hello came to nothing.
#[derive(Debug)]
pub(crate) enum Unmet {
    /// We close the connection for this reason.
    Close(Close),
    /// The peer sent no hello; it is to blame.
    Wrong(FrameError),
    /// The peer closed the connection or it broke.
    Lost,
}

impl From<Broken> for Unmet {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Wrong(error) => Self::Wrong(error),
            Broken::Reset(_) | Broken::Lost => Self::Lost,
        }
    }
}

/// As the dialer: says hello, and hears the other's.
pub(crate) async fn speak(
    shared: &Shared,
    connection: &Connection,
) -> Result<(Hello, Version), Unmet> {
    let (mut send, recv) = connection.open_bi().await.map_err(|_| Unmet::Lost)?;
    say(shared, &mut send).await?;
    hear(shared, recv).await
}

/// As the one dialed: hears the hello. The answer waits until the line was chosen.
pub(crate) async fn listen(
    shared: &Shared,
    connection: &Connection,
) -> Result<(SendStream, Hello, Version), Unmet> {
    let (send, recv) = connection.accept_bi().await.map_err(|_| Unmet::Lost)?;
    let (hello, version) = hear(shared, recv).await?;
    Ok((send, hello, version))
}

/// Says hello.
pub(crate) async fn say(shared: &Shared, send: &mut SendStream) -> Result<(), Unmet> {
    send.write_chunk(shared.greeting.clone()).await.map_err(|_| Unmet::Lost)?;
    send.finish().map_err(|_| Unmet::Lost)
}

async fn hear(shared: &Shared, recv: RecvStream) -> Result<(Hello, Version), Unmet> {
    let mut source = Source::new(recv);
    let TwoWay::Hello { length } = source.frame(read_two_way).await? else {
        return Err(Unmet::Wrong(FrameError::Malformed("a message before the hello")));
    };
    let body = source.body(length).await?;
    source.end().await?;
    let theirs = Hello::read(&body).map_err(Unmet::Wrong)?;
    let version = shared.hello.meet(&theirs).map_err(Unmet::Close)?;
    Ok((theirs, version))
}
