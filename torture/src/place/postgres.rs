//! A PostgreSQL server of one's own.

use std::fs;
use std::process::Command;

use testing_postgres::{Durability, Server};

use super::{Harm, Place};
use crate::Result;

/// A server that crashes, is started again, and loses its connections.
pub struct Postgres {
    server: Server,
}

impl Postgres {
    /// Starts it.
    ///
    /// # Errors
    /// Where no PostgreSQL can be found or fetched, or it does not start.
    pub fn new() -> Result<Self> {
        Ok(Self { server: Server::start(Durability::Full)? })
    }

    /// The number of the server's first process.
    fn postmaster(&self) -> Result<u32> {
        let socket = self.server.socket();
        let folder = socket.parent().ok_or("a socket is in a folder")?;
        let text = fs::read_to_string(folder.join("data").join("postmaster.pid"))?;
        Ok(text.lines().next().unwrap_or_default().trim().parse()?)
    }

    /// The numbers of the processes that serve connections. They show whom: `postgres: USER DATABASE …`.
    fn connections(&self) -> Result<Vec<u32>> {
        let postmaster = self.postmaster()?;
        let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"))?;
        let serves = |number: &u32| {
            let line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).starts_with("postgres: postgres postgres")
        };
        Ok(children.split_whitespace().filter_map(|word| word.parse().ok()).filter(serves).collect())
    }
}

impl Place for Postgres {
    fn url(&self) -> String {
        self.server.url()
    }

    fn harms(&self) -> Vec<Harm> {
        vec![Harm::ServerCrash, Harm::ServerRestart, Harm::ConnectionsCut, Harm::ConnectionKilled]
    }

    fn missing(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn make(&mut self, harm: Harm) -> Result<()> {
        match harm {
            Harm::ServerCrash => Ok(self.server.crash()?),
            // `pg_ctl stop -m fast`: connections end, what is under way is rolled back.
            Harm::ServerRestart => signal("INT", self.postmaster()?),
            // What `pg_terminate_backend` does. One may have ended by itself meanwhile.
            Harm::ConnectionsCut => self.connections()?.into_iter().try_for_each(|one| signal("TERM", one)),
            // The server ends all connections then, and recovers as after a crash.
            Harm::ConnectionKilled => {
                self.connections()?.into_iter().take(1).try_for_each(|one| signal("KILL", one))
            }
            _ => Err("that is done to files".into()),
        }
    }

    fn mend(&mut self, harm: Harm) -> Result<()> {
        match harm {
            Harm::ServerCrash | Harm::ServerRestart => Ok(self.server.resume()?),
            _ => Ok(()),
        }
    }
}

fn signal(name: &str, process: u32) -> Result<()> {
    let mut command = Command::new("kill");
    // It says so on its error output where the process is gone: that is no failure.
    let _ended = command.arg(format!("-{name}")).arg(process.to_string()).output()?;
    Ok(())
}
