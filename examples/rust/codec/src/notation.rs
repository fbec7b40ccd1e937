//! What the neutral message value looks like outside: JSON, Python objects, anything else.
//!
//! A notation is a `Source`, a `Sink` or both. Neither knows the protocol: the layouts say which
//! member is an integer of how many bytes, which are bytes, a list, or a record.

use crate::Fault;
use num_bigint::BigInt;
use std::convert::Infallible;

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

/// Writes JSON without spaces, members in the order of the wire: integers of 64 bits and more as
/// decimal strings, smaller ones as numbers, bytes as lowercase hex.
pub struct JsonText;

impl Sink for JsonText {
    type Value = String;
    type Error = Infallible;

    fn integer(&self, value: BigInt, size: usize) -> Result<String, Infallible> {
        Ok(if size < 8 { value.to_string() } else { format!("\"{value}\"") })
    }

    fn bytes(&self, value: &[u8]) -> Result<String, Infallible> {
        let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("\"{digits}\""))
    }

    fn list(&self, items: Vec<String>) -> Result<String, Infallible> {
        Ok(format!("[{}]", items.join(",")))
    }

    fn record(&self, members: Vec<(&str, String)>) -> Result<String, Infallible> {
        let members: Vec<_> = members.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
        Ok(format!("{{{}}}", members.join(",")))
    }
}
