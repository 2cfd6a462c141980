//! A SQLite file on a disk of its own.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::{Harm, Place, run};
use crate::Result;

/// A SQLite file on a disk of its own.
pub struct Sqlite {
    disk: Disk,
    /// Whether files can be made immutable, also for who has them open and for root.
    can_freeze: bool,
}

impl Sqlite {
    /// Makes the disk; the file comes with the first process.
    ///
    /// # Errors
    /// What the disk gives.
    pub fn new(scratch: &Path) -> Result<Self> {
        let disk = Disk::new(scratch)?;
        let trial = disk.folder().join("trial");
        File::create(&trial)?;
        let can_freeze = freeze(&trial, true).and_then(|()| freeze(&trial, false)).is_ok();
        std::fs::remove_file(trial)?;
        Ok(Self { disk, can_freeze })
    }

    fn file(&self) -> PathBuf {
        self.disk.folder().join("torture.db")
    }

    /// The file and its log. The third one, with the log's index, is memory that processes share.
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let files = [self.file(), self.file().with_extension("db-wal")];
        files.into_iter().filter(|file| file.exists())
    }
}

impl Place for Sqlite {
    fn url(&self) -> String {
        format!("sqlite:{}", self.file().display())
    }

    fn harms(&self) -> Vec<Harm> {
        let mut harms = Vec::new();
        if self.disk.has_an_end() {
            harms.push(Harm::DiskFull);
        }
        if self.can_freeze {
            harms.extend([Harm::FileReadOnly, Harm::FolderReadOnly]);
        }
        harms
    }

    fn missing(&self) -> Vec<&'static str> {
        let possible = self.harms();
        let all = [Harm::DiskFull, Harm::FileReadOnly, Harm::FolderReadOnly];
        all.into_iter().filter(|harm| !possible.contains(harm)).map(Harm::name).collect()
    }

    fn make(&mut self, harm: Harm) -> Result<()> {
        match harm {
            Harm::DiskFull => self.disk.fill(),
            Harm::FileReadOnly => self.files().try_for_each(|file| freeze(&file, true)),
            Harm::FolderReadOnly => freeze(self.disk.folder(), true),
            _ => Err("that is done to a server".into()),
        }
    }

    fn mend(&mut self, harm: Harm) -> Result<()> {
        match harm {
            Harm::DiskFull => self.disk.clear(),
            Harm::FileReadOnly => self.files().try_for_each(|file| freeze(&file, false)),
            Harm::FolderReadOnly => freeze(self.disk.folder(), false),
            _ => Ok(()),
        }
    }
}

/// A log that goes meanwhile with the last process that had it is no trouble.
fn freeze(path: &Path, frozen: bool) -> Result<()> {
    let frozen = run("chattr", &[if frozen { "+i" } else { "-i" }.as_ref(), path.as_ref()]);
    if path.exists() { frozen } else { Ok(()) }
}
