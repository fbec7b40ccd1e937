//! Memory that Python owns: read where it lies, and held for as long as something looks at it.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice};

/// A buffer that is held: whoever gives it back meanwhile gets a BufferError.
#[pyclass(frozen)]
pub struct Memory {
    buffer: PyBuffer<u8>,
    /// Python's own view of it, of which parts are given away.
    object: Py<PyAny>,
}

impl Memory {
    /// Holds whatever has the buffer protocol and lies in one piece.
    pub fn hold(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let buffer = PyBuffer::get(object)?;
        if !buffer.is_c_contiguous() {
            return Err(PyBufferError::new_err("the buffer does not lie in one piece"));
        }
        let view = PyMemoryView::from(object)?.call_method0("toreadonly")?;
        Ok(Self { buffer, object: view.unbind() })
    }

    pub fn size(&self) -> usize {
        self.buffer.item_count()
    }

    /// Lets a function read the bytes, which are not copied; it must call nothing of Python.
    #[allow(unsafe_code)]
    pub fn read<T>(&self, _python: Python<'_>, read: impl FnOnce(&[u8]) -> T) -> T {
        let (start, size) = (self.buffer.buf_ptr().cast(), self.size());
        if size == 0 {
            return read(&[]);
        }
        // SAFETY: the buffer is held by `self.buffer` and lies in one piece, so there are `size` bytes
        // at `start`, which is not null. The interpreter is attached and `read` calls nothing of it,
        // so no Python writes meanwhile; the slice does not leave this function, as `T` cannot borrow.
        read(unsafe { std::slice::from_raw_parts(start, size) })
    }

    /// A part as a read-only memoryview.
    pub fn part<'py>(
        &self,
        python: Python<'py>,
        start: usize,
        size: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let end = start.saturating_add(size);
        let slice = PySlice::new(python, isize::try_from(start)?, isize::try_from(end)?, 1);
        self.object.bind(python).get_item(slice)
    }
}

/// The bytes of a buffer, copied, whatever the format of its items.
pub fn copied(object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let python = object.py();
    match PyBuffer::get(object) {
        Ok(buffer) => buffer.to_vec(python),
        // Characters, or numbers with a sign: Python makes bytes of them.
        Err(_) => python.get_type::<PyBytes>().call1((object,))?.extract(),
    }
}

/// Copies bytes into the beginning of a buffer; false if there is no room.
pub fn write(object: &Bound<'_, PyAny>, bytes: &[u8]) -> PyResult<bool> {
    let view = PyMemoryView::from(object)?;
    if view.len()? < bytes.len() {
        return Ok(false);
    }
    let slice = PySlice::new(object.py(), 0, isize::try_from(bytes.len())?, 1);
    view.set_item(slice, PyBytes::new(object.py(), bytes))?;
    Ok(true)
}
