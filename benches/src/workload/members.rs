//! Processes of one database: the bench starts them, tells them to go, and hears from them line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Result;
use crate::args::Plan;

/// One process of several. It is killed when this goes.
pub struct Member {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Member {
    /// Starts a process that does its part of the workload on the database in `folder`.
    ///
    /// # Errors
    /// What the system gives.
    pub fn start(plan: &Plan, folder: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--workload", plan.workload.name(), "--store", plan.store.name()]);
        command.args(["--n", &plan.n.to_string(), "--payload", &plan.payload.to_string()]);
        command.args(["--processes", &plan.processes.to_string()]).arg("--fill").arg(folder);
        if let Some(url) = &plan.url {
            command.args(["--url", url]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("a process takes no words")?;
        let output = child.stdout.take().ok_or("a process says nothing")?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// Tells it something.
    ///
    /// # Errors
    /// Where it is gone.
    pub fn tell(&mut self, word: &str) -> Result<()> {
        writeln!(self.input, "{word}")?;
        Ok(self.input.flush()?)
    }

    /// What it says next.
    ///
    /// # Errors
    /// Where it is gone.
    pub fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err("a process ended too early".into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }

    /// Kills it.
    ///
    /// # Errors
    /// What the system gives.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.kill();
    }
}

/// In the process that was started: waits for a word.
pub async fn told() -> Result<String> {
    let read = || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line.trim_end().to_owned())
    };
    Ok(tokio::task::spawn_blocking(read).await??)
}

/// In the process that was started: says something.
pub fn say(word: &str) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{word}")?;
    Ok(output.flush()?)
}
