use serde_json::{json, Map, Value};

/// A name in a message, its size in bytes, and whether it is signed; eight bytes are text in JSON.
type Field = (&'static str, usize, bool);

/// The header from byte 4 to byte 23.
const HEADER: [Field; 6] = [
    ("relay_domain", 1, false),
    ("version", 1, false),
    ("source", 1, false),
    ("flags", 1, false),
    ("sequence", 8, false),
    ("timestamp", 8, false),
];

const TRADE: [Field; 8] = [
    ("asset_id", 8, false),
    ("price", 8, true),
    ("volume", 8, true),
    ("execution_timestamp_ns", 8, false),
    ("venue_id", 2, false),
    ("asset_type", 1, false),
    ("reserved", 1, false),
    ("side", 1, false),
];

const SOURCES: [u8; 18] = [1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82];
const MAGIC: [u8; 4] = [0xef, 0xbe, 0xad, 0xde];
const HEADER_SIZE: usize = 32;
const TRADE_SIZE: usize = 40;
const LARGEST: usize = 1 << 20;

fn put(data: &mut Vec<u8>, fields: &[Field], values: &Value) -> Result<(), &'static str> {
    for &(name, size, signed) in fields {
        let text = values[name].as_str().map_or(values[name].to_string(), str::to_owned);
        let number: i128 = text.parse().map_err(|_| "ValueOutOfRange")?;
        let bits = 8 * size as u32 - u32::from(signed);
        let least = if signed { -(1i128 << bits) } else { 0 };
        if number < least || number >= 1i128 << bits {
            return Err("ValueOutOfRange");
        }
        data.extend(&number.to_le_bytes()[..size]);
    }
    Ok(())
}

fn take(mut data: &[u8], fields: &[Field]) -> Value {
    let mut values = Map::new();
    for &(name, size, signed) in fields {
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(&data[..size]);
        let value = match (size, signed) {
            (8, true) => json!(i64::from_le_bytes(wide).to_string()),
            (8, false) => json!(u64::from_le_bytes(wide).to_string()),
            _ => json!(u64::from_le_bytes(wide)),
        };
        values.insert(name.to_owned(), value);
        data = &data[size..];
    }
    Value::Object(values)
}

fn checksum(data: &[u8]) -> [u8; 4] {
    let mut sum = !0u32;
    for byte in data[..28].iter().chain(&data[HEADER_SIZE..]) {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 * (sum & 1));
        }
    }
    (!sum).to_le_bytes()
}

/// What both ways refuse a header for.
fn check_header(data: &[u8]) -> Result<(), &'static str> {
    match (data[4], data[5]) {
        (_, version) if version != 1 => Err("UnsupportedVersion"),
        (domain, _) if !(1..=4).contains(&domain) => Err("InvalidRelayDomain"),
        _ if !SOURCES.contains(&data[6]) => Err("UnknownSource"),
        _ => Ok(()),
    }
}

/// What both ways refuse a type for: all but Trade, in any relay but that of MarketData.
fn check_type(data: &[u8], number: Option<u64>) -> Result<(), &'static str> {
    match number {
        Some(1) if data[4] == 1 => Ok(()),
        Some(1) => Err("RelayDomainMismatch"),
        _ => Err("InvalidTLVType"),
    }
}

pub fn encode(message: &Value) -> Result<Value, &'static str> {
    let mut data = MAGIC.to_vec();
    put(&mut data, &HEADER, &message["header"])?;
    data.resize(HEADER_SIZE, 0);
    check_header(&data)?;
    for tlv in message["tlvs"].as_array().into_iter().flatten() {
        check_type(&data, tlv["type"].as_u64())?;
        data.extend([1, TRADE_SIZE as u8]);
        put(&mut data, &TRADE, &tlv["value"])?;
        data.extend([0; 3]);
    }
    if data.len() > LARGEST {
        return Err("MessageTooLarge");
    }
    let payload = (data.len() - HEADER_SIZE) as u32;
    data[24..28].copy_from_slice(&payload.to_le_bytes());
    let sum = checksum(&data);
    data[28..32].copy_from_slice(&sum);
    Ok(json!(data.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

pub fn decode(text: &str) -> Result<Value, &'static str> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap_or(0);
    let data: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect();
    if data.len() < HEADER_SIZE {
        return Err("MessageTooSmall");
    } else if data[..4] != MAGIC {
        return Err("InvalidMagic");
    }
    check_header(&data)?;
    let size = HEADER_SIZE + u32::from_le_bytes([data[24], data[25], data[26], data[27]]) as usize;
    if size > LARGEST {
        return Err("MessageTooLarge");
    } else if data.len() < size {
        return Err("MessageTooSmall");
    } else if data.len() > size {
        return Err("ParseError");
    } else if data[28..32] != checksum(&data) {
        return Err("ChecksumMismatch");
    }
    let (mut tlvs, mut rest) = (Vec::new(), &data[HEADER_SIZE..]);
    while !rest.is_empty() {
        let (number, length, value) = match *rest {
            [255, 0, number, low, high, ref value @ ..] => {
                (number, usize::from(u16::from_le_bytes([low, high])), value)
            }
            [255, reserved, _, _, _, ..] if reserved != 0 => return Err("InvalidExtendedTLV"),
            [number, length, ref value @ ..] if number != 255 => (number, length.into(), value),
            _ => return Err("TruncatedTLV"),
        };
        check_type(&data, Some(number.into()))?;
        if value.len() < length {
            return Err("TruncatedTLV");
        } else if length != TRADE_SIZE {
            return Err("PayloadSizeMismatch");
        }
        tlvs.push(json!({"type": 1, "value": take(value, &TRADE)}));
        rest = &value[length..];
    }
    Ok(json!({"header": take(&data[4..], &HEADER), "tlvs": tlvs}))
}
