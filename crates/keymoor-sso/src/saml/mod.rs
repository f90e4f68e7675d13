//! SAML 2.0 Web Browser SSO, as service provider.
