package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"slices"
)

type header struct {
	RelayDomain uint8  `json:"relay_domain"`
	Version     uint8  `json:"version"`
	Source      uint8  `json:"source"`
	Flags       uint8  `json:"flags"`
	Sequence    uint64 `json:"sequence,string"`
	Timestamp   uint64 `json:"timestamp,string"`
}

type trade struct {
	AssetID    uint64  `json:"asset_id,string"`
	Price      int64   `json:"price,string"`
	Volume     int64   `json:"volume,string"`
	ExecutedNs uint64  `json:"execution_timestamp_ns,string"`
	VenueID    uint16  `json:"venue_id"`
	AssetType  uint8   `json:"asset_type"`
	Reserved   uint8   `json:"reserved"`
	Side       uint8   `json:"side"`
	Padding    [3]byte `json:"-"`
}

type tlv struct {
	Type  int64           `json:"type"`
	Value json.RawMessage `json:"value"`
}

type message struct {
	Header header `json:"header"`
	Tlvs   []tlv  `json:"tlvs"`
}

const (
	headerSize = 32
	tradeSize  = 40
	largest    = 1 << 20
	magic      = 0xDEADBEEF
)

var (
	little  = binary.LittleEndian
	sources = []uint8{1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82}
)

func refused(kind string) answer {
	return answer{"error": map[string]any{"kind": kind}}
}

func checksum(data []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(data[:28]), crc32.IEEETable, data[headerSize:])
}

// fault is what both ways refuse a header for, or nothing.
func (h header) fault() string {
	switch {
	case h.Version != 1:
		return "UnsupportedVersion"
	case h.RelayDomain < 1 || h.RelayDomain > 4:
		return "InvalidRelayDomain"
	case !slices.Contains(sources, h.Source):
		return "UnknownSource"
	}
	return ""
}

// tlvFault is what both ways refuse a type for: all but Trade, in any relay but that of MarketData.
func (h header) tlvFault(kind int64) string {
	switch {
	case kind != 1:
		return "InvalidTLVType"
	case h.RelayDomain != 1:
		return "RelayDomainMismatch"
	}
	return ""
}

func encode(text json.RawMessage) answer {
	var asked message
	if json.Unmarshal(text, &asked) != nil {
		return refused("ValueOutOfRange")
	}
	if kind := asked.Header.fault(); kind != "" {
		return refused(kind)
	}
	var written bytes.Buffer
	binary.Write(&written, little, uint32(magic))
	binary.Write(&written, little, asked.Header)
	written.Write(make([]byte, 8))
	for _, one := range asked.Tlvs {
		var value trade
		if kind := asked.Header.tlvFault(one.Type); kind != "" {
			return refused(kind)
		} else if json.Unmarshal(one.Value, &value) != nil {
			return refused("ValueOutOfRange")
		}
		written.Write([]byte{1, tradeSize})
		binary.Write(&written, little, value)
	}
	data := written.Bytes()
	if len(data) > largest {
		return refused("MessageTooLarge")
	}
	little.PutUint32(data[24:], uint32(len(data)-headerSize))
	little.PutUint32(data[28:], checksum(data))
	return answer{"ok": hex.EncodeToString(data)}
}

func decode(text string) answer {
	data, _ := hex.DecodeString(text)
	if len(data) < headerSize {
		return refused("MessageTooSmall")
	}
	read := message{Tlvs: []tlv{}}
	binary.Read(bytes.NewReader(data[4:]), little, &read.Header)
	size := int64(headerSize) + int64(little.Uint32(data[24:]))
	if little.Uint32(data) != magic {
		return refused("InvalidMagic")
	} else if kind := read.Header.fault(); kind != "" {
		return refused(kind)
	} else if size > largest {
		return refused("MessageTooLarge")
	} else if int64(len(data)) < size {
		return refused("MessageTooSmall")
	} else if int64(len(data)) > size {
		return refused("ParseError")
	} else if little.Uint32(data[28:]) != checksum(data) {
		return refused("ChecksumMismatch")
	}
	for rest := data[headerSize:]; len(rest) > 0; {
		head := 2
		if rest[0] == 255 {
			head = 5
		}
		if len(rest) < head {
			return refused("TruncatedTLV")
		}
		kind, length := rest[0], int(rest[1])
		if head == 5 {
			if rest[1] != 0 {
				return refused("InvalidExtendedTLV")
			}
			kind, length = rest[2], int(little.Uint16(rest[3:]))
		}
		if fault := read.Header.tlvFault(int64(kind)); fault != "" {
			return refused(fault)
		} else if len(rest) < head+length {
			return refused("TruncatedTLV")
		} else if length != tradeSize {
			return refused("PayloadSizeMismatch")
		}
		var value trade
		binary.Read(bytes.NewReader(rest[head:]), little, &value)
		written, _ := json.Marshal(value)
		read.Tlvs = append(read.Tlvs, tlv{1, written})
		rest = rest[head+length:]
	}
	return answer{"ok": read}
}
