-- How many accounts were made for newcomers that provisioning did not tell of, on the day (of UTC,
-- counted from 1970) that the last of them came.

ALTER TABLE organizations ADD COLUMN newcomers_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN newcomers BIGINT NOT NULL DEFAULT 0;
