-- The portal: signing in, what happened to an account, and mail about it. Digests of tickets are
-- base64url of SHA-256; what only the server may read is sealed under the master key.

INSERT INTO counters (name, value) VALUES ('activity', 0);

ALTER TABLE accounts ADD COLUMN operator BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN signed_in_at BIGINT;

CREATE TABLE sessions (
    digest TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts (id),
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    device TEXT NOT NULL
);

CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_start ON sessions (started_at);

-- What is sent by mail or printed for the operator: it works once.
CREATE TABLE links (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('setup', 'password')),
    account TEXT REFERENCES accounts (id),
    expires_at BIGINT NOT NULL
);

CREATE INDEX links_account ON links (account);

-- A sign-in or an enrolment that is half done.
CREATE TABLE ceremonies (
    digest TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX ceremonies_end ON ceremonies (expires_at);

-- Attempts to sign in, whether or not there is an account of that name.
CREATE TABLE attempts (
    name TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);

CREATE INDEX attempts_time ON attempts (last_at);

CREATE TABLE totps (
    account TEXT PRIMARY KEY REFERENCES accounts (id),
    sealed TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    label TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE INDEX passkeys_account ON passkeys (account);

CREATE TABLE recovery_codes (
    account TEXT NOT NULL REFERENCES accounts (id),
    digest TEXT NOT NULL,
    PRIMARY KEY (account, digest)
);

-- What happened to an account and its API tokens, for its owner. A row with a due time is told by
-- mail too.
CREATE TABLE activity (
    number BIGINT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    label TEXT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT,
    times BIGINT NOT NULL,
    mail_due_at BIGINT
);

CREATE INDEX activity_account ON activity (account, at);
CREATE INDEX activity_mail ON activity (mail_due_at);

-- Where API tokens have been used from: /24 and /48.
CREATE TABLE networks (
    api_key TEXT NOT NULL REFERENCES api_tokens (api_key),
    network TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    PRIMARY KEY (api_key, network)
);

-- The expiry date that is among the limits, once more where it can be searched for, and how many
-- days before it the owner was told last.
ALTER TABLE api_tokens ADD COLUMN expires_at BIGINT;
ALTER TABLE api_tokens ADD COLUMN expiry_told BIGINT;

CREATE INDEX api_tokens_expiry ON api_tokens (expires_at);
