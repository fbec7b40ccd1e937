/** Why a message is refused: section 6 of the protocol. */

/** The kinds, in the order of the table; bulk mode sends the row, counted from 1. */
export const KINDS = [
  "MessageTooSmall",
  "MessageTooLarge",
  "InvalidMagic",
  "UnsupportedVersion",
  "InvalidRelayDomain",
  "UnknownSource",
  "ChecksumMismatch",
  "TruncatedTLV",
  "InvalidExtendedTLV",
  "InvalidTLVType",
  "RelayDomainMismatch",
  "PayloadSizeMismatch",
  "CapacityExceeded",
  "PayloadTooLarge",
  "ValueOutOfRange",
  "InvalidInstrument",
  "ParseError",
] as const;

export type Kind = (typeof KINDS)[number];
export type Context = Record<string, number | bigint | string>;

/** A message, or a value to be encoded, that the protocol does not allow; never a bug of ours. */
export class Refusal extends Error {
  constructor(
    readonly kind: Kind,
    readonly context: Context,
  ) {
    super(kind);
  }

  /** The same refusal, its field named from outside the element of a vector: bids[3].price. */
  within(element: string): Refusal {
    const { field } = this.context;
    const path = field === "" ? element : `${element}.${field}`;
    return new Refusal(this.kind, { ...this.context, field: path });
  }
}
