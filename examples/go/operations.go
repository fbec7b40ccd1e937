package main

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// arguments are those of all operations on instrument ids. Integers of 64 bits and more are text.
type arguments struct {
	ID      InstrumentID `json:"id"`
	A       InstrumentID `json:"a"`
	B       InstrumentID `json:"b"`
	C       InstrumentID `json:"c"`
	Pool    InstrumentID `json:"pool"`
	Venue   uint16       `json:"venue"`
	Symbol  string       `json:"symbol"`
	Address string       `json:"address"`
	Key     string       `json:"key"` // 96 bits: more than Go has a type for
	Value   uint64       `json:"value,string"`
	Strike  uint64       `json:"strike,string"`
	Expiry  uint64       `json:"expiry,string"`
	IsCall  bool         `json:"is_call"`
}

// operations are those of section 7, by the names under which they are asked for.
var operations = map[string]func(a arguments) (any, error){
	"cache_key":       func(a arguments) (any, error) { return a.ID.CacheKey().big().String(), nil },
	"from_cache_key":  func(a arguments) (any, error) { return parseCacheKey(a.Key) },
	"to_u64":          func(a arguments) (any, error) { return strconv.FormatUint(a.ID.U64(), 10), nil },
	"from_u64":        func(a arguments) (any, error) { return FromU64(a.Value), nil },
	"stock":           func(a arguments) (any, error) { return Symbol(a.Venue, stock, a.Symbol) },
	"bond":            func(a arguments) (any, error) { return Symbol(a.Venue, bond, a.Symbol) },
	"coin":            func(a arguments) (any, error) { return Symbol(a.Venue, coin, a.Symbol) },
	"evm_token":       func(a arguments) (any, error) { return EVMToken(a.Venue, a.Address) },
	"pool":            func(a arguments) (any, error) { return Pool(a.Venue, a.A, a.B), nil },
	"triangular_pool": func(a arguments) (any, error) { return TriangularPool(a.Venue, a.A, a.B, a.C), nil },
	"lp_token":        func(a arguments) (any, error) { return LPToken(a.Venue, a.Pool), nil },
	"option": func(a arguments) (any, error) {
		return Option(a.Venue, a.Symbol, a.Strike, a.Expiry, a.IsCall)
	},
}

// operate performs the operation of that name.
func operate(name string, document json.RawMessage) ([]byte, error) {
	operation := operations[name]
	if operation == nil {
		return nil, errUnsupported
	}
	var given arguments
	var misfit *json.UnmarshalTypeError // encoding/json holds integers against their bounds
	if err := json.Unmarshal(document, &given); errors.As(err, &misfit) {
		argument, _, _ := strings.Cut(misfit.Field, ".")
		return nil, invalid(argument, err.Error())
	} else if err != nil {
		return nil, err
	}
	result, err := operation(given)
	if err != nil {
		return nil, err
	}
	return json.Marshal(result)
}

var u96 = Type{form: unsigned, size: 12}

func parseCacheKey(text string) (InstrumentID, error) {
	key, err := u96.parseInt(text)
	var fault *Fault
	if errors.As(err, &fault) {
		err = invalid("key", "it has more than 96 bits")
	}
	return FromCacheKey(key), err
}
