//! `define_validated_tlv!`: types of TLVs whose values have rules.

/// Declares a type of TLV with rules of section 8: structure comes before meaning.
///
/// A rule is the field that is at fault and what must hold; a name alone is a function that reports
/// for itself, such as of the elements of a vector.
/// ```
/// use torq_codec::{Fault, Zeros, define_validated_tlv};
/// use zerocopy::little_endian::{I64, U16};
///
/// define_validated_tlv! {
///     pub struct Band = 201 [24] { low: I64, high: I64, unit: U16 [16], padding: Zeros<6> }
///     rules |band| { low: band.low.get() >= 0, high: band.high.get() > band.low.get() }
/// }
/// let mut bytes = [0; 24];
/// assert_eq!(
///     Band::ref_from_validated(&bytes),
///     Err(Fault::ValidationFailed { field: "high".into() })
/// );
/// bytes[8] = 1;
/// assert!(Band::ref_from_validated(&bytes).is_ok());
/// bytes[23] = 1;
/// bytes[8] = 0;
/// let fault = Band::ref_from_validated(&bytes).unwrap_err();
/// assert_eq!(fault.kind(), "ParseError", "structure comes before meaning");
/// ```
/// A rule names a field that there is:
/// ```compile_fail
/// # use {torq_codec::define_validated_tlv, zerocopy::little_endian::I64};
/// define_validated_tlv! {
///     pub struct Band = 201 [8] { low: I64 } rules |band| { lower: band.low.get() >= 0 }
/// }
/// # fn main() {}
/// ```
/// ```
/// # use {torq_codec::define_validated_tlv, zerocopy::little_endian::I64};
/// define_validated_tlv! {
///     pub struct Band = 201 [8] { low: I64 } rules |band| { low: band.low.get() >= 0 }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! define_validated_tlv {
    ($($(#[$doc:meta])* $visibility:vis struct $name:ident = $number:literal),+
        [$size:literal] $fields:tt
        rules |$value:ident| $rules:tt
    ) => {
        $(
            $crate::define_record! { $(#[$doc])* $visibility struct $name [$size] $fields }
            $crate::define_validated_tlv! { @rules $name $number $value $rules }
        )+
    };
    (@rules $name:ident $number:literal $value:ident {
        $($rule:ident $(: $holds:expr)?),* $(,)?
    }) => {
        impl $crate::TlvLayout for $name {
            const NUMBER: u8 = $number;
            const NAME: &'static str = stringify!($name);

            fn violations(&self, report: &mut dyn FnMut(&$crate::Path)) {
                let $value = self;
                $($crate::define_validated_tlv!(@rule $value report $rule $(: $holds)?);)*
            }
        }

        #[allow(dead_code)]
        impl $name {
            /// Refuses a value that breaks a rule, by the first field that does.
            pub fn validate(&self) -> Result<(), $crate::Fault> {
                $crate::first_violation(|report| $crate::TlvLayout::violations(self, report))
            }

            /// The bytes as this type, where they lie, found right in form and then in meaning.
            pub fn ref_from_validated(bytes: &[u8]) -> Result<&Self, $crate::Fault> {
                let value: &Self = $crate::TlvLayout::ref_from_checked(bytes)?;
                value.validate()?;
                Ok(value)
            }
        }
    };
    (@rule $value:ident $report:ident $field:ident: $holds:expr) => {
        let _ = &$value.$field;
        if !($holds) {
            $report(&$crate::Path::Member(&$crate::Path::Root, stringify!($field)));
        }
    };
    (@rule $value:ident $report:ident $function:ident) => { $function($value, $report) };
}

/// ValidationFailed with the first field that is reported; makes text of no other.
#[doc(hidden)]
pub fn first_violation(
    violations: impl FnOnce(&mut dyn FnMut(&crate::Path)),
) -> Result<(), crate::Fault> {
    let mut first = None;
    violations(&mut |path| {
        first.get_or_insert_with(|| path.to_string());
    });
    match first {
        None => Ok(()),
        Some(field) => Err(crate::Fault::ValidationFailed { field: field.into() }),
    }
}
