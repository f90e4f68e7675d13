//! The assertion's own checks (saml-core §2; saml-profiles §4.1.4.3).

use keymoor_core::UnixTime;

use super::{
    Expected, IdentityProvider, Quoted, SKEW, SamlRefusal as Refusal, ServiceProvider, Verified,
    claims,
    response::check_version,
    told::Told,
    tree::{ASSERTION as A, Node},
};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// What a response is held against.
pub(crate) struct Held<'h> {
    pub(crate) sp: &'h ServiceProvider,
    pub(crate) idp: &'h IdentityProvider,
    pub(crate) expected: &'h Expected<'h>,
}

/// Checks `assertion`, which is verified bytes, and reads the person from it.
pub(crate) fn read(assertion: Node<'_>, held: &Held<'_>) -> Result<Verified, Refusal> {
    check_version(assertion)?;
    held.check_issuer(assertion, "Assertion")?;
    let now = held.expected.now;
    Told::read(assertion, "IssueInstant", "The IssueInstant of the Assertion")?.begun(now)?;
    let id = assertion.attribute("ID").filter(|id| (1..=255).contains(&id.len()));
    let assertion_id = id.ok_or(Refusal::Missing("The ID of the Assertion"))?.to_owned();
    let confirmed_until = held.check_subject(child(assertion, "Subject")?)?;
    let conditions_until = held.check_conditions(child(assertion, "Conditions")?)?;
    let statement = child(assertion, "AuthnStatement")?;
    let signed_in = Told::read(statement, "AuthnInstant", "The AuthnInstant")?.begun(now)?;
    let session_ends_at = held.check_session(statement)?;
    let expires_at = confirmed_until.min(conditions_until).plus(SKEW);
    let authenticated_at = signed_in.min(now);
    let identity = claims::identity(assertion, statement, held, authenticated_at)?;
    Ok(Verified { identity, assertion_id, expires_at, session_ends_at })
}

fn child<'d>(node: Node<'d>, local: &'static str) -> Result<Node<'d>, Refusal> {
    node.child((A, local)).ok_or(Refusal::Missing(local))
}

impl Held<'_> {
    /// The issuer of `node` is the configured provider.
    pub(crate) fn check_issuer(
        &self,
        node: Node<'_>,
        element: &'static str,
    ) -> Result<(), Refusal> {
        const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
        let issuer = child(node, "Issuer")?;
        let text = issuer.text().unwrap_or_default();
        let entity = issuer.attribute("Format").is_none_or(|format| format == ENTITY);
        if text == self.idp.entity_id() && entity {
            return Ok(());
        }
        let (found, expected) = (Quoted::new(text), Quoted::new(self.idp.entity_id()));
        Err(Refusal::Issuer { element, found, expected })
    }

    /// `node` answers the request that was sent.
    pub(crate) fn check_answers(
        &self,
        node: Node<'_>,
        element: &'static str,
    ) -> Result<(), Refusal> {
        match node.attribute("InResponseTo") {
            None | Some("") => Err(Refusal::Unsolicited(element)),
            Some(id) if id == self.expected.request_id.as_str() => Ok(()),
            Some(_) => Err(Refusal::OtherRequest(element)),
        }
    }

    /// The bearer confirmation: for us, in answer to us, until when (saml-profiles §4.1.4.2).
    fn check_subject(&self, subject: Node<'_>) -> Result<UnixTime, Refusal> {
        const DATA: &str = "SubjectConfirmationData";
        let confirmation = child(subject, "SubjectConfirmation")?;
        let method = confirmation.attribute("Method").unwrap_or_default();
        if method != BEARER {
            return Err(Refusal::Confirmation(Quoted::new(method)));
        }
        let data = child(confirmation, DATA)?;
        let to = data.attribute("Recipient").ok_or(Refusal::Missing("The Recipient"))?;
        if to != self.sp.acs_url {
            let (found, expected) = (Quoted::new(to), Quoted::new(&self.sp.acs_url));
            return Err(Refusal::Recipient { found, expected });
        }
        self.check_answers(data, DATA)?;
        Told::read(data, "NotOnOrAfter", "The NotOnOrAfter of SubjectConfirmationData")?
            .ahead(self.expected.now)
    }

    /// The period and the audience (saml-core §2.5.1).
    fn check_conditions(&self, conditions: Node<'_>) -> Result<UnixTime, Refusal> {
        if conditions.attribute("NotBefore").is_some() {
            Told::read(conditions, "NotBefore", "The NotBefore of Conditions")?
                .begun(self.expected.now)?;
        }
        for restriction in conditions.all((A, "AudienceRestriction")) {
            self.check_audience(restriction)?;
        }
        Told::read(conditions, "NotOnOrAfter", "The NotOnOrAfter of Conditions")?
            .ahead(self.expected.now)
    }

    fn check_audience(&self, restriction: Node<'_>) -> Result<(), Refusal> {
        let audiences = || restriction.all((A, "Audience")).filter_map(Node::text);
        if audiences().any(|audience| audience == self.sp.entity_id) {
            return Ok(());
        }
        let found = Quoted::new(audiences().next().unwrap_or_default());
        Err(Refusal::Audience { found, expected: Quoted::new(&self.sp.entity_id) })
    }

    /// When the session ends, if it says (saml-core §2.7.2).
    fn check_session(&self, statement: Node<'_>) -> Result<Option<UnixTime>, Refusal> {
        const END: &str = "SessionNotOnOrAfter";
        if statement.attribute(END).is_none() {
            return Ok(None);
        }
        Told::read(statement, END, "The SessionNotOnOrAfter")?.ahead(self.expected.now).map(Some)
    }
}
