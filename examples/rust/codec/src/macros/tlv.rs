//! `define_tlv_v2!`: types of TLVs; `define_tlv_set!`: which of them a message may hold.

use crate::{Fault, Field, Path};

/// A type of TLV that has a layout.
pub trait TlvLayout: Field {
    const NUMBER: u8;
    const NAME: &'static str;

    /// Reports each field that breaks a rule of section 8; a type without rules breaks none.
    fn violations(&self, _report: &mut dyn FnMut(&Path)) {}

    /// The bytes as this type, where they lie, found right in form: size, padding, counts, slots.
    fn ref_from_checked(bytes: &[u8]) -> Result<&Self, Fault> {
        let Ok(value) = Self::ref_from_bytes(bytes) else {
            return Err(Fault::PayloadSizeMismatch {
                tlv_type: Self::NUMBER.into(),
                expected: size_of::<Self>().into(),
                got: bytes.len().into(),
                offset: 0_usize.into(),
            });
        };
        value.check(&Path::Root, 0)?;
        Ok(value)
    }
}

/// Declares a type of TLV, or several with the same fields: a record with a number.
///
/// ```
/// use torq_codec::{Fault, TlvLayout, Zeros, define_tlv_v2};
/// use zerocopy::little_endian::{U16, U64};
///
/// define_tlv_v2! {
///     /// A vendor's own type.
///     pub struct FundingRate = 200 [16] { rate: U64, interval: U16 [8], padding: Zeros<6> }
/// }
/// let mut bytes = [0; 16];
/// assert_eq!(FundingRate::ref_from_checked(&bytes).map(|rate| rate.rate.get()), Ok(0));
/// bytes[15] = 1;
/// assert!(FundingRate::ref_from(&bytes).is_some(), "ref_from looks at the size alone");
/// let fault = FundingRate::ref_from_checked(&bytes).unwrap_err();
/// assert_eq!(fault.to_string(), "ParseError: offset 15, context \"padding is not zero\"");
/// assert_eq!((FundingRate::NUMBER, FundingRate::NAME), (200, "FundingRate"));
/// ```
#[macro_export]
macro_rules! define_tlv_v2 {
    ($($(#[$doc:meta])* $visibility:vis struct $name:ident = $number:literal),+
        [$size:literal] $fields:tt
    ) => {
        $(
            $crate::define_record! { $(#[$doc])* $visibility struct $name [$size] $fields }

            impl $crate::TlvLayout for $name {
                const NUMBER: u8 = $number;
                const NAME: &'static str = stringify!($name);
            }
        )+
    };
}

/// Declares which types have a layout; all others carry bytes.
///
/// A number that two of them share is an error:
/// ```compile_fail
/// # use {torq_codec::*, zerocopy::little_endian::U64};
/// define_tlv_v2! { pub struct Open = 200 [8] { gate: U64 } }
/// define_tlv_v2! { pub struct Close = 200 [8] { gate: U64 } }
/// define_tlv_set! { pub enum Gate { Open, Close } }
/// # fn main() {}
/// ```
/// ```
/// # use {torq_codec::*, zerocopy::little_endian::U64};
/// define_tlv_v2! { pub struct Open = 200 [8] { gate: U64 } }
/// define_tlv_v2! { pub struct Close = 201 [8] { gate: U64 } }
/// define_tlv_set! { pub enum Gate { Open, Close } }
/// # fn main() { assert_eq!(Gate::layout_size(201), Some(8)); }
/// ```
#[macro_export]
macro_rules! define_tlv_set {
    ($(#[$doc:meta])* $visibility:vis enum $set:ident { $($name:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        $visibility enum $set<'a> {
            $($name(&'a $name),)*
            Opaque { number: u8, value: &'a [u8] },
        }

        const _: () = assert!(
            $crate::are_distinct(&[$(<$name as $crate::TlvLayout>::NUMBER),*]),
            concat!("two types of ", stringify!($set), " have the same number")
        );

        #[allow(dead_code)]
        impl<'a> $set<'a> {
            /// The number of its type.
            pub fn number(&self) -> u8 {
                match self {
                    $(Self::$name(_) => <$name as $crate::TlvLayout>::NUMBER,)*
                    Self::Opaque { number, .. } => *number,
                }
            }

            /// The value as it is on the wire.
            pub fn value(&self) -> &'a [u8] {
                match self {
                    $(Self::$name(layout) => layout.as_bytes(),)*
                    Self::Opaque { value, .. } => value,
                }
            }

            /// The bytes in place; None if the number has a layout of another size.
            pub fn view(number: u8, value: &'a [u8]) -> Option<Self> {
                Some(match number {
                    $(<$name as $crate::TlvLayout>::NUMBER => Self::$name($name::ref_from(value)?),)*
                    _ => Self::Opaque { number, value },
                })
            }

            /// Finds what is wrong in the form of the value, which lies at `offset`.
            pub fn check(&self, offset: usize) -> Result<(), $crate::Fault> {
                match self {
                    $(Self::$name(layout) => {
                        $crate::Field::check(*layout, &$crate::Path::Root, offset)
                    })*
                    Self::Opaque { .. } => Ok(()),
                }
            }

            /// Reports each field that breaks a rule of section 8.
            pub fn violations(&self, report: &mut dyn FnMut(&$crate::Path)) {
                match self {
                    $(Self::$name(layout) => $crate::TlvLayout::violations(*layout, report),)*
                    Self::Opaque { .. } => {}
                }
            }

            /// The neutral value: a record of the fields, or bytes.
            pub fn write<S: $crate::Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
                match self {
                    $(Self::$name(layout) => $crate::Field::write(*layout, sink),)*
                    Self::Opaque { value, .. } => sink.bytes(value),
                }
            }

            /// The bytes of a neutral value that is to be the TLV of that number.
            pub fn read<S: $crate::Source>(number: u8, source: &S) -> Result<Vec<u8>, S::Error> {
                match number {
                    $(<$name as $crate::TlvLayout>::NUMBER => {
                        let value: $name = $crate::Field::read(source, &$crate::Path::Root)?;
                        Ok(value.as_bytes().to_vec())
                    })*
                    _ => source.bytes(),
                }
            }

            /// The size of the layout of that number, if it has one.
            pub fn layout_size(number: u8) -> Option<usize> {
                match number {
                    $(<$name as $crate::TlvLayout>::NUMBER => Some(size_of::<$name>()),)*
                    _ => None,
                }
            }

            /// Number, name and fields of every type that has a layout.
            pub const TYPES: &'static [(u8, &'static str, &'static [$crate::FieldEntry])] = &[$((
                <$name as $crate::TlvLayout>::NUMBER,
                <$name as $crate::TlvLayout>::NAME,
                $name::FIELDS,
            )),*];
        }
    };
}

/// Whether no number stands twice.
#[doc(hidden)]
pub const fn are_distinct(numbers: &[u8]) -> bool {
    let mut rest = numbers;
    while let [first, later @ ..] = rest {
        let mut others = later;
        while let [other, behind @ ..] = others {
            if *other == *first {
                return false;
            }
            others = behind;
        }
        rest = later;
    }
    true
}
