//! The API through its front door: sign-in, limits and refusals over HTTP, subscriptions over sockets.

mod attempts;
pub(crate) mod client;
mod cookies;
mod documents;
mod health;
mod households;
mod inputs;
mod logs;
mod node;
mod processes;
mod reference_clients;
mod refresh;
mod sessions;
mod sign_in;
pub(crate) mod sockets;
mod tls;
mod tokens;
