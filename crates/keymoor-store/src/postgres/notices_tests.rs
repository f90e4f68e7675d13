use std::time::Duration;

use keymoor_testkit::postgres;
use tokio::{
    net::{TcpListener, UnixStream},
    sync::watch,
    time::timeout,
};

use super::{
    PostgresOptions,
    notices::{Notices, Patience},
};

const PATIENCE: Patience = Patience {
    again: Duration::from_millis(5),
    answer: Duration::from_millis(500),
    silence: Duration::from_millis(50),
};

/// A network between here and the database: its port, and what makes it drop, without a word, all that
/// comes over the connections that there are.
async fn network() -> (u16, watch::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (cut, uncut) = watch::channel(());
    let url = postgres().url();
    let socket = format!("{}/.s.PGSQL.5432", url.split_once("?host=").unwrap().1);
    tokio::spawn(async move {
        while let Ok((mut there, _)) = listener.accept().await {
            let (socket, mut cut) = (socket.clone(), uncut.clone());
            cut.mark_unchanged();
            tokio::spawn(async move {
                let mut here = UnixStream::connect(socket).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut there, &mut here) => {}
                    _ = cut.changed() => std::future::pending().await,
                }
            });
        }
    });
    (port, cut)
}

async fn heard(notices: &Notices) {
    timeout(Duration::from_secs(20), notices.next()).await.expect("it is not heard");
}

#[tokio::test]
async fn s90_a_connection_that_has_died_in_silence_is_made_anew() {
    let ((port, cut), schema) = (network().await, postgres().schema());
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable");
    let options = PostgresOptions::parse(&url).unwrap().schema(&schema);
    let notices = Notices::with(options.connect, PATIENCE);
    let tell = format!("SELECT pg_notify('keymoor_changes', '{schema}')");
    heard(&notices).await;
    assert!(postgres().psql(&tell).status.success());
    heard(&notices).await;
    cut.send_replace(());
    assert!(postgres().psql(&tell).status.success());
    heard(&notices).await;
    assert!(postgres().psql(&tell).status.success());
    heard(&notices).await;
}
