use std::{error::Error, io, time::Duration};

/// No answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} cannot be reached: {cause}")]
pub struct Unreachable {
    /// Who was called.
    pub host: String,
    /// Why.
    pub cause: Cause,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The host's name is not found.
    #[error("its name is not found ({0})")]
    Dns(String),
    /// There is no connection, to the proxy perhaps.
    #[error("no connection ({0})")]
    Connect(String),
    /// TLS: a certificate that is not trusted or not valid now, say.
    #[error("TLS: {0}")]
    Tls(String),
    /// It took too long.
    #[error("no answer within {} seconds", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The connection ended before the answer did.
    #[error("the connection broke ({0})")]
    Broken(String),
}

impl Unreachable {
    /// `bound` is the time-out of the call, `connect` that of connections.
    pub(super) fn of(
        host: &str,
        bound: Option<Duration>,
        connect: Duration,
        error: &reqwest::Error,
    ) -> Self {
        let cause = if error.is_connect() && error.is_timeout() {
            Cause::Connect(format!("none within {} seconds", connect.as_secs_f32()))
        } else if error.is_timeout() {
            Cause::TimedOut(bound.unwrap_or_default())
        } else if let Some(tls) = tls(error) {
            Cause::Tls(tls.to_string())
        } else if error.is_connect() {
            connection(error)
        } else {
            Cause::Broken(deepest(error))
        };
        Self { host: host.to_owned(), cause }
    }

    /// Whether another try may do better: there was no connection, or it broke. A time-out is not
    /// tried again, since the caller says by it how long to wait.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.cause, Cause::Dns(_) | Cause::Connect(_) | Cause::Broken(_))
    }
}

fn connection(error: &reqwest::Error) -> Cause {
    let dns = chain(error).any(|cause| cause.to_string().starts_with("dns error"));
    if dns { Cause::Dns(deepest(error)) } else { Cause::Connect(deepest(error)) }
}

/// What TLS complains of, wherever it is inside. An I/O error, or one inside another, carries it
/// where `source` does not lead.
fn tls<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let carried = carried.and_then(|inner| tls(inner as &'e (dyn Error + 'static)));
    carried.or_else(|| error.source().and_then(tls))
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| {
        let cause: &'e (dyn Error + 'static) = *cause;
        cause.source()
    })
}

/// The cause that says most. It names no URL.
pub(super) fn deepest(error: &reqwest::Error) -> String {
    let last = chain(error).skip(1).last();
    last.map_or_else(|| "no further cause".to_owned(), ToString::to_string)
}
