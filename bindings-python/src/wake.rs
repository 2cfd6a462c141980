//! How the engine's threads wake the event loop of Python: never by a call into Python, whose lock they would wait for.

#[cfg(unix)]
pub use pipe::{Sleeper, pair};
#[cfg(not(unix))]
pub use wait::{Sleeper, pair};

/// One end of a pair of sockets is written to, the other one is watched by the event loop.
#[cfg(unix)]
mod pipe {
    use std::io::{Read, Result, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    /// The end that engine threads write to.
    pub struct Waker(UnixStream);

    /// The end that the event loop watches.
    pub struct Sleeper(UnixStream);

    /// Two ends that belong together.
    pub fn pair() -> Result<(Waker, Sleeper)> {
        let (waker, sleeper) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        sleeper.set_nonblocking(true)?;
        Ok((Waker(waker), Sleeper(sleeper)))
    }

    impl Waker {
        /// Wakes the loop. Where the socket is full, it has been woken already.
        pub fn wake(&self) {
            let _full = (&self.0).write(&[1]);
        }
    }

    impl Sleeper {
        /// What the loop has to watch.
        pub fn descriptor(&self) -> Option<i32> {
            Some(self.0.as_raw_fd())
        }

        /// Goes to sleep again.
        pub fn rest(&self) {
            let mut bytes = [0; 64];
            while matches!((&self.0).read(&mut bytes), Ok(64)) {}
        }

        /// Blocks until there is something; only for a thread of its own.
        pub fn wait(&self) -> bool {
            false
        }
    }
}

/// A thread waits and calls `call_soon_threadsafe`, where event loops cannot watch sockets.
#[cfg(not(unix))]
mod wait {
    use std::io::Result;
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

    /// The end that engine threads use.
    pub struct Waker(Sender<()>);

    /// The end that a thread waits at.
    pub struct Sleeper(Mutex<Receiver<()>>);

    /// Two ends that belong together.
    pub fn pair() -> Result<(Waker, Sleeper)> {
        let (waker, sleeper) = channel();
        Ok((Waker(waker), Sleeper(Mutex::new(sleeper))))
    }

    impl Waker {
        /// Wakes the thread.
        pub fn wake(&self) {
            let _gone = self.0.send(());
        }
    }

    impl Sleeper {
        /// There is nothing to watch.
        pub fn descriptor(&self) -> Option<i32> {
            None
        }

        /// The thread has done that.
        pub fn rest(&self) {}

        /// Blocks until there is something; false when the engine is gone.
        pub fn wait(&self) -> bool {
            let Ok(sleeper) = self.0.lock() else { return false };
            if sleeper.recv().is_err() {
                return false;
            }
            loop {
                match sleeper.try_recv() {
                    Ok(()) => {}
                    Err(TryRecvError::Empty) => return true,
                    Err(TryRecvError::Disconnected) => return true,
                }
            }
        }
    }
}
