package torq;

import java.util.Map;

/** A message, or a value to be encoded, that section 6 does not allow; never a bug of ours. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The kinds in the order of the table; bulk mode sends the row, counted from 1. */
  enum Kind {
    MessageTooSmall,
    MessageTooLarge,
    InvalidMagic,
    UnsupportedVersion,
    InvalidRelayDomain,
    UnknownSource,
    ChecksumMismatch,
    TruncatedTLV,
    InvalidExtendedTLV,
    InvalidTLVType,
    RelayDomainMismatch,
    PayloadSizeMismatch,
    CapacityExceeded,
    PayloadTooLarge,
    ValueOutOfRange,
    InvalidInstrument,
    ParseError
  }

  final Kind kind;
  final transient Map<String, Object> context;

  /** Takes the context as names and values in turn. */
  Refusal(Kind kind, Object... context) {
    // Refusals are answers: nobody reads their stack, and recording it costs most of the time.
    super(kind.name(), null, false, false);
    this.kind = kind;
    this.context = Json.object(context);
  }
}
