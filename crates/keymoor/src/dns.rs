//! Asking the DNS.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};
use keymoor_server::{DnsError, TxtAnswer, TxtLookup};

use crate::error::Error;

/// How long one server is waited for, and how often it is asked again.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;

/// Asks the servers that the operator named, or else those of the system.
pub(crate) struct Dns(TokioResolver);
