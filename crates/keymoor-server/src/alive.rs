//! How a listener's connections end when nobody is at their other end any more.

use std::{io, net::TcpListener, time::Duration};

use socket2::{SockRef, TcpKeepalive};

/// Silence on a connection after which the other end is asked whether it is there.
const IDLE: Duration = Duration::from_secs(30);
/// The pause between two such questions.
const INTERVAL: Duration = Duration::from_secs(10);
/// Questions without an answer after which it is not.
const TRIES: u32 = 3;
/// For how long what was sent may stay untaken: a reader of the removal feed that went away without
/// a word, or that reads nothing, takes up no place for longer.
#[cfg(target_os = "linux")]
const UNTAKEN: Duration = Duration::from_secs(30);

/// Ends dead connections of `listener`: each that it accepts is set as the listener is.
pub(crate) fn end_dead(listener: &TcpListener) -> io::Result<()> {
    let socket = SockRef::from(listener);
    let asked = TcpKeepalive::new().with_time(IDLE).with_interval(INTERVAL).with_retries(TRIES);
    socket.set_tcp_keepalive(&asked)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNTAKEN))?;
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use socket2::SockRef;

    use super::{UNTAKEN, end_dead};

    #[test]
    fn an_accepted_connection_ends_when_its_other_end_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        end_dead(&listener).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let accepted = SockRef::from(&accepted);
        assert!(accepted.keepalive().unwrap());
        assert_eq!(accepted.tcp_user_timeout().unwrap(), Some(UNTAKEN));
    }
}
