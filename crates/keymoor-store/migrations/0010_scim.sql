-- Provisioning by SCIM.

CREATE TABLE scim_secrets (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organizations (id),
    label TEXT NOT NULL,
    pepper BIGINT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_address TEXT
);

CREATE INDEX scim_secrets_organization ON scim_secrets (organization);

-- What the provider says of a person, and who that turned out to be. `user_key` is the user name and
-- `email_key` the address, in small letters. `resource` is JSON. `ended` says that provisioning ended
-- the membership, so that provisioning may bring it back.
CREATE TABLE scim_users (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organizations (id),
    user_key TEXT NOT NULL,
    external_id TEXT,
    email_key TEXT,
    active BOOLEAN NOT NULL,
    resource TEXT NOT NULL,
    account TEXT REFERENCES accounts (id),
    ended BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX scim_users_name ON scim_users (organization, user_key);
CREATE UNIQUE INDEX scim_users_external ON scim_users (organization, external_id);
CREATE UNIQUE INDEX scim_users_account ON scim_users (organization, account);
CREATE INDEX scim_users_email ON scim_users (organization, email_key);
