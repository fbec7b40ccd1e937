import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** Header, checksum, framing and Trade. JSON of this shape alone is read by patterns. */
final class Trade {
    /** A name in a message, its size in bytes, and whether it is signed; eight bytes are text. */
    private record Field(String name, int size, boolean isSigned, Pattern pattern) {
        Field(String name, int size, boolean isSigned) {
            this(name, size, isSigned, Pattern.compile("\"" + name + "\"\\s*:\\s*\"?(-?\\d+)"));
        }
    }

    private static final List<Field> HEADER = List.of(
            new Field("relay_domain", 1, false), new Field("version", 1, false),
            new Field("source", 1, false), new Field("flags", 1, false),
            new Field("sequence", 8, false), new Field("timestamp", 8, false));
    private static final List<Field> TRADE = List.of(
            new Field("asset_id", 8, false), new Field("price", 8, true),
            new Field("volume", 8, true), new Field("execution_timestamp_ns", 8, false),
            new Field("venue_id", 2, false), new Field("asset_type", 1, false),
            new Field("reserved", 1, false), new Field("side", 1, false));
    private static final Set<Integer> SOURCES =
            Set.of(1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82);
    private static final int MAGIC = 0xDEADBEEF;
    private static final int HEADER_SIZE = 32;
    private static final int TRADE_SIZE = 40;
    private static final int LARGEST = 1 << 20;

    private static final Pattern HEAD = Pattern.compile("\"header\"\\s*:\\s*(\\{[^}]*})");
    private static final Pattern TLV =
            Pattern.compile("\"type\"\\s*:\\s*(-?\\d+)\\s*,\\s*\"value\"\\s*:\\s*(\\{[^}]*|\")");

    static final class Refusal extends RuntimeException {
        Refusal(String kind) {
            super(kind);
        }
    }

    private static void put(ByteBuffer data, List<Field> fields, String values) {
        for (Field field : fields) {
            Matcher found = field.pattern.matcher(values);
            BigInteger number = found.find() ? new BigInteger(found.group(1)) : null;
            if (number == null || (number.signum() < 0 && !field.isSigned)
                    || number.bitLength() > 8 * field.size - (field.isSigned ? 1 : 0)) {
                throw new Refusal("ValueOutOfRange");
            }
            for (int index = 0; index < field.size; index++) {
                data.put((byte) (number.longValue() >> 8 * index));
            }
        }
    }

    private static String take(ByteBuffer data, List<Field> fields) {
        var values = new StringJoiner(",", "{", "}");
        for (Field field : fields) {
            String text = switch (field.size) {
                case 1 -> "" + (data.get() & 0xFF);
                case 2 -> "" + (data.getShort() & 0xFFFF);
                default -> {
                    long number = data.getLong();
                    yield "\"" + (field.isSigned ? Long.toString(number) : Long.toUnsignedString(number)) + "\"";
                }
            };
            values.add("\"" + field.name + "\":" + text);
        }
        return values.toString();
    }

    private static int checksum(ByteBuffer data, int size) {
        var sum = new CRC32();
        sum.update(data.array(), 0, 28);
        sum.update(data.array(), HEADER_SIZE, size - HEADER_SIZE);
        return (int) sum.getValue();
    }

    /** What both ways refuse a header for. */
    private static void checkHeader(ByteBuffer data) {
        refuseIf(data.get(5) != 1, "UnsupportedVersion");
        refuseIf(data.get(4) < 1 || data.get(4) > 4, "InvalidRelayDomain");
        refuseIf(!SOURCES.contains((int) data.get(6)), "UnknownSource");
    }

    /** What both ways refuse a type for: all but Trade, in any relay but that of MarketData. */
    private static void checkType(ByteBuffer data, boolean isTrade) {
        refuseIf(!isTrade, "InvalidTLVType");
        refuseIf(data.get(4) != 1, "RelayDomainMismatch");
    }

    private static void refuseIf(boolean isWrong, String kind) {
        if (isWrong) {
            throw new Refusal(kind);
        }
    }

    static String encode(String line) {
        Matcher header = HEAD.matcher(line);
        refuseIf(!header.find(), "ParseError");
        // A Trade in JSON is longer than in bytes, so this has room for all.
        var data = ByteBuffer.allocate(HEADER_SIZE + line.length()).order(ByteOrder.LITTLE_ENDIAN);
        put(data.putInt(MAGIC), HEADER, header.group(1));
        checkHeader(data);
        data.position(HEADER_SIZE);
        for (Matcher tlv = TLV.matcher(line); tlv.find(); ) {
            checkType(data, tlv.group(1).equals("1"));
            put(data.put((byte) 1).put((byte) TRADE_SIZE), TRADE, tlv.group(2));
            data.put(new byte[3]);
        }
        int size = data.position();
        refuseIf(size > LARGEST, "MessageTooLarge");
        data.putInt(24, size - HEADER_SIZE).putInt(28, checksum(data, size));
        return "\"" + HexFormat.of().formatHex(data.array(), 0, size) + "\"";
    }

    static String decode(String text) {
        var data = ByteBuffer.wrap(HexFormat.of().parseHex(text)).order(ByteOrder.LITTLE_ENDIAN);
        refuseIf(data.limit() < HEADER_SIZE, "MessageTooSmall");
        refuseIf(data.getInt() != MAGIC, "InvalidMagic");
        String header = take(data, HEADER);
        checkHeader(data);
        long size = HEADER_SIZE + Integer.toUnsignedLong(data.getInt());
        refuseIf(size > LARGEST, "MessageTooLarge");
        refuseIf(data.limit() < size, "MessageTooSmall");
        refuseIf(data.limit() > size, "ParseError");
        refuseIf(data.getInt() != checksum(data, data.limit()), "ChecksumMismatch");
        var tlvs = new StringJoiner(",", "[", "]");
        try {
            while (data.hasRemaining()) {
                int type = data.get() & 0xFF;
                int length = data.get() & 0xFF;
                if (type == 255) {
                    int reserved = length;
                    type = data.get() & 0xFF;
                    length = data.getShort() & 0xFFFF;
                    refuseIf(reserved != 0, "InvalidExtendedTLV");
                }
                checkType(data, type == 1);
                refuseIf(length > data.remaining(), "TruncatedTLV");
                refuseIf(length != TRADE_SIZE, "PayloadSizeMismatch");
                tlvs.add("{\"type\":1,\"value\":" + take(data, TRADE) + "}");
                data.position(data.position() + 3);
            }
        } catch (BufferUnderflowException cut) {
            throw new Refusal("TruncatedTLV");
        }
        return "{\"header\":" + header + ",\"tlvs\":" + tlvs + "}";
    }
}
