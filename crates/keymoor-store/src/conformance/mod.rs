//! What every back end does, a fact a function. [`conformance_suite!`](crate::conformance_suite)
//! makes a test of each.

#![expect(
    clippy::unwrap_used,
    missing_docs,
    reason = "a fact fails by panicking, and its name says what it is"
)]

mod accounts;
mod activity;
mod api_tokens;
mod changes;
mod factors;
mod facts;
mod keys;
mod organizations;
mod removals;
mod sign_ins;
mod world;

pub use accounts::*;
pub use activity::*;
pub use api_tokens::*;
pub use changes::*;
pub use factors::*;
pub use facts::*;
pub use keys::*;
pub use organizations::*;
pub use removals::*;
pub use sign_ins::*;
pub use world::World;

/// Makes a test of each fact, on a store that `$store` opens: an expression that gives an
/// `Arc<dyn Store>` on an empty database, and something to keep alive meanwhile.
#[macro_export]
macro_rules! conformance_suite {
    ($store:expr) => {
        $crate::conformance_suite! { @each $store,
            an_account_is_found_by_id_and_address
            an_address_belongs_to_one_account
            accounts_are_numbered_from_one
            an_unknown_account_is_none
            a_refused_account_leaves_no_gap
            an_owner_is_the_first_member
            an_organization_needs_an_existing_owner
            a_member_sees_the_organization_and_a_stranger_does_not
            nobody_becomes_a_member_twice
            a_membership_needs_account_and_organization
            an_account_is_disabled_and_enabled
            a_member_leaves_with_the_sign_ins
            the_owner_stays_and_a_stranger_cannot_leave
            a_disabled_organization_is_nobodys
            federation_is_switched_on_and_off
            an_unknown_organization_is_not_found
            a_sign_in_is_attested_for_members_only
            a_token_is_found_as_it_was_made
            tokens_are_listed_newest_first
            anothers_token_is_not_found
            a_removal_keeps_its_evidence
            a_second_removal_changes_nothing
            removing_anothers_token_finds_nothing
            a_removed_parent_makes_no_token
            a_secret_stands_beside_another_and_is_closed
            a_secret_belongs_to_an_active_token
            a_token_is_revoked_once
            so_many_tokens_of_one_key_are_revoked_within_the_life_of_a_token
            a_resource_server_is_found_as_it_was_made
            an_audience_has_one_resource_server_at_a_time
            the_basis_holds_what_stands_and_what_happened_lately
            what_guards_must_know_of_each_change
            the_last_use_never_goes_back
            facts_of_an_unknown_key_are_none
            facts_hold_what_issuing_needs
            facts_tell_of_the_removal
            facts_hold_the_memberships_of_the_owner
            facts_hold_the_latest_sign_in
            limits_come_back_as_they_went
            keys_come_back_in_order
            a_kid_is_added_once
            two_who_decide_at_once_add_one_key
            a_key_is_withdrawn_once
            the_newest_pepper_counts
            each_change_has_the_next_number
            a_refused_change_has_no_number
            changes_can_be_read_in_parts
            twenty_at_once_get_twenty_numbers
            a_session_is_found_by_its_digest_while_it_counts
            a_session_that_is_used_counts_on
            sessions_are_ended_one_by_one_and_all_at_once
            disabling_an_account_ends_its_sessions_and_links_for_good
            a_new_password_ends_every_other_session
            a_link_sets_one_password_of_its_account_in_its_time
            the_first_account_is_made_once_by_its_link
            a_ceremony_is_changed_and_ended_by_one
            attempts_are_blocked_for_longer_and_longer
            of_many_attempts_at_once_only_the_free_ones_are_taken
            what_a_sign_in_depends_on_is_read_at_once
            operators_are_appointed_and_accounts_found
            a_code_is_used_once
            passkeys_are_added_used_and_removed
            a_recovery_code_is_spent_once_and_goes_with_the_last_factor
            every_second_factor_is_reset
            what_happened_is_read_newest_first
            a_new_network_is_noted_unless_it_is_the_first
            failures_of_a_day_are_one_row
            an_expiry_is_noted_once_for_each_warning
            a_mail_is_claimed_by_one_and_settled
            removing_ones_own_token_is_no_news
            tokens_are_found_by_label_and_key
            members_are_listed_by_address
        }
    };
    (@each $store:expr, $($fact:ident)+) => {
        $(#[tokio::test]
        async fn $fact() {
            let (store, _kept) = $store.await;
            $crate::conformance::$fact(&$crate::conformance::World::new(store)).await;
        })+
    };
}
