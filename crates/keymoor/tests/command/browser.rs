//! Debian's Chromium, driven over `WebDriver`. One driver and one session for each test.

use std::{
    io::{BufRead, BufReader, copy, sink},
    ops::Deref,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use thirtyfour::{
    ChromeCapabilities, LoggingPrefsLogLevel, extensions::query::ElementPollerWithTimeout,
    prelude::*,
};

/// Chromedriver; with it, the Chromium that it starts is killed when dropped.
struct Driver {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Driver {
    /// It takes a port of IPv4 and wants the same of IPv6, where somebody else may have it: then it
    /// ends at once.
    fn start() -> Self {
        (0..5).find_map(|_| Self::try_start()).expect("chromedriver starts")
    }

    fn try_start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new("chromedriver")
            .args(["--port=0", "--log-level=WARNING"])
            .env("TMPDIR", folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("chromedriver is installed: ./test installs chromium-driver");
        let mut driver = Self { child, url: String::new(), _folder: folder };
        let mut output = BufReader::new(driver.child.stdout.take().unwrap());
        driver.url = format!("http://127.0.0.1:{}", port(&mut output)?);
        // A full pipe would stop it.
        std::thread::spawn(move || copy(&mut output, &mut sink()));
        Some(driver)
    }
}

fn port(output: &mut impl BufRead) -> Option<u16> {
    let started = "ChromeDriver was started successfully on port ";
    let mut lines = output.lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with(started))?;
    Some(line[started.len()..].trim_end_matches('.').parse().unwrap())
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

fn capabilities(scripts: bool) -> ChromeCapabilities {
    let mut wanted = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--no-proxy-server",
        "--disable-extensions",
        "--disable-component-update",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        "--lang=en-US",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ] {
        wanted.add_arg(argument).unwrap();
    }
    let mut preferences =
        json!({ "credentials_enable_service": false, "profile.password_manager_enabled": false });
    if !scripts {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    wanted.add_experimental_option("prefs", preferences).unwrap();
    wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
    wanted.set_logging_prefs("performance", LoggingPrefsLogLevel::All).unwrap();
    wanted
}

/// A browser that nobody else uses.
pub(crate) struct Browser {
    web: WebDriver,
    _driver: Driver,
}

impl Deref for Browser {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        &self.web
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Quitting in good order would block a test that panics; the driver is killed instead.
        let _ = self.web.clone().leak();
    }
}

impl Browser {
    /// With or without JavaScript.
    pub(crate) async fn start(scripts: bool) -> Self {
        let driver = Driver::start();
        let poller =
            ElementPollerWithTimeout::new(Duration::from_secs(10), Duration::from_millis(20));
        let web = WebDriver::builder(&driver.url, capabilities(scripts))
            .request_timeout(Duration::from_mins(1))
            .poller(Arc::new(poller))
            .await
            .expect("a browser session");
        Self { web, _driver: driver }
    }

    /// Clicks what leads to another page, and waits until that is there.
    pub(crate) async fn follow(&self, by: By) {
        let element = self.find(by).await.unwrap();
        element.click().await.unwrap();
        element.wait_until().stale().await.unwrap();
    }

    /// Follows the link or button of that text, in the content of the page.
    pub(crate) async fn press(&self, text: &str) {
        let path = format!(
            "//main//*[self::a or self::button][normalize-space()='{text}' or @aria-label='{text}']"
        );
        self.follow(By::XPath(path)).await;
    }

    /// Types into the field of that id, in place of what is there.
    pub(crate) async fn fill(&self, id: &str, text: &str) {
        let field = self.find(By::Id(id)).await.unwrap_or_else(|_| panic!("no field {id}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses a key where the focus is, by its `WebDriver` code.
    pub(crate) async fn press_key(&self, key: &str) {
        self.active_element().await.unwrap().send_keys(key).await.unwrap();
    }

    /// The text that people see on the page.
    pub(crate) async fn text(&self) -> String {
        self.find(By::Css("body")).await.unwrap().text().await.unwrap()
    }

    /// Whether people see `part` now. Between two pages there is nothing to see.
    pub(crate) async fn shows(&self, part: &str) -> bool {
        match self.find(By::Css("body")).await {
            Ok(body) => body.text().await.is_ok_and(|text| text.contains(part)),
            Err(_) => false,
        }
    }

    /// The value of the field of that id.
    pub(crate) async fn value(&self, id: &str) -> String {
        let field = self.find(By::Id(id)).await.unwrap_or_else(|_| panic!("no field {id}"));
        field.value().await.unwrap().unwrap_or_default()
    }

    /// The path of the page, with its query.
    pub(crate) async fn path(&self) -> String {
        let url = self.current_url().await.unwrap();
        url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Sets the size of the screen and the preferred colours.
    pub(crate) async fn device(&self, width: u32, scheme: &str) {
        let height = if width < 600 { 844 } else { 800 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": width < 600 });
        self.chrome("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.chrome("Emulation.setEmulatedMedia", features).await;
    }

    /// A command of Chromium's own protocol.
    pub(crate) async fn chrome(&self, command: &str, parameters: Value) -> Value {
        self.cdp().send_raw(command, parameters).await.unwrap()
    }

    /// From now on every page loads all that it needs.
    pub(crate) async fn without_cache(&self) {
        self.chrome("Network.enable", json!({})).await;
        self.chrome("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
    }

    /// The whole page as a picture.
    pub(crate) async fn picture(&self, path: &Path) {
        let wanted = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.chrome("Page.captureScreenshot", wanted).await;
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// What the page broke of its own policy, and what went wrong in scripts, since the last time.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.browser_log().await.unwrap();
        log.iter().map(|entry| format!("{:?}: {}", entry.source, entry.message)).collect()
    }

    /// Requests and bytes, headers included, since the last time.
    pub(crate) async fn traffic(&self) -> (Vec<String>, f64) {
        let (mut requests, mut bytes) = (Vec::new(), 0.0);
        for entry in self.get_log("performance").await.unwrap() {
            let message: Value = serde_json::from_str(&entry.message).unwrap();
            let message = &message["message"];
            match message["method"].as_str() {
                Some("Network.requestWillBeSent") => {
                    let url = message["params"]["request"]["url"].as_str().unwrap_or_default();
                    requests.extend(url.starts_with("http").then(|| url.to_owned()));
                }
                Some("Network.loadingFinished") => {
                    bytes += message["params"]["encodedDataLength"].as_f64().unwrap_or(0.0);
                }
                _ => {}
            }
        }
        (requests, bytes)
    }

    /// What axe finds against WCAG 2.2 AA and good practice, of the library at `axe`.
    pub(crate) async fn violations(&self, axe: &Path) -> Value {
        let library = std::fs::read_to_string(axe).unwrap();
        self.execute(library, vec![]).await.unwrap();
        let run = "const done = arguments[1]; axe.run(document, { \
            runOnly: { type: 'tag', values: arguments[0] }, resultTypes: ['violations'] }) \
            .then(found => done(found.violations), error => done([{ id: String(error) }]))";
        let tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        self.execute_async(run, vec![json!(tags)]).await.unwrap().json().clone()
    }
}
