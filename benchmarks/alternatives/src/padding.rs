//! OPT-002: padding that is declared, that is not there for the compiler, and the compiler's own.

use torq_codec::Trade;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

const SIZE: usize = 40;
const PADDING: usize = 37;

/// Declared, and in place: what `define_tlv_v2!` gives.
pub fn view(value: &[u8], out: &mut [u8]) -> i64 {
    let Some(trade) = Trade::ref_from(value) else { return 0 };
    out.copy_from_slice(trade.as_bytes());
    trade.price.get()
}

#[derive(FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
struct ManualTrade {
    asset_id: u64,
    price: i64,
    volume: i64,
    execution_timestamp_ns: u64,
    venue_id: u16,
    asset_type: u8,
    reserved: u8,
    side: u8,
    padding: [u8; SIZE - PADDING],
}

#[derive(FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C, packed)]
struct PackedTrade {
    asset_id: u64,
    price: i64,
    volume: i64,
    execution_timestamp_ns: u64,
    venue_id: u16,
    asset_type: u8,
    reserved: u8,
    side: u8,
}

/// Without a field for the padding `IntoBytes` cannot be derived: the compiler's bytes have no value.
#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
struct DerivedTrade {
    asset_id: u64,
    price: i64,
    volume: i64,
    execution_timestamp_ns: u64,
    venue_id: u16,
    asset_type: u8,
    reserved: u8,
    side: u8,
}

const _: () = assert!(size_of::<ManualTrade>() == SIZE);
const _: () = assert!(size_of::<PackedTrade>() == PADDING);
const _: () = assert!(size_of::<DerivedTrade>() == SIZE);

/// Declared, with native integers: a copy, for a value lies at no multiple of 8.
pub fn manual(value: &[u8], out: &mut [u8]) -> i64 {
    let Ok(trade) = ManualTrade::read_from_bytes(value) else { return 0 };
    out.copy_from_slice(std::hint::black_box(&trade).as_bytes());
    trade.price
}

/// In place at any address, but a field cannot be borrowed, and padding is somebody else's.
pub fn packed(value: &[u8], out: &mut [u8]) -> i64 {
    let Ok((trade, _)) = PackedTrade::ref_from_prefix(value) else { return 0 };
    let (fields, padding) = out.split_at_mut(PADDING);
    fields.copy_from_slice(trade.as_bytes());
    padding.fill(0);
    trade.price
}

/// The compiler's padding: written field by field, for the bytes behind `side` have no value.
pub fn derived(value: &[u8], out: &mut [u8]) -> i64 {
    let Ok(trade) = DerivedTrade::read_from_bytes(value) else { return 0 };
    let trade = std::hint::black_box(&trade);
    out[..8].copy_from_slice(&trade.asset_id.to_le_bytes());
    out[8..16].copy_from_slice(&trade.price.to_le_bytes());
    out[16..24].copy_from_slice(&trade.volume.to_le_bytes());
    out[24..32].copy_from_slice(&trade.execution_timestamp_ns.to_le_bytes());
    out[32..34].copy_from_slice(&trade.venue_id.to_le_bytes());
    out[34..PADDING].copy_from_slice(&[trade.asset_type, trade.reserved, trade.side]);
    out[PADDING..].fill(0);
    trade.price
}
