//! What a macro gives is what one writes by hand, and what is said of it in the table of fields.

// A panic ends a test.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)]
#![allow(dead_code)] // of the Trade by hand the costs are measured as well

mod by_hand;

use num_bigint::BigInt;
use torq_codec::{Fault, Field, FieldEntry, FieldKind, JsonText, Path, Source, Tlv, Trade};

/// Trades that are right, and with one byte changed: every byte, to every edge.
fn values() -> impl Iterator<Item = [u8; 40]> {
    let mut right = [0; 40];
    (right[8], right[16]) = (1, 1);
    let changed = (0..40).flat_map(move |index| {
        [0, 1, 2, 0x7F, 0x80, 0xFF].map(|byte| {
            let mut value = right;
            value[index] = byte;
            value
        })
    });
    std::iter::once(right).chain(changed)
}

#[test]
fn a_type_by_hand_says_the_same() {
    assert_eq!(by_hand::Trade::FIELDS, Trade::FIELDS);
    let mut refused = 0;
    for value in values() {
        let ours = Trade::ref_from_validated(&value);
        let by_hand = by_hand::Trade::ref_from_validated(&value);
        assert_eq!(ours.as_ref().err(), by_hand.as_ref().err());
        refused += usize::from(ours.is_err());
        let (ours, by_hand) = (Trade::read_from(&value), by_hand::Trade::read_from(&value));
        let (ours, by_hand) = (ours.unwrap(), by_hand.unwrap());
        assert_eq!(ours.write(&JsonText), by_hand.write(&JsonText));
        assert_eq!(ours.as_bytes(), by_hand.as_bytes());
    }
    // Padding, side, and of price and volume the lowest and the highest byte.
    assert_eq!(refused, 3 * 5 + 4 + 2 * (1 + 2));
    assert!(Trade::ref_from(&[0; 39]).is_none() && by_hand::Trade::ref_from(&[0; 41]).is_none());
}

/// Every member is as long as its name, or one too large for its type.
struct Lengths(usize, bool);

impl Source for Lengths {
    type Error = Fault;

    fn integer(&self) -> Result<BigInt, Fault> {
        let wide = if self.1 { BigInt::from(1) << 300 } else { BigInt::ZERO };
        Ok(wide + self.0)
    }

    fn bytes(&self) -> Result<Vec<u8>, Fault> {
        Ok(vec![0; self.0])
    }

    fn items(&self) -> Result<Vec<Self>, Fault> {
        Ok(Vec::new())
    }

    fn member(&self, name: &str) -> Result<Self, Fault> {
        Ok(Self(name.len(), self.1))
    }
}

#[test]
fn a_type_by_hand_reads_the_same() {
    let ours = Trade::read(&Lengths(0, false), &Path::Root).unwrap();
    let by_hand = by_hand::Trade::read(&Lengths(0, false), &Path::Root).unwrap();
    assert_eq!(ours.as_bytes(), by_hand.as_bytes());
    assert_eq!((ours.side, ours.execution_timestamp_ns.get()), (4, 22));
    let ours = Trade::read(&Lengths(0, true), &Path::Root).unwrap_err();
    assert_eq!(ours.kind(), "ValueOutOfRange");
    assert_eq!(Err(ours), by_hand::Trade::read(&Lengths(0, true), &Path::Root));
}

/// The bytes that fields are, padding included.
fn end(fields: &[FieldEntry]) -> usize {
    fields.iter().fold(0, |end, field| {
        assert_eq!(field.offset, end, "{} lies behind the field before it", field.name);
        if let FieldKind::Record(inner) = field.kind {
            assert_eq!(self::end(inner), field.size);
        }
        if let FieldKind::Vector { slots, capacity, element_size, .. } = field.kind {
            assert_eq!(slots + capacity * element_size, field.size);
        }
        end + field.size
    })
}

#[test]
fn tables_of_fields_cover_every_type() {
    assert_eq!(Tlv::TYPES.len(), 24);
    for (number, name, fields) in Tlv::TYPES {
        assert_eq!(Some(end(fields)), Tlv::layout_size(*number), "{name}");
    }
}

#[test]
fn a_value_is_viewed_at_every_address() {
    for (number, name, _) in Tlv::TYPES {
        let size = Tlv::layout_size(*number).unwrap();
        let buffer = vec![0; size + 64];
        for start in 0..64 {
            let value = &buffer[start..start + size];
            let view = Tlv::view(*number, value).unwrap();
            assert_eq!(
                (view.value().as_ptr(), view.value().len()),
                (value.as_ptr(), size),
                "{name}"
            );
        }
        assert!(Tlv::view(*number, &buffer[..size + 1]).is_none());
    }
}
