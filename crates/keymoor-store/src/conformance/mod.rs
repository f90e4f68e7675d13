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
mod audit;
mod changes;
mod domains;
mod factors;
mod facts;
mod grants;
mod invitations;
mod keys;
mod organizations;
mod refused_calls;
mod removals;
mod scim;
mod seats;
mod service_accounts;
mod sign_ins;
mod sign_on;
mod teams;
mod world;

pub use accounts::*;
pub use activity::*;
pub use api_tokens::*;
pub use audit::*;
pub use changes::*;
pub use domains::*;
pub use factors::*;
pub use facts::*;
pub use grants::*;
pub use invitations::*;
pub use keys::*;
pub use organizations::*;
pub use refused_calls::*;
pub use removals::*;
pub use scim::*;
pub use seats::*;
pub use service_accounts::*;
pub use sign_ins::*;
pub use sign_on::*;
pub use teams::*;
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
            those_that_a_token_made_are_found_with_those_that_they_made
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
            s42_what_was_decided_by_older_credentials_starts_nothing
            s42_a_disabled_account_starts_nothing
            s42_a_session_that_is_refused_leaves_everything_as_it_was
            s42_of_a_sign_in_and_a_new_password_at_once_no_session_is_left
            s41_a_session_takes_the_place_of_another
            s41_a_session_that_is_confirmed_goes_on_under_another_ticket
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
            the_audit_has_changes_and_events_in_one_order
            the_audit_is_read_by_time_and_page_by_page
            what_happens_again_moves_to_its_last_time_in_the_audit
            an_expiry_is_noted_once_for_each_warning
            an_api_token_that_expires_within_three_days_is_noted_once
            a_mail_is_claimed_by_one_and_settled
            removing_ones_own_token_is_no_news
            tokens_are_found_by_label_and_key
            labels_are_found_whatever_the_case_of_their_letters
            members_are_listed_by_address
            an_organization_has_one_provider_as_it_was_made
            another_provider_under_the_same_id_knows_nobody
            a_sign_in_through_the_provider_counts_for_the_maximum_age
            only_the_linked_sign_in_through_an_enabled_provider
            a_person_of_a_provider_is_one_account
            a_disabled_provider_ends_what_it_started
            a_provider_ends_the_sessions_of_a_person
            a_membership_ends_with_what_was_proved_for_it
            a_removed_provider_leaves_nothing
            a_sign_on_is_taken_once_in_its_time
            an_assertion_is_spent_once
            who_would_be_refused_is_told_with_the_api_tokens
            guards_hear_of_a_provider_that_vouches_no_more
            what_would_be_refused_is_counted_while_an_organization_watches
            a_service_account_is_a_member_that_nobody_signs_in_to
            a_name_is_one_service_accounts_of_an_organization
            an_administrators_sign_in_vouches_from_when_it_was
            nobody_vouches_without_a_sign_in_that_counts
            what_an_operator_attested_vouches_for_no_service_account
            an_operator_attests_nothing_of_a_service_account
            an_organization_has_no_more_service_accounts_than_are_allowed
            nobody_is_told_to_renew_what_was_renewed_just_now
            what_counts_for_one_member_is_that_members
            a_later_sign_in_renews
            a_service_account_outlives_who_vouched_for_it
            a_provider_that_vouches_no_more_vouches_for_no_service_account
            a_service_account_belongs_to_its_organization_as_a_plain_member
            a_disabled_service_account_is_enabled_by_who_disabled_it
            a_deleted_service_account_leaves_nothing_that_works
            a_deleted_organization_takes_its_service_accounts_along
            who_would_be_refused_counts_service_accounts
            a_renewal_is_told_to_each_administrator_once_for_each_warning
            what_happens_in_an_organization_is_noted_for_whom_it_concerns
            what_counts_for_members_stands_apart
            a_domain_is_added_verified_and_removed
            a_verified_domain_is_one_organizations_at_a_time
            a_newcomer_gets_an_account_where_the_organization_makes_some
            a_newcomer_has_an_address_of_a_verified_domain
            a_provisioning_secret_is_kept_as_a_digest_and_removed
            a_provisioned_user_is_found_as_it_was_made
            deprovisioning_ends_the_membership_and_reactivation_restores_it
            what_was_said_meanwhile_is_not_taken_back
            whom_a_former_provider_named_is_nobody_to_the_next
            s22_a_disabled_organization_has_no_provisioning_secrets
            a_former_holder_of_an_address_does_not_stand_in_for_the_next
            s59_nobody_becomes_a_member_through_what_was_disabled_on_the_way
            members_are_told_what_provisioning_did_to_them
            a_domain_is_taken_from_who_should_not_have_it
            newcomers_of_a_day_are_limited_but_not_those_provisioning_told_of
            provisioning_never_ends_the_owners_membership
            provisioning_brings_back_only_what_it_took
            a_provisioned_newcomer_is_that_person_from_then_on
            an_equal_address_makes_no_existing_account_a_provisioned_one
            a_seat_says_what_somebody_is
            a_seat_has_the_permissions_of_every_team
            an_administrator_is_appointed_and_dismissed
            the_owner_is_no_administrator_that_can_be_dismissed
            an_organization_changes_its_owner
            nobody_who_cannot_sign_in_becomes_the_owner
            an_organization_is_renamed
            a_deleted_organization_is_gone_for_everybody_and_for_good
            guards_take_a_deleted_organization_for_a_disabled_one
            a_member_who_leaves_leaves_the_teams_too
            a_role_is_made_changed_and_deleted
            a_name_is_one_roles_and_one_teams_of_an_organization
            a_changed_role_counts_for_who_has_it_and_a_deleted_one_for_nobody
            a_team_is_made_renamed_and_deleted
            a_team_has_members_of_its_organization_with_its_roles
            an_invitation_is_found_by_address_and_organization
            who_is_invited_becomes_a_member_once
            an_invitation_is_only_for_its_address
            an_invitation_says_what_its_member_becomes
            an_address_has_one_invitation_and_a_member_none
            an_invitation_is_gone_when_its_time_is_over
            an_invitation_is_renewed_withdrawn_and_declined
            an_invitation_is_to_what_there_is
            of_two_who_accept_at_once_one_does
            a_refused_call_is_found_by_its_id_and_by_who_owns_the_api_token
            a_refused_call_is_overwritten_by_nobody
            no_flood_pushes_out_anothers_refused_calls
            an_api_key_that_is_none_is_a_strangers_word
            old_refused_calls_are_forgotten
            an_application_is_found_as_it_was_registered
            a_public_application_has_no_secret
            an_application_is_changed_and_removed_by_its_owner_alone
            an_account_has_no_more_applications_than_are_allowed
            a_removed_application_is_gone_for_good
            a_replaced_secret_ends_what_it_brought
            what_is_taken_from_an_application_ends_its_access_tokens
            nobody_registers_applications_for_nobody
            a_code_is_held_as_it_was_added
            s57_a_code_is_nothing_to_another_application
            s61_a_code_that_comes_again_ends_what_it_brought
            a_code_works_in_its_time
            old_codes_are_forgotten
            without_offline_access_there_is_no_refresh_token
            a_device_that_was_allowed_gets_a_grant_once
            what_was_allowed_and_not_fetched_ends_with_the_rest
            a_device_that_was_denied_hears_so
            a_device_that_nobody_allowed_gets_nothing
            a_device_that_asks_too_often_waits_longer
            a_user_code_is_one_devices
            a_device_is_answered_in_its_time
            s57_a_device_code_is_nothing_to_another_application
            s22_what_ends_an_application_or_an_account_is_in_the_facts
            s22_memberships_are_read_anew_each_time
            a_refresh_token_has_the_facts_of_now
            facts_of_nobody_are_none
            s22_guards_hear_of_the_applications_of_a_disabled_owner
            a_grant_is_seen_by_whoever_gave_it
            a_grant_is_listed_while_it_counts
            a_grant_is_taken_back_once_by_whoever_gave_it
            what_happens_to_a_grant_is_told_to_whoever_gave_it
            what_has_long_been_over_is_forgotten
            s7_of_100_refreshes_at_once_there_is_one_successor
            s61_of_many_who_redeem_a_code_at_once_one_gets_a_grant
            s7_a_refresh_token_that_was_just_used_gives_its_successor_again
            s7_a_refresh_token_that_comes_again_later_ends_its_grant
            s7_an_older_refresh_token_ends_its_grant_at_once
            s7_of_old_refresh_tokens_enough_is_kept_to_know_each_by
            s8_a_refresh_token_is_nothing_to_another_application
            s102_a_no_that_is_said_again_and_again_is_one_event_of_a_day
            s102_a_grant_that_ends_is_in_the_audit_with_why_and_from_where
            s102_refused_requests_of_an_application_are_one_event_of_a_day
            s102_yes_and_no_are_in_the_audit_with_who_and_from_where
            a_revoked_refresh_token_ends_its_grant
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
