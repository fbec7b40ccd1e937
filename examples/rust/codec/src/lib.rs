//! Torq Protocol V2, written from its page: messages are viewed in place, built and checked.
//!
//! The numbers of sections in this crate are those of the protocol page.

mod fault;
mod field;
mod layouts;
mod message;
mod notation;
mod registry;

pub use fault::{Context, Fault};
pub use field::{Address, Bytes, Field, FixedVec, Path, U256, Zeros};
pub use layouts::*;
pub use message::{Builder, HEADER_SIZE, MESSAGE_SIZE_MAX, Message, encode};
pub use notation::{Sink, Source};
