/** Messages to bytes and back: sections 2 and 3. A call keeps no state. */

import { crc32 } from "node:zlib";
import { bytesFromHex, type Fields } from "./fields.js";
import { HEADER } from "./layouts.js";
import { Refusal } from "./refusal.js";
import { REGISTRY, RELAY_DOMAINS, SOURCES, type TlvType } from "./registry.js";

export interface Message {
  readonly header: Fields;
  readonly tlvs: readonly Tlv[];
}

export interface Tlv {
  readonly type: number;
  readonly value: Fields | Uint8Array;
}

const MAGIC = 0xdeadbeef;
const VERSION = 1;
const HEADER_SIZE = 32;
const HEADER_FIELDS_AT = 4;
const PAYLOAD_SIZE_AT = 24;
const CHECKSUM_AT = 28;
const MESSAGE_SIZE_MAX = 1_048_576;

const EXTENDED = 255;
const STANDARD_HEADER_SIZE = 2;
const EXTENDED_HEADER_SIZE = 5;
const STANDARD_SIZE_MAX = 255;
const EXTENDED_SIZE_MAX = 65_535;

/** The message in `data`, which must hold nothing else; throws Refusal. */
export function decode(data: Uint8Array): Message {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < HEADER_SIZE) {
    throw new Refusal("MessageTooSmall", { need: HEADER_SIZE, got: data.length });
  }
  const magic = view.getUint32(0, true);
  if (magic !== MAGIC) throw new Refusal("InvalidMagic", { expected: MAGIC, actual: magic });
  const header = HEADER.read(view, HEADER_FIELDS_AT, "");
  checkHeader(header);
  checkSize(view);
  checkChecksum(data, view);
  const tlvs: Tlv[] = [];
  for (let at = HEADER_SIZE; at < data.length; ) {
    const { number, size, valueAt } = readFrame(view, at);
    // Offsets of faults in TLVs count from the payload's first byte.
    const type = findType(number, at - HEADER_SIZE);
    checkTlv(type, number, size, header, at - HEADER_SIZE);
    const value = type.layout ? type.layout.read(view, valueAt, "") : copy(data, valueAt, size);
    tlvs.push({ type: number, value });
    at = valueAt + size;
  }
  return { header, tlvs };
}

/** The bytes of a message; throws Refusal for what no decoder would take. */
export function encode(message: Message): Uint8Array {
  const { header, tlvs } = message;
  checkHeader(header);
  // First measure and check, so that memory is taken once and only for what is legal.
  let end = HEADER_SIZE;
  const sized = tlvs.map(({ type: number, value }) => {
    const offset = end - HEADER_SIZE;
    const type = findType(number, offset);
    const size = type.layout ? type.layout.size : (value as Uint8Array).length;
    if (size > EXTENDED_SIZE_MAX) {
      throw new Refusal("PayloadTooLarge", { tlv_type: number, size, limit: EXTENDED_SIZE_MAX });
    }
    checkTlv(type, number, size, header, offset);
    end += (size > STANDARD_SIZE_MAX ? EXTENDED_HEADER_SIZE : STANDARD_HEADER_SIZE) + size;
    return { number, layout: type.layout, size, value };
  });
  if (end > MESSAGE_SIZE_MAX) {
    throw new Refusal("MessageTooLarge", { size: end, limit: MESSAGE_SIZE_MAX });
  }
  const data = new Uint8Array(end);
  const view = new DataView(data.buffer);
  view.setUint32(0, MAGIC, true);
  HEADER.write(view, HEADER_FIELDS_AT, header, "");
  view.setUint32(PAYLOAD_SIZE_AT, end - HEADER_SIZE, true);
  let at = HEADER_SIZE;
  for (const { number, layout, size, value } of sized) {
    at = writeFrame(view, at, number, size);
    if (layout) layout.write(view, at, value as Fields, "");
    else data.set(value as Uint8Array, at);
    at += size;
  }
  view.setUint32(CHECKSUM_AT, checksum(data), true);
  return data;
}

/** A message from its JSON form. */
export function messageFromJson(json: any): Message {
  const tlvs = json.tlvs.map(({ type, value }: { type: number; value: unknown }) => {
    const layout = REGISTRY[type]?.layout;
    return { type, value: layout ? layout.fromJson(value) : bytesFromHex(value) };
  });
  return { header: HEADER.fromJson(json.header), tlvs };
}

/** CRC-32 over all but the four bytes that hold it. */
function checksum(data: Uint8Array): number {
  return crc32(data.subarray(HEADER_SIZE), crc32(data.subarray(0, CHECKSUM_AT)));
}

function checkHeader({ relay_domain, version, source }: Fields): void {
  if (!RELAY_DOMAINS.has(relay_domain as number)) {
    throw new Refusal("InvalidRelayDomain", { relay_domain: relay_domain as number });
  }
  if (version !== VERSION) throw new Refusal("UnsupportedVersion", { version: version as number });
  if (!SOURCES.has(source as number)) {
    throw new Refusal("UnknownSource", { source: source as number });
  }
}

function checkSize(view: DataView): void {
  const size = HEADER_SIZE + view.getUint32(PAYLOAD_SIZE_AT, true);
  if (size > MESSAGE_SIZE_MAX) {
    throw new Refusal("MessageTooLarge", { size, limit: MESSAGE_SIZE_MAX });
  }
  if (view.byteLength < size) {
    throw new Refusal("MessageTooSmall", { need: size, got: view.byteLength });
  }
  if (view.byteLength > size) {
    throw new Refusal("ParseError", { offset: size, context: "bytes after the payload" });
  }
}

function checkChecksum(data: Uint8Array, view: DataView): void {
  const expected = checksum(data);
  const actual = view.getUint32(CHECKSUM_AT, true);
  if (expected === actual) return;
  throw new Refusal("ChecksumMismatch", {
    expected,
    actual,
    message_size: data.length - HEADER_SIZE,
    tlv_count: countTlvs(view),
  });
}

/** How many TLVs are whole, by lengths alone. */
function countTlvs(view: DataView): number {
  const end = view.byteLength;
  let count = 0;
  for (let at = HEADER_SIZE; at < end; count++) {
    const isExtended = view.getUint8(at) === EXTENDED;
    const valueAt = at + (isExtended ? EXTENDED_HEADER_SIZE : STANDARD_HEADER_SIZE);
    if (valueAt > end) break;
    at = valueAt + (isExtended ? view.getUint16(at + 3, true) : view.getUint8(at + 1));
    if (at > end) break;
  }
  return count;
}

interface Frame {
  readonly number: number;
  readonly size: number;
  readonly valueAt: number;
}

/** The header of the TLV at `at`, of which all `size` bytes are there. */
function readFrame(view: DataView, at: number): Frame {
  const end = view.byteLength;
  const isExtended = view.getUint8(at) === EXTENDED;
  const numberAt = isExtended ? at + 2 : at;
  const number = numberAt < end ? view.getUint8(numberAt) : 0;
  const valueAt = at + (isExtended ? EXTENDED_HEADER_SIZE : STANDARD_HEADER_SIZE);
  checkThere(view, at, number, valueAt);
  const reserved = isExtended ? view.getUint8(at + 1) : 0;
  if (reserved !== 0) {
    throw new Refusal("InvalidExtendedTLV", { offset: at - HEADER_SIZE, reserved });
  }
  const size = isExtended ? view.getUint16(at + 3, true) : view.getUint8(at + 1);
  checkThere(view, at, number, valueAt + size);
  return { number, size, valueAt };
}

function checkThere(view: DataView, at: number, number: number, end: number): void {
  if (end <= view.byteLength) return;
  throw new Refusal("TruncatedTLV", {
    buffer_size: view.byteLength - HEADER_SIZE,
    required_bytes: end - HEADER_SIZE,
    tlv_type: number,
    offset: at - HEADER_SIZE,
  });
}

function findType(number: number, offset: number): TlvType {
  const type = REGISTRY[number];
  if (!type) throw new Refusal("InvalidTLVType", { tlv_type: number, offset });
  return type;
}

function checkTlv(
  type: TlvType,
  number: number,
  size: number,
  header: Fields,
  offset: number,
): void {
  const { domain, sizeMin, sizeMax } = type;
  if (domain !== null && domain !== header["relay_domain"]) {
    const got = header["relay_domain"] as number;
    throw new Refusal("RelayDomainMismatch", { tlv_type: number, expected: domain, got, offset });
  }
  const expected = size < sizeMin ? sizeMin : sizeMax;
  if (size < sizeMin || size > sizeMax) {
    throw new Refusal("PayloadSizeMismatch", { tlv_type: number, expected, got: size, offset });
  }
}

/** Writes the header of a TLV and returns where its value starts. */
function writeFrame(view: DataView, at: number, number: number, size: number): number {
  if (size <= STANDARD_SIZE_MAX) {
    view.setUint8(at, number);
    view.setUint8(at + 1, size);
    return at + STANDARD_HEADER_SIZE;
  }
  view.setUint8(at, EXTENDED);
  view.setUint8(at + 2, number); // the byte between them is reserved and zero
  view.setUint16(at + 3, size, true);
  return at + EXTENDED_HEADER_SIZE;
}

/** A copy: `slice` of a Buffer would be a view of the same memory. */
const copy = (data: Uint8Array, start: number, size: number) =>
  Uint8Array.from(data.subarray(start, start + size));
