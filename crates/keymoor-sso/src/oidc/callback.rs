use std::{borrow::Cow, fmt};

use keymoor_core::UnixTime;
use zeroize::Zeroizing;

use super::{Begun, Metadata, OidcRefusal, begun::BEGUN_LIFE, shown::shown};

/// The most bytes of an authorization code.
const MAX_CODE: usize = 4096;

/// What came back with the browser (RFC 6749 §4.1.2, RFC 9207 §2). The code does not show in
/// `Debug`.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "the names are those of RFC 6749 §4.1.2 and RFC 9207 §2")]
pub struct Callback {
    pub code: Option<Zeroizing<String>>,
    pub state: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

impl Callback {
    /// Reads a query. A parameter that comes twice is refused (RFC 6749 §3.1); others than these
    /// are ignored.
    pub fn parse(query: &str) -> Result<Self, OidcRefusal> {
        let mut callback = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            callback.take(&name, value)?;
        }
        Ok(callback)
    }

    fn take(&mut self, name: &str, value: Cow<'_, str>) -> Result<(), OidcRefusal> {
        let value = value.into_owned();
        match name {
            "code" => once("code", &mut self.code, Zeroizing::new(value)),
            "state" => once("state", &mut self.state, value),
            "iss" => once("iss", &mut self.iss, value),
            "error" => once("error", &mut self.error, value),
            "error_description" => once("error_description", &mut self.error_description, value),
            _ => Ok(()),
        }
    }

    /// The code, if this is the answer to what was begun: `state` before everything, then time,
    /// issuer, error.
    pub(super) fn code(
        &self,
        begun: &Begun,
        metadata: &Metadata,
        now: UnixTime,
    ) -> Result<&str, OidcRefusal> {
        if !self.state.as_deref().is_some_and(|state| begun.is_state(state)) {
            return Err(OidcRefusal::State);
        }
        if now.since(begun.at) > BEGUN_LIFE {
            return Err(OidcRefusal::Late);
        }
        self.check_issuer(metadata)?;
        if let Some(error) = &self.error {
            return Err(refused(error, self.error_description.as_deref()));
        }
        let code = self.code.as_ref().map(|code| code.as_str()).filter(|code| is_code(code));
        code.ok_or(OidcRefusal::Callback("code"))
    }

    /// RFC 9207 §2.4: compared where it is there, and missed where it has to be.
    fn check_issuer(&self, metadata: &Metadata) -> Result<(), OidcRefusal> {
        match &self.iss {
            Some(iss) if *iss == metadata.issuer => Ok(()),
            None if !metadata.callback_names_issuer => Ok(()),
            _ => Err(OidcRefusal::CallbackIssuer),
        }
    }
}

fn once<T>(name: &'static str, place: &mut Option<T>, value: T) -> Result<(), OidcRefusal> {
    if place.replace(value).is_some() { Err(OidcRefusal::Callback(name)) } else { Ok(()) }
}

/// RFC 6749 §A.11: visible characters and blanks.
fn is_code(code: &str) -> bool {
    let visible = code.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    visible && !code.is_empty() && code.len() <= MAX_CODE
}

/// A provider's refusal in words that can be shown.
pub(super) fn refused(error: &str, description: Option<&str>) -> OidcRefusal {
    let description = description.map(shown).filter(|text| !text.is_empty());
    OidcRefusal::Provider { error: shown(error), description }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("iss", &self.iss)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
