-- The API tokens of an account in the order that they are listed in, and which of them were removed: a part
-- of a long list is read without the rest, and counted without the rows.

CREATE INDEX api_tokens_newest ON api_tokens (account, change, removed_at);
