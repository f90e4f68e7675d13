use std::time::Duration;

/// How long clients may take. The defaults are what operators get; tests choose shorter ones.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To agree on TLS, then to show which HTTP is spoken, then to send a request's head: this long
    /// for each [10 seconds].
    pub head: Duration,
    /// For this long what a client is sent may lie untaken [60 seconds].
    pub taken: Duration,
    /// For this long a connection may stay on which nothing is asked [60 seconds].
    pub idle: Duration,
    /// This often connections are looked at: whether answers lie untaken, and whether those who
    /// listen (to event streams, or over another protocol) still may [5 seconds].
    pub look: Duration,
    /// This long running requests may take to finish once the gateway is to stop [20 seconds].
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            taken: Duration::from_mins(1),
            idle: Duration::from_mins(1),
            look: Duration::from_secs(5),
            drain: Duration::from_secs(20),
        }
    }
}
