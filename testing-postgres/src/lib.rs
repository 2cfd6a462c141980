//! A PostgreSQL server of one's own, for tests.
//!
//! [`Server::start`] makes a cluster in a folder that is removed with it, on a socket in that folder: nothing of it is
//! seen on the network, unless it is asked for ([`Network`]), and any number can run at once. Whatever becomes of the tests, also when they are killed, a
//! small process that waits for their end stops the server and removes the folder.

mod certificate;
mod find;

pub use find::programs;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;

/// The user that a server runs as where the tests are root's: it refuses root.
const NOBODY: u32 = 65_534;

/// Whether data must outlive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As in production.
    Full,
    /// The server does not wait for the disk: faster, and no less correct while the machine stays up.
    None,
}

/// Whether a server is also reached at `127.0.0.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Only through its socket.
    None,
    /// In the clear.
    Plain,
    /// In the clear or encrypted, with a certificate for `localhost`. Needs `openssl`.
    Tls,
}

/// A running server with a cluster of its own.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    durability: Durability,
    network: Network,
    port: u16,
    as_nobody: bool,
    /// Stops the server and removes the folder once its input ends, as it does with this process.
    janitor: Child,
    /// The server itself, while it runs.
    postmaster: Option<Child>,
}

impl Server {
    /// One server for all tests of the process; none where no PostgreSQL can be found or fetched, which is said aloud.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start_or_skip(Durability::None)).as_ref()
    }

    /// A server, or nothing where no PostgreSQL can be found or fetched, which is said aloud.
    pub fn start_or_skip(durability: Durability) -> Option<Self> {
        match Self::start(durability) {
            Ok(server) => Some(server),
            Err(error) => {
                eprintln!("skipped: no PostgreSQL server can be started: {error}");
                None
            }
        }
    }

    /// Makes a cluster and starts a server on it.
    ///
    /// # Errors
    /// Where no PostgreSQL can be found or fetched, or it does not start.
    pub fn start(durability: Durability) -> io::Result<Self> {
        Self::start_on(durability, Network::None)
    }

    /// The same, perhaps on the network of this machine.
    ///
    /// # Errors
    /// As [`start`](Self::start), and where a certificate is asked for and `openssl` is not there.
    pub fn start_on(durability: Durability, network: Network) -> io::Result<Self> {
        let programs = find::programs()?;
        let as_nobody = is_root()?;
        let folder = tempfile::Builder::new().prefix("flowwright-pg").tempdir()?.keep();
        let janitor = janitor(&folder)?;
        // The number of the socket, and where there is a network a free port of it.
        let port = match network {
            Network::None => 5432,
            Network::Plain | Network::Tls => free_port()?,
        };
        if network == Network::Tls {
            certificate::make(&folder)?;
        }
        if as_nobody {
            for path in fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())) {
                std::os::unix::fs::chown(path?, Some(NOBODY), Some(NOBODY))?;
            }
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY))?;
        }
        let mut server =
            Self { programs, folder, durability, network, port, as_nobody, janitor, postmaster: None };
        server.make_cluster()?;
        server.resume()?;
        Ok(server)
    }

    /// The URL of the database `postgres`.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The URL of a database.
    pub fn url_of(&self, database: &str) -> String {
        let host = self.folder.to_string_lossy().replace('%', "%25").replace('/', "%2F");
        format!("postgres://postgres@{host}:{}/{database}", self.port)
    }

    /// The URL of the database `postgres` on the network, if the server is there.
    pub fn network_url(&self) -> String {
        format!("postgres://postgres@localhost:{}/postgres", self.port)
    }

    /// The file with the certificate of who signed the server's.
    pub fn authority(&self) -> PathBuf {
        self.folder.join(certificate::AUTHORITY)
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
    }

    /// Ends the server at once, as a crash does: nothing is written any more.
    ///
    /// # Errors
    /// Where it does not run.
    pub fn crash(&mut self) -> io::Result<()> {
        let mut postmaster =
            self.postmaster.take().ok_or_else(|| io::Error::other("no server is running"))?;
        postmaster.kill()?;
        postmaster.wait().map(drop)
    }

    /// Starts the server again on its cluster.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn resume(&mut self) -> io::Result<()> {
        // After a crash the old children may still hold the cluster for a moment.
        for _ in 0..50 {
            let mut child = self.spawn()?;
            for _ in 0..1_000 {
                if child.try_wait()?.is_some() {
                    break;
                }
                if self.is_ready(child.id()) {
                    self.postmaster = Some(child);
                    return Ok(());
                }
                sleep(Duration::from_millis(10));
            }
            sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(io::Error::other(format!("the server does not start:\n{log}")))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn make_cluster(&self) -> io::Result<()> {
        let mut command = self.command("initdb");
        command.args(["--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"]);
        run(command.arg("-D").arg(self.data()))
    }

    fn spawn(&self) -> io::Result<Child> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        let listen = if self.network == Network::None { "" } else { "127.0.0.1" };
        command.args(["-c", &format!("listen_addresses={listen}"), "-p", &self.port.to_string()]);
        command.args(["-c", "max_connections=300", "-c", "shared_buffers=64MB"]);
        if self.network == Network::Tls {
            let [certificate, key] = certificate::SERVER.map(|name| self.folder.join(name));
            command.args(["-c", "ssl=on", "-c", &format!("ssl_cert_file={}", certificate.display())]);
            command.args(["-c", &format!("ssl_key_file={}", key.display())]);
        }
        if self.durability == Durability::None {
            command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        let log = fs::File::create(self.folder.join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()
    }

    /// The server writes its state into the file with its number.
    fn is_ready(&self, number: u32) -> bool {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = text.lines();
        lines.next().is_some_and(|first| first == number.to_string())
            && lines.any(|line| line.trim() == "ready")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if !self.as_nobody {
            return Command::new(program);
        }
        // It keeps its own number: `setpriv` becomes the program.
        let mut command = Command::new("setpriv");
        let id = NOBODY.to_string();
        command.args([format!("--reuid={id}"), format!("--regid={id}"), "--clear-groups".to_owned()]);
        command.arg(program).current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        // The janitor waits until the server is gone, and it is only gone when it was waited for.
        let _ended = self.postmaster.take().map(|mut postmaster| postmaster.wait());
        let _ended = self.janitor.wait();
    }
}

fn janitor(folder: &Path) -> io::Result<Child> {
    let script = r#"
        trap '' INT TERM HUP
        cat >/dev/null
        pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null)
        if [ -n "$pid" ]; then
            kill -QUIT "$pid" 2>/dev/null
            n=0
            while kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
        fi
        rm -rf "$0"
    "#;
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(script)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn()
}

fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn is_root() -> io::Result<bool> {
    let output = Command::new("id").arg("-u").output()?;
    Ok(output.stdout.trim_ascii() == b"0")
}

/// Runs a program to its end; the error holds what it said.
fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let name = command.get_program().to_string_lossy().into_owned();
    let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    Err(io::Error::other(format!("`{name} {}` failed: {said}", words.join(" "))))
}
