-- How many access tokens of an API token were ended lately is counted before another one is.
CREATE INDEX revoked_tokens_key ON revoked_tokens (api_key, revoked_at);
