use std::{
    future::{Future, poll_fn},
    sync::mpsc,
};

use super::failure::{Failure, Reason};

/// From here on, Ctrl-C ends the process: for work that is not a future, and may go on for ever.
///
/// The runtime that was there has taken the signal over, and nobody listens to it any more.
#[expect(clippy::disallowed_methods, reason = "the main thread may be busy for ever")]
pub(crate) fn ends_the_process() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (listens, listening) = mpsc::channel();
    std::thread::spawn(move || {
        let mut interrupt = Box::pin(tokio::signal::ctrl_c());
        let heard = runtime.block_on(poll_fn(|context| {
            let polled = interrupt.as_mut().poll(context);
            let _ = listens.send(());
            polled
        }));
        if heard.is_ok() {
            std::process::exit(Reason::Interrupted as i32);
        }
    });
    let _ = listening.recv();
    Ok(())
}
