-- Resource servers, revoked access tokens, and signing keys that come and go.

ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signing_keys ADD COLUMN withdrawn_at BIGINT;
UPDATE signing_keys SET signs_from = created_at;

-- An API that tokens are for, with credentials of its own. Scopes are a JSON array of names.
CREATE TABLE resource_servers (
    id TEXT PRIMARY KEY,
    audience TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret TEXT NOT NULL,
    pepper BIGINT NOT NULL,
    digest TEXT NOT NULL,
    change BIGINT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    removed_by TEXT
);

CREATE UNIQUE INDEX resource_servers_audience ON resource_servers (audience)
    WHERE removed_at IS NULL;

-- Access tokens that their client ended before their time; kept until they would have expired.
CREATE TABLE revoked_tokens (
    jti TEXT PRIMARY KEY,
    api_key TEXT NOT NULL REFERENCES api_tokens (api_key),
    revoked_at BIGINT NOT NULL
);

CREATE INDEX revoked_tokens_time ON revoked_tokens (revoked_at);

-- Which changes are young enough for some token to hang on them.
CREATE INDEX audit_time ON audit (at);
