-- Domains of organizations. Several may claim one; it is verified for one at a time.

CREATE TABLE domains (
    organization TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    verified_at BIGINT,
    verified_by TEXT CHECK (verified_by IN ('record', 'operator')),
    PRIMARY KEY (organization, name)
);

CREATE UNIQUE INDEX domains_verified ON domains (name) WHERE verified_at IS NOT NULL;

-- Whether who comes through the provider with an address of such a domain gets an account.
ALTER TABLE organizations ADD COLUMN just_in_time BOOLEAN NOT NULL DEFAULT FALSE;
