//! The seeds of the fuzz targets, and more that a generator makes.

use std::{fs, path::Path};

use keymoor_sso::saml::fuzz::TARGETS;
use proptest::prelude::*;

use super::corpus::Corpus;

#[test]
fn the_fuzz_corpora_replay() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, target) in TARGETS {
        let files: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().collect();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            target(&fs::read(file.unwrap().path()).unwrap());
        }
    }
}

#[test]
fn the_corpus_of_responses_passes_every_target() {
    for document in &Corpus::get().documents {
        for (_, target) in TARGETS {
            target(&document.bytes);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_pass_every_target(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }

    #[test]
    fn any_markup_passes_every_target(text in "(</?(samlp:|a:)?[A-Z][a-z]{0,6}( [a-z:]{1,5}=\"[a-z&;]{0,5}\")?/?>|[a-z&;#]{0,5}){0,40}") {
        for (_, target) in TARGETS {
            target(text.as_bytes());
        }
    }
}
