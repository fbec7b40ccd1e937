//! `define_error!`: refusals with a kind, a row and a context, from a table.

use num_bigint::BigInt;
use std::borrow::Cow;
use std::fmt;

/// Text of a context; that which is known at compile time takes no memory.
pub type Text = Cow<'static, str>;

/// An integer of a context: of any size, but only a large one takes memory.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    Small(u64),
    Wide(Box<BigInt>),
}

macro_rules! small_numbers {
    ($($number:ty),*) => {
        $(impl From<$number> for Number {
            fn from(value: $number) -> Self {
                match u64::try_from(value) {
                    Ok(small) => Self::Small(small),
                    Err(_) => Self::Wide(Box::new(value.into())),
                }
            }
        })*
    };
}

small_numbers!(u8, u16, u32, u64, usize, i128);

impl From<BigInt> for Number {
    fn from(value: BigInt) -> Self {
        match u64::try_from(&value) {
            Ok(small) => Self::Small(small),
            Err(_) => Self::Wide(Box::new(value)),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Small(small) => write!(formatter, "{small}"),
            Self::Wide(wide) => write!(formatter, "{wide}"),
        }
    }
}

/// One field of a context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Context<'a> {
    Number(&'a Number),
    Text(&'a str),
}

impl<'a> From<&'a Number> for Context<'a> {
    fn from(number: &'a Number) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a Text> for Context<'a> {
    fn from(text: &'a Text) -> Self {
        Self::Text(text)
    }
}

/// Text is quoted, so that a line of a log stays one line.
impl fmt::Display for Context<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => write!(formatter, "{text:?}"),
        }
    }
}

/// Declares a family of errors: a row, a kind and its context each.
///
/// ```
/// use torq_codec::{Number, Text, define_error};
///
/// define_error! {
///     /// Why a gate does not open.
///     pub enum GateError {
///         /// It is somebody else's.
///         1 NotYours { gate: Number, owner: Text },
///         2 Closed {},
///     }
/// }
/// let error = GateError::NotYours { gate: 7_u8.into(), owner: "a\nb".into() };
/// assert_eq!((error.kind(), error.row()), ("NotYours", 1));
/// assert_eq!(error.to_string(), r#"NotYours: gate 7, owner "a\nb""#);
/// assert_eq!(GateError::Closed {}.to_string(), "Closed");
/// ```
#[macro_export]
macro_rules! define_error {
    ($(#[$doc:meta])* $visibility:vis enum $name:ident {
        $($(#[$kind_doc:meta])* $row:literal $kind:ident {
            $($field:ident: $type:ty),* $(,)?
        }),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        $visibility enum $name {
            $($(#[$kind_doc])* $kind { $($field: $type),* },)*
        }

        #[allow(dead_code)]
        impl $name {
            /// The name of the kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind { .. } => stringify!($kind),)*
                }
            }

            /// The row of the kind in its table, counted from 1.
            pub fn row(&self) -> u32 {
                match self {
                    $(Self::$kind { .. } => $row,)*
                }
            }

            /// The context, field by field, in the order of the table.
            pub fn context(&self) -> Vec<(&'static str, $crate::Context<'_>)> {
                match self {
                    $(Self::$kind { $($field),* } => {
                        vec![$((stringify!($field), $field.into())),*]
                    })*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.kind())?;
                for (index, (field, value)) in self.context().iter().enumerate() {
                    let separator = if index == 0 { ":" } else { "," };
                    write!(formatter, "{separator} {field} {value}")?;
                }
                Ok(())
            }
        }

        impl std::error::Error for $name {}
    };
}
