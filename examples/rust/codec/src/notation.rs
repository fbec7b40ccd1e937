//! What the neutral message value looks like outside: JSON, Python objects, anything else.
//!
//! A notation is a `Source`, a `Sink` or both. Neither knows the protocol: the layouts say which
//! member is an integer of how many bytes, which are bytes, a list, or a record.

use crate::Fault;
use num_bigint::BigInt;

/// A value that is to be encoded.
pub trait Source: Sized {
    type Error: From<Fault>;
    fn integer(&self) -> Result<BigInt, Self::Error>;
    fn bytes(&self) -> Result<Vec<u8>, Self::Error>;
    fn items(&self) -> Result<Vec<Self>, Self::Error>;
    fn member(&self, name: &str) -> Result<Self, Self::Error>;
}

/// What makes values of that which was decoded.
pub trait Sink {
    type Value;
    type Error;
    /// `size` is that of the field in bytes.
    fn integer(&self, value: BigInt, size: usize) -> Result<Self::Value, Self::Error>;
    fn bytes(&self, value: &[u8]) -> Result<Self::Value, Self::Error>;
    fn list(&self, items: Vec<Self::Value>) -> Result<Self::Value, Self::Error>;
    fn record(&self, members: Vec<(&str, Self::Value)>) -> Result<Self::Value, Self::Error>;
}
