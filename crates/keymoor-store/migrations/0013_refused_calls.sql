-- Calls that were refused, for a week, so that they can be explained. The reporter is the resource
-- server whose guard told of it, or empty. No foreign keys: noting one waits for nobody's row.
CREATE TABLE refused_calls (
    reporter TEXT NOT NULL,
    request_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    api_key TEXT,
    proved BOOLEAN NOT NULL,
    account TEXT,
    clock_ahead BIGINT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (reporter, request_id)
);

CREATE INDEX refused_calls_id ON refused_calls (request_id);
CREATE INDEX refused_calls_account ON refused_calls (account, at);
CREATE INDEX refused_calls_key ON refused_calls (api_key, reporter, proved, at);
CREATE INDEX refused_calls_kind ON refused_calls (reporter, proved, at);
