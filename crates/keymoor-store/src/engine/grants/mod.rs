//! Applications, codes, devices and grants.

pub(super) mod applications;
mod codes;
mod devices;
mod ending;
mod facts;
mod given;
mod making;
mod pending;
mod refresh;
mod rows;

use super::{driver, macros};
