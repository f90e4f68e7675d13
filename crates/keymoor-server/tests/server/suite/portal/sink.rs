//! A mail server that keeps what it gets.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use keymoor_server::SmtpSettings;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::super::app::TestApp;

pub(crate) struct Sink {
    pub(crate) settings: SmtpSettings,
    letters: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = settings(&listener);
        let letters: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = letters.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone()));
            }
        });
        Self { settings, letters, task }
    }

    /// A server that sends its mail here.
    pub(crate) async fn app(&self) -> Arc<TestApp> {
        let smtp = self.settings.clone();
        Arc::new(TestApp::with(|settings| settings.smtp = Some(smtp)).await)
    }

    /// Everything that came.
    pub(crate) fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }

    /// The first letter that holds `part`, once it is there.
    pub(crate) async fn letter(&self, part: &str) -> String {
        until(|| self.letters().into_iter().find(|letter| letter.contains(part))).await
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn settings(listener: &TcpListener) -> SmtpSettings {
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    SmtpSettings::parse(&url, "Keymoor <keymoor@example.com>").unwrap()
}

/// What `look` finds, once it finds it.
pub(crate) async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let find = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), find).await.expect("it comes")
}

async fn serve(stream: TcpStream, letters: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.write_all(b"220 sink\r\n").await.unwrap();
    while matches!(stream.read_line(&mut line).await, Ok(1..)) {
        let answer: &[u8] = match line.split_whitespace().next() {
            Some("DATA") => b"354 go on\r\n",
            Some("QUIT") => b"221 bye\r\n",
            _ => b"250 yes\r\n",
        };
        stream.write_all(answer).await.unwrap();
        if answer.starts_with(b"354") {
            let letter = letter(&mut stream).await;
            letters.lock().unwrap().push(letter);
            stream.write_all(b"250 taken\r\n").await.unwrap();
        }
        line.clear();
    }
}

/// The letter with its soft line breaks taken out.
async fn letter(stream: &mut BufReader<TcpStream>) -> String {
    let mut text = String::new();
    while !text.ends_with("\r\n.\r\n") {
        stream.read_line(&mut text).await.unwrap();
    }
    text.replace("\r\n", "\n").replace("=\n", "").replace("=3D", "=").replace("=20", " ")
}
