// javac -d build --source-path ../../examples/java/src Accumulated.java && \
//   java -cp build torq.Accumulated < ../torq_vectors/accumulated.txt | sha256sum
package torq;

import java.nio.*;
import java.security.MessageDigest;
import java.util.*;
import java.util.stream.Stream;
import java.util.zip.CRC32;

class Accumulated {
  public static void main(String[] none) throws Exception {
    var lines = new Scanner(System.in); var hex = HexFormat.of(); var head = lines.nextLine().split(" ");
    while (lines.hasNextLine()) {
      var line = lines.nextLine().split(" "); byte[] domains = hex.parseHex(line[3]), sources = hex.parseHex(head[2]);
      int type = Integer.parseInt(line[0]), size = Integer.parseInt(line[4]); long state = Long.parseLong(head[0]) + type;
      var decoded = MessageDigest.getInstance("SHA-256"); var encoded = MessageDigest.getInstance("SHA-256");
      var raw = new byte[48 + size]; var m = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
      for (long i = Long.parseLong(head[1]); i > 0; i--) {
        for (int n = 5; n < 37 + size; n += 8) {
          long z = state += 0x9E3779B97F4A7C15L; z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
          z = (z ^ z >>> 27) * 0x94D049BB133111EBL; z ^= z >>> 31; m.putLong(n, z >> (z >>> 20 & 63));
        }
        m.put(0, raw, 5, 32).putInt(0, 0xDEADBEEF).put(5, (byte) 1).putInt(24, size + 5).putShort(32, (short) 255);
        m.put(4, domains[(m.get(4) & 255) % domains.length]).put(6, sources[(m.get(6) & 255) % sources.length]);
        m.put(34, (byte) type).putShort(35, (short) size).position(37);
        for (var piece : line[5].split(",")) {
          var part = Arrays.copyOf(Stream.of(piece.split("[+]")).mapToInt(Integer::parseInt).toArray(), 4);
          int zeros = m.position() + part[0], slots = zeros + part[1], end = slots + part[2] * part[3];
          int used = (m.getShort(zeros - 2) & 0xFFFF) % (part[2] + 1); if (part[2] > 0) m.putShort(zeros - 2, (short) used);
          m.put(zeros, new byte[part[1]]).put(slots + used * part[3], new byte[(part[2] - used) * part[3]]).position(end);
        }
        var crc = new CRC32(); crc.update(raw, 0, 28); crc.update(raw, 32, size + 5); m.putInt(28, (int) crc.getValue());
        var message = Codec.decode(Arrays.copyOf(raw, 37 + size)); encoded.update(Codec.encode(message));
        var json = new StringBuilder(); Json.write(message.toJson(), json); decoded.update(json.toString().getBytes());
      }
      System.out.println(type + " " + hex.formatHex(decoded.digest()) + " " + hex.formatHex(encoded.digest()));
    }
  }
}
