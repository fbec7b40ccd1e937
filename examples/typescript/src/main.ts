/**
 * The codec behind stdin and stdout: lines of JSON, or frames in bulk mode.
 *
 * Contract: a refusal is an answer; any other error is a bug, and ends the process with its stack.
 */

import { once } from "node:events";
import { decode, encode, messageFromJson } from "./codec.js";
import { bytesFromHex } from "./fields.js";
import { KINDS, Refusal } from "./refusal.js";

const IDENTITY = {
  name: "torq-example-typescript",
  version: "1",
  language: "TypeScript",
  capabilities: ["decode", "encode", "error_context", "strict_padding", "frames"],
};

const NEWLINE = 0x0a;
const FRAMES_END = 0xffff_ffff;
const REFUSED = 0x8000_0000;

let isFramed = false;
/** What of the input has not been answered: the start of a line or of a frame. */
let pending: Buffer = Buffer.alloc(0);

// The loop takes a chunk only when the last one is answered: input that nobody reads yet stays in
// the pipe. `write` says false when its buffer is full; then we wait until it has drained.
for await (const chunk of process.stdin) {
  pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
  const answers = answerPending();
  if (answers.length > 0 && !process.stdout.write(answers)) await once(process.stdout, "drain");
}

/** Answers all that is complete in `pending`, in one piece. */
function answerPending(): Buffer {
  const answers: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const rest = pending.subarray(at);
    const used = isFramed ? answerFrame(rest, answers) : answerLine(rest, answers);
    if (used === 0) {
      pending = rest;
      return Buffer.concat(answers);
    }
    at += used;
  }
}

/** Answers the frame that `rest` starts with; returns its bytes, 0 if it is not complete. */
function answerFrame(rest: Buffer, answers: Uint8Array[]): number {
  if (rest.length < 4) return 0;
  const length = rest.readUInt32LE(0);
  if (length === FRAMES_END) {
    isFramed = false;
    return 4;
  }
  const end = 4 + length;
  if (rest.length < end) return 0;
  const size = new DataView(new ArrayBuffer(4));
  try {
    const data = encode(decode(rest.subarray(4, end)));
    size.setUint32(0, data.length, true);
    answers.push(new Uint8Array(size.buffer), data);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    size.setUint32(0, REFUSED + KINDS.indexOf(error.kind) + 1, true);
    answers.push(new Uint8Array(size.buffer));
  }
  return end;
}

/** The same for a line of JSON. */
function answerLine(rest: Buffer, answers: Uint8Array[]): number {
  const end = rest.indexOf(NEWLINE) + 1;
  if (end > 0) {
    const answer = answerRequest(JSON.parse(rest.toString("utf8", 0, end)));
    answers.push(Buffer.from(JSON.stringify(answer, plain) + "\n"));
  }
  return end;
}

function answerRequest(request: any): object {
  const { id } = request;
  try {
    const ok = perform(request);
    return ok === undefined ? { id, unsupported: true } : { id, ok };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { id, error: { kind: error.kind, context: error.context } };
  }
}

/** The result of a request; undefined if we do not offer what it asks for. */
function perform(request: any): unknown {
  switch (request.op) {
    case "hello":
      return IDENTITY;
    case "decode":
      return decode(bytesFromHex(request.data));
    case "encode":
      return encode(messageFromJson(request.message));
    case "roundtrip":
      return encode(decode(bytesFromHex(request.data)));
    case "batch":
      return request.requests.map(answerRequest);
    case "frames":
      isFramed = true;
      return {};
    default:
      return undefined;
  }
}

/** JSON knows neither BigInt, which goes as a string, nor bytes, which go as hex. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  // A number that was too large for its field may be so large that it would be printed as 1e+21.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return String(BigInt(value as number));
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
