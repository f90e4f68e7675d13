-- Single sign-on of organizations. What only the server may read is sealed under the master key.

ALTER TABLE organizations ADD COLUMN max_sign_in_age BIGINT NOT NULL DEFAULT 2592000;
ALTER TABLE organizations ADD COLUMN watched BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE organizations ADD COLUMN break_glass BOOLEAN NOT NULL DEFAULT TRUE;

-- Settings are JSON of the server's own. An organization has one provider.
CREATE TABLE identity_providers (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organizations (id),
    protocol TEXT NOT NULL CHECK (protocol IN ('saml', 'openid')),
    label TEXT NOT NULL,
    settings TEXT NOT NULL,
    sealed TEXT,
    enabled_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX identity_providers_organization ON identity_providers (organization);

-- Whom a provider's name for a person means here.
CREATE TABLE provider_links (
    provider TEXT NOT NULL REFERENCES identity_providers (id),
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);

CREATE UNIQUE INDEX provider_links_account ON provider_links (provider, account);

-- What an organization that only watches would have refused.
CREATE TABLE watched_refusals (
    organization TEXT NOT NULL REFERENCES organizations (id),
    api_key TEXT NOT NULL REFERENCES api_tokens (api_key),
    times BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (organization, api_key)
);

-- The latest sign-in of a member through the organization's provider.
CREATE TABLE provider_sign_ins (
    organization TEXT NOT NULL,
    account TEXT NOT NULL,
    provider TEXT NOT NULL REFERENCES identity_providers (id),
    signed_in_at BIGINT NOT NULL,
    PRIMARY KEY (organization, account),
    FOREIGN KEY (organization, account) REFERENCES memberships (organization, account)
);

-- A session that a provider alone started reaches only that organization.
ALTER TABLE sessions ADD COLUMN organization TEXT REFERENCES organizations (id);

-- What else a session has proved.
CREATE TABLE session_sign_ins (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    organization TEXT NOT NULL REFERENCES organizations (id),
    provider TEXT NOT NULL REFERENCES identity_providers (id),
    subject TEXT NOT NULL,
    provider_session TEXT,
    signed_in_at BIGINT NOT NULL,
    PRIMARY KEY (session, organization)
);

CREATE INDEX session_sign_ins_provider ON session_sign_ins (provider, subject);

-- A sign-in that is on its way through a provider, under the digest of a ticket.
CREATE TABLE sign_ons (
    digest TEXT PRIMARY KEY,
    provider TEXT NOT NULL REFERENCES identity_providers (id),
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sign_ons_end ON sign_ons (expires_at);

-- What a provider said once and may not say again.
CREATE TABLE spent_assertions (
    name TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE INDEX spent_assertions_end ON spent_assertions (expires_at);
