//! The documents that `make.py` writes, made once for all tests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use keymoor_core::UnixTime;
use keymoor_sso::saml::{
    Certificate, Expected, IdentityProvider, RequestId, SamlRefusal, ServiceProvider,
    SubjectSource, Verified, verify,
};
use serde::Deserialize;

/// One document, and what must become of it.
#[derive(Deserialize)]
pub(crate) struct Document {
    pub(crate) file: String,
    pub(crate) verdict: String,
    pub(crate) reason: String,
    pub(crate) source: Option<String>,
    pub(crate) subject: Option<String>,
    #[serde(skip)]
    pub(crate) bytes: Vec<u8>,
}

#[derive(Deserialize)]
struct Manifest {
    now: i64,
    request_id: String,
    sp: String,
    acs: String,
    idp: String,
    pinned: Vec<String>,
    documents: Vec<Document>,
}

/// The corpus, and what it is held against.
pub(crate) struct Corpus {
    pub(crate) documents: Vec<Document>,
    pub(crate) sp: ServiceProvider,
    pub(crate) idp: String,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) request_id: RequestId,
    pub(crate) now: UnixTime,
    pems: Vec<(String, String)>,
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the corpus cannot be made: {told}");
}

/// Lets the signer write into a folder of this process's own.
fn make() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/saml_corpus");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("saml");
    run(Command::new(source.join("install")).arg(&place));
    let folder = place.join(format!("corpus-{}", std::process::id()));
    run(Command::new(place.join("venv/bin/python")).arg(source.join("make.py")).arg(&folder));
    folder
}

impl Corpus {
    pub(crate) fn get() -> &'static Self {
        static CORPUS: OnceLock<Corpus> = OnceLock::new();
        CORPUS.get_or_init(|| Self::read(&make()))
    }

    fn read(folder: &Path) -> Self {
        let manifest = fs::read(folder.join("manifest.json")).unwrap();
        let mut manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
        for document in &mut manifest.documents {
            document.bytes = fs::read(folder.join(&document.file)).unwrap();
        }
        let names = ["rsa", "p256", "p384", "expired", "stranger", "small", "p521"];
        let pems: Vec<_> = names.iter().map(|name| pem(folder, name)).collect();
        let pinned = manifest.pinned.iter().map(|name| fs::read_to_string(folder.join(name)));
        let pinned = pinned.map(|text| Certificate::parse(&text.unwrap()).unwrap()).collect();
        fs::remove_dir_all(folder).unwrap();
        Self {
            documents: manifest.documents,
            sp: ServiceProvider { entity_id: manifest.sp, acs_url: manifest.acs },
            idp: manifest.idp,
            certificates: pinned,
            request_id: RequestId::parse(&manifest.request_id).unwrap(),
            now: UnixTime::from_seconds(manifest.now),
            pems: names.map(str::to_owned).into_iter().zip(pems).collect(),
        }
    }

    /// The certificate that the signer wrote under that name.
    pub(crate) fn pem(&self, name: &str) -> &str {
        &self.pems.iter().find(|(one, _)| one == name).unwrap().1
    }

    /// The provider, with the certificates that are pinned and the subject from `source`.
    pub(crate) fn provider(&self, source: Option<&str>) -> IdentityProvider {
        self.provider_with(self.certificates.clone(), source)
    }

    pub(crate) fn provider_with(
        &self,
        certificates: Vec<Certificate>,
        source: Option<&str>,
    ) -> IdentityProvider {
        let subject =
            source.map_or(SubjectSource::NameId, |name| SubjectSource::Attribute(name.to_owned()));
        let url = "https://idp.example/sso".to_owned();
        IdentityProvider::new(self.idp.clone(), url, certificates, subject).unwrap()
    }

    /// Verifies `xml` as an answer to the request of the corpus.
    pub(crate) fn verify(&self, xml: &[u8], source: Option<&str>) -> Result<Verified, SamlRefusal> {
        self.verify_at(xml, &self.provider(source), self.now)
    }

    pub(crate) fn verify_at(
        &self,
        xml: &[u8],
        idp: &IdentityProvider,
        now: UnixTime,
    ) -> Result<Verified, SamlRefusal> {
        let expected = Expected { request_id: &self.request_id, now };
        verify(&BASE64_STANDARD.encode(xml), &self.sp, idp, &expected)
    }

    /// The document of that name.
    pub(crate) fn document(&self, name: &str) -> &Document {
        let file = format!("{name}.xml");
        self.documents.iter().find(|document| document.file == file).expect(name)
    }

    /// The documents whose names begin so.
    pub(crate) fn beginning(&self, prefix: &str) -> Vec<&Document> {
        let found: Vec<_> =
            self.documents.iter().filter(|document| document.file.starts_with(prefix)).collect();
        assert!(!found.is_empty(), "no document begins with {prefix}");
        found
    }

    /// The documents that must be accepted.
    pub(crate) fn good(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(|document| document.verdict == "accept")
    }
}

fn pem(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}.pem"))).unwrap()
}
