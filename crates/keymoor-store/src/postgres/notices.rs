use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{sync::Notify, task::JoinHandle, time::sleep};

/// The channel on which every change is announced, whichever schema it is in.
const CHANNEL: &str = "keymoor_changes";
/// How long to wait before a connection that broke is made anew.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// What other processes announce when they commit (LISTEN). A connection of its own is made when
/// somebody first waits: an operator's command does without.
pub(super) struct Notices {
    connect: PgConnectOptions,
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
        Self { connect, something: Arc::default(), listening: OnceLock::new() }
    }

    /// Waits for the next announcement, or for one that came since the last was waited for.
    pub(super) async fn next(&self) {
        self.listening.get_or_init(|| self.listen());
        self.something.notified().await;
    }

    fn listen(&self) -> Listening {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let pool = pool.idle_timeout(None).max_lifetime(None);
        let pool = pool.connect_lazy_with(self.connect.clone());
        let something = self.something.clone();
        Listening(tokio::spawn(async move {
            loop {
                // Whoever waits looks each second in any case, and tells of what is wrong.
                let _ = hear(&pool, &something).await;
                sleep(AGAIN).await;
            }
        }))
    }
}

/// Passes on what is announced in this schema until the connection breaks.
async fn hear(pool: &PgPool, something: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    let here: Option<String> =
        sqlx::query_scalar("SELECT current_schema()").fetch_one(&mut listener).await?;
    // Something may have been announced before.
    something.notify_one();
    while let Some(notice) = listener.try_recv().await? {
        if Some(notice.payload()) == here.as_deref() {
            something.notify_one();
        }
    }
    Ok(())
}
