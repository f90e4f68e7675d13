use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// The channel on which every change is announced, whichever schema it is in.
const CHANNEL: &str = "keymoor_changes";
/// How long what is waited for.
const PATIENCE: Patience = Patience {
    again: Duration::from_secs(1),
    answer: Duration::from_secs(3),
    silence: Duration::from_secs(5),
};

#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// Before a connection that broke is made anew.
    pub(super) again: Duration,
    /// For a connection, and for an answer on it.
    pub(super) answer: Duration,
    /// Before it is looked whether the connection still is one: a network that drops packets does not
    /// say so to somebody who only listens.
    pub(super) silence: Duration,
}

/// What other processes announce when they commit (LISTEN). A connection of its own is made when
/// somebody first waits: an operator's command does without.
pub(super) struct Notices {
    connect: PgConnectOptions,
    patience: Patience,
    something: Arc<Notify>,
    listening: OnceLock<Listening>,
}

/// The task that listens; it ends with the store.
struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Notices {
    pub(super) fn new(connect: PgConnectOptions) -> Self {
        Self::with(connect, PATIENCE)
    }

    pub(super) fn with(connect: PgConnectOptions, patience: Patience) -> Self {
        Self { connect, patience, something: Arc::default(), listening: OnceLock::new() }
    }

    /// Waits for the next announcement, or for one that came since the last was waited for.
    pub(super) async fn next(&self) {
        self.listening.get_or_init(|| self.listen());
        self.something.notified().await;
    }

    fn listen(&self) -> Listening {
        let (connect, patience) = (self.connect.clone(), self.patience);
        let mut line = Line { connect, patience, something: self.something.clone(), broken: false };
        Listening(tokio::spawn(async move {
            loop {
                let why = match line.hear().await {
                    Ok(()) => "the connection ended".to_owned(),
                    Err(error) => error.to_string(),
                };
                // Whoever waits looks each second in any case. Told once, not at every try.
                if !std::mem::replace(&mut line.broken, true) {
                    tracing::warn!(why, "changes of other servers are not announced; trying again");
                }
                sleep(patience.again).await;
            }
        }))
    }
}

/// A connection on which announcements come, made anew again and again.
struct Line {
    connect: PgConnectOptions,
    patience: Patience,
    something: Arc<Notify>,
    /// Whether the last one broke and no other was made yet.
    broken: bool,
}

impl Line {
    /// Passes on what is announced in this schema until the connection breaks.
    async fn hear(&mut self) -> Result<(), sqlx::Error> {
        // One for each try: a connection that is dead may keep its place in a pool for long.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(self.patience.answer);
        let pool = pool.idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_lazy_with(self.connect.clone());
        let begun = timeout(self.patience.answer, begin(&pool)).await;
        let (mut listener, here) = begun.map_err(|_| silent())??;
        if std::mem::take(&mut self.broken) {
            tracing::info!("changes of other servers are announced again");
        }
        // Something may have been announced before.
        self.something.notify_one();
        loop {
            match timeout(self.patience.silence, listener.try_recv()).await {
                Ok(Ok(Some(notice))) if notice.payload() == here => self.something.notify_one(),
                Ok(Ok(Some(_))) => {}
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let asked = sqlx::query("SELECT 1").execute(&mut listener);
                    timeout(self.patience.answer, asked).await.map_err(|_| silent())??;
                }
            }
        }
    }
}

/// Begins to listen; with the schema whose changes count.
async fn begin(pool: &PgPool) -> Result<(PgListener, String), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    let here: Option<String> =
        sqlx::query_scalar("SELECT current_schema()").fetch_one(&mut listener).await?;
    Ok((listener, here.unwrap_or_default()))
}

fn silent() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other("no answer in time"))
}
