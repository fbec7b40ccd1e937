/** A name in a message, its size in bytes, and whether it is signed; eight bytes are text in JSON. */
type Field = readonly [name: string, size: number, signed?: "signed"];
type Values = Record<string, string | number>;
export interface Message {
  header: Values;
  tlvs: { type: number; value: Values }[];
}

const HEADER: readonly Field[] = [
  ["relay_domain", 1],
  ["version", 1],
  ["source", 1],
  ["flags", 1],
  ["sequence", 8],
  ["timestamp", 8],
];
const TRADE: readonly Field[] = [
  ["asset_id", 8],
  ["price", 8, "signed"],
  ["volume", 8, "signed"],
  ["execution_timestamp_ns", 8],
  ["venue_id", 2],
  ["asset_type", 1],
  ["reserved", 1],
  ["side", 1],
];
const SOURCES = [1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82];
const MAGIC = 0xdeadbeef;
const HEADER_SIZE = 32;
const TRADE_SIZE = 40;
const LARGEST = 2 ** 20;

export class Refusal extends Error {
  constructor(readonly kind: string) {
    super(kind);
  }
}

function put(data: Buffer, offset: number, fields: readonly Field[], values: Values): void {
  for (const [name, size, signed] of fields) {
    const number = BigInt(values[name]);
    const fitting = signed ? BigInt.asIntN(8 * size, number) : BigInt.asUintN(8 * size, number);
    if (number !== fitting) throw new Refusal("ValueOutOfRange");
    if (size === 8) data.writeBigUInt64LE(BigInt.asUintN(64, number), offset);
    else data.writeUIntLE(Number(number), offset, size);
    offset += size;
  }
}

function take(data: Buffer, offset: number, fields: readonly Field[]): Values {
  const values: Values = {};
  for (const [name, size, signed] of fields) {
    if (size < 8) values[name] = data.readUIntLE(offset, size);
    else if (signed) values[name] = data.readBigInt64LE(offset).toString();
    else values[name] = data.readBigUInt64LE(offset).toString();
    offset += size;
  }
  return values;
}

function checksum(data: Buffer): number {
  let sum = -1;
  for (let at = 0; at < data.length; at++) {
    if (at >= 28 && at < HEADER_SIZE) continue;
    sum ^= data[at];
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** What both ways refuse a header for. */
function checkHeader(header: Values): void {
  if (header.version !== 1) throw new Refusal("UnsupportedVersion");
  if (![1, 2, 3, 4].includes(Number(header.relay_domain))) throw new Refusal("InvalidRelayDomain");
  if (!SOURCES.includes(Number(header.source))) throw new Refusal("UnknownSource");
}

/** What both ways refuse a type for: all but Trade, in any relay but that of MarketData. */
function checkType(header: Values, type: number): void {
  if (type !== 1) throw new Refusal("InvalidTLVType");
  if (header.relay_domain !== 1) throw new Refusal("RelayDomainMismatch");
}

export function encode({ header, tlvs }: Message): string {
  const size = HEADER_SIZE + tlvs.length * (2 + TRADE_SIZE);
  const data = Buffer.alloc(size);
  put(data, 4, HEADER, header);
  checkHeader(header);
  tlvs.forEach(({ type, value }, index) => {
    checkType(header, type);
    const offset = HEADER_SIZE + index * (2 + TRADE_SIZE);
    data.set([1, TRADE_SIZE], offset);
    put(data, offset + 2, TRADE, value);
  });
  if (size > LARGEST) throw new Refusal("MessageTooLarge");
  data.writeUInt32LE(MAGIC, 0);
  data.writeUInt32LE(size - HEADER_SIZE, 24);
  data.writeUInt32LE(checksum(data), 28);
  return data.toString("hex");
}

export function decode(text: string): Message {
  const data = Buffer.from(text, "hex");
  if (data.length < HEADER_SIZE) throw new Refusal("MessageTooSmall");
  const header = take(data, 4, HEADER);
  const size = HEADER_SIZE + data.readUInt32LE(24);
  if (data.readUInt32LE(0) !== MAGIC) throw new Refusal("InvalidMagic");
  checkHeader(header);
  if (size > LARGEST) throw new Refusal("MessageTooLarge");
  if (data.length < size) throw new Refusal("MessageTooSmall");
  if (data.length > size) throw new Refusal("ParseError");
  if (data.readUInt32LE(28) !== checksum(data)) throw new Refusal("ChecksumMismatch");
  const tlvs: Message["tlvs"] = [];
  for (let offset = HEADER_SIZE; offset < size; ) {
    const extended = data[offset] === 255;
    const start = offset + (extended ? 5 : 2);
    if (start > size) throw new Refusal("TruncatedTLV");
    if (extended && data[offset + 1] !== 0) throw new Refusal("InvalidExtendedTLV");
    const length = extended ? data.readUInt16LE(offset + 3) : data[offset + 1];
    checkType(header, extended ? data[offset + 2] : data[offset]);
    offset = start + length;
    if (offset > size) throw new Refusal("TruncatedTLV");
    if (length !== TRADE_SIZE) throw new Refusal("PayloadSizeMismatch");
    tlvs.push({ type: 1, value: take(data, start, TRADE) });
  }
  return { header, tlvs };
}
