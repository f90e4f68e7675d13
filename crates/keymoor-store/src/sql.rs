//! Every statement, as text that SQLite and PostgreSQL both take. A test prepares each one.

macro_rules! statements {
    ($($name:ident = $text:expr;)+) => {
        $(pub(crate) const $name: &str = $text;)+

        /// Every statement with its name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

/// What is read of an organization `o` with its owner `a`.
macro_rules! organization {
    () => {
        "o.id, o.number, o.name, o.owner, a.email AS owner_email, o.federated, o.created_at, \
        (SELECT COUNT(*) FROM memberships n WHERE n.organization = o.id) AS members, \
        (SELECT COUNT(*) FROM memberships n WHERE n.organization = o.id \
         AND (n.admin = TRUE OR n.account = o.owner)) AS admins, \
        (SELECT COUNT(*) FROM teams n WHERE n.organization = o.id) AS teams, \
        (SELECT COUNT(*) FROM roles n WHERE n.organization = o.id) AS roles"
    };
}

/// What is read of a member `a` with its membership `m` and organization `o`.
macro_rules! member {
    () => {
        "a.id AS account, a.email, a.created_at, a.disabled_at, a.signed_in_at, \
        m.created_at AS since, m.admin, a.id = o.owner AS owner, \
        (SELECT v.name FROM service_accounts v WHERE v.account = a.id) AS service_name"
    };
}

/// Invitations `i` with what they are to and from; a condition follows.
macro_rules! invitations {
    () => {
        "SELECT i.id, i.organization, o.name AS organization_name, i.email, i.admin, i.team, \
        t.name AS team_name, i.author, a.email AS author_email, i.created_at, i.expires_at \
        FROM invitations i JOIN organizations o ON o.id = i.organization \
        JOIN accounts a ON a.id = i.author LEFT JOIN teams t ON t.id = i.team \
        WHERE o.disabled_at IS NULL AND i.expires_at > $2 AND "
    };
}

/// Refused calls `r` with their API tokens `t` and reporters `s`; a condition follows.
macro_rules! refused_calls {
    () => {
        "SELECT r.reporter, r.clock_ahead, r.detail, r.account, s.audience, t.label, \
        t.removed_at, t.removed_by, t.removed_reason FROM refused_calls r \
        LEFT JOIN api_tokens t ON t.api_key = r.api_key \
        LEFT JOIN resource_servers s ON s.id = r.reporter "
    };
}

/// Until when an administrator's sign-in vouches for the service account that has the membership
/// `m` in the organization `o`.
macro_rules! renewed_until {
    () => {
        "(SELECT v.signed_in_at + o.max_sign_in_age FROM service_accounts v \
         JOIN identity_providers p ON p.id = v.provider WHERE v.account = m.account \
         AND v.organization = m.organization AND p.enabled_at IS NOT NULL) AS renewed_until"
    };
}

/// Until when what an operator said counts for the membership `m`: for people alone, for nobody signs
/// in to a service account.
macro_rules! vouched_until {
    () => {
        "(SELECT MAX(s.valid_until) FROM sign_ins s \
         WHERE s.organization = m.organization AND s.account = m.account \
         AND s.account NOT IN (SELECT account FROM service_accounts)) AS vouched_until"
    };
}

/// What the service account `a` is called; nothing for people.
macro_rules! service_name {
    () => {
        "(SELECT v.name FROM service_accounts v WHERE v.account = a.id) AS service_name"
    };
}

/// Service accounts `s`; a condition follows.
macro_rules! service_accounts {
    () => {
        "SELECT s.account, s.organization, s.name, s.created_at, a.disabled_at, \
        s.disabled_at AS disabled_here_at, s.vouched_by, v.email AS vouched_by_email, \
        s.signed_in_at, s.vouched_at, s.signed_in_at + o.max_sign_in_age AS vouched_until, \
        p.enabled_at AS provider_enabled_at, \
        (SELECT COUNT(*) FROM api_tokens t WHERE t.account = s.account AND t.removed_at IS NULL) \
        AS api_tokens FROM service_accounts s JOIN accounts a ON a.id = s.account \
        JOIN organizations o ON o.id = s.organization LEFT JOIN accounts v ON v.id = s.vouched_by \
        LEFT JOIN identity_providers p ON p.id = s.provider WHERE "
    };
}

/// Provisioned people; a condition follows.
macro_rules! scim_users {
    () => {
        "SELECT id, organization, active, resource, account, created_at, updated_at FROM scim_users "
    };
}

/// What a filter takes; what is null takes everybody, but for what `$first` demands, whose index then finds
/// the person that a provider asks for each time.
macro_rules! scim_filter {
    ($first:literal) => {
        concat!(
            "WHERE organization = $1 AND ",
            $first,
            " AND (CAST($2 AS TEXT) IS NULL OR user_key = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR external_id = $3) \
            AND (CAST($4 AS TEXT) IS NULL OR id = $4) \
            AND (CAST($5 AS TEXT) IS NULL OR email_key = $5) \
            AND (CAST($6 AS BOOLEAN) IS NULL OR active = $6)"
        )
    };
}

/// A part of the people that a filter takes.
macro_rules! scim_found {
    ($first:literal) => {
        concat!(scim_users!(), scim_filter!($first), " ORDER BY created_at, id LIMIT $7 OFFSET $8")
    };
}

/// How many people a filter takes.
macro_rules! scim_counted {
    ($first:literal) => {
        concat!("SELECT COUNT(*) FROM scim_users ", scim_filter!($first))
    };
}

/// What is read of an application `p` with its owner `w`.
macro_rules! application {
    () => {
        "p.id, p.owner, w.email AS owner_email, w.disabled_at AS owner_disabled_at, p.name, \
        p.secret, p.pepper, p.digest, p.redirect_uris, p.authorization_code, p.device, \
        p.refresh_tokens, p.organizations, p.created_at, p.removed_at, p.removed_by, \
        p.removed_reason"
    };
}

/// The grant `g` of a refresh token `t`; a condition follows.
macro_rules! of_refresh_token {
    () => {
        "SELECT g.id, g.application, g.account, g.scopes, g.audience, g.limits, g.ended_at, \
        g.expires_at, g.last_used_at, g.generation, t.generation AS token_generation, t.used_at \
        FROM refresh_tokens t JOIN grants g ON g.id = t.grant_id "
    };
}

/// Grants `g` that count, with their accounts `a` and applications `p`; a condition follows.
macro_rules! live_grants {
    () => {
        "SELECT g.id, g.application, g.account, g.scopes, g.audience, g.limits, g.created_at, \
        g.last_used_at, g.last_used_address, g.expires_at, p.name, a.email AS account_email \
        FROM grants g JOIN applications p ON p.id = g.application \
        JOIN accounts a ON a.id = g.account WHERE g.ended_at IS NULL AND g.expires_at > $1 \
        AND g.last_used_at > $2 AND p.removed_at IS NULL "
    };
}

/// Grants that were over for so long that nothing has to be known of them; some at a time. SQLite would
/// read all grants in the order of an index by `id`, rather than look for these by their times.
macro_rules! forgotten_grants {
    () => {
        "(SELECT id FROM grants WHERE expires_at < $1 OR ended_at < $1 OR last_used_at < $2 \
        ORDER BY id || '' LIMIT 20)"
    };
}

statements! {
    PING = "SELECT 1";
    NEXT_NUMBER = "UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value";
    INSERT_CHANGE = "INSERT INTO changes (number, kind, subject) VALUES ($1, $2, $3)";
    INSERT_AUDIT = "INSERT INTO audit (change, at, actor, action, subject, detail) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    AUDIT = "SELECT * FROM ( \
        SELECT CAST(1 AS BIGINT) AS source, change AS number, at, action AS kind, actor, subject, \
        CAST(NULL AS TEXT) AS account, CAST(NULL AS TEXT) AS address, CAST(1 AS BIGINT) AS times, \
        detail FROM audit WHERE at >= $1 AND at < $2 \
        UNION ALL \
        SELECT CAST(2 AS BIGINT) AS source, number, at, kind, actor, subject, account, address, \
        times, label AS detail FROM activity WHERE at >= $1 AND at < $2 AND kind IN \
        ('sign_in.done', 'sign_in.failed', 'account.recovery_code_used', 'api_token.new_network', \
        'api_token.refused', 'api_token.expiry_soon', 'service_account.renewal_soon', \
        'application.refused', 'grant.allowed', 'grant.denied', 'grant.device_allowed', \
        'grant.device_denied', 'grant.code_refused', 'grant.device_code_refused', \
        'grant.refresh_refused') \
        AND subject NOT LIKE '%/%/%') AS events \
        WHERE at > $3 OR (at = $3 AND (source > $4 OR (source = $4 AND number > $5))) \
        ORDER BY at, source, number LIMIT $6";
    CHANGES_AFTER = "SELECT c.number, c.kind, c.subject, a.at FROM changes c \
        JOIN audit a ON a.change = c.number WHERE c.number > $1 ORDER BY c.number LIMIT $2";
    CHANGES_SINCE = "SELECT c.number, c.kind, c.subject, a.at FROM audit a \
        JOIN changes c ON c.number = a.change WHERE a.at >= $1 ORDER BY c.number";
    SCHEMA = "SELECT MAX(version) FROM _sqlx_migrations";
    LOCK_CHANGES = "UPDATE counters SET value = value WHERE name = 'changes' RETURNING value";
    FIRST_PEPPER = "SELECT sealed FROM peppers ORDER BY id LIMIT 1";
    CHANGE = "SELECT c.kind, c.subject, a.at FROM changes c JOIN audit a ON a.change = c.number \
        WHERE c.number = $1";
    SHUT = "SELECT name, value FROM counters WHERE name LIKE 'shut: %' ORDER BY name LIMIT 1";
    MOVE_AWAY = "UPDATE counters SET name = $1 WHERE name = 'changes' AND value = $2";
    TAKE_BACK = "UPDATE counters SET name = 'changes' WHERE name LIKE 'shut: moved to %'";
    REOPEN = "DELETE FROM counters WHERE name LIKE 'shut: %'";
    LAST_CHANGE = "SELECT value FROM counters WHERE name = 'changes'";

    INSERT_ACCOUNT = "INSERT INTO accounts \
        (id, number, kind, email, password_hash, operator, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ACCOUNT = "SELECT id, number, kind, email, created_at, disabled_at, operator, signed_in_at \
        FROM accounts WHERE id = $1";
    ACCOUNT_BY_EMAIL = "SELECT id, number, kind, email, created_at, disabled_at, operator, \
        signed_in_at FROM accounts WHERE email = $1";

    ACCOUNT_IS_DISABLED = "SELECT disabled_at IS NOT NULL FROM accounts WHERE id = $1";
    SET_ACCOUNT_DISABLED = "UPDATE accounts SET disabled_at = CASE WHEN $1 THEN CAST($3 AS BIGINT) END, \
        credentials = credentials + 1 WHERE id = $2";

    INSERT_ORGANIZATION = "INSERT INTO organizations \
        (id, number, name, owner, federated, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    INSERT_MEMBERSHIP = "INSERT INTO memberships (organization, account, created_at) \
        VALUES ($1, $2, $3)";
    MEMBERSHIP_EXISTS = "SELECT COUNT(*) FROM memberships WHERE organization = $1 AND account = $2";
    ORGANIZATION_EXISTS = "SELECT COUNT(*) FROM organizations \
        WHERE id = $1 AND deleted_at IS NULL";
    ACCOUNT_EXISTS = "SELECT COUNT(*) FROM accounts WHERE id = $1";
    INSERT_SIGN_IN = "INSERT INTO sign_ins \
        (change, organization, account, kind, signed_in_at, valid_until, reason) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ORGANIZATIONS_OF = concat!("SELECT ", organization!(), " \
        FROM memberships m JOIN organizations o ON o.id = m.organization \
        JOIN accounts a ON a.id = o.owner \
        WHERE m.account = $1 AND o.disabled_at IS NULL ORDER BY o.name, o.number");
    FEDERATED_ORGANIZATIONS = "SELECT id FROM organizations WHERE federated = TRUE ORDER BY number";
    DISABLED_ORGANIZATIONS = "SELECT id FROM organizations WHERE disabled_at IS NOT NULL \
        ORDER BY number";
    ORGANIZATION_OWNER = "SELECT owner FROM organizations WHERE id = $1";
    ORGANIZATION_IS_DISABLED = "SELECT disabled_at IS NOT NULL FROM organizations \
        WHERE id = $1 AND deleted_at IS NULL";
    SET_ORGANIZATION_DISABLED = "UPDATE organizations \
        SET disabled_at = CASE WHEN $1 THEN CAST($3 AS BIGINT) END WHERE id = $2";
    ORGANIZATION_IS_FEDERATED = "SELECT federated FROM organizations \
        WHERE id = $1 AND deleted_at IS NULL";
    SET_ORGANIZATION_FEDERATED = "UPDATE organizations SET federated = $1 WHERE id = $2";
    DELETE_SIGN_INS = "DELETE FROM sign_ins WHERE organization = $1 AND account = $2";
    DELETE_MEMBERSHIP = "DELETE FROM memberships WHERE organization = $1 AND account = $2";

    INSERT_API_TOKEN = "INSERT INTO api_tokens \
        (api_key, account, label, search, limits, parent, change, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    INSERT_API_SECRET = "INSERT INTO api_secrets (id, api_key, pepper, digest, created_at) \
        VALUES ($1, $2, $3, $4, $5)";
    API_TOKENS = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 ORDER BY change DESC";
    NEWEST_API_TOKENS = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 ORDER BY change DESC LIMIT $2 OFFSET $3";
    API_TOKENS_COUNT = "SELECT COUNT(*) FROM api_tokens WHERE account = $1";
    API_TOKEN = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 AND api_key = $2";
    API_TOKENS_MADE_BY = "WITH RECURSIVE made (api_key) AS (SELECT api_key FROM api_tokens \
        WHERE parent = $1 UNION SELECT t.api_key FROM made m JOIN api_tokens t \
        ON t.parent = m.api_key) SELECT t.api_key, label, limits, parent, created_at, \
        last_used_at, last_used_address, removed_at, removed_by, removed_reason FROM made m \
        JOIN api_tokens t ON t.api_key = m.api_key WHERE t.account = $2 AND t.removed_at IS NULL \
        ORDER BY t.change";
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
    FACTS_MEMBERSHIPS = concat!("SELECT m.organization, o.federated, ", renewed_until!(), ", ",
        vouched_until!(), ", \
        (SELECT MAX(p.signed_in_at) + o.max_sign_in_age FROM provider_sign_ins p \
         JOIN identity_providers i ON i.id = p.provider WHERE p.organization = m.organization \
         AND p.account = m.account AND i.enabled_at IS NOT NULL) AS signed_in_until \
        FROM memberships m JOIN organizations o ON o.id = m.organization \
        WHERE m.account = $1 AND o.disabled_at IS NULL ORDER BY m.organization");

    APPLICATION = concat!("SELECT ", application!(), " FROM applications p \
        JOIN accounts w ON w.id = p.owner WHERE p.id = $1");
    APPLICATIONS_OF = concat!("SELECT ", application!(), " FROM applications p \
        JOIN accounts w ON w.id = p.owner WHERE p.owner = $1 AND p.removed_at IS NULL \
        ORDER BY p.change DESC");
    APPLICATIONS = concat!("SELECT ", application!(), " FROM applications p \
        JOIN accounts w ON w.id = p.owner WHERE p.removed_at IS NULL ORDER BY p.change DESC");
    APPLICATIONS_COUNT = "SELECT COUNT(*) FROM applications \
        WHERE owner = $1 AND removed_at IS NULL";
    APPLICATION_IDS = "SELECT id FROM applications WHERE owner = $1 AND removed_at IS NULL \
        ORDER BY change";
    INSERT_APPLICATION = "INSERT INTO applications (id, owner, name, secret, pepper, digest, \
        redirect_uris, authorization_code, device, refresh_tokens, organizations, change, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    CHANGE_APPLICATION = "UPDATE applications SET name = $1, redirect_uris = $2, \
        authorization_code = $3, device = $4, refresh_tokens = $5, organizations = $6 \
        WHERE id = $7";
    REPLACE_APPLICATION_SECRET = "UPDATE applications SET secret = $1, pepper = $2, digest = $3 \
        WHERE id = $4";
    REMOVE_APPLICATION = "UPDATE applications SET removed_at = $1, removed_by = $2, \
        removed_reason = $3 WHERE id = $4";
    ACCOUNT_DISABLED_AT = "SELECT disabled_at FROM accounts WHERE id = $1";

    INSERT_CODE = "INSERT INTO authorization_codes (digest, application, account, scopes, \
        audience, limits, redirect_uri, challenge, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CODE = "SELECT application, account, scopes, audience, limits, redirect_uri, challenge, \
        expires_at, spent_at FROM authorization_codes WHERE digest = $1 AND application = $2";
    SPEND_CODE = "UPDATE authorization_codes SET spent_at = $1, grant_id = $2 WHERE digest = $3 \
        AND application = $4 AND spent_at IS NULL AND expires_at > $1 \
        RETURNING application, account, scopes, audience, limits";
    CODE_BROUGHT = "SELECT c.grant_id, g.ended_at FROM authorization_codes c \
        LEFT JOIN grants g ON g.id = c.grant_id WHERE c.digest = $1 AND c.application = $2 \
        AND c.spent_at IS NOT NULL";
    WITHDRAW_CODES = "DELETE FROM authorization_codes WHERE spent_at IS NULL AND expires_at > $1 \
        AND account = COALESCE($2, account) AND application = COALESCE($3, application) \
        RETURNING application, account";
    FORGET_CODES = "DELETE FROM authorization_codes WHERE expires_at < $1";

    INSERT_DEVICE = "INSERT INTO device_codes (digest, user_code, application, scopes, audience, \
        address, asked_at, expires_at, pause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    PENDING_DEVICE = "SELECT application, scopes, audience, address, asked_at FROM device_codes \
        WHERE user_code = $1 AND answered_at IS NULL AND expires_at > $2";
    ALLOW_DEVICE = "UPDATE device_codes SET answered_at = $1, account = $2, scopes = $3, \
        audience = $4, limits = $5 WHERE user_code = $6 AND application = $7 \
        AND answered_at IS NULL AND expires_at > $1";
    DENY_DEVICE = "UPDATE device_codes SET answered_at = $1 WHERE user_code = $2 \
        AND answered_at IS NULL AND expires_at > $1 RETURNING application";
    HOLD_DEVICE = "UPDATE device_codes SET pause = pause WHERE digest = $1 AND application = $2 \
        RETURNING application, account, scopes, audience, limits, expires_at, pause, polled_at, \
        answered_at, spent_at";
    POLLED_DEVICE = "UPDATE device_codes SET polled_at = $1, pause = $2 WHERE digest = $3";
    SPEND_DEVICE = "UPDATE device_codes SET spent_at = $1, grant_id = $2 WHERE digest = $3 \
        AND application = $4 AND spent_at IS NULL AND account IS NOT NULL AND expires_at > $1 \
        RETURNING application, account, scopes, audience, limits";
    DEVICE_BROUGHT = "SELECT c.grant_id, g.ended_at FROM device_codes c \
        LEFT JOIN grants g ON g.id = c.grant_id WHERE c.digest = $1 AND c.application = $2 \
        AND c.spent_at IS NOT NULL";
    WITHDRAW_DEVICES = "DELETE FROM device_codes WHERE spent_at IS NULL AND expires_at > $1 \
        AND account = COALESCE($2, account) AND application = COALESCE($3, application) \
        RETURNING application, account";
    FORGET_DEVICES = "DELETE FROM device_codes WHERE expires_at < $1";

    INSERT_GRANT = "INSERT INTO grants (id, application, account, scopes, audience, limits, \
        generation, created_at, last_used_at, last_used_address, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7, $8, $9)";
    GRANTS_OF = concat!(live_grants!(), "AND g.account = $3 ORDER BY g.last_used_at DESC, g.id");
    GRANTS_TO = concat!(live_grants!(), "AND g.application = $3 ORDER BY g.last_used_at DESC, g.id");
    GRANT_STATE = "SELECT g.application, g.account, p.name FROM grants g \
        JOIN applications p ON p.id = g.application WHERE g.id = $1";
    END_GRANT = "UPDATE grants SET ended_at = $1, ended_by = $2, ended_reason = $3 \
        WHERE id = $4 AND ended_at IS NULL";
    FORGET_REFRESH_TOKENS = concat!("DELETE FROM refresh_tokens WHERE grant_id IN ",
        forgotten_grants!());
    FORGET_GRANTS = concat!("DELETE FROM grants WHERE id IN ", forgotten_grants!());

    INSERT_REFRESH_TOKEN = "INSERT INTO refresh_tokens (digest, grant_id, generation) \
        VALUES ($1, $2, $3)";
    PRESENTED_REFRESH_TOKEN = concat!(of_refresh_token!(),
        "WHERE t.digest = $1 AND g.application = $2");
    HOLD_GRANT = "UPDATE grants SET generation = generation WHERE id = $1";
    REFRESH_TOKEN = "SELECT g.id, g.generation, g.ended_at, t.generation AS token_generation, \
        t.used_at FROM refresh_tokens t JOIN grants g ON g.id = t.grant_id \
        WHERE t.digest = $1 AND g.application = $2";
    GRANT_OF_LATER = "SELECT g.id, g.account, g.ended_at FROM refresh_tokens t \
        JOIN grants g ON g.id = t.grant_id WHERE g.application = $1 AND t.digest IN \
        ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
        $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33) LIMIT 1";
    FORGET_REFRESH_TOKEN = "DELETE FROM refresh_tokens WHERE grant_id = $1 AND generation = $2";
    USE_REFRESH_TOKEN = "UPDATE refresh_tokens SET used_at = $1 WHERE digest = $2";
    USE_GRANT = "UPDATE grants SET generation = $1, last_used_at = $2, last_used_address = $3 \
        WHERE id = $4";

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
        signed_in_at, password_hash, credentials FROM accounts WHERE email = $1";
    PASSWORD_HASH = "SELECT password_hash FROM accounts WHERE id = $1";
    SET_PASSWORD = "UPDATE accounts SET password_hash = $1, credentials = credentials + 1 \
        WHERE id = $2 AND credentials = COALESCE($3, credentials)";
    RAISE_CREDENTIALS = "UPDATE accounts SET credentials = credentials + 1 WHERE id = $1";
    HOLD_CREDENTIALS = "UPDATE accounts SET credentials = credentials WHERE id = $1 \
        AND credentials = $2 AND disabled_at IS NULL";
    SET_SIGNED_IN = "UPDATE accounts SET signed_in_at = $1 WHERE id = $2 \
        AND credentials = COALESCE($3, credentials) AND disabled_at IS NULL";
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
        (digest, id, account, started_at, seen_at, confirmed_at, address, device, organization) \
        VALUES ($1, $2, $3, $4, $4, $4, $5, $6, $7)";
    SESSION = "SELECT s.id AS session, s.started_at, s.seen_at, s.confirmed_at, s.address, \
        s.device, s.organization, a.id, a.number, a.kind, a.email, a.created_at, a.disabled_at, a.operator, \
        a.signed_in_at FROM sessions s JOIN accounts a ON a.id = s.account \
        WHERE s.digest = $1 AND s.seen_at > $2 AND s.started_at > $3 AND a.disabled_at IS NULL";
    SESSIONS_OF = "SELECT id AS session, started_at, seen_at, confirmed_at, address, device, \
        organization \
        FROM sessions WHERE account = $1 AND seen_at > $2 AND started_at > $3 \
        ORDER BY seen_at DESC, id";
    TOUCH_SESSION = "UPDATE sessions SET seen_at = $1, address = $2 \
        WHERE digest = $3 AND seen_at < $1";
    CONFIRM_SESSION = "UPDATE sessions SET confirmed_at = $1, digest = $2 WHERE digest = $3 \
        AND account = $4";
    RENEW_SESSION = "UPDATE sessions SET digest = $1 WHERE digest = $2 AND account = $3";
    REPLACE_SESSION = "DELETE FROM sessions WHERE digest = $1";
    END_SESSION = "DELETE FROM sessions WHERE account = $1 AND id = $2";
    END_SESSIONS = "DELETE FROM sessions WHERE account = $1 AND digest <> $2";
    FORGET_SESSIONS = "DELETE FROM sessions WHERE seen_at <= $1 OR started_at <= $2";

    INSERT_CEREMONY = "INSERT INTO ceremonies (digest, account, state, credentials, expires_at) \
        VALUES ($1, $2, $3, $4, $5)";
    CEREMONY = "SELECT account, state, credentials, expires_at FROM ceremonies \
        WHERE digest = $1 AND expires_at > $2";
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
        WHERE account = $4 AND kind = $5 AND subject = $6 AND at >= $7 AND actor = $8";
    ACTIVITY_OF = "SELECT number, account, at, kind, subject, label, actor, address, times, \
        mail_due_at FROM activity WHERE account = $1 \
        ORDER BY at DESC, number DESC LIMIT $2 OFFSET $3";
    ACTIVITY_COUNT = "SELECT COUNT(*) FROM activity WHERE account = $1";
    ACTIVITY_DUE = "SELECT number, account, at, kind, subject, label, actor, address, times, \
        mail_due_at FROM activity WHERE mail_due_at <= $1 ORDER BY mail_due_at, number LIMIT $2";
    CLAIM_MAIL = "UPDATE activity SET mail_due_at = $1 WHERE number = $2 AND mail_due_at = $3";
    SETTLE_MAIL = "UPDATE activity SET mail_due_at = NULL WHERE number = $1";

    API_TOKEN_OWNER = "SELECT account, label FROM api_tokens WHERE api_key = $1";
    RENAME_API_TOKEN = "UPDATE api_tokens SET label = $1, search = $2 \
        WHERE account = $3 AND api_key = $4 AND removed_at IS NULL";
    FIND_API_TOKENS = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 AND (search LIKE $2 ESCAPE '!' OR api_key LIKE $2 ESCAPE '!') \
        AND (removed_at IS NOT NULL) = $3 ORDER BY change DESC LIMIT $4 OFFSET $5";
    FIND_API_TOKENS_COUNT = "SELECT COUNT(*) FROM api_tokens WHERE account = $1 \
        AND (search LIKE $2 ESCAPE '!' OR api_key LIKE $2 ESCAPE '!') \
        AND (removed_at IS NOT NULL) = $3";
    NEWEST_API_TOKENS_OF = "SELECT api_key, label, limits, parent, created_at, last_used_at, \
        last_used_address, removed_at, removed_by, removed_reason FROM api_tokens \
        WHERE account = $1 AND (removed_at IS NOT NULL) = $2 ORDER BY change DESC \
        LIMIT $3 OFFSET $4";
    API_TOKENS_COUNT_OF = "SELECT COUNT(*) FROM api_tokens WHERE account = $1 \
        AND (removed_at IS NOT NULL) = $2";
    INSERT_NETWORK = "INSERT INTO networks (api_key, network, first_at) \
        SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT) \
        WHERE (SELECT COUNT(*) FROM networks WHERE api_key = $1) < $4 \
        ON CONFLICT (api_key, network) DO NOTHING";
    NETWORKS_COUNT = "SELECT COUNT(*) FROM networks WHERE api_key = $1";
    EXPIRING = "SELECT api_key FROM api_tokens WHERE removed_at IS NULL AND expires_at > $1 \
        AND expires_at <= $2 AND (expiry_told IS NULL OR expiry_told > $3) \
        ORDER BY expires_at LIMIT $4";
    TELL_EXPIRY = "UPDATE api_tokens SET expiry_told = $1 WHERE api_key = $2 \
        AND removed_at IS NULL AND (expiry_told IS NULL OR expiry_told > $1)";
    IDENTITY_PROVIDER = "SELECT id, organization, protocol, label, settings, sealed, enabled_at, \
        created_at, updated_at FROM identity_providers WHERE id = $1";
    IDENTITY_PROVIDER_OF = "SELECT id, organization, protocol, label, settings, sealed, \
        enabled_at, created_at, updated_at FROM identity_providers WHERE organization = $1";
    INSERT_IDENTITY_PROVIDER = "INSERT INTO identity_providers \
        (id, organization, protocol, label, settings, sealed, enabled_at, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    CHANGE_IDENTITY_PROVIDER = "UPDATE identity_providers SET protocol = $1, label = $2, \
        settings = $3, sealed = $4, updated_at = $5 WHERE id = $6";
    SET_IDENTITY_PROVIDER_ENABLED = "UPDATE identity_providers SET enabled_at = $1 WHERE id = $2";
    DELETE_IDENTITY_PROVIDER = "DELETE FROM identity_providers WHERE id = $1";
    DELETE_PROVIDER_SIGN_ONS = "DELETE FROM sign_ons WHERE provider = $1";
    DELETE_PROVIDER_LINKS = "DELETE FROM provider_links WHERE provider = $1";
    DELETE_PROVIDER_SIGN_INS = "DELETE FROM provider_sign_ins WHERE provider = $1";
    DELETE_SIGN_INS_THROUGH = "DELETE FROM provider_sign_ins \
        WHERE organization = $1 AND account = $2";
    DELETE_LEAVERS_SESSION_SIGN_INS = "DELETE FROM session_sign_ins WHERE organization = $1 \
        AND session IN (SELECT id FROM sessions WHERE account = $2)";
    DELETE_LEAVERS_SESSIONS = "DELETE FROM sessions WHERE organization = $1 AND account = $2";
    FEDERATION_POLICY = "SELECT max_sign_in_age, watched, break_glass FROM organizations \
        WHERE id = $1";
    SET_FEDERATION_POLICY = "UPDATE organizations SET max_sign_in_age = $1, watched = $2, \
        break_glass = $3 WHERE id = $4";
    WATCHED_ORGANIZATIONS = "SELECT id FROM organizations \
        WHERE watched = TRUE AND federated = FALSE ORDER BY number";
    INSERT_REFUSED_CALL = "INSERT INTO refused_calls \
        (reporter, request_id, at, api_key, proved, account, clock_ahead, detail) \
        VALUES ($1, $2, $3, $4, $5 AND EXISTS (SELECT 1 FROM api_tokens WHERE api_key = $4), \
        (SELECT account FROM api_tokens WHERE api_key = $4), $6, $7) \
        ON CONFLICT (reporter, request_id) DO NOTHING";
    FORGET_REFUSED_OF_KEY = "DELETE FROM refused_calls WHERE api_key = $1 AND reporter = $2 \
        AND proved = TRUE AND request_id IN (SELECT k.request_id FROM refused_calls k \
        WHERE k.api_key = $1 AND k.reporter = $2 AND k.proved = TRUE \
        ORDER BY k.at DESC, k.request_id DESC LIMIT 1000 OFFSET $3)";
    FORGET_REFUSED_BEFORE = "DELETE FROM refused_calls WHERE (reporter, request_id) IN \
        (SELECT k.reporter, k.request_id FROM refused_calls k WHERE k.at < $1 ORDER BY k.at LIMIT $2)";
    REFUSAL_REPORTERS = "SELECT DISTINCT reporter FROM refused_calls";
    FORGET_REFUSED_BEYOND = "DELETE FROM refused_calls WHERE reporter = $1 AND proved = $2 \
        AND at <= (SELECT k.at FROM refused_calls k WHERE k.reporter = $1 AND k.proved = $2 \
        ORDER BY k.at DESC LIMIT 1 OFFSET $3)";
    REFUSED_CALLS_OF = concat!(refused_calls!(),
        "WHERE r.account = $1 AND r.proved = TRUE ORDER BY r.at DESC, r.request_id DESC LIMIT $2");
    REFUSED_CALL = concat!(refused_calls!(), "WHERE r.request_id = $1 ORDER BY r.reporter");
    NOTE_WATCHED = "INSERT INTO watched_refusals (organization, api_key, times, last_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (organization, api_key) DO UPDATE \
        SET times = watched_refusals.times + excluded.times, last_at = excluded.last_at";
    WATCHED_REFUSALS = concat!("SELECT w.api_key, w.times, w.last_at, t.label, a.email, ",
        service_name!(), " \
        FROM watched_refusals w JOIN api_tokens t ON t.api_key = w.api_key \
        JOIN accounts a ON a.id = t.account WHERE w.organization = $1 \
        ORDER BY w.last_at DESC, w.api_key");
    FORGET_WATCHED = "DELETE FROM watched_refusals WHERE organization = $1";
    INSERT_SIGN_ON = "INSERT INTO sign_ons (digest, provider, sealed, expires_at) \
        VALUES ($1, $2, $3, $4)";
    TAKE_SIGN_ON = "DELETE FROM sign_ons WHERE digest = $1 AND expires_at > $2 \
        RETURNING provider, sealed, expires_at";
    FORGET_SIGN_ONS = "DELETE FROM sign_ons WHERE expires_at <= $1";
    SPEND_ASSERTION = "INSERT INTO spent_assertions (name, expires_at) VALUES ($1, $2) \
        ON CONFLICT (name) DO NOTHING";
    FORGET_ASSERTIONS = "DELETE FROM spent_assertions WHERE expires_at <= $1";
    LINKED_ACCOUNT = "SELECT account FROM provider_links WHERE provider = $1 AND subject = $2";
    LINKED_SUBJECT = "SELECT subject FROM provider_links WHERE provider = $1 AND account = $2";
    LINKS_TO_PROVIDER = "SELECT l.subject, l.account, l.created_at, a.email FROM provider_links l \
        JOIN accounts a ON a.id = l.account WHERE l.provider = $1 ORDER BY a.email";
    INSERT_LINK_TO_PROVIDER = "INSERT INTO provider_links (provider, subject, account, created_at) \
        VALUES ($1, $2, $3, $4)";
    DELETE_LINK_TO_PROVIDER = "DELETE FROM provider_links WHERE provider = $1 AND account = $2 \
        RETURNING subject";
    SET_SIGN_IN_THROUGH = "INSERT INTO provider_sign_ins \
        (organization, account, provider, signed_in_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (organization, account) DO UPDATE \
        SET provider = excluded.provider, signed_in_at = excluded.signed_in_at";
    SET_SESSION_SIGN_IN = "INSERT INTO session_sign_ins \
        (session, organization, provider, subject, provider_session, signed_in_at, proved_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (session, organization) DO UPDATE \
        SET provider = excluded.provider, subject = excluded.subject, \
        provider_session = excluded.provider_session, signed_in_at = excluded.signed_in_at, \
        proved_at = excluded.proved_at";
    SESSION_SIGN_INS = "SELECT s.organization, s.signed_in_at, s.proved_at FROM session_sign_ins s \
        JOIN identity_providers p ON p.id = s.provider \
        WHERE s.session = $1 AND p.enabled_at IS NOT NULL ORDER BY s.organization";
    END_PROVIDERS_OWN_SESSIONS = "DELETE FROM sessions WHERE organization IS NOT NULL \
        AND id IN (SELECT i.session FROM session_sign_ins i WHERE i.provider = $1 \
        AND ($2 = '' OR i.subject = $2) AND ($3 = '' OR i.provider_session = $3))";
    END_PROVIDERS_SIGN_INS = "DELETE FROM session_sign_ins WHERE provider = $1 \
        AND ($2 = '' OR subject = $2) AND ($3 = '' OR provider_session = $3)";
    UNREADY_MEMBERS = concat!("SELECT a.id AS account, a.email, ", service_name!(), ", ",
        renewed_until!(), ", ",
        vouched_until!(), ", \
        (SELECT MAX(p.signed_in_at) + o.max_sign_in_age FROM provider_sign_ins p \
         JOIN identity_providers i ON i.id = p.provider WHERE p.organization = m.organization \
         AND p.account = m.account AND i.enabled_at IS NOT NULL) AS signed_in_until \
        FROM memberships m JOIN organizations o ON o.id = m.organization \
        JOIN accounts a ON a.id = m.account \
        WHERE m.organization = $1 AND a.disabled_at IS NULL ORDER BY a.email");
    TOKENS_OF_MEMBERS = concat!("SELECT t.api_key, t.label, t.limits, t.account, a.email, ",
        service_name!(), ", t.last_used_at, t.last_used_address FROM api_tokens t JOIN accounts a ON a.id = t.account \
        JOIN memberships m ON m.account = a.id WHERE m.organization = $1 AND t.removed_at IS NULL \
        AND (t.expires_at IS NULL OR t.expires_at > $2) AND a.disabled_at IS NULL \
        ORDER BY COALESCE(t.last_used_at, 0) DESC, t.change DESC");

    SEAT = concat!("SELECT ", organization!(), ", m.admin FROM memberships m \
        JOIN organizations o ON o.id = m.organization JOIN accounts a ON a.id = o.owner \
        WHERE m.organization = $1 AND m.account = $2 AND o.disabled_at IS NULL");
    SEAT_PERMISSIONS = "SELECT DISTINCT r.permissions FROM team_member_roles t \
        JOIN roles r ON r.id = t.role WHERE r.organization = $1 AND t.account = $2";
    MEMBERS = concat!("SELECT ", member!(), " FROM memberships m \
        JOIN accounts a ON a.id = m.account JOIN organizations o ON o.id = m.organization \
        WHERE m.organization = $1 ORDER BY a.email LIMIT $2 OFFSET $3");
    MEMBER = concat!("SELECT ", member!(), " FROM memberships m \
        JOIN accounts a ON a.id = m.account JOIN organizations o ON o.id = m.organization \
        WHERE m.organization = $1 AND m.account = $2");
    TEAMS_OF_MEMBERS = "SELECT m.account, t.id, t.name FROM team_members m \
        JOIN teams t ON t.id = m.team WHERE t.organization = $1 ORDER BY t.name";
    TEAMS_OF_MEMBER = "SELECT m.account, t.id, t.name FROM team_members m \
        JOIN teams t ON t.id = m.team WHERE t.organization = $1 AND m.account = $2 ORDER BY t.name";
    RENAME_ORGANIZATION = "UPDATE organizations SET name = $1 \
        WHERE id = $2 AND deleted_at IS NULL";
    MARK_ORGANIZATION_DELETED = "UPDATE organizations SET deleted_at = $1, \
        disabled_at = COALESCE(disabled_at, $1) WHERE id = $2 AND deleted_at IS NULL";
    SET_OWNER = "UPDATE organizations SET owner = $1 WHERE id = $2";
    SIGNS_IN = "SELECT COUNT(*) FROM accounts \
        WHERE id = $1 AND disabled_at IS NULL AND kind = 'person'";
    IS_ADMINISTRATOR = "SELECT admin FROM memberships WHERE organization = $1 AND account = $2";
    SET_ADMINISTRATOR = "UPDATE memberships SET admin = $3 \
        WHERE organization = $1 AND account = $2";

    ROLES = "SELECT id, organization, name, description, permissions, edited_at FROM roles \
        WHERE organization = $1 ORDER BY name";
    ROLE = "SELECT id, organization, name, description, permissions, edited_at FROM roles \
        WHERE id = $1";
    INSERT_ROLE = "INSERT INTO roles \
        (id, organization, name, description, permissions, created_at, edited_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $6)";
    CHANGE_ROLE = "UPDATE roles SET name = $1, description = $2, permissions = $3, edited_at = $4 \
        WHERE id = $5 RETURNING organization";
    DELETE_ROLE = "DELETE FROM roles WHERE id = $1 RETURNING organization";
    TAKE_ROLE_FROM_MEMBERS = "DELETE FROM team_member_roles WHERE role = $1";
    TAKE_ROLE_FROM_INVITATIONS = "DELETE FROM invitation_roles WHERE role = $1";

    TEAMS = "SELECT t.id, t.organization, t.name, t.created_at, t.updated_at, \
        (SELECT COUNT(*) FROM team_members n WHERE n.team = t.id) AS members FROM teams t \
        WHERE t.organization = $1 ORDER BY t.name";
    TEAM = "SELECT t.id, t.organization, t.name, t.created_at, t.updated_at, \
        (SELECT COUNT(*) FROM team_members n WHERE n.team = t.id) AS members FROM teams t \
        WHERE t.id = $1";
    INSERT_TEAM = "INSERT INTO teams (id, organization, name, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $4)";
    RENAME_TEAM = "UPDATE teams SET name = $1, updated_at = $2 WHERE id = $3 RETURNING organization";
    DELETE_TEAM = "DELETE FROM teams WHERE id = $1 RETURNING organization";
    EMPTY_INVITATIONS_OF_TEAM = "DELETE FROM invitation_roles WHERE invitation IN \
        (SELECT id FROM invitations WHERE team = $1)";
    DELETE_INVITATIONS_OF_TEAM = "DELETE FROM invitations WHERE team = $1";
    TAKE_ROLES_OF_TEAM = "DELETE FROM team_member_roles WHERE team = $1";
    EMPTY_TEAM = "DELETE FROM team_members WHERE team = $1";
    TEAM_MEMBERS = concat!("SELECT ", member!(), " FROM team_members x \
        JOIN memberships m ON m.organization = x.organization AND m.account = x.account \
        JOIN accounts a ON a.id = m.account JOIN organizations o ON o.id = m.organization \
        WHERE x.team = $1 ORDER BY a.email");
    TEAM_ORGANIZATION = "SELECT organization FROM teams WHERE id = $1";
    ROLES_OF_TEAM_MEMBERS = "SELECT t.account, r.id, r.name FROM team_member_roles t \
        JOIN roles r ON r.id = t.role WHERE t.team = $1 ORDER BY r.name";
    INSERT_TEAM_MEMBER = "INSERT INTO team_members (team, organization, account, created_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (team, account) DO NOTHING";
    TEAM_MEMBER_EXISTS = "SELECT COUNT(*) FROM team_members WHERE team = $1 AND account = $2";
    GIVE_TEAM_ROLE = "INSERT INTO team_member_roles (team, account, role) \
        SELECT $1, $2, id FROM roles WHERE id = $3 AND organization = $4 \
        ON CONFLICT (team, account, role) DO UPDATE SET role = excluded.role";
    TAKE_TEAM_ROLES = "DELETE FROM team_member_roles WHERE team = $1 AND account = $2";
    DELETE_TEAM_MEMBER = "DELETE FROM team_members WHERE team = $1 AND account = $2";
    TAKE_ROLES_OF_MEMBER = "DELETE FROM team_member_roles WHERE account = $2 AND team IN \
        (SELECT id FROM teams WHERE organization = $1)";
    LEAVE_TEAMS = "DELETE FROM team_members WHERE organization = $1 AND account = $2";

    INVITATIONS = concat!(invitations!(), "i.organization = $1 ORDER BY i.created_at, i.id");
    INVITATIONS_TO = concat!(invitations!(), "i.email = $1 ORDER BY i.created_at, i.id");
    INVITATION = concat!(invitations!(), "i.id = $1");
    ROLES_OF_INVITATION = "SELECT r.id, r.name FROM invitation_roles i \
        JOIN roles r ON r.id = i.role WHERE i.invitation = $1 ORDER BY r.name";
    EMPTY_DEAD_INVITATION = "DELETE FROM invitation_roles WHERE invitation IN \
        (SELECT id FROM invitations WHERE organization = $1 AND email = $2 AND expires_at <= $3)";
    DELETE_DEAD_INVITATION = "DELETE FROM invitations \
        WHERE organization = $1 AND email = $2 AND expires_at <= $3";
    MEMBER_OF_ADDRESS = "SELECT COUNT(*) FROM memberships m JOIN accounts a ON a.id = m.account \
        WHERE m.organization = $1 AND a.email = $2";
    INSERT_INVITATION = "INSERT INTO invitations \
        (id, organization, email, admin, team, author, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    INSERT_INVITATION_ROLE = "INSERT INTO invitation_roles (invitation, role) \
        SELECT $1, id FROM roles WHERE id = $2 AND organization = $3 \
        ON CONFLICT (invitation, role) DO UPDATE SET role = excluded.role";
    RENEW_INVITATION = "UPDATE invitations SET expires_at = $1 WHERE id = $2 AND expires_at > $3 \
        RETURNING organization";
    EMPTY_INVITATION = "DELETE FROM invitation_roles WHERE invitation = $1";
    DELETE_INVITATION = "DELETE FROM invitations WHERE id = $1 AND expires_at > $2 \
        RETURNING organization";

    SERVICE_ACCOUNTS = concat!(service_accounts!(), "s.organization = $1 ORDER BY s.name");
    SERVICE_ACCOUNT = concat!(service_accounts!(), "s.account = $1");
    SERVICE_ACCOUNT_OF = "SELECT organization, name FROM service_accounts WHERE account = $1";
    COUNT_SERVICE_ACCOUNTS = "SELECT COUNT(*) FROM service_accounts WHERE organization = $1";
    IS_SERVICE_ACCOUNT = "SELECT COUNT(*) FROM service_accounts WHERE account = $1";
    INSERT_SERVICE_ACCOUNT = "INSERT INTO service_accounts \
        (account, organization, name, created_at) VALUES ($1, $2, $3, $4)";
    RENAME_SERVICE_ACCOUNT = "UPDATE service_accounts SET name = $1 WHERE account = $2";
    LATEST_SIGN_IN = "SELECT p.provider, p.signed_in_at FROM provider_sign_ins p \
        JOIN identity_providers i ON i.id = p.provider JOIN organizations o ON o.id = p.organization \
        WHERE p.organization = $1 AND p.account = $2 AND i.enabled_at IS NOT NULL \
        AND p.signed_in_at + o.max_sign_in_age > $3";
    VOUCH_FOR_SERVICE_ACCOUNT = "UPDATE service_accounts SET vouched_by = $1, provider = $2, \
        signed_in_at = $3, vouched_at = $4, renewal_told = NULL WHERE account = $5 \
        AND (signed_in_at IS NULL OR provider IS NULL OR provider <> $2 OR signed_in_at < $3)";
    DISABLE_SERVICE_ACCOUNT = "UPDATE service_accounts SET disabled_at = $1 WHERE account = $2";
    REMOVE_API_TOKENS_OF = "UPDATE api_tokens SET removed_at = $1, removed_by = $2, \
        removed_reason = $3 WHERE account = $4 AND removed_at IS NULL";
    DELETE_SERVICE_ACCOUNT = "DELETE FROM service_accounts WHERE account = $1";
    UNVOUCH_BY_PROVIDER = "UPDATE service_accounts SET vouched_by = NULL, provider = NULL, \
        signed_in_at = NULL, vouched_at = NULL WHERE provider = $1";
    CLOSE_SERVICE_ACCOUNTS = "UPDATE accounts SET disabled_at = COALESCE(disabled_at, \
        (SELECT deleted_at FROM organizations WHERE id = $1)) \
        WHERE id IN (SELECT account FROM service_accounts WHERE organization = $1)";
    FORGET_SERVICE_ACCOUNTS = "DELETE FROM service_accounts WHERE organization = $1";
    RENEWALS_DUE = "SELECT s.account, s.organization, s.name FROM service_accounts s \
        JOIN accounts a ON a.id = s.account JOIN organizations o ON o.id = s.organization \
        JOIN identity_providers p ON p.id = s.provider \
        WHERE o.federated = TRUE AND o.disabled_at IS NULL AND a.disabled_at IS NULL \
        AND p.enabled_at IS NOT NULL AND s.signed_in_at + o.max_sign_in_age > $1 \
        AND s.signed_in_at + o.max_sign_in_age <= $2 \
        AND s.signed_in_at + o.max_sign_in_age - $5 > s.vouched_at \
        AND (s.renewal_told IS NULL OR s.renewal_told > $3) ORDER BY s.account LIMIT $4";
    TELL_RENEWAL = "UPDATE service_accounts SET renewal_told = $1 WHERE account = $2 \
        AND (renewal_told IS NULL OR renewal_told > $1)";
    ADMINISTRATORS = "SELECT m.account FROM memberships m \
        JOIN organizations o ON o.id = m.organization JOIN accounts a ON a.id = m.account \
        WHERE m.organization = $1 AND (m.admin = TRUE OR m.account = o.owner) \
        AND a.disabled_at IS NULL ORDER BY m.account";
    ORGANIZATION_NAME = "SELECT name FROM organizations WHERE id = $1";
    MEMBERS_SIGN_INS = "SELECT p.account, p.signed_in_at, \
        CASE WHEN i.enabled_at IS NOT NULL THEN p.signed_in_at + o.max_sign_in_age END \
        AS valid_until FROM provider_sign_ins p \
        JOIN identity_providers i ON i.id = p.provider JOIN organizations o ON o.id = p.organization \
        WHERE p.organization = $1 AND ($2 = '' OR p.account = $2) ORDER BY p.account";
    MEMBERS_ATTESTATIONS = "SELECT s.account, s.valid_until, s.reason, u.actor FROM sign_ins s \
        JOIN audit u ON u.change = s.change WHERE s.organization = $1 AND s.valid_until > $2 \
        AND ($3 = '' OR s.account = $3) ORDER BY s.valid_until";

    FORGET_INVITATION_ROLES = "DELETE FROM invitation_roles WHERE invitation IN \
        (SELECT id FROM invitations WHERE organization = $1)";
    FORGET_INVITATIONS = "DELETE FROM invitations WHERE organization = $1";
    FORGET_TEAM_ROLES = "DELETE FROM team_member_roles WHERE team IN \
        (SELECT id FROM teams WHERE organization = $1)";
    FORGET_TEAM_MEMBERS = "DELETE FROM team_members WHERE organization = $1";
    FORGET_TEAMS = "DELETE FROM teams WHERE organization = $1";
    FORGET_ROLES = "DELETE FROM roles WHERE organization = $1";
    FORGET_SIGN_INS = "DELETE FROM sign_ins WHERE organization = $1";
    FORGET_MEMBERSHIPS = "DELETE FROM memberships WHERE organization = $1";
    FORGET_SESSION_SIGN_INS = "DELETE FROM session_sign_ins WHERE organization = $1";
    FORGET_ORGANIZATION_SESSIONS = "DELETE FROM sessions WHERE organization = $1";
    FORGET_PROVIDER_SIGN_INS = "DELETE FROM provider_sign_ins WHERE organization = $1";
    FORGET_PROVIDER_LINKS = "DELETE FROM provider_links WHERE provider IN \
        (SELECT id FROM identity_providers WHERE organization = $1)";
    FORGET_PROVIDER_SIGN_ONS = "DELETE FROM sign_ons WHERE provider IN \
        (SELECT id FROM identity_providers WHERE organization = $1)";
    DOMAINS = "SELECT organization, name, token, created_at, verified_at, verified_by FROM domains \
        WHERE organization = $1 ORDER BY name";
    DOMAINS_COUNT = "SELECT COUNT(*) FROM domains WHERE organization = $1";
    INSERT_DOMAIN = "INSERT INTO domains (organization, name, token, created_at) \
        VALUES ($1, $2, $3, $4)";
    DOMAIN_VERIFIED_AT = "SELECT verified_at FROM domains WHERE organization = $1 AND name = $2";
    VERIFY_DOMAIN = "UPDATE domains SET verified_at = $1, verified_by = $2 \
        WHERE organization = $3 AND name = $4";
    OTHER_HOLDER_OF_DOMAIN = "SELECT d.organization, \
        o.disabled_at IS NOT NULL AS disabled FROM domains d \
        JOIN organizations o ON o.id = d.organization \
        WHERE d.name = $1 AND d.verified_at IS NOT NULL AND d.organization <> $2";
    UNVERIFY_DOMAIN = "UPDATE domains SET verified_at = NULL, verified_by = NULL \
        WHERE organization = $1 AND name = $2";
    DELETE_DOMAIN = "DELETE FROM domains WHERE organization = $1 AND name = $2";
    ORGANIZATION_OF_DOMAIN = "SELECT d.organization FROM domains d \
        JOIN organizations o ON o.id = d.organization \
        WHERE d.name = $1 AND d.verified_at IS NOT NULL AND o.disabled_at IS NULL";
    JUST_IN_TIME = "SELECT just_in_time FROM organizations WHERE id = $1 AND deleted_at IS NULL";
    COUNT_NEWCOMER = "UPDATE organizations SET \
        newcomers = CASE WHEN newcomers_day = $1 THEN newcomers + 1 ELSE 1 END, newcomers_day = $1 \
        WHERE id = $2 RETURNING newcomers";
    ORGANIZATION_IS_OPEN = "SELECT COUNT(*) FROM organizations \
        WHERE id = $1 AND deleted_at IS NULL AND disabled_at IS NULL";
    SET_JUST_IN_TIME = "UPDATE organizations SET just_in_time = $1 WHERE id = $2";
    SCIM_SECRETS = "SELECT id, organization, label, pepper, digest, created_at, last_used_at, \
        last_used_address FROM scim_secrets WHERE organization = $1 AND EXISTS (SELECT 1 FROM organizations o \
        WHERE o.id = $1 AND o.disabled_at IS NULL) ORDER BY created_at, id";
    SCIM_SECRETS_COUNT = "SELECT COUNT(*) FROM scim_secrets WHERE organization = $1";
    INSERT_SCIM_SECRET = "INSERT INTO scim_secrets \
        (id, organization, label, pepper, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    DELETE_SCIM_SECRET = "DELETE FROM scim_secrets WHERE organization = $1 AND id = $2";
    TOUCH_SCIM_SECRET = "UPDATE scim_secrets SET last_used_at = $1, last_used_address = $2 \
        WHERE id = $3";
    SCIM_USERS = scim_found!("TRUE");
    SCIM_USERS_COUNT = scim_counted!("TRUE");
    SCIM_USERS_NAMED = scim_found!("user_key = $2");
    SCIM_USERS_NAMED_COUNT = scim_counted!("user_key = $2");
    SCIM_USERS_EXTERNAL = scim_found!("external_id = $3");
    SCIM_USERS_EXTERNAL_COUNT = scim_counted!("external_id = $3");
    SCIM_USERS_OF = "SELECT COUNT(*) FROM scim_users WHERE organization = $1";
    SCIM_USER = concat!(scim_users!(), "WHERE organization = $1 AND id = $2");
    PROVISIONED = concat!(scim_users!(), "WHERE organization = $1 AND (external_id = $2 \
        OR (email_key = $3 AND account IS NULL) OR account = (SELECT l.account FROM provider_links l \
        WHERE l.provider = $4 AND l.subject = $2)) \
        ORDER BY CASE WHEN account = (SELECT l.account FROM provider_links l \
        WHERE l.provider = $4 AND l.subject = $2) THEN 0 WHEN external_id = $2 THEN 1 ELSE 2 END, \
        active DESC, created_at LIMIT 1");
    INSERT_SCIM_USER = "INSERT INTO scim_users (id, organization, user_key, external_id, email_key, \
        active, resource, account, ended, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    CHANGE_SCIM_USER = "UPDATE scim_users SET user_key = $1, external_id = $2, email_key = $3, \
        active = $4, resource = $5, account = $6, ended = $7, updated_at = $8 WHERE id = $9";
    SCIM_USER_STATE = "SELECT account, ended, active FROM scim_users \
        WHERE organization = $1 AND id = $2";
    SET_SCIM_USER_ACCOUNT = "UPDATE scim_users SET account = $1, ended = FALSE WHERE id = $2";
    DELETE_SCIM_USER = "DELETE FROM scim_users WHERE organization = $1 AND id = $2";
    FORGET_BINDINGS_OF_PROVIDER = "UPDATE scim_users SET account = NULL, ended = FALSE \
        WHERE organization = (SELECT organization FROM identity_providers WHERE id = $1)";
    FORGET_BINDING = "UPDATE scim_users SET account = NULL, ended = FALSE \
        WHERE organization = $1 AND account = $2";
    SCIM_USERS_UNBOUND = "SELECT COUNT(*) FROM scim_users \
        WHERE organization = $1 AND active = TRUE AND account IS NULL";
    LEAVE_PROVISIONING = "UPDATE scim_users SET active = FALSE, ended = FALSE \
        WHERE organization = $1 AND account = $2";
    LINK_OF_ORGANIZATION = "SELECT l.account FROM provider_links l \
        JOIN identity_providers p ON p.id = l.provider WHERE p.organization = $1 AND l.subject = $2";
    FORGET_DOMAINS = "DELETE FROM domains WHERE organization = $1";
    FORGET_SCIM_SECRETS = "DELETE FROM scim_secrets WHERE organization = $1";
    FORGET_SCIM_USERS = "DELETE FROM scim_users WHERE organization = $1";

    FORGET_PROVIDERS = "DELETE FROM identity_providers WHERE organization = $1";
}
