//! Why a response was refused, in words for whoever administers the identity provider.

use thiserror::Error;

use super::{MAX_RESPONSE, Quoted};

/// Why there is no [`Verified`](super::Verified). Shown by the test sign-in; text of the response
/// is quoted within bounds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SamlRefusal {
    /// More than [`MAX_RESPONSE`] bytes.
    #[error("The response is longer than {MAX_RESPONSE} bytes")]
    TooLong,
    /// The form field is not base64 of UTF-8 (saml-bindings §3.5.4).
    #[error("The response is not base64 of a text in UTF-8")]
    Encoding,
    /// The document is not one that is read.
    #[error("The response cannot be read: {0}")]
    Document(#[from] DocumentFault),
    /// The provider itself refused (saml-core §3.2.2).
    #[error("The identity provider answered with the status {code}, and says {message}")]
    Status {
        /// The innermost status code.
        code: Quoted,
        /// Its message, or nothing.
        message: Quoted,
    },
    /// An assertion that is encrypted, which is not taken.
    #[error("The assertion is encrypted. Switch off the encryption of assertions at the provider")]
    Encrypted,
    /// Nothing is signed.
    #[error("Neither the assertion nor the response is signed. Switch on signing at the provider")]
    Unsigned,
    /// A signature that does not hold.
    #[error("The signature of the {element} does not hold: {fault}")]
    Signature {
        /// `Assertion` or `Response`.
        element: &'static str,
        /// What is wrong with it.
        fault: SignatureFault,
    },
    /// Somebody else issued it (saml-profiles §4.1.4.2).
    #[error("The {element} was issued by {found}, not by {expected}, the configured entity ID")]
    Issuer {
        /// `Assertion` or `Response`.
        element: &'static str,
        /// Who did.
        found: Quoted,
        /// Who should have.
        expected: Quoted,
    },
    /// Sent to another address (saml-bindings §3.5.5.2).
    #[error("The destination is {found}, not our assertion consumer service {expected}")]
    Destination {
        /// The address it names.
        found: Quoted,
        /// Ours.
        expected: Quoted,
    },
    /// Meant for another address (saml-profiles §4.1.4.2).
    #[error("The recipient is {found}, not our assertion consumer service {expected}")]
    Recipient {
        /// The address it names.
        found: Quoted,
        /// Ours.
        expected: Quoted,
    },
    /// Meant for other service providers (saml-core §2.5.1.4).
    #[error("The audience is {found}, not our entity ID {expected}")]
    Audience {
        /// The first audience that it names.
        found: Quoted,
        /// Our entity ID.
        expected: Quoted,
    },
    /// No request is answered (saml-profiles §4.1.5). Sign-in begins at the service provider.
    #[error("The {0} answers no request. A sign-in begins here, not at the provider's portal")]
    Unsolicited(&'static str),
    /// Another request is answered.
    #[error("The {0} answers another request than the one sent. Start the sign-in again")]
    OtherRequest(&'static str),
    /// The subject is confirmed in another way than by bearer (saml-profiles §3.3).
    #[error("The subject is confirmed by {0}, not as bearer")]
    Confirmation(Quoted),
    /// A time that is over.
    #[error("{element} ended at {at}. Compare the provider's clock with ours")]
    Over {
        /// Where the time stands.
        element: &'static str,
        /// The time.
        at: Quoted,
    },
    /// A time that is yet to come.
    #[error("{element} is at {at}, in the future. Compare the provider's clock with ours")]
    Early {
        /// Where the time stands.
        element: &'static str,
        /// The time.
        at: Quoted,
    },
    /// A time that cannot be read.
    #[error("{element} is {found}, not a time in UTC such as 2026-01-31T12:00:00Z")]
    Time {
        /// Where it stands.
        element: &'static str,
        /// What is there.
        found: Quoted,
    },
    /// Something without which there is no sign-in.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The `NameID` does not name a person for good (saml-core §8.3.7).
    #[error(
        "The NameID has the format {0}. Let the provider send a persistent one, or configure an attribute"
    )]
    NameIdFormat(Quoted),
    /// The `NameID` belongs to another pair of providers (saml-core §8.3.7).
    #[error("The NameID is qualified by {0}, not by the two entity IDs")]
    Qualifier(Quoted),
    /// The configured attribute is not there, or not once.
    #[error("The attribute {0} must come once and with one value")]
    SubjectAttribute(Quoted),
    /// A subject that is empty, longer than 255 bytes, or has blanks at its ends or control
    /// characters.
    #[error("The subject {0} is not 1 to 255 bytes without control characters or outer blanks")]
    Subject(Quoted),
}

/// Why a document is not read. Nothing of it was used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DocumentFault {
    /// A document type declaration, or an entity.
    #[error("it has a DOCTYPE or another declaration, which is not allowed")]
    Doctype,
    /// A comment.
    #[error("it has a comment, which is not allowed")]
    Comment,
    /// A CDATA section.
    #[error("it has a CDATA section, which is not allowed")]
    Cdata,
    /// A processing instruction.
    #[error("it has a processing instruction, which is not allowed")]
    Instruction,
    /// A reference to an entity that XML does not define by itself.
    #[error("it refers to an entity other than the five of XML")]
    Entity,
    /// Another encoding than UTF-8.
    #[error("it is not in UTF-8")]
    Encoding,
    /// No XML, or nested too deeply.
    #[error("it is not well-formed XML, or nested too deeply")]
    Malformed,
    /// Another outermost element.
    #[error("its outermost element is {0}, not a SAML 2.0 Response")]
    Root(Quoted),
    /// An element where none may be.
    #[error("{element} may not stand in {parent}")]
    Element {
        /// The element.
        element: Quoted,
        /// Where it stands.
        parent: Quoted,
    },
    /// An element too often or not at all.
    #[error("{parent} holds {element} {times} times")]
    Count {
        /// The element.
        element: &'static str,
        /// Where it is counted.
        parent: Quoted,
        /// How often it is there.
        times: usize,
    },
    /// An attribute where none may be.
    #[error("{element} may not have the attribute {attribute}")]
    Attribute {
        /// The attribute.
        attribute: Quoted,
        /// The element that has it.
        element: Quoted,
    },
    /// Text between elements, or elements between text.
    #[error("{0} mixes text and elements")]
    Mixed(Quoted),
    /// Two elements with one ID.
    #[error("the ID {0} is there twice")]
    SameId(Quoted),
    /// Another version than 2.0.
    #[error("the version is {0}, not 2.0")]
    Version(Quoted),
}

/// What is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureFault {
    /// A canonicalisation other than exclusive without comments.
    #[error("it is canonicalised by {0}, where only exclusive canonicalisation is taken")]
    Canonicalisation(Quoted),
    /// A signature algorithm that is not on the list.
    #[error("it is made by {0}, where RSA or ECDSA with SHA-256 or better is required")]
    Algorithm(Quoted),
    /// A digest algorithm that is not on the list.
    #[error("its digest is made by {0}, where SHA-256 or better is required")]
    Digest(Quoted),
    /// Transforms other than the two that are needed.
    #[error("its transforms are not: enveloped signature, then exclusive canonicalisation")]
    Transforms,
    /// It refers to something else than the element that it stands in.
    #[error("it refers to {0}, not to the element that holds it")]
    Reference(Quoted),
    /// A value that is not base64.
    #[error("a value of it is not base64")]
    Encoding,
    /// The element was changed after it was signed.
    #[error("the content was changed after it was signed")]
    Changed,
    /// None of the configured certificates made it.
    #[error("none of the configured certificates made it. Configure the provider's current one")]
    Stranger,
    /// A configured certificate made it that is not valid now.
    #[error("the configured certificate that made it is expired or not yet active")]
    Dated,
    /// What was signed does not stay itself when it is read again.
    #[error("what was signed cannot be read unambiguously")]
    Ambiguous,
}
