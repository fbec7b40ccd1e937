//! Trade as one writes it without macros: all that `define_validated_tlv!` gives, line by line.

use torq_codec::{Fault, Field, FieldEntry, FieldKind, Path, Sink, Source, TlvLayout, Zeros};
use zerocopy::little_endian::{I64, U16, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

#[derive(Clone, Debug, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Unaligned)]
#[repr(C)]
pub struct Trade {
    pub asset_id: U64,
    pub price: I64,
    pub volume: I64,
    pub execution_timestamp_ns: U64,
    pub venue_id: U16,
    pub asset_type: u8,
    pub reserved: u8,
    pub side: u8,
    pub padding: Zeros<3>,
}

const _: () = assert!(size_of::<Trade>() == 40);
const _: () = assert!(std::mem::offset_of!(Trade, asset_id) == 0);
const _: () = assert!(std::mem::offset_of!(Trade, price) == 8);
const _: () = assert!(std::mem::offset_of!(Trade, volume) == 16);
const _: () = assert!(std::mem::offset_of!(Trade, execution_timestamp_ns) == 24);
const _: () = assert!(std::mem::offset_of!(Trade, venue_id) == 32);
const _: () = assert!(std::mem::offset_of!(Trade, asset_type) == 34);
const _: () = assert!(std::mem::offset_of!(Trade, reserved) == 35);
const _: () = assert!(std::mem::offset_of!(Trade, side) == 36);
const _: () = assert!(std::mem::offset_of!(Trade, padding) == 37);

impl Trade {
    pub const FIELDS: &'static [FieldEntry] = &[
        FieldEntry { name: "asset_id", offset: 0, size: 8, kind: FieldKind::Unsigned },
        FieldEntry { name: "price", offset: 8, size: 8, kind: FieldKind::Signed },
        FieldEntry { name: "volume", offset: 16, size: 8, kind: FieldKind::Signed },
        FieldEntry {
            name: "execution_timestamp_ns",
            offset: 24,
            size: 8,
            kind: FieldKind::Unsigned,
        },
        FieldEntry { name: "venue_id", offset: 32, size: 2, kind: FieldKind::Unsigned },
        FieldEntry { name: "asset_type", offset: 34, size: 1, kind: FieldKind::Unsigned },
        FieldEntry { name: "reserved", offset: 35, size: 1, kind: FieldKind::Unsigned },
        FieldEntry { name: "side", offset: 36, size: 1, kind: FieldKind::Unsigned },
        FieldEntry { name: "padding", offset: 37, size: 3, kind: FieldKind::Padding },
    ];

    pub fn ref_from(bytes: &[u8]) -> Option<&Self> {
        Self::ref_from_bytes(bytes).ok()
    }

    pub fn read_from(bytes: &[u8]) -> Option<Self> {
        Self::read_from_bytes(bytes).ok()
    }

    pub fn as_bytes(&self) -> &[u8] {
        IntoBytes::as_bytes(self)
    }

    pub fn validate(&self) -> Result<(), Fault> {
        if self.side > 1 {
            return Err(Fault::ValidationFailed { field: "side".into() });
        }
        if self.price.get() <= 0 {
            return Err(Fault::ValidationFailed { field: "price".into() });
        }
        if self.volume.get() <= 0 {
            return Err(Fault::ValidationFailed { field: "volume".into() });
        }
        Ok(())
    }

    pub fn ref_from_validated(bytes: &[u8]) -> Result<&Self, Fault> {
        let trade = Self::ref_from_checked(bytes)?;
        trade.validate()?;
        Ok(trade)
    }
}

impl Field for Trade {
    const KIND: FieldKind = FieldKind::Record(Self::FIELDS);

    fn check(&self, path: &Path, offset: usize) -> Result<(), Fault> {
        self.padding.check(&Path::Member(path, "padding"), offset.saturating_add(37))
    }

    fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
        sink.record(vec![
            ("asset_id", self.asset_id.write(sink)?),
            ("price", self.price.write(sink)?),
            ("volume", self.volume.write(sink)?),
            ("execution_timestamp_ns", self.execution_timestamp_ns.write(sink)?),
            ("venue_id", self.venue_id.write(sink)?),
            ("asset_type", self.asset_type.write(sink)?),
            ("reserved", self.reserved.write(sink)?),
            ("side", self.side.write(sink)?),
        ])
    }

    fn read<S: Source>(source: &S, path: &Path) -> Result<Self, S::Error> {
        Ok(Self {
            asset_id: Field::read_member(source, "asset_id", path)?,
            price: Field::read_member(source, "price", path)?,
            volume: Field::read_member(source, "volume", path)?,
            execution_timestamp_ns: Field::read_member(source, "execution_timestamp_ns", path)?,
            venue_id: Field::read_member(source, "venue_id", path)?,
            asset_type: Field::read_member(source, "asset_type", path)?,
            reserved: Field::read_member(source, "reserved", path)?,
            side: Field::read_member(source, "side", path)?,
            padding: Zeros::ZEROS,
        })
    }
}

impl TlvLayout for Trade {
    const NUMBER: u8 = 1;
    const NAME: &'static str = "Trade";

    fn violations(&self, report: &mut dyn FnMut(&Path)) {
        if self.side > 1 {
            report(&Path::Member(&Path::Root, "side"));
        }
        if self.price.get() <= 0 {
            report(&Path::Member(&Path::Root, "price"));
        }
        if self.volume.get() <= 0 {
            report(&Path::Member(&Path::Root, "volume"));
        }
    }
}
