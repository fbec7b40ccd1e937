/**
 * What fields are made of: how each type is read, checked, written, and taken from JSON.
 *
 * Contract: a view covers one whole message, so every offset counts from its first byte. `read`
 * copies; nothing it returns changes when the message's buffer is used again. `write` finds zeros
 * and relies on them for padding and for empty slots.
 */

import { Refusal } from "./refusal.js";

export type Value = number | bigint | Uint8Array | Value[] | Fields;

/** The fields of a layout by name. */
export interface Fields {
  [name: string]: Value;
}

export interface FieldType<V extends Value = any> {
  readonly size: number;
  read(view: DataView, offset: number, name: string): V;
  write(view: DataView, offset: number, value: V, name: string): void;
  fromJson(json: unknown): V;
}

type Get<V> = (view: DataView, offset: number) => V;
type Set<V> = (view: DataView, offset: number, value: V) => void;

const LE = true; // DataView reads big-endian unless it is asked otherwise.

/** An integer of `size` bytes. DataView would store 300 in a byte as 44, so the range is ours. */
function integer<V extends number | bigint>(
  size: number,
  minimum: V,
  maximum: V,
  get: Get<V>,
  set: Set<V>,
  fromJson: (json: unknown) => V,
): FieldType<V> {
  return {
    size,
    read: get,
    write(view, offset, value, name) {
      // Written so that NaN fails; a fraction has no bytes either.
      if (!(minimum <= value && value <= maximum && (size >= 8 || Number.isInteger(value)))) {
        throw new Refusal("ValueOutOfRange", { field: name, value, minimum, maximum });
      }
      set(view, offset, value);
    },
    fromJson,
  };
}

/** Up to 32 bits a JavaScript number is exact, and a number in JSON. */
const small = (size: number, min: number, max: number, get: Get<number>, set: Set<number>) =>
  integer(size, min, max, get, set, (json) => Number(json));

/** From 64 bits on only BigInt is exact (a number is up to 2^53), and JSON carries a string. */
const big = (size: number, min: bigint, max: bigint, get: Get<bigint>, set: Set<bigint>) =>
  integer(size, min, max, get, set, (json) => BigInt(json as string));

/** An unsigned integer of several 64-bit words, the least significant first. */
function words(count: number): FieldType<bigint> {
  const get: Get<bigint> = (view, offset) => {
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) {
      value = (value << 64n) | view.getBigUint64(offset + 8 * i, LE);
    }
    return value;
  };
  const set: Set<bigint> = (view, offset, value) => {
    // setBigUint64 takes the value modulo 2^64: just the word that is due.
    for (let i = 0; i < count; i++) view.setBigUint64(offset + 8 * i, value >> BigInt(64 * i), LE);
  };
  return big(8 * count, 0n, (1n << BigInt(64 * count)) - 1n, get, set);
}

export const u8 = small(1, 0, 0xff,
  (v, at) => v.getUint8(at), (v, at, n) => v.setUint8(at, n));
export const u16 = small(2, 0, 0xffff,
  (v, at) => v.getUint16(at, LE), (v, at, n) => v.setUint16(at, n, LE));
export const u32 = small(4, 0, 0xffff_ffff,
  (v, at) => v.getUint32(at, LE), (v, at, n) => v.setUint32(at, n, LE));
export const i32 = small(4, -(2 ** 31), 2 ** 31 - 1,
  (v, at) => v.getInt32(at, LE), (v, at, n) => v.setInt32(at, n, LE));
export const u64 = big(8, 0n, 2n ** 64n - 1n,
  (v, at) => v.getBigUint64(at, LE), (v, at, n) => v.setBigUint64(at, n, LE));
export const i64 = big(8, -(2n ** 63n), 2n ** 63n - 1n,
  (v, at) => v.getBigInt64(at, LE), (v, at, n) => v.setBigInt64(at, n, LE));
export const u128 = words(2);
export const u256 = words(4);

/** Exactly `length` bytes, and `padding` zero bytes after them. */
export function raw(length: number, padding = 0): FieldType<Uint8Array> {
  return {
    size: length + padding,
    read(view, offset) {
      checkZeros(view, offset + length, padding);
      const start = view.byteOffset + offset;
      return new Uint8Array(view.buffer.slice(start, start + length) as ArrayBuffer);
    },
    write(view, offset, value, name) {
      if (value.length !== length) {
        const context = { field: name, value: value.length, minimum: length, maximum: length };
        throw new Refusal("ValueOutOfRange", context);
      }
      new Uint8Array(view.buffer, view.byteOffset + offset, length).set(value);
    },
    fromJson: bytesFromHex,
  };
}

export const address = raw(20, 12);

/** Where the slots of a vector begin: a layout names it, it follows from no other fact. */
export const SLOTS_AT_8 = 8;
export const SLOTS_AT_16 = 16; // of 16-byte integers

const COUNT_SIZE = 2;

/** A FixedVec: count u16, padding, then `capacity` slots, zero from `count` on. */
export function vec<V extends Value>(
  element: FieldType<V>,
  capacity: number,
  slotsAt: number,
): FieldType<V[]> {
  const size = slotsAt + capacity * element.size;
  const slot = (index: number) => slotsAt + index * element.size;
  const checkCount = (count: number, name: string) => {
    if (count > capacity) {
      const context = { field: name, max_capacity: capacity, attempted: count };
      throw new Refusal("CapacityExceeded", context);
    }
  };
  return {
    size,
    read(view, offset, name) {
      const count = view.getUint16(offset, LE);
      checkCount(count, name);
      checkZeros(view, offset + COUNT_SIZE, slotsAt - COUNT_SIZE);
      checkZeros(view, offset + slot(count), size - slot(count));
      const elements: V[] = [];
      for (let i = 0; i < count; i++) elements.push(element.read(view, offset + slot(i), ""));
      return elements;
    },
    write(view, offset, elements, name) {
      checkCount(elements.length, name);
      view.setUint16(offset, elements.length, LE);
      elements.forEach((value, index) => {
        try {
          element.write(view, offset + slot(index), value, "");
        } catch (error) {
          throw error instanceof Refusal ? error.within(`${name}[${index}]`) : error;
        }
      });
    },
    fromJson: (json) => (json as unknown[]).map((part) => element.fromJson(part)),
  };
}

/** A row of a layout: the name and type of a field, or so many zero bytes. */
export type Row = readonly [name: string, type: FieldType] | { readonly padding: number };

export const pad = (padding: number): Row => ({ padding });

/** Fields one after the other; `size` is what the protocol says they add up to. */
export function layout(size: number, ...rows: Row[]): FieldType<Fields> {
  const fields: { name: string; type: FieldType; at: number }[] = [];
  const paddings: { at: number; length: number }[] = [];
  let end = 0;
  for (const row of rows) {
    if ("padding" in row) {
      paddings.push({ at: end, length: row.padding });
      end += row.padding;
    } else {
      fields.push({ name: row[0], type: row[1], at: end });
      end += row[1].size;
    }
  }
  if (end !== size) throw new Error(`the rows of a layout of ${size} bytes add up to ${end}`);
  return {
    size,
    read(view, offset) {
      for (const { at, length } of paddings) checkZeros(view, offset + at, length);
      const value: Fields = {};
      for (const { name, type, at } of fields) value[name] = type.read(view, offset + at, name);
      return value;
    },
    write(view, offset, value) {
      for (const { name, type, at } of fields) type.write(view, offset + at, value[name]!, name);
    },
    fromJson(json) {
      const parts = json as Record<string, unknown>;
      const value: Fields = {};
      for (const { name, type } of fields) value[name] = type.fromJson(parts[name]);
      return value;
    },
  };
}

export function bytesFromHex(json: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(json as string, "hex"));
}

function checkZeros(view: DataView, offset: number, length: number): void {
  for (let at = offset; at < offset + length; at++) {
    if (view.getUint8(at) !== 0) {
      throw new Refusal("ParseError", { offset: at, context: "a byte that must be zero is not" });
    }
  }
}
