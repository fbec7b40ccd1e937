//! Section 7: ids of instruments that follow from what the instrument is, without a table.
//!
//! Venue numbers and asset types are carried, whether the page lists them or not.

use crate::{Fault, InstrumentId};

const SYMBOL_SIZE: usize = 8;
const ADDRESS_DIGITS: usize = 40;

fn id(asset_id: u64, venue: u16, asset_type: u8, reserved: u8) -> InstrumentId {
    InstrumentId { asset_id: asset_id.into(), venue: venue.into(), asset_type, reserved }
}

fn invalid(argument: &'static str, context: &'static str) -> Fault {
    Fault::InvalidInstrument { argument: argument.into(), context: context.into() }
}

impl InstrumentId {
    /// The key that holds all of an id.
    pub fn cache_key(&self) -> u128 {
        u128::from(self.venue.get()) << 80
            | u128::from(self.asset_type) << 72
            | u128::from(self.reserved) << 64
            | u128::from(self.asset_id.get())
    }

    /// The id of a key; the bits above 96 are not looked at.
    pub fn from_cache_key(key: u128) -> Self {
        let [.., venue_high, venue_low, asset_type, reserved, a, b, c, d, e, f, g, h] =
            key.to_be_bytes();
        let venue = u16::from_be_bytes([venue_high, venue_low]);
        id(u64::from_be_bytes([a, b, c, d, e, f, g, h]), venue, asset_type, reserved)
    }

    /// The short key: the upper 24 bits of asset_id and reserved are lost.
    pub fn to_u64(&self) -> u64 {
        u64::from(self.venue.get()) << 48
            | u64::from(self.asset_type) << 40
            | self.asset_id.get() & 0xFF_FFFF_FFFF
    }

    /// The id of a short key.
    pub fn from_u64(value: u64) -> Self {
        let [venue_high, venue_low, asset_type, ..] = value.to_be_bytes();
        id(value & 0xFF_FFFF_FFFF, u16::from_be_bytes([venue_high, venue_low]), asset_type, 0)
    }

    pub fn stock(venue: u16, symbol: &str) -> Result<Self, Fault> {
        Ok(id(symbol_id(symbol)?, venue, 1, 0))
    }

    pub fn bond(venue: u16, symbol: &str) -> Result<Self, Fault> {
        Ok(id(symbol_id(symbol)?, venue, 2, 0))
    }

    pub fn coin(venue: u16, symbol: &str) -> Result<Self, Fault> {
        Ok(id(symbol_id(symbol)?, venue, 51, 0))
    }

    /// The token at an address of 40 hex digits, with or without 0x in front.
    pub fn evm_token(venue: u16, address: &str) -> Result<Self, Fault> {
        let digits = address.strip_prefix("0x").unwrap_or(address);
        if digits.len() != ADDRESS_DIGITS {
            return Err(invalid("address", "it has not 40 digits"));
        }
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(invalid("address", "it has other than hex digits"));
        }
        let first = digits.get(..2 * SYMBOL_SIZE).unwrap_or_default();
        let asset_id = u64::from_str_radix(first, 16).map_err(|_| invalid("address", "no hex"))?;
        Ok(id(asset_id, venue, 50, 0))
    }

    /// A pool of two, in whichever order they come.
    pub fn pool(venue: u16, a: &Self, b: &Self) -> Self {
        let (a, b) = (a.asset_id.get(), b.asset_id.get());
        id(a.min(b).wrapping_mul(31).wrapping_add(a.max(b)), venue, 100, 0)
    }

    /// A pool of three, in whichever order they come.
    pub fn triangular_pool(venue: u16, a: &Self, b: &Self, c: &Self) -> Self {
        let mut ids = [a.asset_id.get(), b.asset_id.get(), c.asset_id.get()];
        ids.sort_unstable();
        let [low, middle, high] = ids;
        let hash = low.wrapping_mul(31).wrapping_add(middle.wrapping_mul(17)).wrapping_add(high);
        id(hash, venue, 100, 1)
    }

    /// What stands for a share in a pool.
    pub fn lp_token(venue: u16, pool: &Self) -> Self {
        id(pool.asset_id.get(), venue, 101, 0)
    }

    /// An option; of each term the bits are kept for which there is room.
    pub fn option(
        venue: u16,
        symbol: &str,
        strike: u64,
        expiry: u64,
        is_call: bool,
    ) -> Result<Self, Fault> {
        let asset_id = (strike & 0xFFFF_FFFF) << 32
            | (expiry & 0xF_FFFF) << 12
            | u64::from(is_call) << 11
            | symbol_id(symbol)? & 0x7FF;
        Ok(id(asset_id, venue, 150, 0))
    }
}

/// The first 8 bytes of a symbol, with zeros behind a shorter one, read big-endian.
fn symbol_id(symbol: &str) -> Result<u64, Fault> {
    if !symbol.is_ascii() {
        return Err(invalid("symbol", "it is not ASCII"));
    }
    let mut padded = [0; SYMBOL_SIZE];
    for (slot, byte) in padded.iter_mut().zip(symbol.bytes()) {
        *slot = byte;
    }
    Ok(u64::from_be_bytes(padded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back() {
        let one = id(0x8877_6655_4433_2211, 0xA2A1, 0xB1, 0xC1);
        assert_eq!(one.cache_key(), 0xA2A1_B1C1_8877_6655_4433_2211);
        assert_eq!(InstrumentId::from_cache_key(one.cache_key()), one);
        assert_eq!(one.to_u64(), 0xA2A1_B155_4433_2211);
        assert_eq!(InstrumentId::from_u64(one.to_u64()), id(0x55_4433_2211, 0xA2A1, 0xB1, 0));
    }

    #[test]
    fn a_pool_is_the_same_in_every_order() {
        let [a, b, c] = [u64::MAX, 7, 1 << 63].map(|number| id(number, 0, 50, 0));
        assert_eq!(InstrumentId::pool(1, &a, &b), InstrumentId::pool(1, &b, &a));
        let three = InstrumentId::triangular_pool(1, &a, &b, &c);
        assert_eq!(InstrumentId::triangular_pool(1, &c, &a, &b), three);
    }

    #[test]
    fn the_expiry_of_the_page_loses_its_upper_bits() {
        let option =
            InstrumentId::option(700, "A", 0, 20_241_225, false).map(|id| id.asset_id.get());
        assert_eq!(option.map(|number| number >> 12), Ok(318_281));
    }

    #[test]
    fn symbols_and_addresses_are_looked_at() {
        assert!(InstrumentId::stock(1, "é").is_err());
        assert!(InstrumentId::evm_token(1, "0x12").is_err());
        assert!(InstrumentId::evm_token(1, &format!("0x+{}", "1".repeat(39))).is_err());
    }
}
