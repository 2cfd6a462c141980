//! What arguments name: files, standard input, JSON written on the command line.

use std::fs;
use std::io::{ErrorKind as IoErrorKind, Read};
use std::path::{Path, PathBuf};

use flowwright::base::ErrorKind;
use serde_json::Value;

use super::answer::{Failure, Result};
use super::snippet;

/// A text and what people call it.
#[derive(Debug)]
pub struct Document {
    /// The file's name, or what stands for it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl Document {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// `NotFound` with the nearest name in the same folder; `InvalidArgument` where it cannot be read as text.
    pub fn read(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| unreadable("standard input", &error))?;
            return Self::decode("<stdin>".into(), bytes);
        }
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| match error.kind() {
            IoErrorKind::NotFound => missing(path),
            _ => unreadable(&name, &error),
        })?;
        Self::decode(name, bytes)
    }

    fn decode(name: String, bytes: Vec<u8>) -> Result<Self> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let place = error.utf8_error().valid_up_to();
                let message = format!("{name} is no text in UTF-8: byte {place} is wrong");
                Err(Failure::new(ErrorKind::InvalidArgument, message))
            }
        }
    }

    /// The text of an argument: what stands there, or with `@FILE` what is in the file.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn argument(option: &str, value: &str) -> Result<Self> {
        match value.strip_prefix('@') {
            Some(path) => Self::read(Path::new(path)),
            None => Ok(Self { name: option.to_owned(), text: value.to_owned() }),
        }
    }

    /// The text as JSON.
    ///
    /// # Errors
    /// `InvalidArgument` with the place drawn.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.text).map_err(|error| self.wrong(&error))
    }

    /// What is wrong with a text that should be JSON of some form.
    pub fn wrong(&self, error: &serde_json::Error) -> Failure {
        let (line, column) = (error.line(), error.column().max(1));
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or(&text);
        let message = format!("{}:{line}:{column}: no JSON that can be used: {reason}", self.name);
        let mut failure = Failure::new(ErrorKind::InvalidArgument, message);
        failure.snippet = snippet::draw(&self.text, line, snippet::column_of_byte(&self.text, line, column));
        if !self.text.trim_start().starts_with(['{', '[', '"']) && self.name.starts_with("--") {
            return failure.help("write JSON in quotes, or @FILE to read it from a file");
        }
        failure
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::InvalidArgument, format!("{name} cannot be read: {error}"))
}

/// A file that is not there, with what was probably meant.
fn missing(path: &Path) -> Failure {
    let failure = Failure::new(ErrorKind::NotFound, format!("there is no file {}", path.display()));
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Path::new("."), |folder| folder);
    let Ok(entries) = fs::read_dir(folder) else {
        return failure.help(format!("there is no folder {} either", folder.display()));
    };
    let names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match super::names::nearest(&wanted, names.iter().map(String::as_str)) {
        Some(name) => failure.help(format!("did you mean {}?", beside(path, name).display())),
        None => failure,
    }
}

fn beside(path: &Path, name: &str) -> PathBuf {
    path.with_file_name(name)
}
