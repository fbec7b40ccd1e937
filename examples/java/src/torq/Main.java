package torq;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The codec behind stdin and stdout: lines of JSON, or frames in bulk mode.
 *
 * <p>Contract: a refusal is an answer; any other exception is a bug, and ends the process with its
 * stack.
 */
final class Main {
  private static final Map<String, Object> IDENTITY =
      Json.object(
          "name", "torq-example-java",
          "version", "1",
          "language", "Java",
          "capabilities", List.of("decode", "encode", "error_context", "strict_padding", "frames"));

  private static final int INPUT_SIZE = 1 << 16;
  private static final int FRAMES_END = 0xffff_ffff;
  private static final int REFUSED = 0x8000_0000;

  private boolean isFramed;

  /** What was read: the part from {@code at} to {@code end} has not been answered. */
  private byte[] input = new byte[INPUT_SIZE];

  private int at;
  private int end;
  private final ByteArrayOutputStream answers = new ByteArrayOutputStream(INPUT_SIZE);

  public static void main(String[] arguments) throws IOException {
    // Not System.out: that is a PrintStream, which swallows errors and has a charset of its own.
    try (InputStream stdin = new FileInputStream(FileDescriptor.in);
        OutputStream stdout = new FileOutputStream(FileDescriptor.out)) {
      new Main().serve(stdin, stdout);
    }
    String path = System.getenv("TORQ_METER_MALLOCS");
    if (path != null) {
      writeAllocations(Path.of(path));
    }
  }

  /**
   * Leaves the bytes that this thread, the only one, has taken from the heap, for torq-conformance
   * meter; how often it took some, the machine does not count.
   */
  private static void writeAllocations(Path file) throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Files.writeString(file, "- " + threads.getCurrentThreadAllocatedBytes() + "\n");
  }

  private void serve(InputStream stdin, OutputStream stdout) throws IOException {
    while (read(stdin)) {
      while (isFramed ? answerFrame() : answerLine()) {
        // One at a time, as long as there is one that is complete.
      }
      answers.writeTo(stdout);
      answers.reset();
    }
  }

  /** Reads what there is; false at the end of the input. */
  private boolean read(InputStream stdin) throws IOException {
    System.arraycopy(input, at, input, 0, end - at);
    end -= at;
    at = 0;
    if (end == input.length) {
      input = Arrays.copyOf(input, 2 * input.length); // grows by what came, not by what was claimed
    }
    int count = stdin.read(input, end, input.length - end);
    end += Math.max(count, 0);
    return count >= 0;
  }

  /** Answers the frame at the start of what is left; false if it is not complete. */
  private boolean answerFrame() {
    if (end - at < Integer.BYTES) {
      return false;
    }
    int size = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
    if (size == FRAMES_END) {
      at += Integer.BYTES;
      isFramed = false;
      return true;
    }
    int start = at + Integer.BYTES;
    if (Integer.compareUnsigned(end - start, size) < 0) {
      return false;
    }
    at = start + size;
    try {
      byte[] data = Codec.encode(Codec.decode(Arrays.copyOfRange(input, start, at)));
      writeFrameSize(data.length);
      answers.writeBytes(data);
    } catch (Refusal refusal) {
      writeFrameSize(REFUSED | refusal.kind.ordinal() + 1);
    }
    return true;
  }

  private void writeFrameSize(int size) {
    answers.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(size).array());
  }

  /** The same for a line of JSON. */
  private boolean answerLine() {
    int newline = at;
    while (newline < end && input[newline] != '\n') {
      newline++;
    }
    if (newline == end) {
      return false;
    }
    String line = new String(input, at, newline - at, StandardCharsets.UTF_8);
    at = newline + 1;
    StringBuilder answer = new StringBuilder();
    Json.write(answer((Map<?, ?>) Json.read(line)), answer);
    answers.writeBytes(answer.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    return true;
  }

  private Map<String, Object> answer(Map<?, ?> request) {
    Map<String, Object> answer = Json.object("id", request.get("id"));
    try {
      Object ok = perform(request);
      answer.put(ok == null ? "unsupported" : "ok", ok == null ? true : ok);
    } catch (Refusal refusal) {
      answer.put("error", Json.object("kind", refusal.kind.name(), "context", refusal.context));
    }
    return answer;
  }

  /** The result of a request; null if we do not offer what it asks for. */
  private Object perform(Map<?, ?> request) {
    return switch ((String) request.get("op")) {
      case "hello" -> IDENTITY;
      case "decode" -> Codec.decode(data(request)).toJson();
      case "encode" -> Codec.encode(Message.fromJson((Map<?, ?>) request.get("message")));
      case "roundtrip" -> Codec.encode(Codec.decode(data(request)));
      case "batch" ->
          ((List<?>) request.get("requests"))
              .stream().map(inner -> answer((Map<?, ?>) inner)).toList();
      case "frames" -> {
        isFramed = true;
        yield Json.object();
      }
      default -> null;
    };
  }

  private static byte[] data(Map<?, ?> request) {
    return HexFormat.of().parseHex((String) request.get("data"));
  }
}
