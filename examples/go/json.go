package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
)

// The JSON form of messages: integers of 64 bits and more are decimal strings, smaller ones
// numbers, bytes lowercase hex. It is written field by field in wire order, never through a map,
// and read with json.Number, so no integer is ever a float64.

func appendMessageJSON(out []byte, message *Message) []byte {
	out = append(out, `{"header":`...)
	out = headerFields.appendJSON(out, message.Header)
	out = append(out, `,"tlvs":[`...)
	for i, tlv := range message.TLVs {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"type":`...)
		out = strconv.AppendUint(out, uint64(tlv.Type), 10)
		out = append(out, `,"value":`...)
		if layout := valueType(tlv.Type); layout != nil {
			out = layout.appendJSON(out, tlv.Value)
		} else {
			out = appendHex(out, tlv.Value.Bytes)
		}
		out = append(out, '}')
	}
	return append(out, "]}"...)
}

func appendHex(out, data []byte) []byte {
	return append(hex.AppendEncode(append(out, '"'), data), '"')
}

func (t *Type) appendJSON(out []byte, value Value) []byte {
	switch t.form {
	case unsigned, signed:
		return t.appendIntJSON(out, value.Int)
	case byteField:
		return appendHex(out, value.Bytes)
	case vector:
		out = append(out, '[')
		for i, item := range value.Items {
			if i > 0 {
				out = append(out, ',')
			}
			out = t.element.appendJSON(out, item)
		}
		return append(out, ']')
	}
	out = append(out, '{')
	items := value.Items
	for i := range t.fields {
		field := &t.fields[i]
		if field.name == "" {
			continue
		}
		if out[len(out)-1] != '{' {
			out = append(out, ',')
		}
		out = append(strconv.AppendQuote(out, field.name), ':')
		out = field.appendJSON(out, items[0])
		items = items[1:]
	}
	return append(out, '}')
}

func (t *Type) appendIntJSON(out []byte, value Int) []byte {
	isString := t.size >= 8
	if isString {
		out = append(out, '"')
	}
	switch {
	case t.form == signed:
		unused := 64 - 8*t.size // shifting there and back spreads the sign over them
		out = strconv.AppendInt(out, int64(value[0]<<unused)>>unused, 10)
	case t.size <= 8:
		out = strconv.AppendUint(out, value[0], 10)
	default:
		out = value.big().Append(out, 10)
	}
	if isString {
		out = append(out, '"')
	}
	return out
}

func (value Int) big() *big.Int {
	whole := new(big.Int)
	for i := len(value) - 1; i >= 0; i-- {
		whole.Lsh(whole, 64).Or(whole, new(big.Int).SetUint64(value[i]))
	}
	return whole
}

// parseMessage makes a message of its JSON form. Integers that their type cannot hold are a
// *Fault: from here on every Value fits. What is no message at all is another error.
func parseMessage(document any) (*Message, error) {
	object, _ := document.(map[string]any)
	header, err := headerFields.parse(object["header"])
	if err != nil {
		return nil, err
	}
	list, isList := object["tlvs"].([]any)
	if !isList {
		return nil, fmt.Errorf("tlvs is %T, not a list", object["tlvs"])
	}
	message := &Message{Header: header}
	for _, element := range list {
		tlv, err := parseTLV(element)
		if err != nil {
			return nil, err
		}
		message.TLVs = append(message.TLVs, tlv)
	}
	return message, nil
}

func parseTLV(document any) (TLV, error) {
	object, _ := document.(map[string]any)
	number, err := u8.parse(object["type"])
	if err != nil {
		return TLV{}, inside("type", err)
	}
	tlv := TLV{Type: byte(number.Int[0])}
	if layout := valueType(tlv.Type); layout != nil {
		tlv.Value, err = layout.parse(object["value"])
	} else {
		tlv.Value.Bytes, err = parseHex(object["value"])
	}
	return tlv, err
}

func (t *Type) parse(document any) (value Value, err error) {
	switch t.form {
	case unsigned, signed:
		value.Int, err = t.parseInt(document)
		return value, err
	case byteField:
		value.Bytes, err = parseHex(document)
		return value, err
	case vector:
		list, isList := document.([]any)
		if !isList {
			return value, fmt.Errorf("%T is no list", document)
		}
		for i, element := range list {
			item, err := t.element.parse(element)
			if err != nil {
				return value, inside(index(i), err)
			}
			value.Items = append(value.Items, item)
		}
		return value, nil
	}
	object, isObject := document.(map[string]any)
	if !isObject {
		return value, fmt.Errorf("%T is no object", document)
	}
	for i := range t.fields {
		field := &t.fields[i]
		if field.name == "" {
			continue
		}
		item, err := field.parse(object[field.name])
		if err != nil {
			return value, inside(field.name, err)
		}
		value.Items = append(value.Items, item)
	}
	return value, nil
}

// parseInt compares with the bounds of the type before it narrows: in Go uint8(300) is 44.
func (t *Type) parseInt(document any) (narrow Int, err error) {
	text := ""
	switch number := document.(type) {
	case json.Number:
		text = number.String()
	case string:
		text = number
	}
	whole, isInteger := new(big.Int).SetString(text, 10)
	if !isInteger {
		return narrow, fmt.Errorf("%v is no integer", document)
	}
	minimum, maximum := t.bounds()
	if whole.Cmp(minimum) < 0 || whole.Cmp(maximum) > 0 {
		return narrow, &Fault{ValueOutOfRange, Context{
			"field": "", "value": t.contextInt(whole),
			"minimum": t.contextInt(minimum), "maximum": t.contextInt(maximum),
		}}
	}
	if whole.Sign() < 0 {
		whole.Add(whole, t.modulus()) // two's complement
	}
	for i := range narrow {
		narrow[i] = new(big.Int).Rsh(whole, uint(64*i)).Uint64()
	}
	return narrow, nil
}

// modulus is the number of integers that the type holds.
func (t *Type) modulus() *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(8*t.size)) }

// bounds are the least and the greatest integer that the type holds.
func (t *Type) bounds() (minimum, maximum *big.Int) {
	end := t.modulus()
	if t.form == signed {
		end.Rsh(end, 1)
	}
	maximum = new(big.Int).Sub(end, big.NewInt(1))
	if t.form == signed {
		return end.Neg(end), maximum
	}
	return new(big.Int), maximum
}

// contextInt writes an integer in a fault as it is written in a value of the type.
func (t *Type) contextInt(whole *big.Int) any {
	if t.size >= 8 {
		return whole.String()
	}
	return json.Number(whole.String())
}

func parseHex(document any) ([]byte, error) {
	text, isString := document.(string)
	if !isString {
		return nil, fmt.Errorf("%T is no hex", document)
	}
	return hex.DecodeString(text)
}
