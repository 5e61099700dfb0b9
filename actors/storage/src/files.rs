//! Files that must be whole or not be: written beside, synced, renamed, the directory synced.

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Owner may read and write, nobody else anything.
pub const PRIVATE: u32 = 0o600;

/// Whether a file of the same name may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced.
    Replace,
    /// It is kept, and the write is refused.
    Keep,
}

/// Writes a private file so that after a power loss it is there whole, or the old one is.
pub fn write(path: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let directory = parent(path);
    let (file, temporary) = create_temporary(path)?;
    let written = fill(file, bytes).and_then(|()| match existing {
        Existing::Replace => fs::rename(&temporary, path),
        // A rename would replace what somebody else made in the meantime; a link fails instead.
        Existing::Keep => {
            fs::hard_link(&temporary, path).and_then(|()| fs::remove_file(&temporary))
        }
    });
    if let Err(error) = written {
        // The name is ours alone; what cannot be removed harms nobody.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    File::open(directory)?.sync_all()
}

/// Whether a path stands for standard input or output.
pub fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A private file in the making, which nobody sees before it is whole. Where the file system can do it, it has no
/// name until then, so that nothing is left of it however the process ends.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
    /// Its name until it is whole, where it has to have one.
    temporary: Option<PathBuf>,
}

impl Draft {
    /// Begins a file; one of that name must not be there.
    pub fn begin(path: &Path) -> io::Result<Self> {
        if path.exists() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it exists already"));
        }
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(PRIVATE);
        let (file, temporary) = match rustix::fs::open(parent(path), flags, mode) {
            Ok(nameless) => (File::from(nameless), None),
            Err(_) => {
                let (file, temporary) = create_temporary(path)?;
                (file, Some(temporary))
            }
        };
        Ok(Self { file, path: path.to_owned(), temporary })
    }

    /// Syncs it and gives it its name; refused where somebody else took that meanwhile.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        match self.temporary.take() {
            Some(temporary) => {
                fs::hard_link(&temporary, &self.path).and_then(|()| fs::remove_file(&temporary))?;
            }
            None => {
                let number = std::os::fd::AsRawFd::as_raw_fd(&self.file);
                let nameless = format!("/proc/self/fd/{number}");
                rustix::fs::linkat(CWD, &nameless, CWD, &self.path, AtFlags::SYMLINK_FOLLOW)?;
            }
        }
        File::open(parent(&self.path))?.sync_all()
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // The name is ours alone; what cannot be removed harms nobody.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Makes a directory and those above it, for the owner alone, durably.
pub fn create_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    File::open(parent(path))?.sync_all()
}

/// Reads at most `limit` bytes of a file; a longer one is an error.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_open(File::open(path)?, limit)
}

/// As [`read`], for files with a secret: strangers must not be able to read or change them.
///
/// The group may read: orchestrators hand secrets to a process that way.
pub fn read_private(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let open_to_others = metadata.mode() & 0o037;
    // A pipe or a descriptor of the shell is read once and belongs to who runs this.
    if metadata.is_file() && open_to_others != 0 {
        let mode = metadata.mode() & 0o777;
        let text = format!("mode {mode:03o} lets others in, allowed is 600 or 640");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    read_open(file, limit)
}

fn read_open(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit) {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("longer than {limit} bytes")))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A new file in the same directory, because a rename does not cross file systems.
fn create_temporary(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    for attempt in 0u32..100 {
        let suffix = format!(".{}.{attempt}.new", std::process::id());
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(suffix);
        let temporary = parent(path).join(hidden);
        let options =
            OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&temporary);
        match options {
            Ok(file) => return Ok((file, temporary)),
            // Left over from a process of the same number that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many leftover temporary files"))
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_written_file_is_private_whole_and_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.json");
        write(&path, b"first", Existing::Keep).unwrap();
        write(&path, b"second", Existing::Replace).unwrap();
        assert_eq!(read_private(&path, 6).unwrap(), b"second");
        assert_eq!(names(directory.path()), ["key.json"]);
    }

    #[test]
    fn a_draft_has_no_name_before_it_is_whole_and_takes_nobody_elses() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("blocks.bin");
        let mut draft = Draft::begin(&path).unwrap();
        draft.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(draft);
        assert_eq!(names(directory.path()), [""; 0]);
        let mut draft = Draft::begin(&path).unwrap();
        draft.write_all(b"whole").unwrap();
        draft.finish().unwrap();
        assert_eq!(read_private(&path, 5).unwrap(), b"whole");
        let error = Draft::begin(&path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        fs::remove_file(&path).unwrap();
        let draft = Draft::begin(&path).unwrap();
        fs::write(&path, b"another's").unwrap();
        assert!(draft.finish().is_err());
        assert_eq!(names(directory.path()), ["blocks.bin"]);
    }

    #[test]
    fn an_existing_file_is_kept_when_asked_to() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.json");
        write(&path, b"first", Existing::Keep).unwrap();
        let error = write(&path, b"second", Existing::Keep).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read(&path, 100).unwrap(), b"first");
        assert_eq!(names(directory.path()), ["key.json"]);
    }

    #[test]
    fn what_a_killed_process_left_does_not_stand_in_the_way() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.json");
        let leftover = format!(".key.json.{}.0.new", std::process::id());
        fs::write(directory.path().join(leftover), b"torn").unwrap();
        write(&path, b"whole", Existing::Keep).unwrap();
        assert_eq!(read(&path, 100).unwrap(), b"whole");
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        fs::write(&path, b"secret").unwrap();
        for mode in [0o644, 0o604, 0o601, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read_private(&path, 100).unwrap_err().to_string();
            assert_eq!(error, format!("mode {mode:03o} lets others in, allowed is 600 or 640"));
        }
        for mode in [0o600, 0o400, 0o440] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_private(&path, 100).unwrap(), b"secret");
        }
    }

    #[test]
    fn a_file_beyond_its_limit_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("large");
        write(&path, &[0; 11], Existing::Keep).unwrap();
        assert_eq!(read(&path, 10).unwrap_err().to_string(), "longer than 10 bytes");
        assert_eq!(read(&path, 11).unwrap().len(), 11);
    }
}
