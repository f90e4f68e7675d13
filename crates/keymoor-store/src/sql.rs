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

    INSERT_ACCOUNT = "INSERT INTO accounts \
        (id, number, kind, email, password_hash, operator, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ACCOUNT = "SELECT id, number, kind, email, created_at, disabled_at, operator, signed_in_at \
        FROM accounts WHERE id = $1";
    ACCOUNT_BY_EMAIL = "SELECT id, number, kind, email, created_at, disabled_at, operator, \
        signed_in_at FROM accounts WHERE email = $1";

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
        (api_key, account, label, limits, parent, change, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
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
    REVOKED_TOKENS_COUNT = "SELECT COUNT(*) FROM revoked_tokens \
        WHERE api_key = $1 AND revoked_at > $2";
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

    LAST_ACCOUNT_NUMBER = "SELECT value FROM counters WHERE name = 'accounts'";
    ACCOUNT_IS_OPERATOR = "SELECT operator FROM accounts WHERE id = $1";
    SET_ACCOUNT_OPERATOR = "UPDATE accounts SET operator = $1 WHERE id = $2";
    SIGN_IN_FACTS = "SELECT id, number, kind, email, created_at, disabled_at, operator, \
        signed_in_at, password_hash FROM accounts WHERE email = $1";
    PASSWORD_HASH = "SELECT password_hash FROM accounts WHERE id = $1";
    SET_PASSWORD = "UPDATE accounts SET password_hash = $1 WHERE id = $2";
    SET_SIGNED_IN = "UPDATE accounts SET signed_in_at = $1 WHERE id = $2";
    ACCOUNT_ROWS = "SELECT a.id, a.number, a.kind, a.email, a.created_at, a.disabled_at, \
        a.operator, a.signed_in_at, a.password_hash IS NOT NULL AS has_password, \
        (SELECT COUNT(*) FROM api_tokens t WHERE t.account = a.id AND t.removed_at IS NULL) \
        AS api_tokens FROM accounts a WHERE a.email LIKE $1 ESCAPE '!' \
        ORDER BY a.number LIMIT $2 OFFSET $3";
    ACCOUNT_ROWS_COUNT = "SELECT COUNT(*) FROM accounts WHERE email LIKE $1 ESCAPE '!'";

    INSERT_LINK = "INSERT INTO links (digest, kind, account, expires_at) VALUES ($1, $2, $3, $4)";
    LINK = "SELECT kind, account, expires_at FROM links WHERE digest = $1 AND expires_at > $2";
    SPEND_LINK = "DELETE FROM links WHERE digest = $1 AND expires_at > $2 AND kind = $3 \
        RETURNING account";
    FORGET_LINKS_OF = "DELETE FROM links WHERE account = $1";
    FORGET_SETUP_LINKS = "DELETE FROM links WHERE kind = 'setup'";
    FORGET_LINKS = "DELETE FROM links WHERE expires_at <= $1";

    INSERT_SESSION = "INSERT INTO sessions \
        (digest, id, account, started_at, seen_at, confirmed_at, address, device) \
        VALUES ($1, $2, $3, $4, $4, $4, $5, $6)";
    SESSION = "SELECT s.id AS session, s.started_at, s.seen_at, s.confirmed_at, s.address, \
        s.device, a.id, a.number, a.kind, a.email, a.created_at, a.disabled_at, a.operator, \
        a.signed_in_at FROM sessions s JOIN accounts a ON a.id = s.account \
        WHERE s.digest = $1 AND s.seen_at > $2 AND s.started_at > $3 AND a.disabled_at IS NULL";
    SESSIONS_OF = "SELECT id AS session, started_at, seen_at, confirmed_at, address, device \
        FROM sessions WHERE account = $1 AND seen_at > $2 AND started_at > $3 \
        ORDER BY seen_at DESC, id";
    TOUCH_SESSION = "UPDATE sessions SET seen_at = $1, address = $2 \
        WHERE digest = $3 AND seen_at < $1";
    CONFIRM_SESSION = "UPDATE sessions SET confirmed_at = $1 WHERE digest = $2";
    END_SESSION = "DELETE FROM sessions WHERE account = $1 AND id = $2";
    END_SESSIONS = "DELETE FROM sessions WHERE account = $1 AND digest <> $2";
    FORGET_SESSIONS = "DELETE FROM sessions WHERE seen_at <= $1 OR started_at <= $2";

    INSERT_CEREMONY = "INSERT INTO ceremonies (digest, account, state, expires_at) \
        VALUES ($1, $2, $3, $4)";
    CEREMONY = "SELECT account, state, expires_at FROM ceremonies WHERE digest = $1 AND expires_at > $2";
    SET_CEREMONY = "UPDATE ceremonies SET state = $1 WHERE digest = $2 AND state = $3";
    END_CEREMONY = "DELETE FROM ceremonies WHERE digest = $1";
    END_CEREMONIES_OF = "DELETE FROM ceremonies WHERE account = $1";
    FORGET_CEREMONIES = "DELETE FROM ceremonies WHERE expires_at <= $1";

    INSERT_ATTEMPT = "INSERT INTO attempts (name, failures, last_at, blocked_until) \
        VALUES ($1, 0, $2, 0) ON CONFLICT (name) DO UPDATE SET name = excluded.name \
        RETURNING failures, last_at, blocked_until";
    SET_ATTEMPT = "UPDATE attempts SET failures = $1, last_at = $2, blocked_until = $3 \
        WHERE name = $4";
    FORGET_ATTEMPTS_OF = "DELETE FROM attempts WHERE name = $1";
    FORGET_ATTEMPTS = "DELETE FROM attempts WHERE last_at <= $1";

    TOTP = "SELECT sealed, last_step, created_at FROM totps WHERE account = $1";
    INSERT_TOTP = "INSERT INTO totps (account, sealed, last_step, created_at) \
        VALUES ($1, $2, $3, $4)";
    USE_TOTP_STEP = "UPDATE totps SET last_step = $1 WHERE account = $2 AND last_step < $1";
    DELETE_TOTP = "DELETE FROM totps WHERE account = $1";
    PASSKEYS = "SELECT id, label, credential, created_at, last_used_at FROM passkeys \
        WHERE account = $1 ORDER BY created_at, id";
    INSERT_PASSKEY = "INSERT INTO passkeys (id, account, label, credential, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    UPDATE_PASSKEY = "UPDATE passkeys SET credential = $1, last_used_at = $2 WHERE id = $3";
    DELETE_PASSKEY = "DELETE FROM passkeys WHERE account = $1 AND id = $2 RETURNING label";
    DELETE_PASSKEYS = "DELETE FROM passkeys WHERE account = $1";
    RECOVERY_CODES_COUNT = "SELECT COUNT(*) FROM recovery_codes WHERE account = $1";
    INSERT_RECOVERY_CODE = "INSERT INTO recovery_codes (account, digest) VALUES ($1, $2)";
    SPEND_RECOVERY_CODE = "DELETE FROM recovery_codes WHERE account = $1 AND digest = $2";
    DELETE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE account = $1";

    INSERT_ACTIVITY = "INSERT INTO activity \
        (number, account, at, kind, subject, label, actor, address, times, mail_due_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    REPEAT_ACTIVITY = "UPDATE activity SET times = times + $1, at = $2, address = $3 \
        WHERE account = $4 AND kind = $5 AND subject = $6 AND at > $7";
    ACTIVITY_OF = "SELECT number, account, at, kind, subject, label, actor, address, times, \
        mail_due_at FROM activity WHERE account = $1 \
        ORDER BY at DESC, number DESC LIMIT $2 OFFSET $3";
    ACTIVITY_COUNT = "SELECT COUNT(*) FROM activity WHERE account = $1";
    ACTIVITY_DUE = "SELECT number, account, at, kind, subject, label, actor, address, times, \
        mail_due_at FROM activity WHERE mail_due_at <= $1 ORDER BY mail_due_at, number LIMIT $2";
    CLAIM_MAIL = "UPDATE activity SET mail_due_at = $1 WHERE number = $2 AND mail_due_at = $3";
    SETTLE_MAIL = "UPDATE activity SET mail_due_at = NULL WHERE number = $1";

    API_TOKEN_OWNER = "SELECT account, label FROM api_tokens WHERE api_key = $1";
    RENAME_API_TOKEN = "UPDATE api_tokens SET label = $1 \
        WHERE account = $2 AND api_key = $3 AND removed_at IS NULL";
    FIND_API_TOKENS = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 AND (LOWER(label) LIKE $2 ESCAPE '!' OR api_key LIKE $2 ESCAPE '!') \
        AND (removed_at IS NOT NULL) = $3 ORDER BY change DESC LIMIT $4 OFFSET $5";
    FIND_API_TOKENS_COUNT = "SELECT COUNT(*) FROM api_tokens WHERE account = $1 \
        AND (LOWER(label) LIKE $2 ESCAPE '!' OR api_key LIKE $2 ESCAPE '!') \
        AND (removed_at IS NOT NULL) = $3";
    INSERT_NETWORK = "INSERT INTO networks (api_key, network, first_at) VALUES ($1, $2, $3) \
        ON CONFLICT (api_key, network) DO NOTHING";
    NETWORKS_COUNT = "SELECT COUNT(*) FROM networks WHERE api_key = $1";
    EXPIRING = "SELECT api_key FROM api_tokens WHERE removed_at IS NULL AND expires_at > $1 \
        AND expires_at <= $2 AND (expiry_told IS NULL OR expiry_told > $3) \
        ORDER BY expires_at LIMIT $4";
    TELL_EXPIRY = "UPDATE api_tokens SET expiry_told = $1 WHERE api_key = $2 \
        AND removed_at IS NULL AND (expiry_told IS NULL OR expiry_told > $1)";
    MEMBERS = "SELECT a.email, m.created_at, a.disabled_at, a.id AS account FROM memberships m \
        JOIN accounts a ON a.id = m.account WHERE m.organization = $1 \
        ORDER BY a.email LIMIT $2 OFFSET $3";
}
