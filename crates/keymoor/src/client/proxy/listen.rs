use std::{net::SocketAddr, path::PathBuf, str::FromStr};

/// Where the proxy listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// A port of this machine, for every user of it.
    Port(SocketAddr),
    /// A socket in a folder, for its owner alone.
    Socket(PathBuf),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Socket(path.into()));
        }
        let address: Result<SocketAddr, _> = text.parse();
        match address {
            Ok(address) if address.ip().is_loopback() => Ok(Self::Port(address)),
            Ok(_) => {
                Err("whoever can connect calls the API as you: listen on 127.0.0.1, [::1] or \
                          unix:PATH"
                    .to_owned())
            }
            Err(_) => Err("ADDR:PORT or unix:PATH is expected".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Listen;

    #[test]
    fn s97_only_this_machine_is_listened_on() {
        for text in ["0.0.0.0:9000", "[::]:9000", "192.0.2.1:9000", "localhost:9000", "unix:", ""] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
        assert_eq!("unix:/x/s".parse(), Ok(Listen::Socket("/x/s".into())));
        assert!("[::1]:0".parse::<Listen>().is_ok());
    }
}
