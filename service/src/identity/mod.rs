//! Who is asking: people, their passwords, their sessions and tokens, and how often somebody may try.

mod password;
mod session;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod user;

pub use password::Hashing;
pub use session::{
    Caller, Session, authenticate, ended, logout, logout_by_refresh_token, refresh, switch_household,
    tell_sessions_ended,
};
pub use token::{ACCESS_LIFETIME, SESSION_LIFETIME, Tokens};
pub use user::{
    ChangePassword, Login, Membership, Profile, Register, UpdateProfile, any_registered, change_password,
    create_household, login, profile, register, update_profile,
};
