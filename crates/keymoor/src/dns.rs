//! Asking the DNS, where a domain is to be verified.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::RData,
};
use keymoor_server::{DnsError, TxtAnswer, TxtLookup};

/// How long one server is waited for, and how often one is asked.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;

/// Asks the servers that the operator named, or those of the system if there are none.
pub(crate) struct Dns(Vec<SocketAddr>);

impl Dns {
    pub(crate) fn new(servers: &[SocketAddr]) -> Self {
        Self(servers.to_vec())
    }

    /// A resolver that remembers nothing: who presses Check again wants to know what is there now.
    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let provider = TokioRuntimeProvider::default();
        let mut builder = if self.0.is_empty() {
            TokioResolver::builder(provider)?
        } else {
            let servers = self.0.iter().map(|address| name_server(*address)).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, provider)
        };
        let options = builder.options_mut();
        (options.timeout, options.attempts, options.cache_size) = (PATIENCE, ATTEMPTS, 0);
        builder.build()
    }

    async fn ask(&self, name: &str) -> Result<Vec<String>, NetError> {
        // With a dot at its end it is no name below the system's own domain.
        match self.resolver()?.txt_lookup(format!("{name}.")).await {
            Ok(found) => {
                Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect())
            }
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// One server, over UDP, and over TCP where an answer is long.
fn name_server(address: SocketAddr) -> NameServerConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
    NameServerConfig::new(address.ip(), true, connections)
}

/// The strings of a TXT record put together.
fn text(data: &RData) -> Option<String> {
    let RData::TXT(txt) = data else {
        return None;
    };
    let bytes: Vec<u8> = txt.txt_data.iter().flat_map(|part| part.iter().copied()).collect();
    String::from_utf8(bytes).ok()
}

impl TxtLookup for Dns {
    fn txt<'l>(&'l self, name: &'l str) -> TxtAnswer<'l> {
        Box::pin(async move { self.ask(name).await.map_err(|error| DnsError(error.to_string())) })
    }
}
