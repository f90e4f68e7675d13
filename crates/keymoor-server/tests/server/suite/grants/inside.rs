//! What a session that an organization's provider alone started sees of what was let in.

use keymoor_store::Grant;

use super::super::{
    federation::provider::Works,
    portal::visitor::{Visitor, hidden},
};

const PATH: &str = "/account/authorized";
const REMOVE: &str = "/account/authorized/remove";

#[tokio::test]
async fn s39_a_session_for_an_organization_sees_and_ends_what_is_limited_to_it_and_no_more() {
    let mut works = Works::start().await;
    works.link().await;
    let mut browser = Visitor::default();
    works.round(&mut browser, "ada").await;
    let client = works.app.application(false).await;
    let mut ada = works.ada.clone();
    let whole = ada.grants(&works.app, &client, "offline_access").await;
    let own = browser.grants(&works.app, &client, "offline_access").await;
    let found = works.app.store.grants_of(works.owner, works.app.now()).await.unwrap();
    let limited =
        |one: &Grant| one.consent.limits.organizations.as_deref() == Some(&[works.organization]);
    let (inside, outside): (Vec<_>, Vec<_>) = found.into_iter().partition(limited);
    let (inside, outside) = (inside[0].id.to_string(), outside[0].id.to_string());
    let all = ada.get(&works.app, PATH).await.text;
    assert!(all.contains(&inside) && all.contains(&outside), "{all}");
    let page = browser.get(&works.app, PATH).await;
    assert!(page.text.contains(&inside) && !page.text.contains(&outside), "{}", page.text);
    let csrf = hidden(&page.text, REMOVE)[0].1.clone();
    let body = format!("csrf={csrf}&grant={outside}");
    assert_eq!(browser.post(&works.app, REMOVE, &body).await.status, 404);
    assert!(works.app.works(&whole).await);
    let fields = [("grant", &*inside)];
    assert_eq!(browser.submit_from(&works.app, &page, REMOVE, &fields).await.status, 303);
    assert!(!works.app.works(&own).await && works.app.works(&whole).await);
    let path = format!("/organizations/{}", works.organization);
    assert!(browser.get(&works.app, &path).await.text.contains(PATH), "it leads there");
}
