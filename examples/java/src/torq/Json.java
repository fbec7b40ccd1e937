package torq;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON of the kit's requests and our answers: no fractions, since the protocol has none.
 *
 * <p>An object is a Map, an array a List, an integer a Long, or a BigInteger where a Long is too
 * narrow. Text that is no JSON raises IllegalArgumentException.
 */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  static Object read(String text) {
    Json json = new Json(text);
    Object value = json.readValue();
    json.skipSpace();
    if (json.at < text.length()) {
      throw json.wrong();
    }
    return value;
  }

  private Object readValue() {
    skipSpace();
    return switch (peek()) {
      case '{' -> readObject();
      case '[' -> readArray();
      case '"' -> readString();
      case 't' -> readWord("true", true);
      case 'f' -> readWord("false", false);
      case 'n' -> readWord("null", null);
      default -> readInteger();
    };
  }

  private Map<String, Object> readObject() {
    Map<String, Object> object = new LinkedHashMap<>();
    for (boolean isFirst = true; !isEnd('{', '}', isFirst); isFirst = false) {
      skipSpace();
      String name = readString();
      skipSpace();
      take(':');
      object.put(name, readValue());
    }
    return object;
  }

  private List<Object> readArray() {
    List<Object> array = new ArrayList<>();
    for (boolean isFirst = true; !isEnd('[', ']', isFirst); isFirst = false) {
      array.add(readValue());
    }
    return array;
  }

  /** Takes what stands before the next element, or the end if there is none. */
  private boolean isEnd(char open, char close, boolean isFirst) {
    if (isFirst) {
      take(open);
    }
    skipSpace();
    if (peek() == close) {
      at++;
      return true;
    }
    if (!isFirst) {
      take(',');
    }
    return false;
  }

  private String readString() {
    take('"');
    StringBuilder string = new StringBuilder();
    for (int start = at; ; start = at) {
      while (peek() != '"' && peek() != '\\') {
        at++;
      }
      string.append(text, start, at++);
      if (text.charAt(at - 1) == '"') {
        return string.toString();
      }
      string.append(readEscape());
    }
  }

  private char readEscape() {
    char escape = peek();
    at++;
    return switch (escape) {
      case '"', '\\', '/' -> escape;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        if (at + 4 > text.length()) {
          throw wrong();
        }
        at += 4;
        yield (char) HexFormat.fromHexDigits(text, at - 4, at);
      }
      default -> throw wrong();
    };
  }

  private Object readWord(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw wrong();
    }
    at += word.length();
    return value;
  }

  private Number readInteger() {
    int start = at;
    while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (at == start) {
      throw wrong();
    }
    BigInteger integer = new BigInteger(text.substring(start, at));
    if (integer.bitLength() < Long.SIZE) {
      return integer.longValue();
    }
    return integer;
  }

  private void take(char wanted) {
    if (peek() != wanted) {
      throw wrong();
    }
    at++;
  }

  private char peek() {
    if (at == text.length()) {
      throw wrong();
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException("no JSON at character " + at);
  }

  /** An object of names and values given in turn. */
  static Map<String, Object> object(Object... namesAndValues) {
    Map<String, Object> object = new LinkedHashMap<>(); // keeps the order, unlike Map.of
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return object;
  }

  /** Appends the JSON of a value; a BigInteger goes as a string, byte[] as hex. */
  static void write(Object value, StringBuilder json) {
    if (value instanceof Map<?, ?> object) {
      String separator = "{";
      for (Map.Entry<?, ?> entry : object.entrySet()) {
        json.append(separator);
        write(entry.getKey(), json);
        json.append(':');
        write(entry.getValue(), json);
        separator = ",";
      }
      json.append(object.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> array) {
      String separator = "[";
      for (Object element : array) {
        json.append(separator);
        write(element, json);
        separator = ",";
      }
      json.append(array.isEmpty() ? "[]" : "]");
    } else if (value instanceof byte[] bytes) {
      json.append('"').append(HexFormat.of().formatHex(bytes)).append('"');
    } else if (value instanceof String || value instanceof BigInteger) {
      writeString(value.toString(), json);
    } else {
      json.append(value); // Long, Integer, Boolean, null
    }
  }

  private static void writeString(String string, StringBuilder json) {
    json.append('"');
    for (int i = 0; i < string.length(); i++) {
      char character = string.charAt(i);
      if (character < ' ') {
        json.append(String.format("\\u%04x", (int) character));
      } else {
        json.append(character == '"' || character == '\\' ? "\\" : "").append(character);
      }
    }
    json.append('"');
  }
}
