-- How often the password, a second factor or the state of an account has changed. What was decided
-- by an older number does not count any more.
ALTER TABLE accounts ADD COLUMN credentials BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ceremonies ADD COLUMN credentials BIGINT NOT NULL DEFAULT 0;

-- The label in small letters, as Keymoor writes them: SQLite's LOWER knows those of English alone.
ALTER TABLE api_tokens ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE api_tokens SET search = LOWER(label);
