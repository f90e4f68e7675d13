//! Applications, what people allow them, and the codes and refresh tokens that lead to access tokens.

mod applications;
mod codes;
mod devices;
mod given;

pub use applications::{
    Application, ApplicationChange, Applications, MAX_APPLICATIONS, NewApplication,
};
pub use codes::{AuthorizationCode, Codes, FirstTokens, HeldCode, Redemption};
pub use devices::{DeviceAnswer, Devices, NewDevice, PendingDevice, Polled};
pub use given::{Grant, GrantEnding, Grants, OldGrant, Presented, Rotation};
