//! A pooler in transaction mode, as mean as one can be: of a few sessions the one that was used longest ago runs the next
//! transaction, and whatever was left in it stays there.

use std::collections::VecDeque;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many sessions are held: fewer than clients.
const SESSIONS: usize = 3;

/// A client is let in, and may begin.
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

/// The URL of a pooler before the server with this socket; the only one of the process.
pub fn url(server: &Path) -> String {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| start(server.to_owned()));
    format!(
        "postgres://postgres@{}/postgres?pooler=transaction",
        folder.display().to_string().replace('/', "%2F")
    )
}

fn start(server: PathBuf) -> PathBuf {
    // It goes with the folder of the server.
    let folder = server.parent().unwrap().join("pooler");
    std::fs::create_dir(&folder).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
    socket.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let socket = UnixListener::from_std(socket).unwrap();
            let pool = Arc::new(Pool { server, free: Mutex::default(), places: Semaphore::new(SESSIONS) });
            loop {
                let (client, _) = socket.accept().await.unwrap();
                let pool = Arc::clone(&pool);
                tokio::spawn(async move { serve(&pool, client).await });
            }
        });
    });
    folder
}

struct Pool {
    server: PathBuf,
    free: Mutex<VecDeque<Peer>>,
    places: Semaphore,
}

impl Pool {
    async fn take(&self) -> Result<(Peer, SemaphorePermit<'_>)> {
        let place = self.places.acquire().await.unwrap();
        // As long as there are fewer than there may be, another one is opened.
        let longest_ago = {
            let mut free = self.free.lock().unwrap();
            if free.len() > self.places.available_permits() { free.pop_front() } else { None }
        };
        match longest_ago {
            Some(session) => Ok((session, place)),
            None => Ok((self.open().await?, place)),
        }
    }

    async fn open(&self) -> Result<Peer> {
        let mut session = Peer::new(UnixStream::connect(&self.server).await?);
        let words = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
        session.stream.write_all(&(words.len() as u32 + 4).to_be_bytes()).await?;
        session.stream.write_all(words).await?;
        while session.message().await?.first() != Some(&b'Z') {}
        Ok(session)
    }
}

/// One end of a connection, with what has come and was not looked at.
struct Peer {
    stream: UnixStream,
    come: Vec<u8>,
}

impl Peer {
    fn new(stream: UnixStream) -> Self {
        Self { stream, come: Vec::new() }
    }

    /// The next message. Nothing is lost where nobody waits for it to the end.
    async fn message(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(length) = self.come.get(1..5) {
                let length = 1 + u32::from_be_bytes(length.try_into().unwrap()) as usize;
                if self.come.len() >= length {
                    let rest = self.come.split_off(length);
                    return Ok(std::mem::replace(&mut self.come, rest));
                }
            }
            if self.stream.read_buf(&mut self.come).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

async fn serve(pool: &Pool, mut stream: UnixStream) -> Result<()> {
    let length = stream.read_u32().await? as usize;
    stream.read_exact(&mut vec![0; length - 4]).await?;
    stream.write_all(WELCOME).await?;
    let mut client = Peer::new(stream);
    loop {
        let first = client.message().await?;
        if first[0] == b'X' {
            return Ok(());
        }
        let (mut session, place) = pool.take().await?;
        transaction(&mut client, &mut session, first).await?;
        pool.free.lock().unwrap().push_back(session);
        drop(place);
    }
}

/// Carries messages to and fro until the session is where it began.
async fn transaction(client: &mut Peer, session: &mut Peer, first: Vec<u8>) -> Result<()> {
    // What was asked for and not answered, and whether a question is only half sent.
    let (mut open, mut half) = (0, false);
    let mut next = Some(first);
    loop {
        if let Some(message) = next.take() {
            open += usize::from(matches!(message[0], b'Q' | b'S'));
            half = !matches!(message[0], b'Q' | b'S');
            session.stream.write_all(&message).await?;
        }
        tokio::select! {
            message = client.message() => {
                let message = message?;
                if message[0] == b'X' {
                    return Err(std::io::ErrorKind::ConnectionAborted.into());
                }
                next = Some(message);
            }
            answer = session.message() => {
                let answer = answer?;
                client.stream.write_all(&answer).await?;
                open -= usize::from(answer[0] == b'Z');
                if answer[0] == b'Z' && answer[5] == b'I' && open == 0 && !half {
                    return Ok(());
                }
            }
        }
    }
}
