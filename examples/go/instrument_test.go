package main

import (
	"math"
	"strings"
	"testing"
)

func TestOperationsFollowSection7(t *testing.T) {
	id := `{"asset_id":"18446744073709551615","venue":43690,"asset_type":187,"reserved":204}`
	of := func(assetID string) string {
		return `{"asset_id":"` + assetID + `","venue":1,"asset_type":50,"reserved":9}`
	}
	for _, want := range []struct{ operation, arguments, answer string }{
		{"cache_key", `{"id":` + id + `}`, `"52818855923077980377025871871"`},
		{"from_cache_key", `{"key":"52818855923077980377025871871"}`, id},
		{"from_cache_key", `{"key":"79228162514264337593543950336"}`, "InvalidInstrument"}, // 2^96
		{"to_u64", `{"id":` + id + `}`, `"12297848440674582527"`},
		{"from_u64", `{"value":"12297848440674582527"}`,
			`{"asset_id":"1099511627775","venue":43690,"asset_type":187,"reserved":0}`},
		{"stock", `{"venue":2,"symbol":"AAPL"}`, `{"asset_id":"4702127773299245056","venue":2,"asset_type":1,"reserved":0}`},
		{"bond", `{"venue":65535,"symbol":""}`, `{"asset_id":"0","venue":65535,"asset_type":2,"reserved":0}`},
		{"coin", `{"venue":0,"symbol":"AAAAAAAAB"}`, `{"asset_id":"4702111234474983745","venue":0,"asset_type":51,"reserved":0}`},
		{"coin", `{"venue":0,"symbol":"é"}`, "InvalidInstrument"},
		{"coin", `{"venue":65536,"symbol":"A"}`, "InvalidInstrument"},
		{"evm_token", `{"venue":200,"address":"0x010203040506070809101112131415161718191a"}`,
			`{"asset_id":"72623859790382856","venue":200,"asset_type":50,"reserved":0}`},
		{"evm_token", `{"venue":200,"address":"0x01020304050607080910111213141516171819"}`, "InvalidInstrument"},
		{"evm_token", `{"venue":200,"address":"0xg10203040506070809101112131415161718191a"}`, "InvalidInstrument"},
		{"pool", `{"venue":300,"a":` + of("3") + `,"b":` + of("2") + `}`,
			`{"asset_id":"65","venue":300,"asset_type":100,"reserved":0}`},
		{"pool", `{"venue":300,"a":` + of("18446744073709551615") + `,"b":` + of("18446744073709551615") + `}`,
			`{"asset_id":"18446744073709551584","venue":300,"asset_type":100,"reserved":0}`}, // -32
		{"triangular_pool", `{"venue":300,"a":` + of("3") + `,"b":` + of("1") + `,"c":` + of("2") + `}`,
			`{"asset_id":"68","venue":300,"asset_type":100,"reserved":1}`},
		{"lp_token", `{"venue":300,"pool":` + of("68") + `}`, `{"asset_id":"68","venue":300,"asset_type":101,"reserved":0}`},
		// Each term is cut to its bits: 2<<32 + 1<<12 + 1<<11 + 0x141, and 0x041 of a put.
		{"option", `{"venue":700,"symbol":"AAAAAAAA","strike":"4294967298","expiry":"1048577","is_call":true}`,
			`{"asset_id":"8589941057","venue":700,"asset_type":150,"reserved":0}`},
		{"option", `{"venue":700,"symbol":"AAAAAAHA","strike":"0","expiry":"0","is_call":false}`,
			`{"asset_id":"65","venue":700,"asset_type":150,"reserved":0}`},
		{"option", `{"venue":700,"symbol":"A","strike":"18446744073709551616","expiry":"1","is_call":true}`, "InvalidInstrument"},
		{"pool", `{"venue":300,"a":` + of("3") + `,"b":` + of("-1") + `}`, "InvalidInstrument"},
		{"rename", `{}`, "unsupported"},
	} {
		answer, err := operate(want.operation, []byte(want.arguments))
		got := string(answer)
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), ":")
		}
		if got != want.answer {
			t.Errorf("%s of %s is %s, not %s", want.operation, want.arguments, got, want.answer)
		}
	}
}

func TestWhatFitsComesBackFromU64(t *testing.T) {
	for _, id := range []InstrumentID{{}, {1<<40 - 1, math.MaxUint16, math.MaxUint8, 0}, {1, 2, 3, 0}} {
		if back := FromU64(id.U64()); back != id {
			t.Errorf("%v comes back as %v", id, back)
		}
	}
}
