#include "write.h"

#include <string.h>

void put_key(torq_buffer *out, bool is_first, const char *key)
{
    json_put(out, is_first ? "\"" : ",\"");
    json_put(out, key);
    json_put(out, "\":");
}

void put_text(torq_buffer *out, const char *text)
{
    json_put(out, "\"");
    json_put(out, text);
    json_put(out, "\"");
}

void put_integer(torq_buffer *out, json_integer integer, size_t size)
{
    if (size >= 8)
        json_put(out, "\"");
    json_put_integer(out, integer);
    if (size >= 8)
        json_put(out, "\"");
}

bool is_bare(const torq_layout *layout)
{
    return layout->field_count == 1 && !layout->fields[0].name;
}

static json_integer load_integer(const torq_field *field, const uint8_t *member)
{
    json_integer integer = {{0}, false, false};
    uint16_t u16;
    uint32_t u32;
    switch (field->size) {
    case 1: integer.words[0] = *member; break;
    case 2: memcpy(&u16, member, 2); integer.words[0] = u16; break;
    case 4: memcpy(&u32, member, 4); integer.words[0] = u32; break;
    default: memcpy(integer.words, member, field->size);
    }
    if (field->kind == TORQ_SIGNED && integer.words[0] >> (8 * field->size - 1)) {
        integer.is_negative = true;
        /* Unsigned, so that the most negative one, which has no positive, is no overflow. */
        integer.words[0] = 0 - integer.words[0];
        integer.words[0] &= UINT64_MAX >> (64 - 8 * field->size);
    }
    return integer;
}

static void put_value(torq_buffer *out, const torq_layout *layout, const uint8_t *value);

static void put_field(torq_buffer *out, const torq_field *field, const uint8_t *value)
{
    const uint8_t *member = value + field->offset;
    if (field->kind == TORQ_BYTES) {
        json_put(out, "\"");
        json_put_hex(out, member, field->size);
        json_put(out, "\"");
    } else if (field->kind == TORQ_VECTOR) {
        uint16_t count;
        memcpy(&count, member, sizeof count);
        json_put(out, "[");
        for (size_t i = 0; i < count; i++) {
            if (i)
                json_put(out, ",");
            put_value(out, field->element, value + field->slots_offset + i * field->element->struct_size);
        }
        json_put(out, "]");
    } else
        put_integer(out, load_integer(field, member), field->size);
}

static void put_value(torq_buffer *out, const torq_layout *layout, const uint8_t *value)
{
    if (is_bare(layout)) {
        put_field(out, layout->fields, value);
        return;
    }
    json_put(out, "{");
    for (size_t i = 0; i < layout->field_count; i++) {
        const torq_field *field = &layout->fields[i];
        if (field->kind == TORQ_ZEROS)
            continue;
        put_key(out, i == 0, field->name);
        put_field(out, field, value);
    }
    json_put(out, "}");
}

void put_message(torq_buffer *out, const torq_message *message)
{
    json_put(out, "{\"header\":");
    put_value(out, torq_header_layout(), (const uint8_t *)&message->header);
    json_put(out, ",\"tlvs\":[");
    for (size_t i = 0; i < message->tlv_count; i++) {
        const torq_tlv *tlv = &message->tlvs[i];
        const torq_layout *layout = torq_type_of(tlv->type)->layout;
        json_put(out, i ? ",{\"type\":" : "{\"type\":");
        json_put_number(out, tlv->type);
        json_put(out, ",\"value\":");
        if (layout)
            put_value(out, layout, tlv->value);
        else {
            json_put(out, "\"");
            json_put_hex(out, tlv->value, tlv->size);
            json_put(out, "\"");
        }
        json_put(out, "}");
    }
    json_put(out, "]}");
}
