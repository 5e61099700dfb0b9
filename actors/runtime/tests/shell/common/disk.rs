//! A disk that remembers every call and fails when told to.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use troupe_runtime::{Disk, Draft};

#[derive(Default)]
pub(crate) struct HandDisk {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    appends: Mutex<Vec<(String, Vec<u8>)>>,
    fails: AtomicBool,
}

impl HandDisk {
    pub(crate) fn fail(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }

    /// Every append so far.
    pub(crate) fn appends(&self) -> Vec<(String, String)> {
        let appends = self.appends.lock().unwrap();
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        appends.iter().map(|(file, bytes)| (file.clone(), text(bytes))).collect()
    }

    pub(crate) fn text(&self, file: &str) -> String {
        String::from_utf8(self.read(file).unwrap()).unwrap()
    }
}

impl Disk for HandDisk {
    fn append(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is broken"));
        }
        self.appends.lock().unwrap().push((file.to_owned(), bytes.to_vec()));
        self.files.lock().unwrap().entry(file.to_owned()).or_default().extend(bytes);
        Ok(())
    }

    fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        Ok(self.files.lock().unwrap().get(file).cloned().unwrap_or_default())
    }

    fn read_part(&self, file: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let bytes = self.read(file)?;
        Ok(bytes.into_iter().skip(usize::try_from(offset).unwrap()).take(length).collect())
    }

    fn list(&self) -> io::Result<BTreeMap<String, u64>> {
        let files = self.files.lock().unwrap();
        Ok(files.iter().map(|(name, bytes)| (name.clone(), bytes.len() as u64)).collect())
    }

    fn draft(&self, _: &str) -> io::Result<Box<dyn Draft>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        self.files.lock().unwrap().remove(file);
        Ok(())
    }

    fn note(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        self.files.lock().unwrap().insert(file.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn truncate(&self, file: &str, length: u64) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        files.entry(file.to_owned()).or_default().truncate(usize::try_from(length).unwrap());
        Ok(())
    }
}
