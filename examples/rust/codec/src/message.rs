//! Sections 2 and 3: the header, its checksum, and the TLVs behind it.

use crate::{Fault, Field, Path, Sink, Source, Tlv, define_record, registry};
use zerocopy::FromBytes;
use zerocopy::little_endian::{U32, U64};

pub const HEADER_SIZE: usize = size_of::<Wire>();
pub const MESSAGE_SIZE_MAX: usize = 1_048_576;
const VALUE_SIZE_MAX: usize = 65_535;
const MAGIC: u32 = 0xDEAD_BEEF;
const VERSION: u8 = 1;
/// The type number that opens the extended framing.
const EXTENDED: u8 = 255;

define_record! {
    /// The part of the header that is not derived.
    pub struct Header [20] {
        relay_domain: u8, version: u8, source: u8, flags: u8, sequence: U64, timestamp: U64
    }
}

define_record! {
    /// The part of the header that the checksum covers.
    struct Covered [28] { magic: U32, header: Header, payload_size: U32 [24] }
}

define_record! {
    /// The whole header.
    struct Wire [32] { covered: Covered, checksum: U32 [28] }
}

impl Covered {
    fn checksum(&self, payload: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(self.as_bytes());
        hasher.update(payload);
        hasher.finalize()
    }
}

impl Header {
    fn check_values(&self) -> Result<(), Fault> {
        if !matches!(self.relay_domain, 1..=4) {
            return Err(Fault::InvalidRelayDomain { relay_domain: self.relay_domain.into() });
        }
        if self.version != VERSION {
            return Err(Fault::UnsupportedVersion { version: self.version.into() });
        }
        if !matches!(self.source, 1..=5 | 20..=23 | 40..=42 | 60..=62 | 80..=82) {
            return Err(Fault::UnknownSource { source: self.source.into() });
        }
        Ok(())
    }
}

/// A message that was found right: a view of the bytes it was decoded from, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message<'a> {
    pub header: &'a Header,
    payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// The message that the bytes are, or the first fault that is found in them.
    pub fn decode(data: &'a [u8]) -> Result<Self, Fault> {
        let too_small =
            |need: usize| Fault::MessageTooSmall { need: need.into(), got: data.len().into() };
        let Ok((wire, rest)) = Wire::ref_from_prefix(data) else {
            return Err(too_small(HEADER_SIZE));
        };
        let Wire { covered, checksum } = wire;
        if covered.magic != MAGIC {
            let actual = covered.magic.get().into();
            return Err(Fault::InvalidMagic { expected: MAGIC.into(), actual });
        }
        covered.header.check_values()?;
        let payload_size = usize::try_from(covered.payload_size.get()).unwrap_or(usize::MAX);
        let size = payload_size.saturating_add(HEADER_SIZE);
        check_size(size)?;
        let Some((payload, trailing)) = rest.split_at_checked(payload_size) else {
            return Err(too_small(size));
        };
        if !trailing.is_empty() {
            return Err(Fault::ParseError {
                offset: size.into(),
                context: "bytes after the payload".into(),
            });
        }
        let expected = covered.checksum(payload);
        if *checksum != expected {
            return Err(Fault::ChecksumMismatch {
                expected: expected.into(),
                actual: checksum.get().into(),
                message_size: payload_size.into(),
                tlv_count: frames(payload).map_while(Result::ok).count().into(),
            });
        }
        let domain = covered.header.relay_domain;
        frames(payload).try_for_each(|frame| frame?.check(domain))?;
        Ok(Self { header: &covered.header, payload })
    }

    /// The TLVs, in their order; each is framed anew, which takes no memory.
    pub fn tlvs(&self) -> impl Iterator<Item = Tlv<'a>> + use<'a> {
        frames(self.payload).filter_map(|frame| frame.ok()?.tlv())
    }

    /// Appends the bytes of the message; after a fault nothing is appended.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let start = out.len();
        let mut builder = Builder::new(self.header, out)?;
        let push = || {
            self.tlvs().try_for_each(|tlv| builder.push(tlv.number(), tlv.value()))?;
            builder.finish()
        };
        push().inspect_err(|_| out.truncate(start))
    }

    /// The neutral value of the message.
    pub fn write<S: Sink>(&self, sink: &S) -> Result<S::Value, S::Error> {
        let tlv = |tlv: Tlv| {
            let number = tlv.number().write(sink)?;
            sink.record(vec![("type", number), ("value", tlv.write(sink)?)])
        };
        let tlvs = self.tlvs().map(tlv).collect::<Result<_, _>>()?;
        sink.record(vec![("header", self.header.write(sink)?), ("tlvs", sink.list(tlvs)?)])
    }
}

/// The bytes of a message that is given as a neutral value.
pub fn encode<S: Source>(source: &S) -> Result<Vec<u8>, S::Error> {
    let mut out = Vec::new();
    let header = Header::read(&source.member("header")?, &Path::Root)?;
    let mut builder = Builder::new(&header, &mut out)?;
    for tlv in source.member("tlvs")?.items()? {
        let number = u8::read(&tlv.member("type")?, &Path::Member(&Path::Root, "type"))?;
        builder.push(number, &Tlv::read(number, &tlv.member("value")?)?)?;
    }
    builder.finish()?;
    Ok(out)
}

fn check_size(size: usize) -> Result<(), Fault> {
    if size > MESSAGE_SIZE_MAX {
        return Err(Fault::MessageTooLarge { size: size.into(), limit: MESSAGE_SIZE_MAX.into() });
    }
    Ok(())
}

/// One TLV as its lengths frame it; `offset` is that in the payload.
struct Frame<'a> {
    offset: usize,
    header_size: usize,
    reserved: u8,
    number: u8,
    value: &'a [u8],
}

/// The TLVs of a payload by lengths alone, up to the first that is cut.
fn frames(payload: &[u8]) -> impl Iterator<Item = Result<Frame<'_>, Fault>> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        let offset = payload.len().saturating_sub(rest.len());
        let truncated = |tlv_type: u8, required: usize| {
            Some(Err(Fault::TruncatedTLV {
                buffer_size: payload.len().into(),
                required_bytes: offset.saturating_add(required).into(),
                tlv_type: tlv_type.into(),
                offset: offset.into(),
            }))
        };
        let (header_size, reserved, number, size) = match *std::mem::take(&mut rest) {
            [] => return None,
            [EXTENDED, reserved, number, low, high, ..] => {
                (5, reserved, number, usize::from(u16::from_le_bytes([low, high])))
            }
            [EXTENDED, _, number, ..] => return truncated(number, 5),
            [EXTENDED, ..] => return truncated(0, 5),
            [number, size, ..] => (2, 0, number, usize::from(size)),
            [number] => return truncated(number, 2),
        };
        let value = payload.get(offset.saturating_add(header_size)..)?;
        let Some((value, behind)) = value.split_at_checked(size) else {
            return truncated(number, size.saturating_add(header_size));
        };
        rest = behind;
        Some(Ok(Frame { offset, header_size, reserved, number, value }))
    })
}

impl<'a> Frame<'a> {
    /// The TLV that is framed; None if its number has a layout of another size.
    fn tlv(&self) -> Option<Tlv<'a>> {
        Tlv::view(self.number, self.value)
    }

    /// Finds what is wrong with its number, domain, size or content.
    fn check(&self, domain: u8) -> Result<(), Fault> {
        let Self { offset, header_size, reserved, number, value } = *self;
        if reserved != 0 {
            let reserved = reserved.into();
            return Err(Fault::InvalidExtendedTLV { offset: offset.into(), reserved });
        }
        registry::check(number, value.len(), domain, offset)?;
        let value_offset = offset.saturating_add(header_size).saturating_add(HEADER_SIZE);
        self.tlv().map_or(Ok(()), |tlv| tlv.check(value_offset))
    }
}

/// Writes a message behind whatever a buffer holds.
pub struct Builder<'b> {
    out: &'b mut Vec<u8>,
    start: usize,
    domain: u8,
}

impl<'b> Builder<'b> {
    /// Begins a message; payload_size and checksum are filled in by `finish`.
    pub fn new(header: &Header, out: &'b mut Vec<u8>) -> Result<Self, Fault> {
        header.check_values()?;
        let (start, domain) = (out.len(), header.relay_domain);
        let covered =
            Covered { magic: MAGIC.into(), header: header.clone(), payload_size: U32::ZERO };
        out.extend_from_slice(Wire { covered, checksum: U32::ZERO }.as_bytes());
        Ok(Self { out, start, domain })
    }

    /// Adds a TLV, in the standard framing if it fits.
    pub fn push(&mut self, number: u8, value: &[u8]) -> Result<(), Fault> {
        let offset = self.out.len().saturating_sub(self.start).saturating_sub(HEADER_SIZE);
        let Ok(size) = u16::try_from(value.len()) else {
            return Err(Fault::PayloadTooLarge {
                tlv_type: number.into(),
                size: value.len().into(),
                limit: VALUE_SIZE_MAX.into(),
            });
        };
        let [low, high] = size.to_le_bytes();
        let standard = [number, low];
        let extended = [EXTENDED, 0, number, low, high];
        let header: &[u8] = if high == 0 { &standard } else { &extended };
        // What no decoder would take is refused by the very check that decoders use.
        Frame { offset, header_size: header.len(), reserved: 0, number, value }
            .check(self.domain)?;
        self.out.extend_from_slice(header);
        self.out.extend_from_slice(value);
        Ok(())
    }

    /// Ends the message.
    pub fn finish(self) -> Result<(), Fault> {
        let message = self.out.get_mut(self.start..).unwrap_or_default();
        let size = message.len();
        check_size(size)?;
        if let Ok((wire, payload)) = Wire::mut_from_prefix(message) {
            wire.covered.payload_size = u32::try_from(payload.len()).unwrap_or(u32::MAX).into();
            wire.checksum = wire.covered.checksum(payload).into();
        }
        Ok(())
    }
}
