package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// Message is a message without what is derived: magic, payload_size, checksum, padding, counts.
type Message struct {
	Header Value // of headerFields
	TLVs   []TLV
}

// TLV is one element of a message; the form of its value is that of its type, see valueType.
type TLV struct {
	Type  byte
	Value Value
}

const (
	headerSize     = 32
	messageSizeMax = 1_048_576
	magic          = 0xDEADBEEF
	magicSize      = 4
	version        = 1

	extended          = 255 // the type byte that announces the extended framing
	standardLengthMax = 255
	extendedLengthMax = 65_535
)

// headerFields lie behind the magic; payload_size and checksum follow.
var headerFields = recordOf(
	Field{"relay_domain", u8},
	Field{"version", u8},
	Field{"source", u8},
	Field{"flags", u8},
	Field{"sequence", u64},
	Field{"timestamp", u64},
)

// checksum covers bytes 0 to 27 and those from 32 on: its own four are left out, not zeroed.
func checksum(message []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(message[:28]), crc32.IEEETable, message[headerSize:])
}

// Decode reads a message, or says in a *Fault why it is none.
func Decode(data []byte) (*Message, error) {
	if len(data) < headerSize {
		return nil, tooSmall(headerSize, len(data))
	}
	if actual := binary.LittleEndian.Uint32(data); actual != magic {
		return nil, &Fault{InvalidMagic, Context{"expected": uint32(magic), "actual": actual}}
	}
	header, err := headerFields.read(data[magicSize:], magicSize)
	if err != nil {
		return nil, err
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	// Calculated in 64 bits: 32 + 0xFFFFFFFF is neither small nor negative on a 32-bit machine.
	stated := headerSize + uint64(binary.LittleEndian.Uint32(data[24:]))
	if stated > messageSizeMax {
		return nil, &Fault{MessageTooLarge, Context{"size": stated, "limit": messageSizeMax}}
	}
	size := int(stated)
	if len(data) < size {
		return nil, tooSmall(size, len(data))
	}
	if len(data) > size {
		return nil, &Fault{ParseError, Context{"offset": size, "context": "bytes after the payload"}}
	}
	payload := data[headerSize:]
	expected, actual := checksum(data), binary.LittleEndian.Uint32(data[28:])
	if expected != actual {
		return nil, &Fault{ChecksumMismatch, Context{
			"expected": expected, "actual": actual,
			"message_size": len(payload), "tlv_count": countWhole(payload),
		}}
	}
	tlvs, err := readTLVs(payload, relayDomain(header))
	return &Message{header, tlvs}, err
}

func tooSmall(need, got int) error {
	return &Fault{MessageTooSmall, Context{"need": need, "got": got}}
}

func relayDomain(header Value) byte { return byte(header.Items[0].Int[0]) }

func checkHeader(header Value) error {
	byteOf := func(row int) byte { return byte(header.Items[row].Int[0]) }
	switch domain, stated, source := byteOf(0), byteOf(1), byteOf(2); {
	case domain < marketData || domain > system:
		return &Fault{InvalidRelayDomain, Context{"relay_domain": domain}}
	case stated != version:
		return &Fault{UnsupportedVersion, Context{"version": stated}}
	case sources[source] == "":
		return &Fault{UnknownSource, Context{"source": source}}
	}
	return nil
}

// frame is a TLV as its own header describes it. Offsets count from the payload's first byte.
type frame struct {
	offset, start, end int  // the TLV's first byte, its value's first byte, the byte behind it
	tlvType            byte // 0 when the byte that holds it is not there
	reserved           byte // the second byte of the extended framing
}

// frameAt reads the TLV header at offset, where at least one byte is. It is not whole if the
// payload ends before the header or before the value does; end is then where it should.
func frameAt(payload []byte, offset int) (f frame, isWhole bool) {
	rest := payload[offset:]
	if rest[0] != extended {
		f = frame{offset: offset, start: offset + 2, end: offset + 2, tlvType: rest[0]}
		if len(rest) < 2 {
			return f, false
		}
		f.end += int(rest[1])
		return f, f.end <= len(payload)
	}
	f = frame{offset: offset, start: offset + 5, end: offset + 5}
	if len(rest) > 1 {
		f.reserved = rest[1]
	}
	if len(rest) > 2 {
		f.tlvType = rest[2]
	}
	if len(rest) < 5 {
		return f, false
	}
	f.end += int(binary.LittleEndian.Uint16(rest[3:]))
	return f, f.end <= len(payload)
}

func countWhole(payload []byte) (count int) {
	for offset := 0; offset < len(payload); count++ {
		f, isWhole := frameAt(payload, offset)
		if !isWhole {
			break
		}
		offset = f.end
	}
	return count
}

func readTLVs(payload []byte, domain byte) ([]TLV, error) {
	var tlvs []TLV
	for offset := 0; offset < len(payload); {
		f, isWhole := frameAt(payload, offset)
		if f.reserved != 0 {
			return nil, &Fault{InvalidExtendedTLV, Context{"offset": offset, "reserved": f.reserved}}
		}
		if !isWhole {
			return nil, &Fault{TruncatedTLV, Context{
				"buffer_size": len(payload), "required_bytes": f.end,
				"tlv_type": f.tlvType, "offset": offset,
			}}
		}
		rule, err := ruleFor(f.tlvType, domain, f.end-f.start, offset)
		if err != nil {
			return nil, err
		}
		tlv := TLV{Type: f.tlvType}
		if rule.layout == nil {
			tlv.Value.Bytes = bytes.Clone(payload[f.start:f.end])
		} else if tlv.Value, err = rule.layout.read(payload[f.start:f.end], headerSize+f.start); err != nil {
			return nil, err
		}
		tlvs = append(tlvs, tlv)
		offset = f.end
	}
	return tlvs, nil
}

// ruleFor looks a type up and holds the header's domain and the size of the value against it.
func ruleFor(tlvType, domain byte, size, offset int) (*Rule, error) {
	rule := registry[tlvType]
	if rule == nil {
		return nil, &Fault{InvalidTLVType, Context{"tlv_type": tlvType, "offset": offset}}
	}
	if rule.domain != anyDomain && rule.domain != domain {
		return nil, &Fault{RelayDomainMismatch, Context{
			"tlv_type": tlvType, "expected": rule.domain, "got": domain, "offset": offset,
		}}
	}
	if size > extendedLengthMax {
		return nil, &Fault{PayloadTooLarge, Context{
			"tlv_type": tlvType, "size": size, "limit": extendedLengthMax,
		}}
	}
	if size < rule.sizeMin || size > rule.sizeMax {
		return nil, &Fault{PayloadSizeMismatch, Context{
			"tlv_type": tlvType, "expected": min(max(size, rule.sizeMin), rule.sizeMax),
			"got": size, "offset": offset,
		}}
	}
	return rule, nil
}

// Encode writes a message, or says in a *Fault why no decoder would take it.
func Encode(message *Message) ([]byte, error) {
	if err := checkHeader(message.Header); err != nil {
		return nil, err
	}
	data := binary.LittleEndian.AppendUint32(nil, magic)
	data, err := headerFields.append(data, message.Header)
	if err != nil {
		return nil, err
	}
	data = appendZeros(data, headerSize-len(data)) // payload_size and checksum come last
	domain := relayDomain(message.Header)
	for _, tlv := range message.TLVs {
		if data, err = appendTLV(data, tlv, domain); err != nil {
			return nil, err
		}
	}
	if len(data) > messageSizeMax {
		return nil, &Fault{MessageTooLarge, Context{"size": len(data), "limit": messageSizeMax}}
	}
	binary.LittleEndian.PutUint32(data[24:], uint32(len(data)-headerSize))
	binary.LittleEndian.PutUint32(data[28:], checksum(data))
	return data, nil
}

func appendTLV(data []byte, tlv TLV, domain byte) ([]byte, error) {
	layout := valueType(tlv.Type)
	size := len(tlv.Value.Bytes)
	if layout != nil {
		size = layout.size
	}
	if _, err := ruleFor(tlv.Type, domain, size, len(data)-headerSize); err != nil {
		return nil, err
	}
	if size <= standardLengthMax {
		data = append(data, tlv.Type, byte(size))
	} else {
		data = append(data, extended, 0, tlv.Type)
		data = binary.LittleEndian.AppendUint16(data, uint16(size))
	}
	if layout == nil {
		return append(data, tlv.Value.Bytes...), nil
	}
	return layout.append(data, tlv.Value)
}
