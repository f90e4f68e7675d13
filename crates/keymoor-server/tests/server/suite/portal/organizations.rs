use std::sync::Arc;

use keymoor_core::{AccountId, OrganizationId};
use keymoor_server::operations::{InvitationOrder, RoleOrder};
use keymoor_store::Actor;

use super::{
    super::app::{Answer, TestApp},
    visitor::Visitor,
};

/// An organization of who is signed in, with another member who is signed in, too.
struct World {
    app: Arc<TestApp>,
    id: OrganizationId,
    owner: Visitor,
    member: Visitor,
    account: AccountId,
}

const BOB: &str = "bob@example.com";

impl World {
    async fn new() -> Self {
        let (app, ada, owner) = TestApp::with_visitor().await;
        let (account, member) = app.visitor(BOB).await;
        let id = app.organization(ada, false).await;
        app.app.add_member(id, account, Actor::Operator).await.unwrap();
        Self { app, id, owner, member, account }
    }

    fn path(&self, rest: &str) -> String {
        format!("/organizations/{}{rest}", self.id)
    }

    /// Sends a form of the owner's from the page at `from`.
    async fn by_owner(&mut self, from: &str, to: &str, fields: &[(&str, &str)]) -> Answer {
        let (from, to) = (self.path(from), self.path(to));
        self.owner.submit(&self.app, &from, &to, fields).await
    }

    /// Sends a form of the member's from a page that has one.
    async fn by_member(&mut self, to: &str, fields: &[(&str, &str)]) -> Answer {
        let to = self.path(to);
        let page = self.member.get(&self.app, "/account").await;
        self.member.submit_from(&self.app, &page, &to, fields).await
    }

    async fn page(&mut self, rest: &str) -> String {
        let path = self.path(rest);
        self.owner.get(&self.app, &path).await.text
    }

    async fn give(&self, permissions: &[&str]) {
        let ada = self.app.store.organizations_of(self.account).await.unwrap()[0].owner;
        let seat = self.app.store.seat(self.id, ada).await.unwrap().unwrap();
        let app = &self.app.app;
        let permissions = permissions.iter().map(|&name| name.to_owned()).collect();
        let order = RoleOrder { name: "Helper".to_owned(), permissions, ..RoleOrder::default() };
        let role = app.create_role(&seat, order, Actor::Operator).await.unwrap();
        let team = app.create_team(&seat, "Helpers", Actor::Operator).await.unwrap();
        let team = self.app.store.team(team).await.unwrap().unwrap();
        let roles = vec![role];
        app.add_team_member(&seat, &team, self.account, roles, Actor::Operator).await.unwrap();
    }
}

#[tokio::test]
async fn an_organization_is_renamed() {
    let mut world = World::new().await;
    assert_eq!(world.by_owner("", "/rename", &[("name", "Mill")]).await.status, 303);
    assert!(world.page("").await.contains("<h1>Mill</h1>"));
    let refused = world.by_owner("", "/rename", &[("name", " ")]).await;
    assert!(refused.status == 422 && refused.text.contains("The name must be"), "{refused:?}");
}

#[tokio::test]
async fn an_administrator_is_made_and_dismissed_and_a_member_removed() {
    let mut world = World::new().await;
    let account = world.account.to_string();
    let fields = [("account", &*account)];
    assert!(!world.page("").await.contains(">administrator</span>"));
    world.by_owner("", "/members/appoint", &fields).await;
    assert!(world.page("").await.contains(">administrator</span>"));
    world.by_owner("", "/members/dismiss", &fields).await;
    assert!(!world.page("").await.contains(">administrator</span>"));
    world.by_owner("", "/members/remove", &fields).await;
    assert!(!world.page("").await.contains(BOB));
}

#[tokio::test]
async fn somebody_is_invited_and_accepts() {
    let mut world = World::new().await;
    let (_, mut eve) = world.app.visitor("eve@example.com").await;
    let fields = [("email", "Eve@example.com"), ("admin", "1")];
    assert_eq!(world.by_owner("", "/invitations", &fields).await.status, 303);
    let again = world.by_owner("", "/invitations", &fields).await;
    assert!(again.status == 409 && again.text.contains("invited already"), "{again:?}");
    let list = eve.get(&world.app, "/organizations").await;
    assert!(list.text.contains("as administrator"), "{list:?}");
    let accept = list.text.split('"').find(|part| part.ends_with("/accept")).unwrap().to_owned();
    let answer = eve.submit_from(&world.app, &list, &accept, &[]).await;
    assert_eq!(answer.header("location"), world.path(""));
    assert!(world.page("").await.contains("eve@example.com"));
    assert!(!world.page("").await.contains("Open invitations"));
    assert_eq!(eve.submit_from(&world.app, &list, &accept, &[]).await.status, 404, "once");
}

#[tokio::test]
async fn an_invitation_is_declined_withdrawn_and_sent_again() {
    let mut world = World::new().await;
    let (_, mut eve) = world.app.visitor("eve@example.com").await;
    world.by_owner("", "/invitations", &[("email", "eve@example.com")]).await;
    let list = eve.get(&world.app, "/organizations").await;
    let decline = list.text.split('"').find(|part| part.ends_with("/decline")).unwrap().to_owned();
    assert_eq!(eve.submit_from(&world.app, &list, &decline, &[]).await.status, 303);
    assert!(!eve.get(&world.app, "/organizations").await.text.contains("Invitations to you"));
    world.by_owner("", "/invitations", &[("email", "eve@example.com")]).await;
    assert_eq!(world.by_owner("", "/invitations/resend", &[]).await.status, 303);
    assert_eq!(world.by_owner("", "/invitations/withdraw", &[]).await.status, 303);
    assert!(!world.page("").await.contains("Open invitations"));
}

#[tokio::test]
async fn anothers_invitation_is_not_found() {
    let mut world = World::new().await;
    let ada = world.app.store.organizations_of(world.account).await.unwrap()[0].owner;
    let seat = world.app.store.seat(world.id, ada).await.unwrap().unwrap();
    let email = "eve@example.com".to_owned();
    let order = InvitationOrder { email, admin: true, team: None, roles: vec![] };
    let id = world.app.app.invite_to_organization(&seat, order, Actor::Operator).await.unwrap();
    let page = world.member.get(&world.app, "/account").await;
    for what in ["accept", "decline"] {
        let to = format!("/invitations/{id}/{what}");
        let answer = world.member.submit_from(&world.app, &page, &to, &[]).await;
        assert_eq!(answer.status, 404, "{what}");
    }
}

#[tokio::test]
async fn a_team_gives_a_role() {
    let mut world = World::new().await;
    let role = [("name", "Inviter"), ("permission", "invite members")];
    assert_eq!(world.by_owner("/teams", "/roles", &role).await.status, 303);
    let made = world.by_owner("/teams", "/teams", &[("name", "Night watch")]).await;
    let team = made.header("location").to_owned();
    let page = world.owner.get(&world.app, &team).await;
    let role = world.app.store.roles(world.id).await.unwrap()[0].id.to_string();
    let fields = [("email", BOB), ("role", &role)];
    let to = format!("{team}/add");
    let answer = world.owner.submit_from(&world.app, &page, &to, &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let invited = world.by_member("/invitations", &[("email", "eve@example.com")]).await;
    assert_eq!(invited.status, 303);
    let account = world.account.to_string();
    let page = world.owner.get(&world.app, &team).await;
    let to = format!("{team}/roles");
    let fields = [("account", &*account)];
    world.owner.submit_from(&world.app, &page, &to, &fields).await;
    assert_eq!(world.by_member("/invitations", &[("email", "x@example.com")]).await.status, 403);
    let to = format!("{team}/take-out");
    world.owner.submit_from(&world.app, &page, &to, &fields).await;
    let page = world.owner.get(&world.app, &team).await;
    assert!(page.text.contains("Nobody belongs to this team yet."));
    let stranger = [("email", "nobody@example.com")];
    let refused =
        world.owner.submit_from(&world.app, &page, &format!("{team}/add"), &stranger).await;
    assert!(refused.status == 422 && refused.text.contains("is no member"), "{refused:?}");
    world.owner.submit_from(&world.app, &page, &format!("{team}/delete"), &[]).await;
    assert!(world.page("/teams").await.contains("No teams yet."));
}

#[tokio::test]
async fn a_role_is_changed_and_deleted() {
    let mut world = World::new().await;
    world.give(&["invite members"]).await;
    let role = world.app.store.roles(world.id).await.unwrap()[0].id;
    let path = format!("/roles/{role}");
    let page = world.page(&path).await;
    assert!(page.contains("value=\"invite members\" checked"), "{page}");
    let fields = [("name", "Clerk"), ("permission", "manage teams")];
    assert_eq!(world.by_owner(&path, &path, &fields).await.status, 303);
    assert!(world.page("/teams").await.contains("manage teams"));
    world.by_owner(&path, &format!("{path}/delete"), &[]).await;
    assert!(world.page("/teams").await.contains("No roles yet."));
}

#[tokio::test]
async fn an_organization_is_handed_over_left_and_deleted() {
    let mut world = World::new().await;
    let to = world.path("/delete");
    assert_eq!(world.by_member("/owner", &[("email", BOB)]).await.status, 403);
    let handed = world.by_owner("/end", "/owner", &[("email", BOB)]).await;
    assert_eq!(handed.header("location"), world.path(""));
    assert_eq!(world.by_owner("/end", "/leave", &[]).await.header("location"), "/organizations");
    assert_eq!(world.owner.get(&world.app, &world.path("/end")).await.status, 404);
    let wrong = world.by_member("/delete", &[("name", "works")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("type it as it stands"), "{wrong:?}");
    assert_eq!(world.by_member("/delete", &[("name", "Works")]).await.status, 303, "{to}");
    assert!(!world.member.get(&world.app, "/organizations").await.text.contains("Works"));
}

#[tokio::test]
async fn a_member_without_roles_sees_the_organization_and_whom_to_ask() {
    let mut world = World::new().await;
    let path = world.path("");
    let page = world.member.get(&world.app, &path).await;
    assert!(page.status == 200 && page.text.contains("Ask ada@example.com for a role"));
    for hidden in ["/members/remove", "/invitations", "/rename", "/teams\""] {
        assert!(!page.text.contains(&format!("{path}{hidden}")), "{hidden}");
    }
    let teams = world.path("/teams");
    assert_eq!(world.member.get(&world.app, &teams).await.status, 403);
}

/// Every form that changes something, sent by a member who has no role for it.
#[tokio::test]
async fn what_a_member_may_not_do_is_not_done_by_a_form_either() {
    let mut world = World::new().await;
    let account = world.account.to_string();
    let fields = [("account", &*account), ("name", "Works"), ("email", "eve@example.com")];
    for to in [
        "/rename",
        "/members/remove",
        "/members/appoint",
        "/members/dismiss",
        "/invitations",
        "/teams",
        "/roles",
        "/owner",
        "/delete",
    ] {
        let answer = world.by_member(to, &fields).await;
        assert_eq!(answer.status, 403, "{to} {answer:?}");
        assert!(answer.text.contains("Not allowed"), "{to}");
    }
    assert_eq!(world.owner.get(&world.app, &world.path("")).await.status, 200);
}

#[tokio::test]
async fn s49_what_gives_or_takes_power_needs_a_recent_sign_in() {
    let mut world = World::new().await;
    world.give(&["invite members"]).await;
    let team = world.app.store.teams(world.id).await.unwrap()[0].id;
    let role = world.app.store.roles(world.id).await.unwrap()[0].id;
    world.app.clock.step(15 * 60);
    let account = world.account.to_string();
    let fields =
        [("account", &*account), ("admin", "1"), ("email", "eve@example.com"), ("name", "Works")];
    for to in [
        "/members/remove".to_owned(),
        "/members/appoint".to_owned(),
        "/members/dismiss".to_owned(),
        "/invitations".to_owned(),
        "/roles".to_owned(),
        "/owner".to_owned(),
        "/leave".to_owned(),
        "/delete".to_owned(),
        format!("/roles/{role}"),
        format!("/roles/{role}/delete"),
        format!("/teams/{team}/add"),
        format!("/teams/{team}/roles"),
        format!("/teams/{team}/take-out"),
        format!("/teams/{team}/delete"),
    ] {
        let answer = world.by_owner("", &to, &fields).await;
        assert!(answer.header("location").starts_with("/sign-in/again"), "{to} {answer:?}");
    }
}

#[tokio::test]
async fn s54_a_stranger_finds_no_page_of_an_organization() {
    let mut world = World::new().await;
    world.give(&["invite members"]).await;
    let team = world.app.store.teams(world.id).await.unwrap()[0].id;
    let role = world.app.store.roles(world.id).await.unwrap()[0].id;
    let (_, mut eve) = world.app.visitor("eve@example.com").await;
    for rest in ["", "/teams", "/end", &format!("/teams/{team}"), &format!("/roles/{role}")] {
        let path = world.path(rest);
        assert_eq!(world.owner.get(&world.app, &path).await.status, 200, "{rest}");
        assert_eq!(eve.get(&world.app, &path).await.status, 404, "{rest}");
    }
    let eves = world.app.organization(world.account, false).await;
    let mixed = format!("/organizations/{eves}/teams/{team}");
    assert_eq!(world.member.get(&world.app, &mixed).await.status, 404, "another one's team");
}
