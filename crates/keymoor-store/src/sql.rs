//! Every statement, as text that SQLite and PostgreSQL both take. A test prepares each one.

macro_rules! statements {
    ($($name:ident = $text:expr;)+) => {
        $(pub(crate) const $name: &str = $text;)+

        /// Every statement with its name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

statements! {
    PING = "SELECT 1";
    NEXT_NUMBER = "UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value";
    INSERT_CHANGE = "INSERT INTO changes (number, kind, subject) VALUES ($1, $2, $3)";
    INSERT_AUDIT = "INSERT INTO audit (change, at, actor, action, subject, detail) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    CHANGES_AFTER = "SELECT c.number, c.kind, c.subject, a.at FROM changes c \
        JOIN audit a ON a.change = c.number WHERE c.number > $1 ORDER BY c.number LIMIT $2";
    CHANGES_SINCE = "SELECT c.number, c.kind, c.subject, a.at FROM audit a \
        JOIN changes c ON c.number = a.change WHERE a.at >= $1 ORDER BY c.number";
    LAST_CHANGE = "SELECT value FROM counters WHERE name = 'changes'";

    INSERT_ACCOUNT = "INSERT INTO accounts (id, number, kind, email, password_hash, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    ACCOUNT = "SELECT id, number, kind, email, created_at, disabled_at FROM accounts \
        WHERE id = $1";
    ACCOUNT_BY_EMAIL = "SELECT id, number, kind, email, created_at, disabled_at FROM accounts \
        WHERE email = $1";

    ACCOUNT_IS_DISABLED = "SELECT disabled_at IS NOT NULL FROM accounts WHERE id = $1";
    SET_ACCOUNT_DISABLED = "UPDATE accounts SET disabled_at = CASE WHEN $1 THEN CAST($3 AS BIGINT) END \
        WHERE id = $2";

    INSERT_ORGANIZATION = "INSERT INTO organizations \
        (id, number, name, owner, federated, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    INSERT_MEMBERSHIP = "INSERT INTO memberships (organization, account, created_at) \
        VALUES ($1, $2, $3)";
    MEMBERSHIP_EXISTS = "SELECT COUNT(*) FROM memberships WHERE organization = $1 AND account = $2";
    ORGANIZATION_EXISTS = "SELECT COUNT(*) FROM organizations WHERE id = $1";
    ACCOUNT_EXISTS = "SELECT COUNT(*) FROM accounts WHERE id = $1";
    INSERT_SIGN_IN = "INSERT INTO sign_ins \
        (change, organization, account, kind, signed_in_at, valid_until, reason) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ORGANIZATIONS_OF = "SELECT o.id, o.number, o.name, o.owner, a.email AS owner_email, \
        o.federated, o.created_at, \
        (SELECT COUNT(*) FROM memberships n WHERE n.organization = o.id) AS members \
        FROM memberships m JOIN organizations o ON o.id = m.organization \
        JOIN accounts a ON a.id = o.owner \
        WHERE m.account = $1 AND o.disabled_at IS NULL ORDER BY o.name, o.number";
    FEDERATED_ORGANIZATIONS = "SELECT id FROM organizations WHERE federated = TRUE ORDER BY number";
    DISABLED_ORGANIZATIONS = "SELECT id FROM organizations WHERE disabled_at IS NOT NULL \
        ORDER BY number";
    ORGANIZATION_OWNER = "SELECT owner FROM organizations WHERE id = $1";
    ORGANIZATION_IS_DISABLED = "SELECT disabled_at IS NOT NULL FROM organizations WHERE id = $1";
    SET_ORGANIZATION_DISABLED = "UPDATE organizations \
        SET disabled_at = CASE WHEN $1 THEN CAST($3 AS BIGINT) END WHERE id = $2";
    ORGANIZATION_IS_FEDERATED = "SELECT federated FROM organizations WHERE id = $1";
    SET_ORGANIZATION_FEDERATED = "UPDATE organizations SET federated = $1 WHERE id = $2";
    DELETE_SIGN_INS = "DELETE FROM sign_ins WHERE organization = $1 AND account = $2";
    DELETE_MEMBERSHIP = "DELETE FROM memberships WHERE organization = $1 AND account = $2";

    INSERT_API_TOKEN = "INSERT INTO api_tokens \
        (api_key, account, label, limits, parent, change, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    INSERT_API_SECRET = "INSERT INTO api_secrets (id, api_key, pepper, digest, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    API_TOKENS = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 ORDER BY change DESC";
    API_TOKEN = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 AND api_key = $2";
    API_TOKEN_REMOVED_AT = "SELECT removed_at FROM api_tokens WHERE account = $1 AND api_key = $2";
    REMOVE_API_TOKEN = "UPDATE api_tokens SET removed_at = $1, removed_by = $2, \
        removed_reason = $3 WHERE api_key = $4 AND removed_at IS NULL";
    API_TOKEN_STATE = "SELECT removed_at FROM api_tokens WHERE api_key = $1";
    API_SECRETS = "SELECT id, created_at, closed_at, last_used_at, last_used_address \
        FROM api_secrets WHERE api_key = $1 ORDER BY created_at, id";
    CLOSE_API_SECRET = "UPDATE api_secrets SET closed_at = $1 WHERE id = $2";
    FORGET_REVOKED_TOKENS = "DELETE FROM revoked_tokens WHERE revoked_at < $1";
    REVOKED_TOKEN_EXISTS = "SELECT COUNT(*) FROM revoked_tokens WHERE jti = $1";
    INSERT_REVOKED_TOKEN = "INSERT INTO revoked_tokens (jti, api_key, revoked_at) \
        VALUES ($1, $2, $3)";
    RECORD_TOKEN_USE = "UPDATE api_tokens SET last_used_at = $1, last_used_address = $2 \
        WHERE api_key = $3 AND (last_used_at IS NULL OR last_used_at <= $1)";
    RECORD_SECRET_USE = "UPDATE api_secrets SET last_used_at = $1, last_used_address = $2 \
        WHERE id = $3 AND (last_used_at IS NULL OR last_used_at <= $1)";

    FACTS_TOKEN = "SELECT t.account, t.limits, t.removed_at, a.disabled_at \
        FROM api_tokens t JOIN accounts a ON a.id = t.account WHERE t.api_key = $1";
    FACTS_SECRETS = "SELECT id, pepper, digest FROM api_secrets \
        WHERE api_key = $1 AND closed_at IS NULL ORDER BY created_at, id";
    FACTS_MEMBERSHIPS = "SELECT m.organization, o.federated, \
        (SELECT MAX(s.valid_until) FROM sign_ins s \
         WHERE s.organization = m.organization AND s.account = m.account) AS signed_in_until \
        FROM memberships m JOIN organizations o ON o.id = m.organization \
        WHERE m.account = $1 AND o.disabled_at IS NULL ORDER BY m.organization";

    RESOURCE_SERVERS = "SELECT id, audience, name, scopes, secret, pepper, digest, created_at \
        FROM resource_servers WHERE removed_at IS NULL ORDER BY change";
    RESOURCE_SERVER_STATE = "SELECT removed_at FROM resource_servers WHERE id = $1";
    INSERT_RESOURCE_SERVER = "INSERT INTO resource_servers \
        (id, audience, name, scopes, secret, pepper, digest, change, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    REMOVE_RESOURCE_SERVER = "UPDATE resource_servers SET removed_at = $1, removed_by = $2 \
        WHERE id = $3";

    SIGNING_KEYS = "SELECT kid, algorithm, sealed, created_at, signs_from, withdrawn_at \
        FROM signing_keys ORDER BY change";
    YOUNGEST_SIGNING_KEY = "SELECT kid FROM signing_keys ORDER BY change DESC LIMIT 1";
    SIGNING_KEY_WITHDRAWN_AT = "SELECT withdrawn_at FROM signing_keys WHERE kid = $1";
    INSERT_SIGNING_KEY = "INSERT INTO signing_keys \
        (kid, algorithm, sealed, change, created_at, signs_from) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    WITHDRAW_SIGNING_KEY = "UPDATE signing_keys SET withdrawn_at = $1 WHERE kid = $2";
    PEPPER = "SELECT id, sealed, created_at FROM peppers ORDER BY id DESC LIMIT 1";
    INSERT_PEPPER = "INSERT INTO peppers (id, sealed, created_at) VALUES ($1, $2, $3)";
}
