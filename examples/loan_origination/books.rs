//! The books of the services: what was ordered, given back, paid, and who was reminded. They are the world outside of the
//! engine, so they have a file of their own that outlives a crash, and the engine knows nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What is written down: a line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Something was ordered, under a reference.
    Ordered(String),
    /// It was given back.
    GivenBack(String),
    /// A loan was paid out.
    Paid {
        /// The idempotency key of the payment.
        key: String,
        /// In thousands of dollars.
        amount: f64,
    },
    /// The borrower of an application was reminded.
    Reminded(String),
}

/// The books.
#[derive(Debug, Default)]
pub struct Books {
    file: Option<File>,
    open: BTreeSet<String>,
    paid: BTreeMap<String, f64>,
    reminded: BTreeSet<String>,
}

impl Books {
    /// Books that nobody keeps when the process ends.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Opens the books in a file, and reads what is in them.
    ///
    /// # Errors
    /// When the file cannot be opened, or a line is not an entry.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut books = Self::default();
        for line in BufReader::new(&file).lines() {
            books.take_in(&serde_json::from_str(&line?)?);
        }
        Ok(Self { file: Some(file), ..books })
    }

    /// Writes an entry down. The same entry twice changes nothing.
    ///
    /// # Errors
    /// When the file cannot be written; the entry does not count then.
    pub fn write(&mut self, entry: &Entry) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            let mut line = serde_json::to_vec(entry)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        self.take_in(entry);
        Ok(())
    }

    fn take_in(&mut self, entry: &Entry) {
        match entry {
            Entry::Ordered(reference) => drop(self.open.insert(reference.clone())),
            Entry::GivenBack(reference) => drop(self.open.remove(reference)),
            Entry::Paid { key, amount } => drop(self.paid.insert(key.clone(), *amount)),
            Entry::Reminded(application) => drop(self.reminded.insert(application.clone())),
        }
    }

    /// The references of what was ordered and not given back.
    pub const fn open_orders(&self) -> &BTreeSet<String> {
        &self.open
    }

    /// What was paid under a key.
    pub fn paid(&self, key: &str) -> Option<f64> {
        self.paid.get(key).copied()
    }

    /// How many payments were made, and how much they come to.
    pub fn payments(&self) -> (usize, f64) {
        (self.paid.len(), self.paid.values().sum())
    }

    /// Whether the borrower of an application was reminded.
    pub fn was_reminded(&self, application: &str) -> bool {
        self.reminded.contains(application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_outlive_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books");
        let mut books = Books::open(&path).unwrap();
        books.write(&Entry::Ordered("credit-A0001".into())).unwrap();
        books.write(&Entry::Ordered("credit-A0002".into())).unwrap();
        books.write(&Entry::GivenBack("credit-A0001".into())).unwrap();
        books.write(&Entry::Paid { key: "k".into(), amount: 90.0 }).unwrap();
        books.write(&Entry::Reminded("A0002".into())).unwrap();
        drop(books);

        let books = Books::open(&path).unwrap();
        assert_eq!(books.open_orders().iter().collect::<Vec<_>>(), ["credit-A0002"]);
        assert_eq!((books.paid("k"), books.payments()), (Some(90.0), (1, 90.0)));
        assert!(books.was_reminded("A0002") && !books.was_reminded("A0001"));
    }
}
