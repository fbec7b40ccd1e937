//! The JSON form of message values and refusals.
//!
//! Integers of 64 bits and more are decimal strings, for a JSON number is a double to most readers;
//! smaller ones are numbers, bytes lowercase hex. serde_json keeps the digits of numbers as they are
//! written, so that what no integer type holds arrives at the codec, which says that it is too large.

use num_bigint::BigInt;
use serde_json::{Map, Value};
use torq_codec::{Context, Fault, Number, Sink, Source};

/// Why there is no value.
pub enum Failure {
    Refused(Fault),
    Malformed(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Malformed(why)
    }
}

/// A JSON value that is to be encoded.
pub struct Reader<'v>(pub &'v Value);

impl Source for Reader<'_> {
    type Error = Failure;

    fn integer(&self) -> Result<BigInt, Failure> {
        let digits = match self.0 {
            Value::Number(number) => number.as_str(),
            Value::String(digits) => digits,
            _ => "",
        };
        digits.parse().map_err(|_| format!("{} is no integer", self.0).into())
    }

    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let digits = self.0.as_str().ok_or_else(|| format!("{} is no string", self.0))?;
        hex::decode(digits).map_err(|error| format!("{} is no hex: {error}", self.0).into())
    }

    fn items(&self) -> Result<Vec<Self>, Failure> {
        let items = self.0.as_array().ok_or_else(|| format!("{} is no array", self.0))?;
        Ok(items.iter().map(Reader).collect())
    }

    fn member(&self, name: &str) -> Result<Self, Failure> {
        Ok(Self(self.0.get(name).ok_or_else(|| format!("{} has no {name}", self.0))?))
    }
}

/// Makes JSON values.
pub struct Writer;

impl Sink for Writer {
    type Value = Value;
    type Error = Failure;

    fn integer(&self, value: BigInt, size: usize) -> Result<Value, Failure> {
        let digits = value.to_string();
        Ok(if size < 8 {
            serde_json::Number::from_string_unchecked(digits).into()
        } else {
            digits.into()
        })
    }

    fn bytes(&self, value: &[u8]) -> Result<Value, Failure> {
        Ok(hex::encode(value).into())
    }

    fn list(&self, items: Vec<Value>) -> Result<Value, Failure> {
        Ok(items.into())
    }

    fn record(&self, members: Vec<(&str, Value)>) -> Result<Value, Failure> {
        Ok(members.into_iter().collect())
    }
}

/// A refusal; a number of its context that 32 bits do not hold is a decimal string.
pub fn refusal(fault: &Fault) -> Value {
    let kind = fault.kind();
    let mut context = Map::new();
    for (name, value) in fault.context() {
        let value = match value {
            Context::Number(Number::Small(small)) if *small <= u32::MAX.into() => (*small).into(),
            Context::Number(number) => number.to_string().into(),
            Context::Text(text) => text.into(),
        };
        context.insert(name.to_owned(), value);
    }
    Value::from_iter([("kind", kind.into()), ("context", Value::Object(context))])
}
