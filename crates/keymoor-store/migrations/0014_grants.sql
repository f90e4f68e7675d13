-- What people allow applications. An application without a secret is a public client.
CREATE TABLE applications (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    secret TEXT,
    pepper BIGINT,
    digest TEXT,
    redirect_uris TEXT NOT NULL,
    authorization_code BOOLEAN NOT NULL,
    device BOOLEAN NOT NULL,
    refresh_tokens BOOLEAN NOT NULL,
    organizations TEXT,
    change BIGINT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    removed_by TEXT,
    removed_reason TEXT
);

CREATE INDEX applications_owner ON applications (owner);

-- The generation is that of the refresh token that counts.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    application TEXT NOT NULL REFERENCES applications (id),
    account TEXT NOT NULL REFERENCES accounts (id),
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    limits TEXT NOT NULL,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    last_used_address TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT,
    ended_reason TEXT
);

CREATE INDEX grants_account ON grants (account);
CREATE INDEX grants_expires ON grants (expires_at);
CREATE INDEX grants_ended ON grants (ended_at);
CREATE INDEX grants_used ON grants (last_used_at);

-- Each refresh token of a grant, since it is known as used when it comes again.
CREATE TABLE refresh_tokens (
    digest TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    generation BIGINT NOT NULL,
    used_at BIGINT
);

CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);

-- Codes name a grant that may be forgotten before them.
CREATE TABLE authorization_codes (
    digest TEXT PRIMARY KEY,
    application TEXT NOT NULL REFERENCES applications (id),
    account TEXT NOT NULL REFERENCES accounts (id),
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    limits TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    grant_id TEXT
);

CREATE INDEX authorization_codes_expires ON authorization_codes (expires_at);

-- Answered without an account is denied.
CREATE TABLE device_codes (
    digest TEXT PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    application TEXT NOT NULL REFERENCES applications (id),
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    address TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    pause BIGINT NOT NULL,
    polled_at BIGINT,
    answered_at BIGINT,
    account TEXT REFERENCES accounts (id),
    limits TEXT,
    spent_at BIGINT,
    grant_id TEXT
);

CREATE INDEX device_codes_expires ON device_codes (expires_at);
