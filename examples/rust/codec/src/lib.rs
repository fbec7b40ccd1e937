//! Torq Protocol V2, written from its page: messages are viewed in place, built and checked.
//!
//! The numbers of sections in this crate are those of the protocol page.
//!
//! ```
//! use torq_codec::{Builder, FixedVec, Header, Message, PoolLiquidity, Tlv};
//! use zerocopy::{FromZeros, IntoBytes, little_endian::U128};
//!
//! let header = Header {
//!     relay_domain: 1,
//!     version: 1,
//!     source: 4,
//!     flags: 0,
//!     sequence: 7.into(),
//!     timestamp: 9.into(),
//! };
//! let mut pool = PoolLiquidity::new_zeroed();
//! pool.reserves = FixedVec::new(&[U128::new(u128::MAX), U128::new(5)]).unwrap();
//!
//! let mut buffer = Vec::new();
//! let mut builder = Builder::new(&header, &mut buffer)?;
//! builder.push(10, pool.as_bytes())?;
//! builder.finish()?;
//!
//! let message = Message::decode(&buffer)?;
//! assert_eq!(message.header, &header);
//! assert!(message.tlvs().eq([Tlv::PoolLiquidity(&pool)]));
//! # Ok::<(), torq_codec::Fault>(())
//! ```

#[macro_use]
mod macros;
mod faults;
mod field;
mod instrument;
mod layouts;
mod message;
mod notation;
mod registry;
mod rules;

pub use faults::Fault;
pub use field::{Address, Bytes, Field, FixedVec, Path, U256, Zeros};
pub use layouts::*;
pub use macros::config::{ConfigError, ConfigValue};
pub use macros::error::{Context, Number, Text};
pub use macros::tlv::TlvLayout;
pub use macros::zero_copy::{FieldEntry, FieldKind};
pub use message::{Builder, HEADER_SIZE, Header, MESSAGE_SIZE_MAX, Message, encode};
pub use notation::{JsonText, Sink, Source};

// What expansions of the macros call, and nobody else.
#[doc(hidden)]
pub use macros::{
    config::Variables, tlv::are_distinct, validation::first_violation, zero_copy::lies_without_gaps,
};
