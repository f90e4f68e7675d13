//! A server in a process of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use crate::http::Caller;

const LISTENS: &str = "Keymoor listens on ";
/// The longest that a start is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process and whatever it runs, killed when dropped.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    fn signal(&self, name: &str) {
        let group = format!("-{}", self.0.id());
        // It may have ended by itself.
        let _ = Command::new("kill").args([name, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal("-KILL");
        let _ = self.0.wait();
    }
}

/// A server that may not listen yet.
pub(crate) struct Starting {
    pub(crate) server: Running,
    pub(crate) url: String,
    pub(crate) begun: Instant,
}

impl Starting {
    /// Waits until it listens; nothing if it ended before.
    pub(crate) fn listening(mut self) -> Option<Node> {
        let output = BufReader::new(self.server.0.stdout.take().unwrap());
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            // To its end, so that the server is never kept from printing.
            for line in output.lines().map_while(Result::ok) {
                if line.starts_with(LISTENS) {
                    let _ = tell.send(());
                }
            }
        });
        match told.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => panic!("it neither listens nor ends"),
        }
        let Self { server, url, begun } = self;
        Some(Node { caller: Caller::new(&url), server, url, begun })
    }
}

/// A running server, killed when dropped.
pub(crate) struct Node {
    server: Running,
    pub(crate) caller: Caller,
    pub(crate) url: String,
    /// When it was started.
    pub(crate) begun: Instant,
}

impl Node {
    /// Ends it as a crash does.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        self.server.signal("-TERM");
    }

    /// Waits until it has stopped, in good order.
    pub(crate) fn wait(mut self) {
        assert!(self.server.0.wait().unwrap().success());
    }

    /// Asks it to stop, and waits until it has, however it did.
    pub(crate) fn leave(mut self) {
        self.terminate();
        self.server.0.wait().unwrap();
    }

    /// Stops it in good order.
    pub(crate) fn stop(self) {
        self.terminate();
        self.wait();
    }
}
