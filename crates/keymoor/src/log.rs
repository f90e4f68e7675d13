use tracing_subscriber::EnvFilter;

use crate::error::Error;

/// Sends the log to standard error: JSON lines for machines, or plain ones where a person looks.
pub(crate) fn start(filter: &str) -> Result<(), Error> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Error::refused(format!("--log {filter:?}: {error}")))?;
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        log.with_target(false).init();
    } else {
        log.json().flatten_event(true).init();
    }
    Ok(())
}
