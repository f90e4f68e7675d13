//! The pages of an organization that its owner rules, and of who is invited to it.

use super::{
    super::world::{EMAIL, PASSWORD},
    Server, Tour,
};

/// From the list of organizations to the last form that is refused.
pub(super) async fn ruled(tour: &mut Tour, server: &Server) {
    let list = format!("{}/organizations", server.url);
    tour.browser.goto(&list).await.unwrap();
    tour.press("organization", "organization", "Observatory").await;
    tour.browser.fill("email", "grace@example.com").await;
    tour.press_on("organization-invited", "organization", "Invite").await;
    tour.press("organization-teams-empty", "organization_teams", "Teams and roles").await;
    tour.browser.fill("role", "Night clerk").await;
    tour.browser.press("Create role").await;
    tour.browser.fill("team", "Night watch").await;
    tour.browser.press("Create team").await;
    tour.browser.fill("email", EMAIL).await;
    tour.press_on("organization-team", "organization_team", "Add to the team").await;
    tour.press("organization-teams", "organization_teams", "All teams and roles").await;
    tour.press("organization-role", "organization_role", "Night clerk").await;
    service_accounts(tour, &list).await;
    tour.browser.goto(&list).await.unwrap();
    tour.browser.press("Observatory").await;
    tour.press("organization-domains-empty", "organization_domains", "Domains").await;
    tour.browser.fill("domain", "observatory.example").await;
    tour.press_on("organization-domains", "organization_domains", "Add").await;
    let provisioning = "organization_provisioning";
    tour.press("organization-provisioning-empty", provisioning, "Provisioning").await;
    tour.browser.fill("label", "Okta").await;
    tour.press("organization-secret", "organization_secret", "Make a secret").await;
    tour.press("organization-provisioning", provisioning, "Done").await;
    tour.browser.goto(&list).await.unwrap();
    tour.browser.press("Observatory").await;
    tour.press("organization-end", "organization_end", "Hand over or delete").await;
    tour.browser.fill("name", "Another").await;
    tour.press("organization-end-refused", "organization_end", "Delete the organization").await;
}

async fn service_accounts(tour: &mut Tour, list: &str) {
    let open = async |tour: &Tour| {
        tour.browser.goto(list).await.unwrap();
        tour.browser.press("Observatory").await;
    };
    open(tour).await;
    tour.press("organization-tokens", "api_tokens", "My API tokens").await;
    open(tour).await;
    tour.press("service-accounts-empty", "service_accounts", "Service accounts").await;
    tour.browser.fill("name", "Nightly backup").await;
    tour.press_on("service-account", "service_account", "Create the service account").await;
    tour.browser.press("Add to the team").await;
    tour.press("service-tokens", "api_tokens", "API Tokens").await;
    tour.browser.fill("label", "Backup host").await;
    tour.press("service-token-new", "api_token_new", "Create Token").await;
    tour.press("service-token-created", "api_token_created", "Create Token").await;
    open(tour).await;
    tour.press("service-accounts", "service_accounts", "Service accounts").await;
    tour.browser.press("Nightly backup").await;
    tour.browser.fill("confirm", "Another").await;
    let delete = "Delete the service account";
    tour.press("service-account-refused", "service_account", delete).await;
}

/// What somebody sees who chose a password by the link and was invited before.
pub(super) async fn invited(tour: &mut Tour, server: &Server) {
    for field in ["password", "again"] {
        tour.browser.fill(field, PASSWORD).await;
    }
    tour.browser.press("Set the password").await;
    tour.browser.fill("email", "grace@example.com").await;
    tour.browser.fill("password", PASSWORD).await;
    tour.browser.press("Sign in").await;
    let list = format!("{}/organizations", server.url);
    tour.open("organizations-invitation", "organizations", &list).await;
    tour.press_on("organization-member", "organization", "Accept: Observatory").await;
    tour.browser.delete_all_cookies().await.unwrap();
}
