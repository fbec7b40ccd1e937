//! The macros of the library: one declaration gives a type and all that follows from it.
//!
//! Each file holds one macro and what its expansion needs. `docs/macro_patterns.md` says when to
//! take which, what each guarantees and what it costs; its examples are tests of this crate.

pub(crate) mod actor;
pub(crate) mod config;
pub(crate) mod error;
pub(crate) mod tlv;
pub(crate) mod validation;
pub(crate) mod zero_copy;

/// The page on these macros, whose Rust is compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../../../docs/macro_patterns.md")]
mod macro_patterns {}
