use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Stands between a guard and its server and can make the removal feed fall silent without
/// closing anything, as a network does that drops packets.
pub(crate) struct Relay {
    pub(crate) address: String,
    cut: Arc<AtomicBool>,
    listener: Option<TcpListener>,
}

impl Relay {
    pub(crate) async fn bind() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        Ok(Self { address, cut: Arc::default(), listener: Some(listener) })
    }

    /// Passes everything on to the server at `address`.
    pub(crate) fn pass_to(&mut self, address: &str) {
        let (cut, address) = (self.cut.clone(), address.to_owned());
        let Some(listener) = self.listener.take() else { return };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (cut, address) = (cut.clone(), address.clone());
                tokio::spawn(async move { pass(client, &address, cut).await });
            }
        });
    }

    /// From now on nothing of the feed gets through.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }
}

async fn pass(client: TcpStream, address: &str, cut: Arc<AtomicBool>) -> std::io::Result<()> {
    let server = TcpStream::connect(address).await?;
    let ((mut from_client, to_client), (from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let mut head = vec![0; 8192];
    let read = from_client.read(&mut head).await?;
    let is_feed = head[..read].windows(9).any(|part| part == b"/removals");
    let stops = if is_feed { cut } else { Arc::default() };
    if !stops.load(Ordering::SeqCst) {
        to_server.write_all(&head[..read]).await?;
    }
    let (there, back) =
        (copy(from_client, to_server, stops.clone()), copy(from_server, to_client, stops));
    tokio::try_join!(there, back).map(drop)
}

/// Passes bytes on; what comes after the cut is swallowed.
async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    stops: Arc<AtomicBool>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 8192];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        if !stops.load(Ordering::SeqCst) {
            to.write_all(&buffer[..read]).await?;
        }
    }
}
