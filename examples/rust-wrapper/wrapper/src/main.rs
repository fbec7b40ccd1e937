//! Lets the conformance kit ask the library `feed`: JSON in, the library's own calls, JSON out.
//!
//! Nothing is repaired on the way: what the library leaves in padding or keeps from one message to
//! the next is seen by the kit, and a panic ends this process, as it would end its users'.

use feed::{Code, Head, Quote, Reader, Record, Trade, Writer};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use std::str::FromStr;

/// The library's errors as the protocol names them. What is not here is no refusal: it panics.
const KINDS: [(Code, &str); 14] = [
    (Code::SHORT, "MessageTooSmall"),
    (Code::LONG, "MessageTooLarge"),
    (Code::BEHIND, "ParseError"),
    (Code::MAGIC, "InvalidMagic"),
    (Code::DOMAIN, "InvalidRelayDomain"),
    (Code::VERSION, "UnsupportedVersion"),
    (Code::SOURCE, "UnknownSource"),
    (Code::SUM, "ChecksumMismatch"),
    (Code::CUT, "TruncatedTLV"),
    (Code::LONG_HEAD, "InvalidExtendedTLV"),
    (Code::RECORD, "InvalidTLVType"),
    (Code::ELSEWHERE, "RelayDomainMismatch"),
    (Code::SIZE, "PayloadSizeMismatch"),
    (Code::TOO_MUCH, "PayloadTooLarge"),
];

type Answer<T> = Result<T, &'static str>;

fn kind(code: Code) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == code).expect("every code is in the table").1
}

/// An integer of the type that the API takes; what that cannot hold does not get in.
fn int<T: FromStr>(value: &Value) -> Answer<T> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|_| "ValueOutOfRange")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("hex is a string")).expect("the kit sends hex")
}

/// From a JSON object to a struct of the library, and back: 64 bits and more as strings.
macro_rules! fields {
    ($value:expr => $type:ident { $($field:ident),* }) => {
        $type { $($field: int(&$value[stringify!($field)])?),* }
    };
    ($record:expr, $($field:ident $form:tt),*) => {
        json!({$(stringify!($field): fields!(@$form $record.$field)),*})
    };
    (@s $number:expr) => { $number.to_string() };
    (@n $number:expr) => { $number };
}

fn record(tlv: &Value) -> Answer<Record> {
    let value = &tlv["value"];
    Ok(match int(&tlv["type"])? {
        1 => Record::Trade(fields!(value => Trade {
            asset_id, price, volume, execution_timestamp_ns, venue_id, asset_type, reserved, side
        })),
        2 => Record::Quote(fields!(value => Quote {
            asset_id, bid_price, bid_size, ask_price, ask_size, quote_timestamp_ns, venue_id,
            asset_type, reserved
        })),
        number if value.is_string() => Record::Vendor(number, bytes(value)),
        _ => return Err("InvalidTLVType"),
    })
}

fn tlv(record: &Record) -> Value {
    match record {
        Record::Trade(it) => json!({"type": 1, "value": fields!(it,
            asset_id s, price s, volume s, execution_timestamp_ns s, venue_id n, asset_type n,
            reserved n, side n)}),
        Record::Quote(it) => json!({"type": 2, "value": fields!(it,
            asset_id s, bid_price s, bid_size s, ask_price s, ask_size s, quote_timestamp_ns s,
            venue_id n, asset_type n, reserved n)}),
        Record::Vendor(number, value) => json!({"type": number, "value": hex::encode(value)}),
    }
}

fn decode(reader: &mut Reader, data: &[u8]) -> Answer<Value> {
    let (head, records) = reader.read(data).map_err(kind)?;
    let header = json!({
        "relay_domain": head.domain, "version": head.version, "source": head.source,
        "flags": head.flags, "sequence": head.sequence.to_string(),
        "timestamp": head.sent_at.to_string(),
    });
    Ok(json!({"header": header, "tlvs": records.iter().map(tlv).collect::<Vec<_>>()}))
}

fn encode(writer: &mut Writer, message: &Value) -> Answer<Value> {
    let header = &message["header"];
    let head = Head {
        domain: int(&header["relay_domain"])?,
        version: int(&header["version"])?,
        source: int(&header["source"])?,
        flags: int(&header["flags"])?,
        sequence: int(&header["sequence"])?,
        sent_at: int(&header["timestamp"])?,
    };
    let tlvs = message["tlvs"].as_array().expect("tlvs is an array");
    let records = tlvs.iter().map(record).collect::<Answer<Vec<_>>>()?;
    Ok(hex::encode(writer.write(&head, &records).map_err(kind)?).into())
}

fn main() -> io::Result<()> {
    // Made once and kept, as the library's users do: what it forgets to reset shows.
    let (mut reader, mut writer) = (Reader::default(), Writer::default());
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = match request["op"].as_str() {
            Some("hello") => Ok(json!({
                "protocol": 1, "name": "feed", "version": "3.2.0", "language": "Rust",
                "capabilities": ["decode", "encode"], "types": [1, 2, "200-254"],
            })),
            Some("decode") => decode(&mut reader, &bytes(&request["data"])),
            Some("encode") => encode(&mut writer, &request["message"]),
            Some("roundtrip") => decode(&mut reader, &bytes(&request["data"]))
                .and_then(|message| encode(&mut writer, &message)),
            // The library has nothing of the kind, and hello does not claim it.
            _ => Err("unsupported"),
        };
        let id = &request["id"];
        let document = match answer {
            Ok(ok) => json!({"id": id, "ok": ok}),
            Err("unsupported") => json!({"id": id, "unsupported": true}),
            Err(kind) => json!({"id": id, "error": {"kind": kind, "context": {}}}),
        };
        writeln!(output, "{document}")?;
        output.flush()?;
    }
    Ok(())
}
