-- Service accounts, which belong to an organization and outlive the people who made them. They count
-- as signed in through the provider while a sign-in of the administrator who vouched for them does.
CREATE TABLE service_accounts (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    organization TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    vouched_by TEXT REFERENCES accounts (id),
    provider TEXT REFERENCES identity_providers (id),
    signed_in_at BIGINT,
    vouched_at BIGINT,
    renewal_told BIGINT
);

CREATE UNIQUE INDEX service_accounts_name ON service_accounts (organization, name);
CREATE INDEX service_accounts_provider ON service_accounts (provider);
