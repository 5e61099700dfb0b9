//! A disk that is a directory.

use crate::disk::{DRAFT, Disk, Draft, check_name};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files in a directory. Clones are the same directory.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
    /// Files whose names are known to be durable. That a file is there does not say so: the process
    /// before may have died between creating it and syncing its directory.
    named: Arc<Mutex<BTreeSet<String>>>,
}

/// A draft in a directory. The file stays open, or an error of writing it back could go unseen.
struct Making {
    directory: Directory,
    file: String,
    handle: File,
}

impl Directory {
    /// Uses `path`, creating it durably.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = std::path::absolute(path.into())?;
        let created: Vec<_> = path.ancestors().take_while(|folder| !folder.exists()).collect();
        fs::create_dir_all(&path)?;
        for parent in created.into_iter().filter_map(Path::parent) {
            File::open(parent)?.sync_all()?;
        }
        Ok(Self { path, named: Arc::default() })
    }

    fn place(&self, file: &str) -> io::Result<PathBuf> {
        check_name(file)?;
        Ok(self.path.join(file))
    }

    /// Makes a file's name durable, once.
    fn sync_names(&self, file: &str) -> io::Result<()> {
        if self.named().contains(file) {
            return Ok(());
        }
        File::open(&self.path)?.sync_all()?;
        self.named().insert(file.to_owned());
        Ok(())
    }

    fn named(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No file is an empty file.
fn or_nothing(outcome: io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        outcome => outcome,
    }
}

fn part_of(path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut handle = File::open(path)?;
    handle.seek(SeekFrom::Start(offset))?;
    let there = handle.metadata()?.len().saturating_sub(offset).min(length as u64);
    let mut bytes = Vec::with_capacity(usize::try_from(there).unwrap_or(0));
    handle.take(there).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Disk for Directory {
    fn append(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.place(file)?;
        let mut handle = OpenOptions::new().create(true).append(true).open(path)?;
        handle.write_all(bytes)?;
        handle.sync_data()?;
        self.sync_names(file)
    }

    fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        or_nothing(fs::read(self.place(file)?))
    }

    fn read_part(&self, file: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        or_nothing(part_of(&self.place(file)?, offset, length))
    }

    fn truncate(&self, file: &str, length: u64) -> io::Result<()> {
        let handle = OpenOptions::new().write(true).open(self.place(file)?)?;
        handle.set_len(length)?;
        handle.sync_all()
    }

    fn list(&self) -> io::Result<BTreeMap<String, u64>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let data = entry.metadata()?;
            if let Ok(name) = entry.file_name().into_string()
                && data.is_file()
                && check_name(&name).is_ok()
            {
                files.insert(name, data.len());
            }
        }
        Ok(files)
    }

    fn draft(&self, file: &str) -> io::Result<Box<dyn Draft>> {
        self.place(file)?;
        let handle = File::create(self.place(&format!("{file}{DRAFT}"))?)?;
        Ok(Box::new(Making { directory: self.clone(), file: file.to_owned(), handle }))
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        let path = self.place(file)?;
        self.named().remove(file);
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => File::open(&self.path)?.sync_all(),
        }
    }

    fn note(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.place(file)?;
        let mut handle = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        handle.write_all(bytes)?;
        handle.set_len(bytes.len() as u64)
    }
}

impl Draft for Making {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.handle.write_all(bytes)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.handle.sync_all()?;
        let Self { directory, file, .. } = *self;
        directory.named().remove(&file);
        fs::rename(directory.place(&format!("{file}{DRAFT}"))?, directory.place(&file)?)?;
        directory.sync_names(&file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_appended_to_read_and_cut_and_only_plain_names_are_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Directory::open(folder.path().join("a/b")).expect("created");
        assert_eq!(disk.read("log").expect("none yet"), b"");
        disk.append("log", b"one").expect("appended");
        disk.append("log", b"two").expect("appended");
        disk.truncate("log", 4).expect("cut");
        let again = Directory::open(folder.path().join("a/b")).expect("there");
        assert_eq!(again.read("log").expect("read"), b"onet");
        for name in ["", "..", ".x", "a/b", "/a", "a\\b"] {
            let error = disk.append(name, b"x").expect_err(name);
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn a_draft_is_a_file_when_it_is_finished_and_not_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Directory::open(folder.path()).expect("created");
        disk.append("state", b"old").expect("appended");
        fs::create_dir(folder.path().join("inner")).expect("a folder inside");
        let mut left = disk.draft("state").expect("begun");
        left.write(b"abandoned, and longer than the next").expect("written");
        drop(left);
        let mut draft = disk.draft("state").expect("begun again");
        draft.write(b"ne").expect("written");
        draft.write(b"wer").expect("written");
        assert_eq!(disk.read("state").expect("read"), b"old");
        let files = disk.list().expect("listed");
        assert_eq!(files, [("state".to_owned(), 3), (format!("state{DRAFT}"), 5)].into());
        draft.finish().expect("finished");
        assert_eq!(disk.read("state").expect("read"), b"newer");
        disk.replace("state", b"newest").expect("replaced");
        assert_eq!(disk.list().expect("listed"), [("state".to_owned(), 6)].into());
        disk.remove("state").expect("removed");
        disk.remove("state").expect("there is none");
        assert!(disk.list().expect("listed").is_empty());
    }

    #[test]
    fn parts_end_where_the_file_ends_and_a_note_is_what_was_written_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Directory::open(folder.path()).expect("created");
        assert_eq!(disk.read_part("log", 3, 5).expect("none yet"), b"");
        disk.append("log", b"0123456789").expect("appended");
        for (offset, length, want) in
            [(0, 4, &b"0123"[..]), (7, 9, b"789"), (10, 1, b""), (99, 1, b""), (2, 0, b"")]
        {
            assert_eq!(disk.read_part("log", offset, length).expect("read"), want);
        }
        disk.note("mark", b"first one").expect("noted");
        disk.note("mark", b"second").expect("noted");
        assert_eq!(disk.read("mark").expect("read"), b"second");
    }
}
