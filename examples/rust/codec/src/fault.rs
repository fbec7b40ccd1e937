//! Section 6: the ways in which a message can be wrong, each with its context.

use num_bigint::BigInt;

/// One context field of a fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Context {
    Number(BigInt),
    Text(String),
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl From<$number> for Context {
            fn from(value: $number) -> Self {
                Self::Number(value.into())
            }
        })*
    };
}

numbers!(u8, u16, u32, usize, BigInt);

impl From<String> for Context {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Context {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

macro_rules! faults {
    ($($row:literal $kind:ident { $($field:ident: $type:ty),* })*) => {
        /// Why a message is refused; the variants are the rows of section 6.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fault {
            $($kind { $($field: $type),* },)*
        }

        impl Fault {
            /// The name of the kind, as section 6 writes it.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind { .. } => stringify!($kind),)*
                }
            }

            /// The row of the kind in section 6, counted from 1.
            pub fn row(&self) -> u32 {
                match self {
                    $(Self::$kind { .. } => $row,)*
                }
            }

            /// The context fields, in the order of section 6.
            pub fn context(self) -> Vec<(&'static str, Context)> {
                match self {
                    $(Self::$kind { $($field),* } => vec![$((stringify!($field), $field.into())),*],)*
                }
            }
        }
    };
}

faults! {
    1 MessageTooSmall { need: usize, got: usize }
    2 MessageTooLarge { size: usize, limit: usize }
    3 InvalidMagic { expected: u32, actual: u32 }
    4 UnsupportedVersion { version: u8 }
    5 InvalidRelayDomain { relay_domain: u8 }
    6 UnknownSource { source: u8 }
    7 ChecksumMismatch { expected: u32, actual: u32, message_size: usize, tlv_count: usize }
    8 TruncatedTLV { buffer_size: usize, required_bytes: usize, tlv_type: u8, offset: usize }
    9 InvalidExtendedTLV { offset: usize, reserved: u8 }
    10 InvalidTLVType { tlv_type: u8, offset: usize }
    11 RelayDomainMismatch { tlv_type: u8, expected: u8, got: u8, offset: usize }
    12 PayloadSizeMismatch { tlv_type: u8, expected: usize, got: usize, offset: usize }
    13 CapacityExceeded { field: String, max_capacity: usize, attempted: usize }
    14 PayloadTooLarge { tlv_type: u8, size: usize, limit: usize }
    15 ValueOutOfRange { field: String, value: BigInt, minimum: BigInt, maximum: BigInt }
    16 InvalidInstrument { argument: &'static str, context: &'static str }
    17 ParseError { offset: usize, context: &'static str }
    18 ValidationFailed { field: String }
}
