//! A small disk of its own, that can be filled up.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::run;
use crate::Result;

/// How large it is.
const SIZE: &str = "1536M";

/// The folder with what fills it up: one of its own, since nothing can be put into a folder that is read-only.
const BALLAST: &str = "ballast";

/// How large it is in memory, where it cannot be a file.
const SIZE_IN_MEMORY: &str = "size=384m";

/// A disk in a folder.
pub struct Disk {
    folder: PathBuf,
    mounted: bool,
}

impl Disk {
    /// A file system in a file; where that may not be, one in memory; where not even that, a mere folder.
    ///
    /// # Errors
    /// What the disk gives.
    pub fn new(scratch: &Path) -> Result<Self> {
        let folder = scratch.join("disk");
        fs::create_dir(&folder)?;
        let mounted = in_file(scratch, &folder).is_ok() || in_memory(&folder).is_ok();
        fs::create_dir(folder.join(BALLAST))?;
        Ok(Self { folder, mounted })
    }

    /// Where files go.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it can be filled up.
    pub const fn has_an_end(&self) -> bool {
        self.mounted
    }

    /// Fills it up, to the last block.
    ///
    /// # Errors
    /// Where it is a mere folder; where its size cannot be found out.
    pub fn fill(&self) -> Result<()> {
        if !self.mounted {
            return Err("the disk has no end".into());
        }
        let mut free = self.free()?;
        while free > 1 << 20 {
            let length = format!("{free}");
            let large = self.folder.join(BALLAST).join("large");
            if run("fallocate", &["-l".as_ref(), length.as_ref(), large.as_ref()]).is_ok() {
                break;
            }
            free -= free / 10;
        }
        let mut small = File::create(self.folder.join(BALLAST).join("small"))?;
        while small.write_all(&[0; 4_096]).is_ok() {}
        Ok(())
    }

    /// Makes room.
    ///
    /// # Errors
    /// What the disk gives.
    pub fn clear(&self) -> Result<()> {
        for name in ["large", "small"] {
            match fs::remove_file(self.folder.join(BALLAST).join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn free(&self) -> Result<u64> {
        let output = Command::new("stat").args(["-f", "-c", "%a %S"]).arg(&self.folder).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = text.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(blocks)), Some(Ok(size))) => Ok(blocks * size),
            _ => Err(format!("`stat` says `{text}`").into()),
        }
    }
}

/// Whatever still has files open in it keeps it until it ends.
impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted
            && let Err(error) = run("umount", &["-l".as_ref(), self.folder.as_ref()])
        {
            eprintln!("torture: {error}");
        }
    }
}

fn in_file(scratch: &Path, folder: &Path) -> Result<()> {
    let image = scratch.join("disk.img");
    run("truncate", &["-s".as_ref(), SIZE.as_ref(), image.as_ref()])?;
    run("mkfs.ext4", &["-q".as_ref(), "-m".as_ref(), "0".as_ref(), image.as_ref()])?;
    run("mount", &["-o".as_ref(), "loop".as_ref(), image.as_ref(), folder.as_ref()])
}

fn in_memory(folder: &Path) -> Result<()> {
    let words: [&OsStr; 6] = [
        "-t".as_ref(),
        "tmpfs".as_ref(),
        "-o".as_ref(),
        SIZE_IN_MEMORY.as_ref(),
        "torture".as_ref(),
        folder.as_ref(),
    ];
    run("mount", &words)
}
