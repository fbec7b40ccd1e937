//! Views of a message in the caller's memory: nothing is kept of it but where things lie.
//!
//! What a field is and where, the tables say that the macros make. A message was found right before
//! a view of it is made; numbers are read whenever they are asked for, bytes are parts of the buffer.

use crate::buffers::Memory;
use num_bigint::{BigInt, Sign};
use pyo3::exceptions::{PyIndexError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use torq_codec::{FieldEntry, FieldKind, HEADER_SIZE, Header, Tlv};

const EXTENDED: u8 = 255;
/// Where the header's own fields begin: behind the magic.
const HEADER_START: usize = 4;
const COUNT_SIZE: usize = 2;

/// What a mapping shows.
#[derive(Clone, Copy)]
enum Whole {
    Message,
    Tlv(Frame),
    Record { start: usize, fields: &'static [FieldEntry] },
}

/// One TLV: its number, and where its value lies.
#[derive(Clone, Copy)]
struct Frame {
    number: u8,
    start: usize,
    end: usize,
}

/// A message, a TLV or a record.
#[pyclass(frozen, mapping, module = "torq_pyo3")]
pub struct View {
    memory: Py<Memory>,
    whole: Whole,
}

impl View {
    /// The view of a message that was found right.
    pub fn of_message(memory: Py<Memory>) -> Self {
        Self { memory, whole: Whole::Message }
    }

    fn names(&self) -> Vec<&'static str> {
        match self.whole {
            Whole::Message => vec!["header", "tlvs"],
            Whole::Tlv(_) => vec!["type", "value"],
            Whole::Record { fields, .. } => {
                let named = fields.iter().filter(|field| field.kind != FieldKind::Padding);
                named.map(|field| field.name).collect()
            }
        }
    }

    fn member<'py>(&self, python: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let memory = &self.memory;
        let record = |start, fields| view(python, memory, Whole::Record { start, fields });
        Ok(Some(match (self.whole, name) {
            (Whole::Message, "header") => record(HEADER_START, Header::FIELDS)?,
            (Whole::Message, "tlvs") => elements(python, memory, Row::Tlvs)?,
            (Whole::Tlv(frame), "type") => frame.number.into_pyobject(python)?.into_any(),
            (Whole::Tlv(Frame { number, start, end }), "value") => {
                match Tlv::TYPES.iter().find(|row| row.0 == number) {
                    Some((_, _, fields)) => record(start, fields)?,
                    None => memory.get().part(python, start, end.saturating_sub(start))?,
                }
            }
            (Whole::Record { start, fields }, _) => {
                let is_named =
                    |field: &&FieldEntry| field.name == name && field.kind != FieldKind::Padding;
                let Some(field) = fields.iter().find(is_named) else { return Ok(None) };
                value(python, memory, start.saturating_add(field.offset), field.size, field.kind)?
            }
            _ => return Ok(None),
        }))
    }
}

#[pymethods]
impl View {
    fn __getitem__<'py>(&self, python: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.member(python, name)?.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    #[pyo3(signature = (name, default=None))]
    fn get<'py>(
        &self,
        python: Python<'py>,
        name: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.member(python, name)?.or(default))
    }

    fn __contains__(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    fn __len__(&self) -> usize {
        self.names().len()
    }

    fn __iter__<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.keys(python)?.try_iter()?.into_any())
    }

    fn keys<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(python, self.names())
    }

    fn values<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let values: PyResult<Vec<_>> =
            self.names().into_iter().map(|name| self.__getitem__(python, name)).collect();
        PyList::new(python, values?)
    }

    fn items<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let item = |name| {
            let name_and_value = (name, self.__getitem__(python, name)?);
            name_and_value.into_pyobject(python)
        };
        let items: PyResult<Vec<Bound<'py, PyTuple>>> =
            self.names().into_iter().map(item).collect();
        PyList::new(python, items?)
    }
}

/// What a sequence shows.
#[derive(Clone, Copy)]
enum Row {
    Tlvs,
    Vector { start: usize, slots: usize, capacity: usize, element: FieldKind, size: usize },
}

/// The TLVs of a message, or the elements of a vector.
#[pyclass(frozen, sequence, module = "torq_pyo3")]
pub struct Elements {
    memory: Py<Memory>,
    row: Row,
}

#[pymethods]
impl Elements {
    fn __len__(&self, python: Python<'_>) -> usize {
        self.memory.get().read(python, |bytes| match self.row {
            Row::Tlvs => frames(bytes, HEADER_SIZE).count(),
            // As many as there is room for, whatever the count says now.
            Row::Vector { start, capacity, .. } => count(bytes, start).min(capacity),
        })
    }

    fn __getitem__<'py>(&self, python: Python<'py>, index: isize) -> PyResult<Bound<'py, PyAny>> {
        let beyond = || PyIndexError::new_err(index);
        let index = match usize::try_from(index) {
            Ok(index) => index,
            Err(_) => {
                let back = index.unsigned_abs();
                self.__len__(python).checked_sub(back).ok_or_else(beyond)?
            }
        };
        match self.row {
            Row::Tlvs => {
                let frame =
                    self.memory.get().read(python, |bytes| frames(bytes, HEADER_SIZE).nth(index));
                view(python, &self.memory, Whole::Tlv(frame.ok_or_else(beyond)?))
            }
            Row::Vector { start, slots, element, size, .. } => {
                if index >= self.__len__(python) {
                    return Err(beyond());
                }
                let offset = slots.saturating_add(index.saturating_mul(size));
                value(python, &self.memory, start.saturating_add(offset), size, element)
            }
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> Walk {
        Walk { elements: slf.unbind(), index: 0, offset: HEADER_SIZE }
    }
}

/// Goes through elements; of TLVs it keeps where the next one begins.
#[pyclass(module = "torq_pyo3")]
pub struct Walk {
    elements: Py<Elements>,
    index: isize,
    offset: usize,
}

#[pymethods]
impl Walk {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, python: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let elements = self.elements.get();
        if let Row::Tlvs = elements.row {
            let memory = &elements.memory;
            let next = memory.get().read(python, |bytes| frames(bytes, self.offset).next());
            let Some(frame) = next else { return Ok(None) };
            self.offset = frame.end;
            return view(python, memory, Whole::Tlv(frame)).map(Some);
        }
        match elements.__getitem__(python, self.index) {
            Ok(element) => {
                self.index = self.index.saturating_add(1);
                Ok(Some(element))
            }
            Err(error) if error.is_instance_of::<PyIndexError>(python) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The frames from an offset on, by lengths alone (section 3).
fn frames(bytes: &[u8], offset: usize) -> impl Iterator<Item = Frame> {
    let mut offset = offset;
    std::iter::from_fn(move || {
        let (number, start, size) = match *bytes.get(offset..)? {
            [EXTENDED, _, number, low, high, ..] => (number, 5, u16::from_le_bytes([low, high])),
            [number, size, ..] => (number, 2, size.into()),
            _ => return None,
        };
        let start = offset.saturating_add(start);
        offset = start.saturating_add(size.into());
        (offset <= bytes.len()).then_some(Frame { number, start, end: offset })
    })
}

fn count(bytes: &[u8], start: usize) -> usize {
    let count = bytes.get(start..).and_then(|rest| rest.first_chunk::<COUNT_SIZE>());
    count.map_or(0, |count| u16::from_le_bytes(*count).into())
}

/// What a field of that kind shows now.
fn value<'py>(
    python: Python<'py>,
    memory: &Py<Memory>,
    start: usize,
    size: usize,
    kind: FieldKind,
) -> PyResult<Bound<'py, PyAny>> {
    match kind {
        FieldKind::Padding => memory.get().part(python, start, size),
        FieldKind::Bytes(size) => memory.get().part(python, start, size),
        FieldKind::Record(fields) => view(python, memory, Whole::Record { start, fields }),
        FieldKind::Vector { slots, capacity, element, element_size } => {
            let (element, size) = (*element, element_size);
            elements(python, memory, Row::Vector { start, slots, capacity, element, size })
        }
        FieldKind::Unsigned => {
            number(python, memory, start, size, |bytes| BigInt::from_bytes_le(Sign::Plus, bytes))
        }
        FieldKind::Signed => number(python, memory, start, size, BigInt::from_signed_bytes_le),
    }
}

fn number<'py>(
    python: Python<'py>,
    memory: &Py<Memory>,
    start: usize,
    size: usize,
    read: impl Fn(&[u8]) -> BigInt,
) -> PyResult<Bound<'py, PyAny>> {
    let end = start.saturating_add(size);
    let number = memory.get().read(python, |bytes| bytes.get(start..end).map(read));
    let number = number.ok_or_else(|| PyIndexError::new_err(start))?;
    Ok(number.into_pyobject(python)?.into_any())
}

fn view<'py>(
    python: Python<'py>,
    memory: &Py<Memory>,
    whole: Whole,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(Bound::new(python, View { memory: memory.clone_ref(python), whole })?.into_any())
}

fn elements<'py>(
    python: Python<'py>,
    memory: &Py<Memory>,
    row: Row,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(Bound::new(python, Elements { memory: memory.clone_ref(python), row })?.into_any())
}

/// Tells Python's abstract classes which of theirs these are.
pub fn register(python: Python<'_>) -> PyResult<()> {
    let abstract_classes = python.import("collections.abc")?;
    let view = python.get_type::<View>();
    abstract_classes.getattr("Mapping")?.call_method1("register", (view,))?;
    let elements = python.get_type::<Elements>();
    abstract_classes.getattr("Sequence")?.call_method1("register", (elements,))?;
    Ok(())
}
