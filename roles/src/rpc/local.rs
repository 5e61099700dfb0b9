//! Asking at a file of this machine.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Says one thing, and gives the line that answers it: at most so many bytes.
pub(super) async fn exchange(path: &Path, body: &[u8], most: usize) -> Result<Vec<u8>> {
    let mut socket = UnixStream::connect(path).await?;
    socket.write_all(body).await?;
    socket.write_all(b"\n").await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\n") {
        if socket.read_buf(&mut answer).await? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the node said nothing"));
        }
        if answer.len() > most {
            let text = format!("an answer of more than {most} bytes");
            return Err(Error::new(ErrorKind::InvalidData, text));
        }
    }
    Ok(answer)
}
