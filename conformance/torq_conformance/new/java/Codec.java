import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A codec for Torq Protocol V2 of which nothing is written yet but who it is.
 *
 * <p>A line of input holds one request in JSON, a line of output its answer. Java has no JSON: this
 * reads id and op alone, which are the first of their name in a line. What stands behind "message"
 * is a whole tree: take a JSON library, or write a reader, before you answer encode. For Trade alone
 * it is enough to look for the names of its fields, TLV after TLV.
 */
final class Codec {
    private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\\d+)");
    private static final Pattern OP = Pattern.compile("\"op\"\\s*:\\s*\"(\\w+)\"");

    /** What stands beside the id in an answer: "ok", "error" or "unsupported". */
    private static String answer(String op, String line) {
        return switch (op) {
            case "hello" -> "\"ok\":{\"name\":\"my-codec\",\"version\":\"0.1\",\"language\":\"Java\","
                    + "\"capabilities\":[\"decode\",\"encode\"],\"types\":[\"Trade\"]}";
            // Where yours begins: decode has "data" in hex and is answered by "ok" with a message, or
            // refused with "error":{"kind":"TruncatedTLV"}; encode has "message", its "ok" is hex.
            default -> "\"unsupported\":true";
        };
    }

    private static String find(Pattern pattern, String line) {
        Matcher found = pattern.matcher(line);
        if (!found.find()) {
            throw new IllegalArgumentException("no request: " + line);
        }
        return found.group(1);
    }

    public static void main(String[] arguments) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            output.print("{\"id\":" + find(ID, line) + "," + answer(find(OP, line), line) + "}\n");
            output.flush(); // the judge waits for this line
        }
    }
}
