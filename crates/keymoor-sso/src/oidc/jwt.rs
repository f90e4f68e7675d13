//! JWTs of a provider (RFC 7515 compact form, RFC 7519), read strictly.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Algorithm, Metadata, TokenFault, keys::Set, members::Members, shown::shown};

/// Bytes beyond which no JWT of a provider is taken.
pub const MAX_JWT: usize = 64 * 1024;
/// Seconds by which a provider's clock may differ from ours.
pub const SKEW: i64 = 60;

/// Header members that bring a key of their own, ask for what is not done here, or change what
/// the signature covers (RFC 7515 §4.1, RFC 7516 §4.1, RFC 7797).
const FORBIDDEN: [&str; 9] = ["crit", "jku", "jwk", "x5u", "x5c", "b64", "enc", "zip", "cty"];

/// The kinds of JWT that a provider sends. None passes as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Logout,
}

impl Kind {
    /// Whether a `typ` names this kind (RFC 7515 §4.1.9). An ID Token may go without; a logout
    /// token may not, though Back-Channel Logout 1.0 §2.4 only recommends it.
    fn is_named(self, typ: Option<&str>) -> bool {
        let typ = typ.map(str::to_ascii_lowercase);
        let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
        match self {
            Self::Id => matches!(typ, None | Some("jwt")),
            Self::Logout => typ == Some("logout+jwt"),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Id => "JWT",
            Self::Logout => "logout+jwt",
        }
    }
}

/// What a header says that is of use before the signature is verified.
#[derive(Debug)]
pub(super) struct Header {
    algorithm: Algorithm,
    kid: Option<String>,
}

/// A JWT taken apart; nothing in it is true yet.
pub(super) struct Unverified<'t> {
    pub(super) header: Header,
    message: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
}

impl Header {
    fn read(members: &Members, kind: Kind, allowed: &[Algorithm]) -> Result<Self, TokenFault> {
        if let Some((name, _)) = members.iter().find(|(name, _)| FORBIDDEN.contains(name)) {
            return Err(TokenFault::Header(shown(name)));
        }
        if !kind.is_named(members.text("typ")?) {
            return Err(TokenFault::Type(kind.name()));
        }
        let name = members.text("alg")?.ok_or(TokenFault::Malformed)?;
        let algorithm = Algorithm::from_name(name).filter(|known| allowed.contains(known));
        let algorithm = algorithm.ok_or_else(|| TokenFault::Algorithm(shown(name)))?;
        Ok(Self { algorithm, kid: members.text("kid")?.map(str::to_owned) })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}

impl<'t> Unverified<'t> {
    /// Takes `token` apart. It has to be of that kind, and signed with something that the provider
    /// announced and that is taken.
    pub(super) fn parse(
        token: &'t str,
        kind: Kind,
        metadata: &Metadata,
    ) -> Result<Self, TokenFault> {
        if token.len() > MAX_JWT {
            return Err(TokenFault::TooLong(MAX_JWT));
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Malformed)?;
        if payload.contains('.') {
            return Err(TokenFault::Malformed);
        }
        let header = Header::read(&object(header)?, kind, &metadata.algorithms)?;
        Ok(Self { header, message, payload, signature: decoded(signature)? })
    }

    /// What it says, if one key of `set` signed it. The algorithm has to be one of the key's kind.
    pub(super) fn verify(&self, set: &Set) -> Result<Members, TokenFault> {
        let mut fitting = set.fitting(self.header.kid(), self.header.algorithm);
        let key = fitting.next().ok_or(TokenFault::UnknownKey)?;
        if fitting.next().is_some() {
            return Err(TokenFault::AmbiguousKey);
        }
        if !key.verify(self.header.algorithm, self.message.as_bytes(), &self.signature) {
            return Err(TokenFault::Signature);
        }
        object(self.payload)
    }
}

fn object(part: &str) -> Result<Members, TokenFault> {
    Members::parse(&decoded(part)?).map_err(|_| TokenFault::Malformed)
}

fn decoded(part: &str) -> Result<Vec<u8>, TokenFault> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)
}
