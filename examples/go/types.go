package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
)

// Type says how a value lies on the wire. It is one of five forms.
type Type struct {
	form     form
	size     int     // bytes on the wire, padding and unused slots included
	length   int     // of a byte field: the bytes that carry data; zeros follow up to size
	capacity int     // of a vector: its slots
	slotsAt  int     // of a vector: where the first slot begins
	element  *Type   // of a vector
	fields   []Field // of a record
}

type form int

const (
	unsigned form = iota
	signed        // two's complement
	byteField
	vector // FixedVec of section 5: count u16, padding up to the slots, slots
	record // fields one after the other, without alignment
)

// Field is a row of a record. Padding is a row without a name.
type Field struct {
	name string
	Type
}

var (
	u8   = Type{form: unsigned, size: 1}
	u16  = Type{form: unsigned, size: 2}
	u32  = Type{form: unsigned, size: 4}
	u64  = Type{form: unsigned, size: 8}
	u128 = Type{form: unsigned, size: 16}
	u256 = Type{form: unsigned, size: 32}
	i32  = Type{form: signed, size: 4}
	i64  = Type{form: signed, size: 8}

	address = Type{form: byteField, length: 20, size: 32}
)

func raw(size int) Type { return Type{form: byteField, length: size, size: size} }

func pad(size int) Field { return Field{"", Type{form: byteField, size: size}} }

// Where the slots of a vector begin. A layout names it: it follows from no other fact of the wire.
const (
	slotsAt8  = 8
	slotsAt16 = 16 // of 16-byte integers
)

func fixedVec(element Type, capacity, slotsAt int) Type {
	size := slotsAt + capacity*element.size
	return Type{form: vector, size: size, capacity: capacity, slotsAt: slotsAt, element: &element}
}

func recordOf(fields ...Field) Type {
	size := 0
	for _, field := range fields {
		size += field.size
	}
	return Type{form: record, size: size, fields: fields}
}

// Value is what a Type reads and writes. Only the part that belongs to the Type's form is used.
type Value struct {
	Int   Int
	Bytes []byte
	Items []Value // fields of a record that have names, in order; elements of a vector
}

// Int is an integer of up to 256 bits, least significant word first. Negative ones are two's
// complement in the bytes of their Type; the bits above are zero.
type Int [4]uint64

// read reads the value at the start of data; origin is its offset in the message, for faults.
// The value shares no memory with data, so the caller may use its buffer again.
func (t *Type) read(data []byte, origin int) (Value, error) {
	data = data[:t.size]
	switch t.form {
	case unsigned, signed:
		return Value{Int: readInt(data)}, nil
	case byteField:
		err := checkZeros(data[t.length:], origin+t.length, "non-zero padding")
		return Value{Bytes: bytes.Clone(data[:t.length])}, err
	case vector:
		return t.readVector(data, origin)
	}
	items := make([]Value, 0, len(t.fields))
	offset := 0
	for i := range t.fields {
		field := &t.fields[i]
		item, err := field.read(data[offset:], origin+offset)
		if err != nil {
			return Value{}, inside(field.name, err)
		}
		if field.name != "" {
			items = append(items, item)
		}
		offset += field.size
	}
	return Value{Items: items}, nil
}

const countSize = 2

func (t *Type) readVector(data []byte, origin int) (Value, error) {
	count := int(binary.LittleEndian.Uint16(data))
	if count > t.capacity {
		return Value{}, t.capacityExceeded(count)
	}
	if err := checkZeros(data[countSize:t.slotsAt], origin+countSize, "non-zero padding"); err != nil {
		return Value{}, err
	}
	items := make([]Value, count)
	offset := t.slotsAt
	for i := range items {
		item, err := t.element.read(data[offset:], origin+offset)
		if err != nil {
			return Value{}, inside(index(i), err)
		}
		items[i] = item
		offset += t.element.size
	}
	return Value{Items: items}, checkZeros(data[offset:], origin+offset, "stale slot")
}

// append appends the t.size bytes of value to data.
func (t *Type) append(data []byte, value Value) ([]byte, error) {
	switch t.form {
	case unsigned, signed:
		return appendInt(data, value.Int, t.size), nil
	case byteField:
		if got := len(value.Bytes); got != t.length {
			return nil, &Fault{ValueOutOfRange, Context{
				"field": "", "value": got, "minimum": t.length, "maximum": t.length,
			}}
		}
		return appendZeros(append(data, value.Bytes...), t.size-t.length), nil
	case vector:
		return t.appendVector(data, value.Items)
	}
	items := value.Items
	for i := range t.fields {
		field := &t.fields[i]
		var item Value // stays empty for padding
		if field.name != "" {
			item, items = items[0], items[1:]
		}
		var err error
		if data, err = field.append(data, item); err != nil {
			return nil, inside(field.name, err)
		}
	}
	return data, nil
}

func (t *Type) appendVector(data []byte, items []Value) ([]byte, error) {
	if len(items) > t.capacity {
		return nil, t.capacityExceeded(len(items))
	}
	data = binary.LittleEndian.AppendUint16(data, uint16(len(items)))
	data = appendZeros(data, t.slotsAt-countSize)
	for i, item := range items {
		var err error
		if data, err = t.element.append(data, item); err != nil {
			return nil, inside(index(i), err)
		}
	}
	return appendZeros(data, (t.capacity-len(items))*t.element.size), nil
}

func readInt(data []byte) (value Int) {
	for i, b := range data {
		value[i/8] |= uint64(b) << (8 * (i % 8))
	}
	return value
}

func appendInt(data []byte, value Int, size int) []byte {
	for i := range size {
		data = append(data, byte(value[i/8]>>(8*(i%8))))
	}
	return data
}

func appendZeros(data []byte, count int) []byte {
	return append(data, make([]byte, count)...)
}

// checkZeros refuses bytes that should be zero; origin is the offset of the first in the message.
func checkZeros(data []byte, origin int, context string) error {
	for i, b := range data {
		if b != 0 {
			return &Fault{ParseError, Context{"offset": origin + i, "context": context}}
		}
	}
	return nil
}

func (t *Type) capacityExceeded(attempted int) error {
	return &Fault{CapacityExceeded, Context{
		"field": "", "max_capacity": t.capacity, "attempted": attempted,
	}}
}

// inside puts the name of the surrounding field, or its index, in front of the field that a fault
// names. Paths come about on the way out, so that a message without fault pays nothing for them.
func inside(name string, err error) error {
	var fault *Fault
	if errors.As(err, &fault) {
		if field, isNamed := fault.Context["field"].(string); isNamed {
			if field != "" && field[0] != '[' {
				name += "."
			}
			fault.Context["field"] = name + field
		}
	}
	return err
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }
