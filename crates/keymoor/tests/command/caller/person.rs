//! Somebody with a browser and without scripts: curl, which keeps its cookies.

use tempfile::TempDir;

use super::super::process::{PASSWORD, Server, curl, text};

pub(super) struct Person<'s> {
    server: &'s Server,
    folder: TempDir,
}

/// A page, and where it is.
pub(super) struct Page {
    pub(super) text: String,
    pub(super) url: String,
}

impl<'s> Person<'s> {
    pub(super) fn new(server: &'s Server) -> Self {
        Self { server, folder: tempfile::tempdir().unwrap() }
    }

    fn ask(&self, url: &str, fields: &[(String, String)]) -> Page {
        let jar = self.folder.path().join("cookies").display().to_string();
        let origin = format!("Origin: {}", self.server.url);
        let mut arguments = vec!["-L", "-b", &jar, "-c", &jar, "-H", "Accept: text/html", "-H"];
        arguments.extend([origin.as_str(), "-w", "\n%{url_effective}"]);
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        arguments.extend(fields.iter().flat_map(|field| ["--data-urlencode", field]));
        arguments.push(url);
        let said = text(&curl(&arguments).stdout);
        let (text, url) = said.rsplit_once('\n').unwrap();
        Page { text: text.to_owned(), url: url.to_owned() }
    }

    /// The page at a path, signed in.
    pub(super) fn go(&self, url: &str) -> Page {
        let page = self.ask(url, &[]);
        if !page.url.starts_with(&format!("{}/sign-in", self.server.url)) {
            return page;
        }
        let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
        self.send(&page, "/sign-in", &fields)
    }

    /// Sends the form of a page that goes to `path`.
    pub(super) fn send(&self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let all: Vec<_> = hidden(page, path).chain(fields.iter().copied()).map(owned).collect();
        self.ask(&format!("{}{path}", self.server.url), &all)
    }

    /// Registers an application that keeps no secret; its client ID.
    pub(super) fn register(&self, rights: &[&str]) -> String {
        let new = "/account/applications/new";
        let page = self.go(&format!("{}{new}", self.server.url));
        let mut fields = vec![("name", "Command"), ("kind", "public"), ("redirect_uris", "")];
        fields.extend(rights.iter().map(|right| (*right, "1")));
        let made = self.send(&page, new, &fields);
        let (list, id) = made.url.rsplit_once('/').unwrap();
        assert!(list.ends_with("/account/applications"), "{}: {}", made.url, made.text);
        id.to_owned()
    }

    /// Answers what a device asks at `url`.
    pub(super) fn answer(&self, url: &str, answer: &str) -> String {
        self.send(&self.go(url), "/device/answer", &[("answer", answer)]).text
    }
}

/// The hidden fields of the form that goes to `path`.
fn hidden<'p>(page: &'p Page, path: &str) -> impl Iterator<Item = (&'p str, &'p str)> {
    let (_, rest) = page
        .text
        .split_once(&format!("action=\"{path}\""))
        .unwrap_or_else(|| panic!("{} has no form to {path}: {}", page.url, page.text));
    let form = rest.split("</form>").next().unwrap();
    form.split("<input type=\"hidden\" ")
        .skip(1)
        .map(|field| (between(field, "name=\"", "\""), between(field, "value=\"", "\"")))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}
