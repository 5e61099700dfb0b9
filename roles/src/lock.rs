//! One process at a time uses a data directory, and one a key.
//!
//! The lock is advisory (`flock`): the kernel drops it when the process ends, however it ends, so a
//! lock never outlives its holder and nobody has to clean up after a crash.

use crate::exit::{ExitCode, Failure, Outcome};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use troupe_storage::files;

/// The file in a data directory that is locked; it holds the process id of its holder.
const NAME: &str = "troupe.lock";

/// Holds a directory or a key until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes a data directory, creating it where it does not exist.
    pub(crate) fn directory(directory: &Path) -> Outcome<Self> {
        files::create_directory(directory).map_err(|error| {
            Failure::about(
                ExitCode::BadFile,
                directory.display(),
                format!("cannot be made: {error}"),
            )
        })?;
        Self::take(directory, &directory.join(NAME))
    }

    /// Takes a key, wherever its data directory is: two processes must not speak in one name.
    pub(crate) fn key(file: &Path) -> Outcome<Self> {
        // Links to one file must lead to one lock.
        let real = file.canonicalize().map_err(|error| {
            Failure::about(ExitCode::BadFile, file.display(), format!("cannot be read: {error}"))
        })?;
        let mut name = real.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        Self::take(file, &real.with_file_name(name))
    }

    fn take(what: &Path, path: &Path) -> Outcome<Self> {
        let failed = |error: std::io::Error| {
            Failure::about(ExitCode::BadFile, path.display(), format!("cannot be locked: {error}"))
        };
        // Never truncated on open: it may hold the process id of another one.
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(files::PRIVATE);
        let mut file = options.open(path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(in_use(what, &mut file)),
            Err(error) => return Err(failed(error.into())),
        }
        let id = format!("{}\n", std::process::id());
        let written = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(id.as_bytes()));
        written.map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn in_use(what: &Path, file: &mut File) -> Failure {
    let mut text = String::new();
    // The holder may be writing this very moment; its number is a help, not a fact to rely on.
    let read = file.take(32).read_to_string(&mut text);
    let holder = match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(id)) => format!("in use by process {id}"),
        _ => "in use by another process".to_owned(),
    };
    Failure::about(ExitCode::DirectoryInUse, what.display(), holder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_and_told_who_the_first_is() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let held = Lock::directory(&data).unwrap();
        let refused = Lock::directory(&data).unwrap_err();
        assert_eq!(refused.code, ExitCode::DirectoryInUse);
        let id = std::process::id();
        assert_eq!(refused.to_string(), format!("{}: in use by process {id}", data.display()));
        drop(held);
        assert!(Lock::directory(&data).is_ok());
    }

    #[test]
    fn what_a_dead_holder_wrote_does_not_lock() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(NAME), "1234567890 and more\n").unwrap();
        let _held = Lock::directory(directory.path()).unwrap();
        let text = std::fs::read_to_string(directory.path().join(NAME)).unwrap();
        assert_eq!(text, format!("{}\n", std::process::id()));
    }

    #[test]
    fn one_key_under_two_names_is_one_key() {
        let directory = tempfile::tempdir().unwrap();
        let key = directory.path().join("node-key.json");
        let alias = directory.path().join("alias.json");
        std::fs::write(&key, "{}").unwrap();
        std::os::unix::fs::symlink(&key, &alias).unwrap();
        let _held = Lock::key(&key).unwrap();
        assert_eq!(Lock::key(&alias).unwrap_err().code, ExitCode::DirectoryInUse);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let failure = Lock::directory(&file.join("data")).unwrap_err();
        assert_eq!(failure.code, ExitCode::BadFile);
        assert!(failure.to_string().contains("cannot be made"), "{failure}");
    }
}
