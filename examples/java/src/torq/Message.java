package torq;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A message as a value: what is not derived.
 *
 * @param header the fields of {@link Layouts#HEADER}
 */
record Message(Object[] header, List<Tlv> tlvs) {
  /**
   * One TLV.
   *
   * @param value the fields of its layout, or byte[] if its type is opaque or unknown
   */
  record Tlv(int type, Object value) {
    private Map<String, Object> toJson() {
      Object json = value instanceof byte[] ? value : layout(type).toJson(value);
      return Json.object("type", type, "value", json);
    }

    private static Tlv fromJson(Map<?, ?> json) {
      int type = ((Long) Type.U8.fromJson(json.get("type"), "type")).intValue();
      Object value = json.get("value");
      if (value instanceof String hex) {
        return new Tlv(type, HexFormat.of().parseHex(hex));
      }
      return new Tlv(type, layout(type).fromJson(value, ""));
    }

    private static Type.Layout layout(int type) {
      return Registry.find(type).layout();
    }
  }

  Map<String, Object> toJson() {
    return Json.object(
        "header", Layouts.HEADER.toJson(header), "tlvs", tlvs.stream().map(Tlv::toJson).toList());
  }

  static Message fromJson(Map<?, ?> json) {
    List<?> tlvs = (List<?>) json.get("tlvs");
    return new Message(
        Layouts.HEADER.fromJson(json.get("header"), ""),
        tlvs.stream().map(tlv -> Tlv.fromJson((Map<?, ?>) tlv)).toList());
  }
}
