package torq;

import static torq.Refusal.Kind.*;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What fields are made of: how each type is read, written, and turned into JSON and back.
 *
 * <p>Contract: a buffer is little-endian and holds one whole message, so every offset counts from
 * its first byte. A value is a Long up to 64 bits (u64: the same bits, unsigned), a BigInteger
 * above, byte[], a List, or an Object[] with the fields of a layout in its order. Values come from
 * {@code read} and {@code fromJson} alone, and both give only what fits; so {@code write} need not
 * look. It finds zeros and relies on them for padding and for empty slots.
 */
sealed interface Type {
  int size();

  Object read(ByteBuffer data, int offset, String name);

  void write(ByteBuffer data, int offset, Object value);

  Object toJson(Object value);

  /** Refuses what the type cannot hold, and says so by {@code path}. */
  Object fromJson(Object json, String path);

  Type U8 = new Int(1, false);
  Type U16 = new Int(2, false);
  Type U32 = new Int(4, false);
  Type U64 = new Int(8, false);
  Type I32 = new Int(4, true);
  Type I64 = new Int(8, true);
  Type U128 = new Wide(16);
  Type U256 = new Wide(32);
  Type ADDRESS = new Raw(20, 12);

  static Type bytes(int length) {
    return new Raw(length, 0);
  }

  /** Where the slots of a vector begin: a layout names it, it follows from no other fact. */
  int SLOTS_AT_8 = 8;

  int SLOTS_AT_16 = 16; // of 16-byte integers

  static Type vec(Type element, int capacity, int slotsAt) {
    return new Vec(element, capacity, slotsAt);
  }

  static Row row(String name, Type type) {
    return new Row(name, type, type.size());
  }

  static Row pad(int size) {
    return new Row(null, null, size);
  }

  /** Fields one after the other; {@code size} is what the protocol says they add up to. */
  static Layout layout(int size, Row... rows) {
    int end = 0;
    for (Row row : rows) {
      end += row.size;
    }
    if (end != size) {
      throw new IllegalStateException("rows of a layout of " + size + " bytes add up to " + end);
    }
    return new Layout(size, List.of(rows));
  }

  /** A field of a layout, or padding if it has no name. */
  record Row(String name, Type type, int size) {}

  /** An integer of up to 64 bits. Java's own are signed; unsigned ones are masked out of them. */
  record Int(int size, boolean isSigned) implements Type {
    @Override
    public Object read(ByteBuffer data, int offset, String name) {
      return switch (size) {
        case 1 -> data.get(offset) & 0xffL;
        case 2 -> data.getShort(offset) & 0xffffL;
        case 4 -> isSigned ? (long) data.getInt(offset) : data.getInt(offset) & 0xffff_ffffL;
        default -> data.getLong(offset);
      };
    }

    @Override
    public void write(ByteBuffer data, int offset, Object value) {
      long bits = (Long) value;
      switch (size) {
        case 1 -> data.put(offset, (byte) bits);
        case 2 -> data.putShort(offset, (short) bits);
        case 4 -> data.putInt(offset, (int) bits);
        default -> data.putLong(offset, bits);
      }
    }

    @Override
    public Object toJson(Object value) {
      if (size < 8) {
        return value;
      }
      return isSigned ? value.toString() : Long.toUnsignedString((Long) value);
    }

    @Override
    public Object fromJson(Object json, String path) {
      BigInteger maximum = largest(isSigned ? 8 * size - 1 : 8 * size);
      BigInteger minimum = isSigned ? maximum.not() : BigInteger.ZERO;
      // longValue keeps the low 64 bits: of a u64 all of them.
      return checkRange(new BigInteger(json.toString()), minimum, maximum, path).longValue();
    }
  }

  /** An unsigned integer of more than 64 bits. */
  record Wide(int size) implements Type {
    @Override
    public Object read(ByteBuffer data, int offset, String name) {
      byte[] magnitude = new byte[size];
      for (int i = 0; i < size; i++) {
        magnitude[size - 1 - i] = data.get(offset + i); // BigInteger is big-endian
      }
      return new BigInteger(1, magnitude); // 1: positive, whatever the first bit is
    }

    @Override
    public void write(ByteBuffer data, int offset, Object value) {
      byte[] bytes = ((BigInteger) value).toByteArray();
      // As few bytes as possible, and one more, zero, where the first bit is set.
      for (int i = 0; i < Math.min(size, bytes.length); i++) {
        data.put(offset + i, bytes[bytes.length - 1 - i]);
      }
    }

    @Override
    public Object toJson(Object value) {
      return value.toString();
    }

    @Override
    public Object fromJson(Object json, String path) {
      return checkRange(new BigInteger(json.toString()), BigInteger.ZERO, largest(8 * size), path);
    }
  }

  /** Exactly {@code length} bytes, and {@code padding} zero bytes after them. */
  record Raw(int length, int padding) implements Type {
    @Override
    public int size() {
      return length + padding;
    }

    @Override
    public Object read(ByteBuffer data, int offset, String name) {
      checkZeros(data, offset + length, offset + size());
      byte[] bytes = new byte[length];
      data.get(offset, bytes);
      return bytes;
    }

    @Override
    public void write(ByteBuffer data, int offset, Object value) {
      data.put(offset, (byte[]) value);
    }

    @Override
    public Object toJson(Object value) {
      return HexFormat.of().formatHex((byte[]) value);
    }

    @Override
    public Object fromJson(Object json, String path) {
      byte[] bytes = HexFormat.of().parseHex((String) json);
      BigInteger wanted = BigInteger.valueOf(length);
      checkRange(BigInteger.valueOf(bytes.length), wanted, wanted, path);
      return bytes;
    }
  }

  /** A FixedVec: count u16, padding, then {@code capacity} slots, zero from count on. */
  record Vec(Type element, int capacity, int slotsAt) implements Type {
    private static final int COUNT_SIZE = 2;

    @Override
    public int size() {
      return slotsAt + capacity * element.size();
    }

    @Override
    public Object read(ByteBuffer data, int offset, String name) {
      int count = data.getShort(offset) & 0xffff;
      checkCount(count, name);
      int slots = offset + slotsAt;
      checkZeros(data, offset + COUNT_SIZE, slots);
      checkZeros(data, slots + count * element.size(), offset + size());
      List<Object> elements = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        elements.add(element.read(data, slots + i * element.size(), name));
      }
      return elements;
    }

    @Override
    public void write(ByteBuffer data, int offset, Object value) {
      List<?> elements = (List<?>) value;
      data.putShort(offset, (short) elements.size());
      int slot = offset + slotsAt;
      for (Object part : elements) {
        element.write(data, slot, part);
        slot += element.size();
      }
    }

    @Override
    public Object toJson(Object value) {
      return ((List<?>) value).stream().map(element::toJson).toList();
    }

    @Override
    public Object fromJson(Object json, String path) {
      List<?> parts = (List<?>) json;
      checkCount(parts.size(), path);
      List<Object> elements = new ArrayList<>(parts.size());
      for (Object part : parts) {
        elements.add(element.fromJson(part, path + "[" + elements.size() + "]"));
      }
      return elements;
    }

    private void checkCount(int count, String path) {
      if (count > capacity) {
        throw new Refusal(
            CapacityExceeded, "field", path, "max_capacity", capacity, "attempted", count);
      }
    }
  }

  /** Named fields and padding, one after the other. */
  record Layout(int size, List<Row> rows) implements Type {
    @Override
    public Object[] read(ByteBuffer data, int offset, String name) {
      Object[] values = new Object[rows.size()];
      int end = offset;
      for (int i = 0; i < values.length; i++) {
        Row row = rows.get(i);
        if (row.type == null) {
          checkZeros(data, end, end + row.size);
        } else {
          values[i] = row.type.read(data, end, row.name);
        }
        end += row.size;
      }
      return values;
    }

    @Override
    public void write(ByteBuffer data, int offset, Object value) {
      Object[] values = (Object[]) value;
      int end = offset;
      for (int i = 0; i < values.length; i++) {
        Row row = rows.get(i);
        if (row.type != null) {
          row.type.write(data, end, values[i]);
        }
        end += row.size;
      }
    }

    @Override
    public Object toJson(Object value) {
      Map<String, Object> json = new LinkedHashMap<>();
      for (int i = 0; i < rows.size(); i++) {
        Row row = rows.get(i);
        if (row.type != null) {
          json.put(row.name, row.type.toJson(((Object[]) value)[i]));
        }
      }
      return json;
    }

    @Override
    public Object[] fromJson(Object json, String path) {
      String prefix = path.isEmpty() ? "" : path + ".";
      Object[] values = new Object[rows.size()];
      for (int i = 0; i < values.length; i++) {
        Row row = rows.get(i);
        if (row.type != null) {
          values[i] = row.type.fromJson(((Map<?, ?>) json).get(row.name), prefix + row.name);
        }
      }
      return values;
    }
  }

  /** 2^bits - 1. */
  private static BigInteger largest(int bits) {
    return BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
  }

  private static BigInteger checkRange(
      BigInteger value, BigInteger minimum, BigInteger maximum, String path) {
    if (value.compareTo(minimum) < 0 || value.compareTo(maximum) > 0) {
      throw new Refusal(
          ValueOutOfRange, "field", path, "value", value, "minimum", minimum, "maximum", maximum);
    }
    return value;
  }

  private static void checkZeros(ByteBuffer data, int offset, int end) {
    for (int at = offset; at < end; at++) {
      if (data.get(at) != 0) {
        throw new Refusal(
            ParseError, "offset", at, "context", "a byte that must be zero is not");
      }
    }
  }
}
