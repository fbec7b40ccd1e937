package torq;

import static torq.Refusal.Kind.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import torq.Message.Tlv;
import torq.Registry.TlvType;

/** Messages to bytes and back: sections 2 and 3. A call keeps no state. */
final class Codec {
  private Codec() {}

  private static final long MAGIC = 0xdeadbeefL; // without the L it would be negative
  private static final int VERSION = 1;
  private static final int HEADER_SIZE = 32;
  private static final int HEADER_FIELDS_AT = 4;
  private static final int PAYLOAD_SIZE_AT = 24;
  private static final int CHECKSUM_AT = 28;
  private static final int MESSAGE_SIZE_MAX = 1_048_576;

  private static final int EXTENDED = 255;
  private static final int STANDARD_HEADER_SIZE = 2;
  private static final int EXTENDED_HEADER_SIZE = 5;
  private static final int STANDARD_SIZE_MAX = 255;
  private static final int EXTENDED_SIZE_MAX = 65_535;

  /** The message in {@code bytes}, which must hold nothing else. */
  static Message decode(byte[] bytes) {
    if (bytes.length < HEADER_SIZE) {
      throw new Refusal(MessageTooSmall, "need", HEADER_SIZE, "got", bytes.length);
    }
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long magic = u32(data, 0);
    if (magic != MAGIC) {
      throw new Refusal(InvalidMagic, "expected", MAGIC, "actual", magic);
    }
    Object[] header = Layouts.HEADER.read(data, HEADER_FIELDS_AT, "");
    int domain = checkHeader(header);
    checkSize(data);
    checkChecksum(data);
    List<Tlv> tlvs = new ArrayList<>();
    for (int at = HEADER_SIZE; at < bytes.length; ) {
      Frame frame = readFrame(data, at);
      TlvType type = findType(frame.number, at - HEADER_SIZE);
      check(type, frame.size, domain, at - HEADER_SIZE);
      tlvs.add(new Tlv(frame.number, type.valueType(frame.size).read(data, frame.valueAt, "")));
      at = frame.valueAt + frame.size;
    }
    return new Message(header, tlvs);
  }

  /** The bytes of a message; refuses what no decoder would take. */
  static byte[] encode(Message message) {
    int domain = checkHeader(message.header());
    // First measure and check, so that memory is taken once and only for what is legal.
    long end = HEADER_SIZE;
    for (Tlv tlv : message.tlvs()) {
      int offset = (int) (end - HEADER_SIZE);
      TlvType type = findType(tlv.type(), offset);
      int size = type.sizeOf(tlv.value());
      if (size > EXTENDED_SIZE_MAX) {
        throw new Refusal(
            PayloadTooLarge, "tlv_type", tlv.type(), "size", size, "limit", EXTENDED_SIZE_MAX);
      }
      check(type, size, domain, offset);
      end += (size > STANDARD_SIZE_MAX ? EXTENDED_HEADER_SIZE : STANDARD_HEADER_SIZE) + size;
    }
    if (end > MESSAGE_SIZE_MAX) {
      throw new Refusal(MessageTooLarge, "size", end, "limit", MESSAGE_SIZE_MAX);
    }
    ByteBuffer data = ByteBuffer.allocate((int) end).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, (int) MAGIC);
    Layouts.HEADER.write(data, HEADER_FIELDS_AT, message.header());
    data.putInt(PAYLOAD_SIZE_AT, data.capacity() - HEADER_SIZE);
    int at = HEADER_SIZE;
    for (Tlv tlv : message.tlvs()) {
      TlvType type = Registry.find(tlv.type());
      int size = type.sizeOf(tlv.value());
      at = writeFrame(data, at, tlv.type(), size);
      type.valueType(size).write(data, at, tlv.value());
      at += size;
    }
    data.putInt(CHECKSUM_AT, (int) checksum(data));
    return data.array();
  }

  /** CRC-32 over all but the four bytes that hold it. */
  private static long checksum(ByteBuffer data) {
    CRC32 crc = new CRC32();
    crc.update(data.array(), 0, CHECKSUM_AT);
    crc.update(data.array(), HEADER_SIZE, data.capacity() - HEADER_SIZE);
    return crc.getValue();
  }

  /** Returns the relay domain. */
  private static int checkHeader(Object[] header) {
    int domain = ((Long) header[0]).intValue();
    int version = ((Long) header[1]).intValue();
    int source = ((Long) header[2]).intValue();
    if (!Registry.RELAY_DOMAINS.contains(domain)) {
      throw new Refusal(InvalidRelayDomain, "relay_domain", domain);
    }
    if (version != VERSION) {
      throw new Refusal(UnsupportedVersion, "version", version);
    }
    if (!Registry.SOURCES.contains(source)) {
      throw new Refusal(UnknownSource, "source", source);
    }
    return domain;
  }

  private static void checkSize(ByteBuffer data) {
    long size = HEADER_SIZE + u32(data, PAYLOAD_SIZE_AT);
    if (size > MESSAGE_SIZE_MAX) {
      throw new Refusal(MessageTooLarge, "size", size, "limit", MESSAGE_SIZE_MAX);
    }
    if (data.capacity() < size) {
      throw new Refusal(MessageTooSmall, "need", size, "got", data.capacity());
    }
    if (data.capacity() > size) {
      throw new Refusal(ParseError, "offset", size, "context", "bytes after the payload");
    }
  }

  private static void checkChecksum(ByteBuffer data) {
    long expected = checksum(data);
    long actual = u32(data, CHECKSUM_AT);
    if (expected != actual) {
      throw new Refusal(
          ChecksumMismatch,
          "expected", expected,
          "actual", actual,
          "message_size", data.capacity() - HEADER_SIZE,
          "tlv_count", countTlvs(data));
    }
  }

  /** How many TLVs are whole, by lengths alone. */
  private static int countTlvs(ByteBuffer data) {
    int end = data.capacity();
    int count = 0;
    for (int at = HEADER_SIZE; at < end; count++) {
      boolean isExtended = u8(data, at) == EXTENDED;
      int valueAt = at + (isExtended ? EXTENDED_HEADER_SIZE : STANDARD_HEADER_SIZE);
      if (valueAt > end) {
        break;
      }
      at = valueAt + (isExtended ? u16(data, at + 3) : u8(data, at + 1));
      if (at > end) {
        break;
      }
    }
    return count;
  }

  private record Frame(int number, int size, int valueAt) {}

  /** The header of the TLV at {@code at}, whose value is there in full. */
  private static Frame readFrame(ByteBuffer data, int at) {
    boolean isExtended = u8(data, at) == EXTENDED;
    int numberAt = isExtended ? at + 2 : at;
    int number = numberAt < data.capacity() ? u8(data, numberAt) : 0;
    int valueAt = at + (isExtended ? EXTENDED_HEADER_SIZE : STANDARD_HEADER_SIZE);
    checkThere(data, at, number, valueAt);
    int reserved = isExtended ? u8(data, at + 1) : 0;
    if (reserved != 0) {
      throw new Refusal(InvalidExtendedTLV, "offset", at - HEADER_SIZE, "reserved", reserved);
    }
    int size = isExtended ? u16(data, at + 3) : u8(data, at + 1);
    checkThere(data, at, number, valueAt + size);
    return new Frame(number, size, valueAt);
  }

  private static void checkThere(ByteBuffer data, int at, int number, int end) {
    if (end > data.capacity()) {
      throw new Refusal(
          TruncatedTLV,
          "buffer_size", data.capacity() - HEADER_SIZE,
          "required_bytes", end - HEADER_SIZE,
          "tlv_type", number,
          "offset", at - HEADER_SIZE);
    }
  }

  private static TlvType findType(int number, int offset) {
    TlvType type = Registry.find(number);
    if (type == null) {
      throw new Refusal(InvalidTLVType, "tlv_type", number, "offset", offset);
    }
    return type;
  }

  private static void check(TlvType type, int size, int domain, int offset) {
    if (type.domain() != Registry.ANY && type.domain() != domain) {
      throw new Refusal(
          RelayDomainMismatch,
          "tlv_type", type.number(),
          "expected", type.domain(),
          "got", domain,
          "offset", offset);
    }
    if (size < type.sizeMin() || size > type.sizeMax()) {
      throw new Refusal(
          PayloadSizeMismatch,
          "tlv_type", type.number(),
          "expected", size < type.sizeMin() ? type.sizeMin() : type.sizeMax(),
          "got", size,
          "offset", offset);
    }
  }

  /** Writes the header of a TLV and returns where its value starts. */
  private static int writeFrame(ByteBuffer data, int at, int number, int size) {
    if (size <= STANDARD_SIZE_MAX) {
      data.put(at, (byte) number).put(at + 1, (byte) size);
      return at + STANDARD_HEADER_SIZE;
    }
    data.put(at, (byte) EXTENDED).put(at + 1, (byte) 0).put(at + 2, (byte) number);
    data.putShort(at + 3, (short) size);
    return at + EXTENDED_HEADER_SIZE;
  }

  private static int u8(ByteBuffer data, int offset) {
    return Byte.toUnsignedInt(data.get(offset));
  }

  private static int u16(ByteBuffer data, int offset) {
    return Short.toUnsignedInt(data.getShort(offset));
  }

  private static long u32(ByteBuffer data, int offset) {
    return Integer.toUnsignedLong(data.getInt(offset));
  }
}
