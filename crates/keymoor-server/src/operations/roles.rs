use std::sync::Arc;

use keymoor_core::{
    RoleId,
    name::Label,
    permission::{Action, Permission, Permissions},
};
use keymoor_store::{NewRole, Role, RoleChange, Seat};

use super::{Author, OperationError};
use crate::{App, random};

/// The most characters of a description.
const MAX_DESCRIPTION: usize = 1000;

/// What a role is to be.
#[derive(Clone, Debug, Default)]
pub struct RoleOrder {
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// What it gives, by name.
    pub permissions: Vec<String>,
}

impl RoleOrder {
    fn read(&self) -> Result<RoleChange, OperationError> {
        let name = Label::parse(&self.name).map_err(|e| OperationError::invalid("name", &e))?;
        Ok(RoleChange {
            name,
            description: description(&self.description)?,
            permissions: self
                .permissions
                .iter()
                .map(|name| permission(name))
                .collect::<Result<Permissions, _>>()?,
        })
    }
}

fn description(text: &str) -> Result<String, OperationError> {
    let text = text.trim();
    let fits = text.chars().count() <= MAX_DESCRIPTION && !text.chars().any(char::is_control);
    let problem = "must be at most 1000 characters, without control characters";
    if fits { Ok(text.to_owned()) } else { Err(OperationError::invalid("description", &problem)) }
}

fn permission(name: &str) -> Result<Permission, OperationError> {
    Permission::from_name(name).ok_or_else(|| {
        let names = Permission::TABLE.map(|(_, name, _)| name).join("\", \"");
        let problem = format!("has no \"{name}\"; there are \"{names}\"");
        OperationError::invalid("permissions", &problem)
    })
}

impl App {
    /// Makes a role that gives no more than who makes it has.
    pub async fn create_role(
        self: &Arc<Self>,
        seat: &Seat,
        order: RoleOrder,
        by: impl Into<Author>,
    ) -> Result<RoleId, OperationError> {
        seat.standing.may(Action::ManageRoles(&Permissions::new()))?;
        let role = order.read()?;
        seat.standing.may(Action::ManageRoles(&role.permissions))?;
        let (id, organization) = (RoleId::from_random(random()), seat.organization.id);
        let new = NewRole { id, organization, role };
        self.carry_out(
            by,
            move |app, stamp| async move { app.store.create_role(&new, stamp).await },
        )
        .await?;
        Ok(id)
    }

    /// Changes a role that gives no more than who changes it has, neither before nor after.
    pub async fn change_role(
        self: &Arc<Self>,
        seat: &Seat,
        role: &Role,
        order: RoleOrder,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageRoles(&role.permissions))?;
        let (id, change) = (role.id, order.read()?);
        seat.standing.may(Action::ManageRoles(&change.permissions))?;
        self.carry_out(by, move |app, stamp| async move {
            app.store.change_role(id, &change, stamp).await
        })
        .await
    }

    /// Deletes a role; nobody has it any more.
    pub async fn delete_role(
        self: &Arc<Self>,
        seat: &Seat,
        role: &Role,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        seat.standing.may(Action::ManageRoles(&role.permissions))?;
        let id = role.id;
        self.carry_out(by, move |app, stamp| async move { app.store.delete_role(id, stamp).await })
            .await
    }

    /// What those roles of the organization give together.
    pub(super) async fn permissions_of(
        &self,
        seat: &Seat,
        roles: &[RoleId],
    ) -> Result<Permissions, OperationError> {
        if roles.is_empty() {
            return Ok(Permissions::new());
        }
        let known = self.store.roles(seat.organization.id).await?;
        let found = roles.iter().map(|id| known.iter().find(|role| role.id == *id));
        let found: Option<Vec<_>> = found.collect();
        let problem = "names a role that the organization does not have";
        let found = found.ok_or_else(|| OperationError::invalid("roles", &problem))?;
        Ok(found.into_iter().flat_map(|role| role.permissions.clone()).collect())
    }
}
