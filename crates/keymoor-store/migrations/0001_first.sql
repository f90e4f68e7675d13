-- Text that SQLite and PostgreSQL both take word for word: TEXT, BIGINT and BOOLEAN alone.
-- Ids are canonical UUID text, times are seconds since the epoch, digests and sealed keys are
-- base64url. A state carries its evidence: *_at is null until it happened.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('changes', 0), ('accounts', 0), ('organizations', 0);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'service')),
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    owner TEXT NOT NULL REFERENCES accounts (id),
    federated BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE memberships (
    organization TEXT NOT NULL REFERENCES organizations (id),
    account TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization, account)
);

CREATE INDEX memberships_account ON memberships (account);

-- Sign-ins through an organization; until federation is built, only those an operator vouches for.
CREATE TABLE sign_ins (
    change BIGINT PRIMARY KEY,
    organization TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('vouched')),
    signed_in_at BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    reason TEXT NOT NULL,
    FOREIGN KEY (organization, account) REFERENCES memberships (organization, account)
);

CREATE INDEX sign_ins_membership ON sign_ins (organization, account);

CREATE TABLE api_tokens (
    api_key TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    label TEXT NOT NULL,
    limits TEXT NOT NULL,
    parent TEXT REFERENCES api_tokens (api_key),
    change BIGINT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_address TEXT,
    removed_at BIGINT,
    removed_by TEXT,
    removed_reason TEXT
);

CREATE INDEX api_tokens_account ON api_tokens (account);
CREATE INDEX api_tokens_removed ON api_tokens (removed_at);

-- Several secrets of one API token stand side by side while one replaces another.
CREATE TABLE api_secrets (
    id TEXT PRIMARY KEY,
    api_key TEXT NOT NULL REFERENCES api_tokens (api_key),
    pepper BIGINT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    closed_at BIGINT,
    last_used_at BIGINT,
    last_used_address TEXT
);

CREATE INDEX api_secrets_token ON api_secrets (api_key);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed TEXT NOT NULL,
    change BIGINT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE peppers (
    id BIGINT PRIMARY KEY,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- What the removal feed tells, in the order of commits.
CREATE TABLE changes (
    number BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL
);

CREATE TABLE audit (
    change BIGINT PRIMARY KEY REFERENCES changes (number),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
