use std::{
    io::{Write, stderr},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::terminal;

const FRAMES: [char; 4] = ['|', '/', '-', '\\'];

/// A sign of life on a terminal, after the first second. Elsewhere it is nothing.
pub(crate) struct Waiting {
    text: Arc<Mutex<String>>,
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Waiting {
    pub(crate) fn begin(text: &str) -> Self {
        let text = Arc::new(Mutex::new(text.to_owned()));
        let shown = text.clone();
        let running = terminal::is_watched().then(|| {
            let (stop, stopped) = mpsc::channel::<()>();
            (stop, std::thread::spawn(move || turn(&stopped, &shown)))
        });
        Self { text, running }
    }

    /// Says how far it is.
    pub(crate) fn say(&self, text: String) {
        *self.text.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

fn turn(stopped: &mpsc::Receiver<()>, text: &Mutex<String>) {
    let (mut wait, mut shown) = (Duration::from_secs(1), false);
    for frame in FRAMES.iter().cycle() {
        match stopped.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => break,
        }
        let text = text.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let _ = write!(stderr(), "\r\u{1b}[K{frame} {text}");
        (wait, shown) = (Duration::from_millis(120), true);
    }
    if shown {
        let _ = write!(stderr(), "\r\u{1b}[K");
    }
}
