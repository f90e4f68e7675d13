//! What the portal keeps: sign-ins, second factors, links, what happened.

mod activity;
mod factors;
mod people;
mod sign_ins;

pub use activity::{Activity, ActivityKind, ActivityLog, ApplicationFailures, Failures};
pub use factors::{Factors, Passkey, SecondFactors, Totp};
pub use people::{AccountRow, Link, LinkKind, Page, PasswordChange, People};
pub use sign_ins::{
    Ceremony, Grounds, NewSession, Renewal, Session, SessionAge, SignInFacts, SignIns,
};
