// Reads a message in hex a line with the decoder in FOLDER; writes a line of JSON for each.
const path = require("path");
const readline = require("readline");
const KaitaiStream = require("kaitai-struct/KaitaiStream");
const generated = require(path.join(process.argv[2], "Torq.js"));
const Torq = generated.Torq ?? generated;

const WIDE = new Set(["U64", "I64", "U128", "U256"]);

function plain(part) {
  if (part instanceof Uint8Array) return Buffer.from(part).toString("hex");
  if (Array.isArray(part)) return part.map(plain);
  if (typeof part !== "object") return part;
  if (WIDE.has(part.constructor.name)) {
    const words = part.words.reduceRight((number, word) => (number << 32n) | BigInt(word), 0n);
    return String(part.constructor.name === "I64" ? BigInt.asIntN(64, words) : words);
  }
  if ("slots" in part) return plain(part.slots);
  const named = Object.entries(part).filter(([name]) => !name.startsWith("_"));
  return Object.fromEntries(named.map(([name, one]) => [name, plain(one)]));
}

function read(hex) {
  try {
    const message = new Torq(new KaitaiStream(new Uint8Array(Buffer.from(hex, "hex"))));
    const tlvs = message.payload.tlvs.map((tlv) => ({ type: tlv.number, value: plain(tlv.value) }));
    return { header: plain(message.header), tlvs };
  } catch (error) {
    return { error: String(error.name) };
  }
}

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => process.stdout.write(`${JSON.stringify(read(line))}\n`));
