//! The Rust codec as a Python class: messages are dicts, refusals are `Rejected`.

mod buffers;
mod views;

use buffers::Memory;
use num_bigint::BigInt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFrozenSet, PyList};
use torq_codec::{Context, Fault, Message, Number, Sink, Source};
use views::View;

/// What ends a call: a refusal, or an exception that Python raised.
enum Failure {
    Refused(Fault),
    Raised(PyErr),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(fault) => Python::attach(|python| {
                rejected(python, fault).map_or_else(|error| error, PyErr::from_value)
            }),
            Failure::Raised(error) => error,
        }
    }
}

/// The exception that says the fault: `torq_conformance.Rejected(kind, **context)`.
fn rejected(python: Python<'_>, fault: Fault) -> PyResult<Bound<'_, PyAny>> {
    let kind = fault.kind();
    let context = PyDict::new(python);
    for (name, value) in fault.context() {
        match value {
            Context::Number(Number::Small(small)) => context.set_item(name, small)?,
            Context::Number(Number::Wide(wide)) => context.set_item(name, wide.as_ref())?,
            Context::Text(text) => context.set_item(name, text)?,
        }
    }
    python.import("torq_conformance")?.getattr("Rejected")?.call((kind,), Some(&context))
}

/// A Python object that is to be encoded.
struct Object<'py>(Bound<'py, PyAny>);

impl Source for Object<'_> {
    type Error = Failure;

    fn integer(&self) -> Result<BigInt, Failure> {
        Ok(self.0.extract()?)
    }

    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes().to_vec())
    }

    fn items(&self) -> Result<Vec<Self>, Failure> {
        self.0.try_iter()?.map(|item| Ok(Self(item?))).collect()
    }

    fn member(&self, name: &str) -> Result<Self, Failure> {
        Ok(Self(self.0.get_item(name)?))
    }
}

/// Makes Python objects.
struct Objects<'py>(Python<'py>);

impl<'py> Sink for Objects<'py> {
    type Value = Bound<'py, PyAny>;
    type Error = PyErr;

    fn integer(&self, value: BigInt, _size: usize) -> PyResult<Self::Value> {
        Ok(value.into_pyobject(self.0)?.into_any())
    }

    fn bytes(&self, value: &[u8]) -> PyResult<Self::Value> {
        Ok(PyBytes::new(self.0, value).into_any())
    }

    fn list(&self, items: Vec<Self::Value>) -> PyResult<Self::Value> {
        Ok(PyList::new(self.0, items)?.into_any())
    }

    fn record(&self, members: Vec<(&str, Self::Value)>) -> PyResult<Self::Value> {
        let dict = PyDict::new(self.0);
        for (name, value) in members {
            dict.set_item(name, value)?;
        }
        Ok(dict.into_any())
    }
}

/// The message value of what `decode` makes of a buffer.
fn decoded<'py>(
    python: Python<'py>,
    data: &Bound<'py, PyAny>,
    decode: impl for<'a> Fn(&'a [u8]) -> Result<Message<'a>, Fault>,
) -> Result<Bound<'py, PyAny>, Failure> {
    let write = |bytes: &[u8]| Ok(decode(bytes)?.write(&Objects(python))?);
    match data.cast::<PyBytes>() {
        Ok(bytes) => write(bytes.as_bytes()),
        Err(_) => write(&buffers::copied(data)?),
    }
}

/// An implementation as torq-conformance judges it; keeps no state.
#[pyclass(frozen, module = "torq_pyo3")]
struct Codec;

#[pymethods]
impl Codec {
    #[new]
    fn new() -> Self {
        Self
    }

    #[classattr]
    fn name() -> &'static str {
        env!("CARGO_PKG_NAME")
    }

    #[classattr]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    #[classattr]
    fn language() -> &'static str {
        "Rust"
    }

    #[classattr]
    fn capabilities(python: Python<'_>) -> PyResult<Bound<'_, PyFrozenSet>> {
        let claimed = [
            "buffers",
            "decode",
            "decode_validated",
            "encode",
            "error_context",
            "strict_padding",
            "threads",
            "validate",
            "views",
        ];
        PyFrozenSet::new(python, claimed)
    }

    /// The message value of the bytes in a buffer, which is not needed any longer.
    fn decode<'py>(
        &self,
        python: Python<'py>,
        data: Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyAny>, Failure> {
        decoded(python, &data, |bytes| Message::decode(bytes))
    }

    /// The same, refused as well where a value breaks a rule.
    fn decode_validated<'py>(
        &self,
        python: Python<'py>,
        data: Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyAny>, Failure> {
        decoded(python, &data, |bytes| Message::decode_validated(bytes))
    }

    /// A message whose values are the buffer's, for as long as anybody looks at it.
    fn decode_view(&self, python: Python<'_>, buffer: Bound<'_, PyAny>) -> Result<View, Failure> {
        let memory = Memory::hold(&buffer)?;
        memory.read(python, |bytes| Message::decode(bytes).map(drop))?;
        Ok(View::of_message(Py::new(python, memory)?))
    }

    /// The fields of a message value that break a rule.
    fn validate(&self, message: Bound<'_, PyAny>) -> Result<Vec<String>, Failure> {
        let encoded = torq_codec::encode(&Object(message))?;
        Ok(Message::decode(&encoded)?.validate())
    }

    /// The bytes of a message value.
    fn encode<'py>(
        &self,
        python: Python<'py>,
        message: Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyBytes>, Failure> {
        Ok(PyBytes::new(python, &torq_codec::encode(&Object(message))?))
    }

    /// Writes a message value into a buffer; how many bytes of it.
    fn encode_into(
        &self,
        message: Bound<'_, PyAny>,
        buffer: Bound<'_, PyAny>,
    ) -> Result<usize, Failure> {
        let encoded = torq_codec::encode(&Object(message))?;
        if buffers::write(&buffer, &encoded)? {
            return Ok(encoded.len());
        }
        let (need, got) = (encoded.len().into(), buffer.len()?.into());
        Err(Fault::MessageTooSmall { need, got }.into())
    }

    /// Each byte string decoded and encoded again, or the exception that refuses it.
    fn roundtrip_many<'py>(
        &self,
        python: Python<'py>,
        messages: Vec<Bound<'py, PyBytes>>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut encoded = Vec::new();
        let mut answer = |message: Bound<PyBytes>| {
            encoded.clear();
            match Message::decode(message.as_bytes())
                .and_then(|message| message.encode_into(&mut encoded))
            {
                Ok(()) => Ok(PyBytes::new(python, &encoded).into_any()),
                Err(fault) => rejected(python, fault),
            }
        };
        messages.into_iter().map(&mut answer).collect()
    }
}

#[pymodule]
mod torq_pyo3 {
    #[pymodule_export]
    use super::Codec;
    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        views::register(module.py())
    }
}
