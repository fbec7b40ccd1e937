package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// pageOffsets are the offsets in brackets of section 5.
var pageOffsets = []struct {
	number byte
	field  string
	offset int
}{
	{1, "venue_id", 32},
	{2, "venue_id", 48},
	{3, "bids", 24},
	{3, "asks", 3104},
	{3, "asset_id", 6184},
	{4, "timestamp_ns", 48},
	{4, "venue", 64},
	{4, "pool_address", 80},
	{4, "provider_address", 112},
	{5, "timestamp_ns", 48},
	{5, "venue", 64},
	{5, "pool_address", 80},
	{5, "provider_address", 112},
	{6, "order_count", 40},
	{6, "asset_type", 48},
	{7, "spread_bps", 48},
	{8, "venue_id", 40},
	{9, "trade_count", 40},
	{10, "reserves", 16},
	{10, "pool_address", 160},
	{10, "venue", 192},
	{11, "timestamp_ns", 48},
	{11, "tick_after", 64},
	{11, "pool_address", 80},
	{11, "sqrt_price_x96_after", 176},
	{12, "timestamp_ns", 48},
	{12, "venue", 64},
	{12, "pool_address", 80},
	{13, "timestamp_ns", 48},
	{13, "venue", 64},
	{13, "pool_address", 80},
	{14, "tick", 24},
	{14, "pool_address", 32},
	{15, "block_number", 64},
	{15, "tick", 80},
	{15, "pool_address", 96},
	{16, "timestamp_ns", 32},
	{16, "venue", 48},
	{16, "pool_address", 64},
	{17, "timestamp_ns", 48},
	{17, "tick_lower", 72},
	{17, "venue", 80},
	{17, "pool_address", 96},
	{17, "fee_growth_inside0_x128", 160},
	{18, "timestamp_ns", 32},
	{18, "tick_lower", 48},
	{18, "venue", 56},
	{18, "pool_address", 64},
	{19, "timestamp_ns", 64},
	{19, "venue", 80},
	{19, "pool_address", 96},
	{106, "instruments", 16},
	{106, "venue", 216},
}

func TestFieldsLieAtTheOffsetsOfThePage(t *testing.T) {
	for _, want := range pageOffsets {
		offset := 0
		for _, field := range valueType(want.number).fields {
			if field.name == want.field {
				break
			}
			offset += field.size
		}
		if offset != want.offset {
			t.Errorf("%s of type %d lies at %d, not at %d", want.field, want.number, offset, want.offset)
		}
	}
}

// message is header and payload as hex digits, with the checksum that belongs to them.
func message(t *testing.T, payload string) []byte {
	t.Helper()
	data, err := hex.DecodeString("efbeadde01010100" + strings.Repeat("00", 24) + payload)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(data[24:], uint32(len(data)-headerSize))
	binary.LittleEndian.PutUint32(data[28:], checksum(data))
	return data
}

func TestDecodedSharesNoMemoryWithItsInput(t *testing.T) {
	data := message(t, "c8020102"+"0e40"+strings.Repeat("00", 32)+strings.Repeat("07", 20)+strings.Repeat("00", 12))
	decoded, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	before := string(appendMessageJSON(nil, decoded))
	clear(data)
	if after := string(appendMessageJSON(nil, decoded)); after != before {
		t.Errorf("was %s\nnow %s", before, after)
	}
}

func TestWhatIsDecodedIsEncodedToTheSameBytes(t *testing.T) {
	reserves := strings.Repeat("00", 16) + "0200" + strings.Repeat("00", 14) + strings.Repeat("07", 32)
	for _, payload := range []string{
		"0ad0" + reserves + strings.Repeat("00", 96+48),
		"6b30" + strings.Repeat("07", 48), // SystemHealth in MarketData, its reserved bytes as data
		"ff00c80001" + strings.Repeat("07", 256),
	} {
		data := message(t, payload)
		decoded, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Encode(decoded); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%x comes back as %x, %v", data, again, err)
		}
	}
}

func TestNothingIsAnEmptyListOrTextNeverNull(t *testing.T) {
	for _, payload := range []string{"", "c800", "0ad0" + strings.Repeat("00", 208)} {
		decoded, err := Decode(message(t, payload))
		if err != nil {
			t.Fatal(err)
		}
		if text := string(appendMessageJSON(nil, decoded)); strings.Contains(text, "null") {
			t.Error(text)
		}
	}
}

func frameOf(data []byte) string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + string(data)
}

func TestFramesFollowLinesAndLinesFrames(t *testing.T) {
	good, cut := message(t, "c8020102"), message(t, "c80201")
	end := "\xff\xff\xff\xff"
	input := `{"id":1,"op":"frames"}` + "\n" + frameOf(good) + frameOf(cut) + frameOf(nil) + end +
		`{"id":2,"op":"nonsense"}` + "\n"
	want := `{"id":1,"ok":true}` + "\n" + frameOf(good) +
		"\x08\x00\x00\x80" + "\x01\x00\x00\x80" + // TruncatedTLV, MessageTooSmall
		`{"id":2,"unsupported":true}` + "\n"
	var whole, split bytes.Buffer
	if err := serve(strings.NewReader(input), &whole); err != nil {
		t.Fatal(err)
	}
	if err := serve(iotest.OneByteReader(strings.NewReader(input)), &split); err != nil {
		t.Fatal(err)
	}
	if whole.String() != want {
		t.Errorf("got  %q\nwant %q", whole.String(), want)
	}
	if split.String() != want {
		t.Errorf("byte by byte: %q", split.String())
	}
}

func TestFramesMayEndOnlyBetweenTwo(t *testing.T) {
	ask := `{"id":1,"op":"frames"}` + "\n"
	for input, isFine := range map[string]bool{ask: true, ask + "\x04\x00": false, ask + "\x04\x00\x00\x00ab": false} {
		if err := serve(strings.NewReader(input), io.Discard); (err == nil) != isFine {
			t.Errorf("%q ends with %v", input, err)
		}
	}
}

func TestARequestWithoutSenseIsNoRefusal(t *testing.T) {
	for _, line := range []string{"{", `{"op":"decode","data":"xy"}`, `{"op":"encode","message":7}`} {
		if _, answer, err := answerLine([]byte(line)); err == nil {
			t.Errorf("%s is answered by %s", line, answer)
		}
	}
}
