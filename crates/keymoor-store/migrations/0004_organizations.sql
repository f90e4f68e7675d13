-- Organizations that rule themselves: administrators, teams, roles, invitations, and their end.

ALTER TABLE memberships ADD COLUMN admin BOOLEAN NOT NULL DEFAULT FALSE;

-- A deleted organization keeps its row, so that its id is never another one's and tokens for it stay
-- dead. It is disabled for good; what hung on it is gone.
ALTER TABLE organizations ADD COLUMN deleted_at BIGINT;

-- Permissions are a JSON array of names.
CREATE TABLE roles (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    edited_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX roles_name ON roles (organization, name);

CREATE TABLE teams (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX teams_name ON teams (organization, name);

CREATE TABLE team_members (
    team TEXT NOT NULL REFERENCES teams (id),
    organization TEXT NOT NULL,
    account TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team, account),
    FOREIGN KEY (organization, account) REFERENCES memberships (organization, account)
);

CREATE INDEX team_members_membership ON team_members (organization, account);

-- What a member may do: the roles in its teams.
CREATE TABLE team_member_roles (
    team TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL REFERENCES roles (id),
    PRIMARY KEY (team, account, role),
    FOREIGN KEY (team, account) REFERENCES team_members (team, account)
);

CREATE INDEX team_member_roles_role ON team_member_roles (role);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organizations (id),
    email TEXT NOT NULL,
    admin BOOLEAN NOT NULL,
    team TEXT REFERENCES teams (id),
    author TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX invitations_address ON invitations (organization, email);
CREATE INDEX invitations_email ON invitations (email);
CREATE INDEX invitations_team ON invitations (team);

CREATE TABLE invitation_roles (
    invitation TEXT NOT NULL REFERENCES invitations (id),
    role TEXT NOT NULL REFERENCES roles (id),
    PRIMARY KEY (invitation, role)
);

CREATE INDEX invitation_roles_role ON invitation_roles (role);
