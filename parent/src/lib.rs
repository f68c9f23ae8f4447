//! The parent: HTTP API, relay to the enclaves, egress proxy.
//!
//! It runs on the instance beside the enclaves and is trusted with nothing: it carries sealed bytes
//! and cannot open them, because it is built without `vouchsafe_common`'s feature `sealing`. What
//! it guards is its own memory, time and connections, against callers and enclaves alike.
//!
//! Start reading at [`server`], then [`http`] → [`relay`] → [`pool`] for the road of a request, and
//! [`egress`] for what enclaves may ask of it, and [`supervisor`] for who starts them.

pub mod config;
pub mod egress;
pub mod http;
pub mod limits;
pub mod metrics;
pub mod pool;
pub mod problem;
pub mod relay;
pub mod server;
pub mod stall;
pub mod supervisor;
pub mod trace;
pub mod transport;

pub use config::Config;
pub use server::Parent;
