//! Applications, what people allow them, and codes and refresh tokens.

mod applications;
mod codes;
mod devices;
mod ends;
mod given;
mod parallel;
mod refresh;
mod stage;
mod told;

pub use applications::*;
pub use codes::*;
pub use devices::*;
pub use ends::*;
pub use given::*;
pub use parallel::*;
pub use refresh::*;
pub use told::*;
