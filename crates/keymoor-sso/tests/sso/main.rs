//! Tests of single sign-on.

mod saml;
