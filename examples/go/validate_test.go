package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// changed is a TLV of zeros with the fields of a JSON object in their place.
func changed(t *testing.T, number byte, fields string) TLV {
	t.Helper()
	layout := valueType(number)
	zeros, err := layout.read(make([]byte, layout.size), 0)
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	for _, text := range []string{string(layout.appendJSON(nil, zeros)), fields} {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&value); err != nil { // a second object is added to the first
			t.Fatal(err)
		}
	}
	tlv := TLV{Type: number}
	if tlv.Value, err = layout.parse(value); err != nil {
		t.Fatal(err)
	}
	return tlv
}

func level(price, size string) string {
	return `{"price":"` + price + `","size":"` + size + `","order_count":0,"reserved":0}`
}

func book(bids, asks string) string {
	return `{"precision_factor":"1","bids":[` + bids + `],"asks":[` + asks + `]}`
}

var meaningCases = []struct {
	number byte
	fields string
	broken string // names, by spaces
}{
	{1, `{"price":"1","volume":"1","side":1}`, ""},
	{1, `{"price":"0","volume":"-1","side":2}`, "side price volume"},
	{2, `{}`, ""},
	{2, `{"bid_price":"-1","bid_size":"-1","ask_price":"-2","ask_size":"-1"}`, "bid_price bid_size ask_price ask_size"},
	{2, `{"bid_price":"9007199254740993","ask_price":"9007199254740992"}`, "ask_price"},
	{3, book("", ""), ""},
	{3, `{}`, "precision_factor"},
	{3, book(level("5", "1")+","+level("4", "1"), level("5", "1")+","+level("6", "1")), ""},
	{3, book(level("5", "1")+","+level("5", "1"), level("6", "1")+","+level("6", "1")), "bids[1].price asks[1].price"},
	{3, book(level("4", "1")+","+level("5", "1"), level("7", "1")+","+level("6", "1")), "bids[1].price asks[1].price"},
	{3, book(level("5", "0")+","+level("0", "1"), level("4", "-1")), "bids[1].price bids[0].size asks[0].size asks[0].price"},
	{3, book("", level("-1", "1")), "asks[0].price"},
	{6, `{"side":1,"action":2}`, ""},
	{6, `{"side":2,"action":3}`, "side action"},
	{7, `{"bid_price":"9","ask_price":"5","spread":"-4"}`, ""},
	{7, `{"bid_price":"9","ask_price":"5","spread":"4"}`, "spread"},
	// The difference is -2^64 + 1, which is 1 in 64 bits.
	{7, `{"bid_price":"9223372036854775807","ask_price":"-9223372036854775808","spread":"1"}`, "spread"},
	{8, `{"price_type":3}`, ""},
	{8, `{"price_type":4}`, "price_type"},
	{9, `{"window_start_ns":"9223372036854775807","window_end_ns":"9223372036854775808"}`, ""},
	{9, `{"window_start_ns":"1"}`, "window_end_ns"},
	{10, `{"reserves":["0"]}`, ""},
	{10, `{}`, "reserves"},
	{12, `{"tick_lower":-1,"tick_upper":0}`, ""},
	{12, `{"tick_lower":-5,"tick_upper":-6}`, "tick_lower"},
	{13, `{}`, "tick_lower"},
	{17, `{}`, "tick_lower"},
	{18, `{}`, "tick_lower"},
	{106, `{"instruments":[{"asset_id":"0","venue":0,"asset_type":0,"reserved":0}],"reason":5}`, ""},
	{106, `{"reason":6}`, "instruments reason"},
	{4, `{}`, ""},
}

func TestMeaningIsJudgedBySection8(t *testing.T) {
	for _, want := range meaningCases {
		tlv := changed(t, want.number, want.fields)
		broken := Validate(&Message{TLVs: []TLV{tlv}})
		if got := strings.Join(broken, " "); got != want.broken {
			t.Errorf("type %d with %s: %q, not %q", want.number, want.fields, got, want.broken)
		}
	}
}

func TestRulesSpeakOfFieldsThatExist(t *testing.T) {
	for number := range meanings {
		defer func() {
			if recover() != nil {
				t.Errorf("a rule of type %d speaks of a field that it has not", number)
			}
		}()
		Validate(&Message{TLVs: []TLV{changed(t, number, `{}`)}})
	}
}

func TestEveryTLVIsJudged(t *testing.T) {
	sound, broken := changed(t, 8, `{}`), changed(t, 8, `{"price_type":4}`)
	got := Validate(&Message{TLVs: []TLV{broken, sound, broken}})
	if want := []string{"price_type", "price_type"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestFormIsJudgedBeforeMeaning(t *testing.T) {
	sideless := "0128" + strings.Repeat("00", 36) + "02" + strings.Repeat("00", 3)
	for payload, want := range map[string]Kind{sideless: ValidationFailed, sideless + "01": TruncatedTLV} {
		decoded, err := DecodeValidated(message(t, payload))
		var fault *Fault
		if !errors.As(err, &fault) || fault.Kind != want || decoded != nil {
			t.Errorf("%s is answered by %v, not %s", payload, err, want)
		} else if want == ValidationFailed && fault.Context["field"] != "side" {
			t.Errorf("the field is %v", fault.Context["field"])
		}
	}
}
