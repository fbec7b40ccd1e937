//! Trades, quotes and vendor records as Torq messages.
//!
//! This library stands for one that was there before the kit: it has names, error codes and habits
//! of its own. A collector uses one `Reader` and one `Writer` for as long as it runs.

/// The head of a message; `sent_at` is nanoseconds since 1970.
#[derive(Clone, Copy)]
pub struct Head {
    pub domain: u8,
    pub version: u8,
    pub source: u8,
    pub flags: u8,
    pub sequence: u64,
    pub sent_at: u64,
}

pub struct Trade {
    pub asset_id: u64,
    pub price: i64,
    pub volume: i64,
    pub execution_timestamp_ns: u64,
    pub venue_id: u16,
    pub asset_type: u8,
    pub reserved: u8,
    pub side: u8,
}

pub struct Quote {
    pub asset_id: u64,
    pub bid_price: i64,
    pub bid_size: i64,
    pub ask_price: i64,
    pub ask_size: i64,
    pub quote_timestamp_ns: u64,
    pub venue_id: u16,
    pub asset_type: u8,
    pub reserved: u8,
}

pub enum Record {
    Trade(Trade),
    Quote(Quote),
    Vendor(u8, Vec<u8>),
}

/// What went wrong, as a number that operators know by heart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub u16);

impl Code {
    pub const SHORT: Self = Self(10);
    pub const LONG: Self = Self(11);
    pub const BEHIND: Self = Self(12);
    pub const MAGIC: Self = Self(20);
    pub const DOMAIN: Self = Self(21);
    pub const VERSION: Self = Self(22);
    pub const SOURCE: Self = Self(23);
    pub const SUM: Self = Self(24);
    pub const CUT: Self = Self(30);
    pub const LONG_HEAD: Self = Self(31);
    pub const RECORD: Self = Self(32);
    pub const ELSEWHERE: Self = Self(33);
    pub const SIZE: Self = Self(34);
    pub const TOO_MUCH: Self = Self(35);
}

const HEAD: usize = 32;
const LIMIT: usize = 1 << 20;
const SOURCES: [u8; 18] = [1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82];

fn sum(message: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&message[..28]);
    hasher.update(&message[HEAD..]);
    hasher.finalize()
}

fn check(head: &Head) -> Result<(), Code> {
    match head {
        Head { domain: 0 | 5.., .. } => Err(Code::DOMAIN),
        Head { version, .. } if *version != 1 => Err(Code::VERSION),
        Head { source, .. } if !SOURCES.contains(source) => Err(Code::SOURCE),
        _ => Ok(()),
    }
}

/// Takes the next `N` bytes off the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (front, rest) = bytes.split_first_chunk().expect("its size was checked");
    *bytes = rest;
    *front
}

macro_rules! next {
    ($bytes:ident as $type:ty) => {
        <$type>::from_le_bytes(take(&mut $bytes))
    };
}

/// Reads messages; it keeps its memory from one to the next.
#[derive(Default)]
pub struct Reader {
    records: Vec<Record>,
}

impl Reader {
    /// The head and the records of one whole message.
    pub fn read(&mut self, message: &[u8]) -> Result<(Head, &[Record]), Code> {
        self.records.clear();
        if message.len() < HEAD {
            return Err(Code::SHORT);
        }
        let mut bytes = message;
        if next!(bytes as u32) != 0xDEAD_BEEF {
            return Err(Code::MAGIC);
        }
        let [domain, version, source, flags] = take(&mut bytes);
        let (sequence, sent_at) = (next!(bytes as u64), next!(bytes as u64));
        let (size, stated) = (next!(bytes as u32) as usize, next!(bytes as u32));
        let head = Head { domain, version, source, flags, sequence, sent_at };
        check(&head)?;
        match HEAD.saturating_add(size) {
            whole if whole > LIMIT => return Err(Code::LONG),
            whole if whole > message.len() => return Err(Code::SHORT),
            whole if whole < message.len() => return Err(Code::BEHIND),
            _ if stated != sum(message) => return Err(Code::SUM),
            _ => {}
        }
        while !bytes.is_empty() {
            let record = Self::record(&mut bytes, domain)?;
            self.records.push(record);
        }
        Ok((head, &self.records))
    }

    fn record(bytes: &mut &[u8], domain: u8) -> Result<Record, Code> {
        let (kind, size, rest) = match **bytes {
            [255, 0, kind, low, high, ref rest @ ..] => {
                (kind, usize::from(u16::from_le_bytes([low, high])), rest)
            }
            [255, 1..=255, _, _, _, ..] => return Err(Code::LONG_HEAD),
            [255, ..] | [_] | [] => return Err(Code::CUT),
            [kind, size, ref rest @ ..] => (kind, usize::from(size), rest),
        };
        let (mut value, rest) = rest.split_at_checked(size).ok_or(Code::CUT)?;
        *bytes = rest;
        match (kind, size) {
            (1 | 2, _) if domain != 1 => Err(Code::ELSEWHERE),
            (1, 40) => Ok(Record::Trade(Trade {
                asset_id: next!(value as u64),
                price: next!(value as i64),
                volume: next!(value as i64),
                execution_timestamp_ns: next!(value as u64),
                venue_id: next!(value as u16),
                asset_type: next!(value as u8),
                reserved: next!(value as u8),
                side: next!(value as u8),
            })),
            (2, 56) => Ok(Record::Quote(Quote {
                asset_id: next!(value as u64),
                bid_price: next!(value as i64),
                bid_size: next!(value as i64),
                ask_price: next!(value as i64),
                ask_size: next!(value as i64),
                quote_timestamp_ns: next!(value as u64),
                venue_id: next!(value as u16),
                asset_type: next!(value as u8),
                reserved: next!(value as u8),
            })),
            (1 | 2, _) => Err(Code::SIZE),
            (200..=254, _) => Ok(Record::Vendor(kind, value.to_vec())),
            _ => Err(Code::RECORD),
        }
    }
}

/// Writes messages; it keeps its memory from one to the next.
#[derive(Default)]
pub struct Writer {
    message: Vec<u8>,
}

impl Writer {
    /// The bytes of one message.
    pub fn write(&mut self, head: &Head, records: &[Record]) -> Result<&[u8], Code> {
        check(head)?;
        self.message.clear();
        self.message.extend(0xDEAD_BEEF_u32.to_le_bytes());
        self.message.extend([head.domain, head.version, head.source, head.flags]);
        self.message.extend(head.sequence.to_le_bytes());
        self.message.extend(head.sent_at.to_le_bytes());
        self.message.extend([0; 8]);
        for record in records {
            self.append(record, head.domain)?;
        }
        if self.message.len() > LIMIT {
            return Err(Code::LONG);
        }
        let size = (self.message.len() - HEAD) as u32;
        self.message[24..28].copy_from_slice(&size.to_le_bytes());
        let sum = sum(&self.message);
        self.message[28..HEAD].copy_from_slice(&sum.to_le_bytes());
        Ok(&self.message)
    }

    fn append(&mut self, record: &Record, domain: u8) -> Result<(), Code> {
        let out = &mut self.message;
        match record {
            Record::Trade(_) | Record::Quote(_) if domain != 1 => return Err(Code::ELSEWHERE),
            Record::Trade(trade) => {
                out.extend([1, 40]);
                out.extend(trade.asset_id.to_le_bytes());
                out.extend(trade.price.to_le_bytes());
                out.extend(trade.volume.to_le_bytes());
                out.extend(trade.execution_timestamp_ns.to_le_bytes());
                out.extend(trade.venue_id.to_le_bytes());
                out.extend([trade.asset_type, trade.reserved, trade.side, 0, 0, 0]);
            }
            Record::Quote(quote) => {
                out.extend([2, 56]);
                out.extend(quote.asset_id.to_le_bytes());
                out.extend(quote.bid_price.to_le_bytes());
                out.extend(quote.bid_size.to_le_bytes());
                out.extend(quote.ask_price.to_le_bytes());
                out.extend(quote.ask_size.to_le_bytes());
                out.extend(quote.quote_timestamp_ns.to_le_bytes());
                out.extend(quote.venue_id.to_le_bytes());
                out.extend([quote.asset_type, quote.reserved, 0, 0, 0, 0]);
            }
            Record::Vendor(kind, _) if !(200..=254).contains(kind) => return Err(Code::RECORD),
            Record::Vendor(kind, value) => {
                match u8::try_from(value.len()) {
                    Ok(size) => out.extend([*kind, size]),
                    Err(_) => {
                        let size = u16::try_from(value.len()).map_err(|_| Code::TOO_MUCH)?;
                        out.extend([255, 0, *kind]);
                        out.extend(size.to_le_bytes());
                    }
                }
                out.extend(value);
            }
        }
        Ok(())
    }
}
