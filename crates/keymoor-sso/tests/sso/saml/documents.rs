//! Every document of the corpus.

use super::corpus::Corpus;

#[test]
fn s63_every_good_document_is_accepted() {
    let corpus = Corpus::get();
    let mut refused = Vec::new();
    for document in corpus.good() {
        let verified = corpus.verify(&document.bytes, document.source.as_deref());
        match verified {
            Ok(verified) => {
                assert_eq!(Some(verified.identity.subject), document.subject, "{}", document.file);
            }
            Err(refusal) => refused.push(format!("{}: {refusal}", document.file)),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(corpus.good().count() >= 25);
}

#[test]
fn s63_every_hostile_document_is_refused() {
    let corpus = Corpus::get();
    let hostile = corpus.documents.iter().filter(|document| document.verdict == "refuse");
    let mut accepted = Vec::new();
    let mut tried = 0;
    for document in hostile {
        tried += 1;
        match corpus.verify(&document.bytes, document.source.as_deref()) {
            Ok(verified) => accepted.push(format!(
                "{} ({}): {}",
                document.file, document.reason, verified.identity.subject
            )),
            Err(refusal) => {
                let told = refusal.to_string();
                assert!(told.len() < 2048, "{}: {told}", document.file);
                if std::env::var_os("KEYMOOR_SHOW_REFUSALS").is_some() {
                    println!("{}: {told}", document.file);
                }
            }
        }
    }
    assert!(accepted.is_empty(), "accepted:\n{}", accepted.join("\n"));
    assert!(tried >= 1000, "{tried} hostile documents");
}
