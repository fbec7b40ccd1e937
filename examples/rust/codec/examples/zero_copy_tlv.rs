//! A type of one's own, read where it lies: `cargo run --release --example zero_copy_tlv`

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)] // a panic ends an example

use torq_codec::{Builder, Fault, Header, Message, TlvLayout, Zeros, define_tlv_v2};
use zerocopy::little_endian::{I64, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout};

define_tlv_v2! {
    /// The funding rate of a perpetual future.
    pub struct FundingRate = 201 [16] { rate: I64, interval_s: U32 [8], padding: Zeros<4> }
}

/// The same fields as a compiler would align them: what one writes without the macro.
#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
struct NativeFundingRate {
    rate: i64,
    _interval_s: u32,
    _padding: [u8; 4],
}

fn message() -> Result<Vec<u8>, Fault> {
    let header = Header {
        relay_domain: 1,
        version: 1,
        source: 4,
        flags: 0,
        sequence: 1.into(),
        timestamp: 2.into(),
    };
    let rate = FundingRate { rate: (-5).into(), interval_s: 3600.into(), padding: Zeros::ZEROS };
    let mut bytes = Vec::new();
    let mut builder = Builder::new(&header, &mut bytes)?;
    builder.push(FundingRate::NUMBER, rate.as_bytes())?;
    builder.finish()?;
    Ok(bytes)
}

fn main() -> Result<(), Fault> {
    let bytes = message()?;
    // Sixteen addresses, one behind the other: a message begins wherever the one before it ends.
    for start in 0..16 {
        let mut buffer = vec![0; start];
        buffer.extend_from_slice(&bytes);
        let message = Message::decode(&buffer[start..])?;
        let value = message.tlvs().next().map(|tlv| tlv.value()).unwrap_or_default();

        let view = FundingRate::ref_from_checked(value)?;
        assert_eq!((view.rate.get(), view.interval_s.get()), (-5, 3600));
        assert_eq!(view.as_bytes().as_ptr(), buffer[start + 34..].as_ptr(), "nothing was copied");

        // A native i64 asks for an address that is a multiple of 8, and a value lies at 34.
        let is_aligned = value.as_ptr().addr() % align_of::<NativeFundingRate>() == 0;
        let native = NativeFundingRate::ref_from_bytes(value);
        assert_eq!(native.is_ok(), is_aligned);
        assert!(native.is_ok_and(|native| native.rate == -5) || !is_aligned);
    }
    let copy = FundingRate::read_from(&bytes[34..]).map(|copy| copy.rate.get());
    assert_eq!(copy, Some(-5), "read_from copies, and outlives the buffer");
    assert!(FundingRate::ref_from(&bytes[34..49]).is_none(), "15 bytes are no FundingRate");
    for field in FundingRate::FIELDS {
        println!("{:>2} {:2} {}", field.offset, field.size, field.name);
    }
    Ok(())
}
