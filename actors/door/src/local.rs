//! A socket that only the owner of a process reaches: a file.

use crate::error::Error;
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest path of a socket: what `sockaddr_un` of Linux has, without the zero behind it; other systems have four less.
const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Refuses a path that is too long for a socket.
pub(crate) fn check(path: &Path, longer: usize) -> Result<(), Error> {
    let (got, most) = (path.as_os_str().len(), LONGEST - longer);
    if got > most {
        return Err(Error::Long { path: path.to_owned(), got, most });
    }
    Ok(())
}

/// What keeps a caller from a socket: its file, or the first folder on the way that `look` cannot look into.
pub(crate) fn denied(path: &Path, look: impl Fn(&Path) -> io::Result<(u32, u32)>) -> Error {
    let mut way: Vec<&Path> = path.ancestors().collect();
    way.reverse();
    let is_here = |place: &Path| place.as_os_str().is_empty();
    let mut last = None;
    for place in way {
        let found = look(if is_here(place) { Path::new(".") } else { place });
        let Ok((mode, owner)) = found else { break };
        last = Some(Error::Denied { path: place.to_owned(), mode: mode & 0o7777, owner });
    }
    last.unwrap_or_else(|| Error::Unanswered(io::ErrorKind::PermissionDenied.to_string()))
}

/// Mode and owner of a file.
pub(crate) fn mode_and_owner(path: &Path) -> io::Result<(u32, u32)> {
    std::fs::metadata(path).map(|found| (found.mode(), found.uid()))
}

/// Nobody else gets at the socket at any time: it begins in a folder of its own.
fn bind(path: &Path) -> Result<UnixListener, Error> {
    let folder = path.with_extension("new");
    let first = folder.join("s");
    let longer = first.as_os_str().len().saturating_sub(path.as_os_str().len());
    check(path, longer)?;
    bound(path, &folder, &first)
        .map_err(|error| Error::File { path: path.to_owned(), reason: error.to_string() })
}

fn bound(path: &Path, folder: &Path, first: &Path) -> io::Result<UnixListener> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is another file"));
        }
        Ok(_) => {
            if UnixStream::connect(path).is_ok() {
                let text = "another process listens there";
                return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        }
        made => made?,
    }
    if let Err(error) = std::fs::remove_file(first)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let listener = UnixListener::bind(first)?;
    std::fs::set_permissions(first, Permissions::from_mode(0o600))?;
    std::fs::rename(first, path)?;
    std::fs::remove_dir(folder)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// A file that is listened at. Clones share it; it goes with the last of them.
#[derive(Debug, Clone)]
pub struct Local(Arc<Bound>);

#[derive(Debug)]
struct Bound {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket's file is gone already");
        }
    }
}

impl Local {
    /// Listens at a file that nobody but the process's owner can open. What was left at its place by a process that is gone is
    /// replaced; nothing else is.
    pub fn bind(path: &Path) -> Result<Self, Error> {
        Ok(Self(Arc::new(Bound { listener: bind(path)?, path: path.to_owned() })))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Its socket, on the runtime of the caller. The file stays for as long as there is a [`Local`].
    pub fn listener(&self) -> Result<tokio::net::UnixListener, Error> {
        let listener = self.0.listener.try_clone().and_then(tokio::net::UnixListener::from_std);
        listener.map_err(|error| Error::Listen(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_open_it_and_it_goes_with_the_last_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.sock");
        let local = Local::bind(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = Local::bind(&path).unwrap_err().to_string();
        assert!(refused.ends_with("another process listens there"), "{refused}");
        let other = local.clone();
        drop(local);
        assert!(UnixStream::connect(&path).is_ok());
        drop(other);
        assert!(!path.exists());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn whoever_is_not_let_in_learns_by_which_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.sock");
        let local = Local::bind(&path).unwrap();
        let owner = std::fs::metadata(dir.path()).unwrap().uid();
        let want = format!("{} has mode 0600 and belongs to user {owner}", path.display());
        assert_eq!(denied(&path, mode_and_owner).to_string(), want);
        drop(local);
        // As somebody sees it whom a folder on the way keeps out.
        let look = |place: &Path| match place.to_str() {
            Some("." | "data") => Ok((0o40_755, 0)),
            Some("data/node") => Ok((0o40_700, 1_000)),
            _ => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        };
        let told = denied(Path::new("data/node/control.sock"), look).to_string();
        assert_eq!(told, "data/node has mode 0700 and belongs to user 1000");
        let blind = denied(Path::new("x"), |_| Err(io::ErrorKind::PermissionDenied.into()));
        assert_eq!(blind.to_string(), "permission denied");
    }

    #[test]
    fn what_a_dead_process_left_is_replaced_and_what_is_somebodys_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        drop(Local::bind(&path).unwrap());
        std::fs::write(&path, "years of work").unwrap();
        let refused = Local::bind(&path).unwrap_err().to_string();
        assert!(refused.ends_with("there is another file"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "years of work");
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_refused_with_its_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = |length: usize| {
            let rest = length - dir.path().as_os_str().len() - 1;
            dir.path().join("s".repeat(rest))
        };
        // Its folder has four letters more, and what is in it two.
        drop(Local::bind(&path(LONGEST - 6)).unwrap());
        let refused = Local::bind(&path(LONGEST - 5)).unwrap_err();
        assert_eq!(
            refused,
            Error::Long { path: path(LONGEST - 5), got: LONGEST - 5, most: LONGEST - 6 }
        );
    }
}
