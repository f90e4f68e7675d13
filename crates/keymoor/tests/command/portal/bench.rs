//! What each page weighs and how soon it begins to come: `bench/portal` prints it.

use super::{
    super::browser::Browser,
    pages::{PAGES, furnish},
    world::{server, set_up},
};

/// How often each page is loaded.
const LOADS: usize = 20;

/// Milliseconds from the request to the first byte of the answer.
async fn first_byte(browser: &Browser) -> f64 {
    let timing = "const [page] = performance.getEntriesByType('navigation'); \
        return page.responseStart - page.requestStart";
    browser.execute(timing, vec![]).await.unwrap().json().as_f64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: bench/portal runs it"]
async fn what_each_page_weighs_and_how_soon_it_comes() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    set_up(&browser, &mut server).await;
    furnish(&server);
    browser.without_cache().await;
    println!("| page | requests | bytes | first byte, median of {LOADS} |\n|---|---|---|---|");
    for (_, _, path) in PAGES {
        let mut times = Vec::new();
        let (mut requests, mut bytes) = (Vec::new(), 0.0);
        for _ in 0..LOADS {
            browser.traffic().await;
            browser.goto(format!("{}{path}", server.url)).await.unwrap();
            times.push(first_byte(&browser).await);
            (requests, bytes) = browser.traffic().await;
        }
        times.sort_by(f64::total_cmp);
        println!("| `{path}` | {} | {bytes} | {:.1} ms |", requests.len(), times[LOADS / 2]);
    }
}
