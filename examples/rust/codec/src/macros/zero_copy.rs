//! `define_record!`: structs that are the bytes of the wire.

/// One row of the table of fields that every record has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldEntry {
    pub name: &'static str,
    /// In bytes from the record's first.
    pub offset: usize,
    pub size: usize,
    pub kind: FieldKind,
}

/// What the bytes of a field are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldKind {
    /// No part of the neutral value; zero.
    Padding,
    Unsigned,
    Signed,
    /// So many bytes as they are; what is behind them in the field is zero.
    Bytes(usize),
    Record(&'static [FieldEntry]),
    /// A u16 that counts elements, and from `slots` on room for `capacity` of them.
    Vector {
        slots: usize,
        capacity: usize,
        element: &'static FieldKind,
        element_size: usize,
    },
}

/// Declares a record: its size, and its fields in the order of the wire.
///
/// ```
/// use torq_codec::{Zeros, define_record};
/// use zerocopy::little_endian::{U16, U64};
///
/// define_record! {
///     pub struct Tick [16] { price: U64, venue: U16 [8], padding: Zeros<6> }
/// }
/// // Any address will do: all fields have alignment 1.
/// let bytes = [0, 7, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0];
/// let tick = Tick::ref_from(&bytes[1..]).unwrap();
/// assert_eq!((tick.price.get(), tick.venue.get()), (7, 0x0102));
/// assert_eq!(tick.as_bytes().as_ptr(), bytes[1..].as_ptr());
/// assert!(Tick::ref_from(&bytes).is_none());
/// assert_eq!(Tick::FIELDS[1].offset, 8);
/// ```
///
/// The size is held at compile time, and so is every offset that is written behind a type:
/// ```compile_fail
/// # use {torq_codec::{Zeros, define_record}, zerocopy::little_endian::{U16, U64}};
/// define_record! { pub struct Tick [15] { price: U64, venue: U16 [8], padding: Zeros<6> } }
/// # fn main() {}
/// ```
/// ```compile_fail
/// # use {torq_codec::{Zeros, define_record}, zerocopy::little_endian::{U16, U64}};
/// define_record! { pub struct Tick [16] { price: U64, venue: U16 [6], padding: Zeros<6> } }
/// # fn main() {}
/// ```
/// A field with an alignment of its own, or with patterns of bytes that are no value, is no field:
/// ```compile_fail
/// # use {torq_codec::{Zeros, define_record}, zerocopy::little_endian::{U16, U64}};
/// define_record! { pub struct Tick [16] { price: u64, venue: U16 [8], padding: Zeros<6> } }
/// # fn main() {}
/// ```
/// ```compile_fail
/// # use {torq_codec::{Zeros, define_record}, zerocopy::little_endian::{U16, U64}};
/// define_record! { pub struct Tick [16] { price: U64, venue: U16 [8], on: bool, padding: Zeros<5> } }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! define_record {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident [$size:literal] {
        $($(#[$field_doc:meta])* $field:ident: $type:ty $([$offset:literal])?),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, zerocopy::FromBytes, zerocopy::Immutable,
            zerocopy::IntoBytes, zerocopy::KnownLayout, zerocopy::Unaligned,
        )]
        #[repr(C)]
        $visibility struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        const _: () = {
            let sizes = [$(size_of::<$type>()),*];
            let offsets = [$(std::mem::offset_of!($name, $field)),*];
            assert!($crate::lies_without_gaps(&offsets, &sizes, size_of::<$name>()));
            assert!(size_of::<$name>() == $size, concat!(stringify!($name), " has another size"));
            $($(assert!(
                std::mem::offset_of!($name, $field) == $offset,
                concat!(stringify!($name), ".", stringify!($field), " lies elsewhere")
            );)?)*
        };

        #[allow(dead_code)]
        impl $name {
            /// Every field, padding included, in the order of the wire.
            pub const FIELDS: &'static [$crate::FieldEntry] = &[$($crate::FieldEntry {
                name: stringify!($field),
                offset: std::mem::offset_of!(Self, $field),
                size: size_of::<$type>(),
                kind: <$type as $crate::Field>::KIND,
            }),*];

            /// The bytes as this record, where they lie; None if their number is another.
            pub fn ref_from(bytes: &[u8]) -> Option<&Self> {
                zerocopy::FromBytes::ref_from_bytes(bytes).ok()
            }

            /// A copy of the bytes as this record; None if their number is another.
            pub fn read_from(bytes: &[u8]) -> Option<Self> {
                zerocopy::FromBytes::read_from_bytes(bytes).ok()
            }

            /// The record as it is on the wire.
            pub fn as_bytes(&self) -> &[u8] {
                zerocopy::IntoBytes::as_bytes(self)
            }
        }

        impl $crate::Field for $name {
            const KIND: $crate::FieldKind = $crate::FieldKind::Record(Self::FIELDS);

            fn check(&self, path: &$crate::Path, offset: usize) -> Result<(), $crate::Fault> {
                $($crate::Field::check(
                    &self.$field,
                    &$crate::Path::Member(path, stringify!($field)),
                    usize::saturating_add(offset, std::mem::offset_of!(Self, $field)),
                )?;)*
                Ok(())
            }

            fn write<S: $crate::Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
                let mut members = Vec::with_capacity(Self::FIELDS.len());
                $($crate::Field::write_member(
                    &self.$field, stringify!($field), sink, &mut members,
                )?;)*
                sink.record(members)
            }

            fn read<S: $crate::Source>(
                source: &S, path: &$crate::Path,
            ) -> Result<Self, S::Error> {
                Ok(Self {
                    $($field: $crate::Field::read_member(source, stringify!($field), path)?,)*
                })
            }
        }
    };
}

/// Whether each field begins where the one before it ends, and the last ends with the record.
#[doc(hidden)]
pub const fn lies_without_gaps(offsets: &[usize], sizes: &[usize], size: usize) -> bool {
    let (mut offsets, mut sizes, mut end) = (offsets, sizes, 0_usize);
    while let ([offset, later @ ..], [field_size, later_sizes @ ..]) = (offsets, sizes) {
        if *offset != end {
            return false;
        }
        end = end.saturating_add(*field_size);
        (offsets, sizes) = (later, later_sizes);
    }
    end == size
}

#[cfg(test)]
mod tests {
    use super::lies_without_gaps;

    #[test]
    fn a_gap_is_seen_before_between_and_behind_fields() {
        assert!(lies_without_gaps(&[0, 8], &[8, 2], 10));
        assert!(!lies_without_gaps(&[1, 9], &[8, 2], 11));
        assert!(!lies_without_gaps(&[0, 9], &[8, 2], 11));
        assert!(!lies_without_gaps(&[0, 8], &[8, 2], 16));
    }
}
