//! The document as a tree. Whatever is read, canonicalised or hashed comes from this one parser.

use std::iter::successors;

use uppsala::{Document, Element, NodeId, NodeKind, Parser};

use super::{
    refusal::DocumentFault,
    scan::{Comments, MAX_DEPTH, scan},
};

/// The namespace and the local part of a name.
pub(crate) type Name = (&'static str, &'static str);

/// Namespace of assertions (saml-core §2).
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Namespace of requests and responses (saml-core §3).
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// Namespace of metadata (saml-metadata §2).
pub(crate) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// Namespace of signatures (xmldsig-core §1).
pub(crate) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Reads `text` within the bounds of [`scan`].
pub(crate) fn parse(text: &str, comments: Comments) -> Result<Document<'_>, DocumentFault> {
    scan(text, comments)?;
    let parser = Parser::new().with_max_depth(MAX_DEPTH).with_forbid_dtd(true);
    parser.parse(text).map_err(|_| DocumentFault::Malformed)
}

/// The outermost element.
pub(crate) fn root<'d>(document: &'d Document<'d>) -> Result<Node<'d>, DocumentFault> {
    let id = document.document_element().ok_or(DocumentFault::Malformed)?;
    Node::new(document, id).ok_or(DocumentFault::Malformed)
}

/// An element.
#[derive(Clone, Copy)]
pub(crate) struct Node<'d> {
    pub(crate) document: &'d Document<'d>,
    pub(crate) id: NodeId,
    pub(crate) element: &'d Element<'d>,
}

impl<'d> Node<'d> {
    fn new(document: &'d Document<'d>, id: NodeId) -> Option<Self> {
        document.element(id).map(|element| Self { document, id, element })
    }

    pub(crate) fn namespace(self) -> &'d str {
        self.element.name.namespace_uri.as_deref().unwrap_or_default()
    }

    pub(crate) fn local(self) -> &'d str {
        &self.element.name.local_name
    }

    pub(crate) fn is(self, name: Name) -> bool {
        (self.namespace(), self.local()) == name
    }

    /// The elements directly in this one.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let ids = self.document.children_iter(self.id);
        ids.filter_map(move |id| Self::new(self.document, id))
    }

    /// The first element of that name directly in this one.
    pub(crate) fn child(self, name: Name) -> Option<Self> {
        self.children().find(|child| child.is(name))
    }

    /// The elements directly in this one that have that name.
    pub(crate) fn all(self, name: Name) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| child.is(name))
    }

    /// The value of an attribute without a namespace.
    pub(crate) fn attribute(self, name: &str) -> Option<&'d str> {
        let plain =
            |name: &uppsala::QName<'_>| name.namespace_uri.is_none() && name.prefix.is_none();
        let mut attributes = self.element.attributes.iter();
        let found = attributes.find(|one| plain(&one.name) && one.name.local_name == name)?;
        Some(&found.value)
    }

    /// The text of an element that holds nothing but one text, or nothing.
    pub(crate) fn text(self) -> Option<&'d str> {
        let mut children = self.document.children_iter(self.id);
        match (children.next().map(|id| self.document.node_kind(id)), children.next()) {
            (None, _) => Some(""),
            (Some(Some(NodeKind::Text(text))), None) => Some(text),
            _ => None,
        }
    }

    /// Whether there is nothing but elements and blanks between them.
    pub(crate) fn holds_only_elements(self) -> bool {
        let mut children = self.document.children_iter(self.id);
        children.all(|id| match self.document.node_kind(id) {
            Some(NodeKind::Element(_)) => true,
            Some(NodeKind::Text(text)) => text.bytes().all(|byte| b" \t\r\n".contains(&byte)),
            _ => false,
        })
    }

    /// This element and everything in it, in the order of the document.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Self> {
        let mut open = vec![self];
        successors(open.pop(), move |last| {
            let from = open.len();
            open.extend(last.children());
            open[from..].reverse();
            open.pop()
        })
    }
}
