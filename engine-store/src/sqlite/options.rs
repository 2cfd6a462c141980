//! How a file is used.

use flowwright::base::Span;

use crate::Clock;

/// How a SQLite file is used. The defaults are for a file on a local disk that matters.
#[derive(Clone)]
pub struct SqliteOptions {
    /// Connections that read, each on a thread of its own (default 4).
    pub readers: usize,
    /// Whether a commit may be lost when the machine (not only the process) crashes, for more speed (default false).
    /// The file is never damaged either way.
    pub relaxed: bool,
    /// Memory for the pages of the connection that writes, in bytes (default 64 MiB).
    pub cache_bytes: u64,
    /// How much of the file is mapped into memory, in bytes (default 256 MiB).
    pub mapped_bytes: u64,
    /// How many pages the log may have before it is moved into the file (default 4000).
    pub checkpoint_pages: u32,
    /// How large the file may become, in bytes (default: as large as the disk allows).
    pub most_bytes: Option<u64>,
    /// How often the file is looked at for what other processes wrote, while somebody waits for that (default 20 ms).
    pub poll: Span,
    /// The clock that leases are compared on (default: the machine's).
    pub clock: Clock,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            relaxed: false,
            cache_bytes: 64 << 20,
            mapped_bytes: 256 << 20,
            checkpoint_pages: 4_000,
            most_bytes: None,
            poll: Span::from_millis(20),
            clock: crate::system_clock(),
        }
    }
}
