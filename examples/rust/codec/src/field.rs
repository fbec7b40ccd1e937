//! Section 1 and 5: the types of fields.
//!
//! All have alignment 1 and no gaps, and every pattern of bytes is a value of theirs, which
//! zerocopy proves at compile time: bytes of the right size can be viewed in place wherever they
//! lie. What the protocol asks beyond that (zeros, counts) is said by `Field::check`.

use crate::{Fault, FieldKind, Sink, Source};
use num_bigint::{BigInt, Sign};
use std::fmt;
use zerocopy::little_endian::{I32, I64, U16, U32, U64, U128};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The type of a field, or a record of fields.
pub trait Field: Sized + FromBytes + IntoBytes + Immutable + KnownLayout + Unaligned {
    const KIND: FieldKind;

    /// Finds what is wrong in the bytes; `offset` is that of the field in the message.
    fn check(&self, _path: &Path, _offset: usize) -> Result<(), Fault> {
        Ok(())
    }
    fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error>;
    fn read<S: Source>(source: &S, path: &Path) -> Result<Self, S::Error>;

    /// Writes it as a member of a record.
    fn write_member<S: Sink>(
        &self,
        name: &'static str,
        sink: &S,
        members: &mut Vec<(&'static str, S::Value)>,
    ) -> Result<(), S::Error> {
        members.push((name, self.write(sink)?));
        Ok(())
    }

    /// Reads it as a member of a record; `path` is the record's.
    fn read_member<S: Source>(
        source: &S,
        name: &'static str,
        path: &Path,
    ) -> Result<Self, S::Error> {
        Self::read(&source.member(name)?, &Path::Member(path, name))
    }
}

/// Where a field is, such as `bids[3].price`; made into text only when a fault is reported.
#[derive(Clone, Copy)]
pub enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => write!(formatter, "{name}"),
            Self::Member(parent, name) => write!(formatter, "{parent}.{name}"),
            Self::Index(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

fn out_of_range(path: &Path, value: BigInt, minimum: BigInt, maximum: BigInt) -> Fault {
    Fault::ValueOutOfRange {
        field: path.to_string().into(),
        value: value.into(),
        minimum: minimum.into(),
        maximum: maximum.into(),
    }
}

macro_rules! integers {
    ($($name:ident is $native:ty, $kind:ident;)*) => {
        $(impl Field for $name {
            const KIND: FieldKind = FieldKind::$kind;

            fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
                sink.integer(<$native>::from(*self).into(), size_of::<Self>())
            }

            fn read<S: Source>(source: &S, path: &Path) -> Result<Self, S::Error> {
                let value = source.integer()?;
                match <$native>::try_from(&value) {
                    Ok(native) => Ok(native.into()),
                    Err(_) => {
                        let (minimum, maximum) = (<$native>::MIN.into(), <$native>::MAX.into());
                        Err(out_of_range(path, value, minimum, maximum).into())
                    }
                }
            }
        })*
    };
}

integers! {
    u8 is u8, Unsigned;
    U16 is u16, Unsigned;
    U32 is u32, Unsigned;
    U64 is u64, Unsigned;
    U128 is u128, Unsigned;
    I32 is i32, Signed;
    I64 is i64, Signed;
}

/// A 256-bit unsigned integer, little-endian.
#[derive(
    Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(transparent)]
pub struct U256(pub [u8; 32]);

impl Field for U256 {
    const KIND: FieldKind = FieldKind::Unsigned;

    fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
        sink.integer(BigInt::from_bytes_le(Sign::Plus, &self.0), size_of::<Self>())
    }

    fn read<S: Source>(source: &S, path: &Path) -> Result<Self, S::Error> {
        let value = source.integer()?;
        let (sign, magnitude) = value.to_bytes_le();
        let mut bytes = [0; 32];
        match bytes.get_mut(..magnitude.len()) {
            Some(low) if sign != Sign::Minus => low.copy_from_slice(&magnitude),
            _ => {
                let maximum = BigInt::from_bytes_le(Sign::Plus, &[0xFF; 32]);
                return Err(out_of_range(path, value, BigInt::ZERO, maximum).into());
            }
        }
        Ok(Self(bytes))
    }
}

/// N bytes as they are.
#[derive(
    Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(transparent)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> Field for Bytes<N> {
    const KIND: FieldKind = FieldKind::Bytes(N);

    fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
        sink.bytes(&self.0)
    }

    fn read<S: Source>(source: &S, path: &Path) -> Result<Self, S::Error> {
        let bytes = source.bytes()?;
        match <[u8; N]>::try_from(bytes.as_slice()) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(_) => Err(out_of_range(path, bytes.len().into(), N.into(), N.into()).into()),
        }
    }
}

/// Padding: no part of the neutral value, N bytes that are zero.
#[derive(
    Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(transparent)]
pub struct Zeros<const N: usize>([u8; N]);

impl<const N: usize> Zeros<N> {
    pub const ZEROS: Self = Self([0; N]);
}

impl<const N: usize> Field for Zeros<N> {
    const KIND: FieldKind = FieldKind::Padding;

    fn check(&self, _path: &Path, offset: usize) -> Result<(), Fault> {
        check_zeros(&self.0, offset, "padding is not zero")
    }

    fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
        sink.bytes(&self.0)
    }

    fn read<S: Source>(_source: &S, _path: &Path) -> Result<Self, S::Error> {
        Ok(Self::ZEROS)
    }

    fn write_member<S: Sink>(
        &self,
        _name: &'static str,
        _sink: &S,
        _members: &mut Vec<(&'static str, S::Value)>,
    ) -> Result<(), S::Error> {
        Ok(())
    }

    fn read_member<S: Source>(
        _source: &S,
        _name: &'static str,
        _path: &Path,
    ) -> Result<Self, S::Error> {
        Ok(Self::ZEROS)
    }
}

fn check_zeros(bytes: &[u8], offset: usize, context: &'static str) -> Result<(), Fault> {
    // All are looked at, so many at once; where the first lies is asked only of what is refused.
    if bytes.iter().fold(0, |seen, byte| seen | byte) == 0 {
        return Ok(());
    }
    let index = bytes.iter().take_while(|byte| **byte == 0).count();
    Err(Fault::ParseError { offset: offset.saturating_add(index).into(), context: context.into() })
}

/// 20 bytes and 12 zeros.
#[derive(
    Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned,
)]
#[repr(C)]
pub struct Address {
    pub bytes: Bytes<20>,
    pub padding: Zeros<12>,
}

impl Field for Address {
    const KIND: FieldKind = FieldKind::Bytes(size_of::<Bytes<20>>());

    fn check(&self, path: &Path, offset: usize) -> Result<(), Fault> {
        self.padding.check(path, offset.saturating_add(size_of::<Bytes<20>>()))
    }

    fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
        self.bytes.write(sink)
    }

    fn read<S: Source>(source: &S, path: &Path) -> Result<Self, S::Error> {
        Ok(Self { bytes: Bytes::read(source, path)?, padding: Zeros::ZEROS })
    }
}

/// Up to N elements; the slots behind them are zero. PAD is what lies between count and slots: of
/// 16-byte integers the slots begin at a multiple of 16.
#[derive(Clone, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned)]
#[repr(C)]
pub struct FixedVec<T: Unaligned, const N: usize, const PAD: usize = 6> {
    count: U16,
    padding: Zeros<PAD>,
    slots: [T; N],
}

impl<T: Field, const N: usize, const PAD: usize> FixedVec<T, N, PAD> {
    /// A vector of these elements; None if they are more than N.
    pub fn new(elements: &[T]) -> Option<Self> {
        let mut vec = Self::new_zeroed();
        vec.set(elements).then_some(vec)
    }

    /// So many elements, all zero.
    fn with_count(count: usize) -> Option<Self> {
        let count = u16::try_from(count).ok().filter(|count| usize::from(*count) <= N)?;
        Some(Self { count: count.into(), ..Self::new_zeroed() })
    }

    /// Makes it hold these elements; false, and it stays as it was, if they are more than N.
    pub fn set(&mut self, elements: &[T]) -> bool {
        let Ok(count) = u16::try_from(elements.len()) else { return false };
        let Some((slots, rest)) = self.slots.split_at_mut_checked(elements.len()) else {
            return false;
        };
        slots.as_mut_bytes().copy_from_slice(elements.as_bytes());
        rest.zero();
        self.count = count.into();
        self.padding = Zeros::ZEROS;
        true
    }

    /// The elements; all slots should `count` exceed them, which `check` refuses.
    pub fn as_slice(&self) -> &[T] {
        self.slots.get(..usize::from(self.count)).unwrap_or(&self.slots)
    }
}

fn exceeded(path: &Path, max_capacity: usize, attempted: usize) -> Fault {
    Fault::CapacityExceeded {
        field: path.to_string().into(),
        max_capacity: max_capacity.into(),
        attempted: attempted.into(),
    }
}

impl<T: Field, const N: usize, const PAD: usize> Field for FixedVec<T, N, PAD> {
    const KIND: FieldKind = FieldKind::Vector {
        slots: std::mem::offset_of!(Self, slots),
        capacity: N,
        element: &T::KIND,
        element_size: size_of::<T>(),
    };

    fn check(&self, path: &Path, offset: usize) -> Result<(), Fault> {
        self.padding.check(path, offset.saturating_add(std::mem::offset_of!(Self, padding)))?;
        let Some((elements, stale)) = self.slots.split_at_checked(self.count.into()) else {
            return Err(exceeded(path, N, self.count.into()));
        };
        let mut offset = offset.saturating_add(std::mem::offset_of!(Self, slots));
        for (index, element) in elements.iter().enumerate() {
            element.check(&Path::Index(path, index), offset)?;
            offset = offset.saturating_add(size_of::<T>());
        }
        check_zeros(stale.as_bytes(), offset, "a slot behind the count is not zero")
    }

    fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
        let items: Result<_, _> = self.as_slice().iter().map(|item| item.write(sink)).collect();
        sink.list(items?)
    }

    fn read<S: Source>(source: &S, path: &Path) -> Result<Self, S::Error> {
        let items = source.items()?;
        let mut vec =
            Self::with_count(items.len()).ok_or_else(|| exceeded(path, N, items.len()))?;
        for (index, (slot, item)) in vec.slots.iter_mut().zip(&items).enumerate() {
            *slot = T::read(item, &Path::Index(path, index))?;
        }
        Ok(vec)
    }
}
