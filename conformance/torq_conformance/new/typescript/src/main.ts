// A codec for Torq Protocol V2 of which nothing is written yet but who it is.
//
// A line of input holds one request in JSON, a line of output its answer. Integers of 64 bits and more
// come as text: make them a bigint, for a number is exact up to 2^53 only.

import { createInterface } from "node:readline";

interface Request {
  id: number;
  op: string;
  data?: string;
  message?: unknown;
}

type Answer =
  | { ok: unknown }
  | { error: { kind: string; context?: object } }
  | { unsupported: true };

function answer(request: Request): Answer {
  switch (request.op) {
    case "hello":
      return {
        ok: {
          name: "my-codec",
          version: "0.1",
          language: "TypeScript",
          capabilities: ["decode", "encode"],
          types: ["Trade"],
        },
      };
    // Where yours begins: decode has "data" in hex and is answered by "ok" with a message, or
    // refused by "error" with {"kind": "TruncatedTLV"}; encode has "message", its "ok" is hex.
    default:
      return { unsupported: true };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  process.stdout.write(JSON.stringify({ id: request.id, ...answer(request) }) + "\n");
}
