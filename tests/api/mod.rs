//! The API through its front door: sign-in, limits and refusals over HTTP, subscriptions over sockets.

mod attempts;
mod client;
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
mod sockets;
mod tokens;
