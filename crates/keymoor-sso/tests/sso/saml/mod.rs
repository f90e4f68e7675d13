//! SAML: an independent signer writes the documents, see `tests/saml_corpus`.

mod certificates;
mod checks;
mod corpus;
mod documents;
mod fuzz_corpora;
mod metadata;
mod mutants;
mod requests;
