//! The processes that are tortured.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// How long a process may take to stop in good order.
const GOOD_ORDER: Duration = Duration::from_secs(40);

/// Several processes of this program on one store.
pub struct Fleet {
    url: String,
    records: PathBuf,
    members: Vec<Member>,
    spawned: u64,
    /// How many have ended by themselves, and not in good order.
    pub gave_up: u64,
}

struct Member {
    child: Option<Child>,
    /// It is not started before.
    rests_until: Instant,
}

impl Fleet {
    /// Starts so many.
    ///
    /// # Errors
    /// Where one cannot be started.
    pub fn new(count: usize, url: String, records: &Path) -> Result<Self> {
        let rests_until = Instant::now();
        let members = (0..count.max(1)).map(|_| Member { child: None, rests_until }).collect();
        let mut fleet = Self { url, records: records.to_owned(), members, spawned: 0, gave_up: 0 };
        fleet.tend()?;
        Ok(fleet)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Starts those that do not run and have rested. Those that ended by themselves rest for a moment.
    ///
    /// # Errors
    /// Where one cannot be started.
    pub fn tend(&mut self) -> Result<()> {
        for number in 0..self.members.len() {
            if let Some(child) = &mut self.members[number].child
                && let Some(status) = child.try_wait()?
            {
                self.gave_up += u64::from(!status.success());
                self.members[number].child = None;
                self.members[number].rests_until = Instant::now() + Duration::from_millis(300);
            }
            let member = &self.members[number];
            if member.child.is_none() && member.rests_until <= Instant::now() {
                self.members[number].child = Some(self.spawn(number)?);
            }
        }
        Ok(())
    }

    fn spawn(&mut self, number: usize) -> Result<Child> {
        self.spawned += 1;
        let name = format!("p{number}-{}", self.spawned);
        let log = File::options().create(true).append(true).open(self.records.join("processes.log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["child", "--url", &self.url, "--name", &name, "--number", &number.to_string()]);
        command.arg("--records").arg(&self.records);
        Ok(command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).spawn()?)
    }

    /// Kills one, at once. It rests for so long. False if it does not run.
    ///
    /// # Errors
    /// Where it cannot be killed.
    pub fn kill(&mut self, number: usize, rest: Duration) -> Result<bool> {
        let member = &mut self.members[number];
        let Some(mut child) = member.child.take() else { return Ok(false) };
        child.kill()?;
        child.wait()?;
        member.rests_until = Instant::now() + rest;
        Ok(true)
    }

    /// Sends one a signal, such as `STOP`. False if it does not run.
    ///
    /// # Errors
    /// Where `kill` cannot be started.
    pub fn signal(&self, number: usize, signal: &str) -> Result<bool> {
        let Some(child) = &self.members[number].child else { return Ok(false) };
        let status = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status()?;
        Ok(status.success())
    }

    /// Tells one something. False if it does not run.
    pub fn tell(&mut self, number: usize, word: &str) -> bool {
        let input = self.members[number].child.as_mut().and_then(|child| child.stdin.as_mut());
        // One that has just ended hears nothing.
        input.is_some_and(|input| writeln!(input, "{word}").and_then(|()| input.flush()).is_ok())
    }

    /// Tells all of them something.
    pub fn tell_all(&mut self, word: &str) {
        for number in 0..self.members.len() {
            self.tell(number, word);
        }
    }

    /// Has all of them stop in good order. The answer is how many did not.
    pub fn quit(&mut self) -> u64 {
        self.tell_all("quit");
        let until = Instant::now() + GOOD_ORDER;
        let mut unclean = 0;
        for mut child in self.members.iter_mut().filter_map(|member| member.child.take()) {
            let status = loop {
                match child.try_wait() {
                    Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
                    Ok(status) => break status,
                    Err(_) => break None,
                }
            };
            if !status.is_some_and(|status| status.success()) {
                unclean += 1;
                let _ended = child.kill().and_then(|()| child.wait());
            }
        }
        unclean
    }
}

/// Nothing goes on when this program ends early.
impl Drop for Fleet {
    fn drop(&mut self) {
        for mut child in self.members.iter_mut().filter_map(|member| member.child.take()) {
            let _ended = child.kill().and_then(|()| child.wait());
        }
    }
}
