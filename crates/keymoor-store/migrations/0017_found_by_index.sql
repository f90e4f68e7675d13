-- What is looked for among rows whose number grows with an installation has an index.

CREATE INDEX sessions_seen ON sessions (seen_at);
CREATE INDEX activity_time ON activity (at, number);
CREATE INDEX api_tokens_parent ON api_tokens (parent);
CREATE INDEX refused_calls_time ON refused_calls (at);
CREATE INDEX grants_application ON grants (application);
CREATE INDEX provider_sign_ins_provider ON provider_sign_ins (provider);
CREATE INDEX links_end ON links (expires_at);
CREATE INDEX ceremonies_account ON ceremonies (account);
CREATE INDEX sign_ons_provider ON sign_ons (provider);
CREATE INDEX sessions_organization ON sessions (organization);
CREATE INDEX session_sign_ins_organization ON session_sign_ins (organization);
