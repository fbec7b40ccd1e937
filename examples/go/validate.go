package main

import (
	"math/big"
	"slices"
)

// A rule is one sentence of section 8: it names the fields of a value that break it.
type rule func(value view) []string

// meanings are the rules of section 8 by type number. Types that are not listed have none.
var meanings = map[byte][]rule{
	1: {atMost("side", 1), positive("price"), positive("volume")},
	2: {
		notNegative("bid_price"),
		notNegative("bid_size"),
		notNegative("ask_price"),
		notNegative("ask_size"),
		notBelow("ask_price", "bid_price"),
	},
	3: {
		ordered("bids", "price", descending),
		ordered("asks", "price", ascending),
		each("bids", positive("price")),
		each("bids", positive("size")),
		each("asks", positive("price")),
		each("asks", positive("size")),
		uncrossed,
		positive("precision_factor"),
	},
	6:   {atMost("side", 1), atMost("action", 2)},
	7:   {spreadIsAskMinusBid},
	8:   {atMost("price_type", 3)},
	9:   {notBelow("window_end_ns", "window_start_ns")},
	10:  {notEmpty("reserves")},
	12:  {below("tick_lower", "tick_upper")},
	13:  {below("tick_lower", "tick_upper")},
	17:  {below("tick_lower", "tick_upper")},
	18:  {below("tick_lower", "tick_upper")},
	106: {notEmpty("instruments"), atMost("reason", 5)},
}

// Validate names the fields that mean nothing, TLV by TLV, each field of a TLV once.
func Validate(message *Message) []string {
	violations := []string{} // not nil: none at all are [], not null
	for _, tlv := range message.TLVs {
		var broken []string
		for _, find := range meanings[tlv.Type] {
			for _, name := range find(view{valueType(tlv.Type), tlv.Value}) {
				if !slices.Contains(broken, name) {
					broken = append(broken, name)
				}
			}
		}
		violations = append(violations, broken...)
	}
	return violations
}

// DecodeValidated is Decode, and a *Fault as well for a message that decodes but breaks a rule.
func DecodeValidated(data []byte) (*Message, error) {
	message, err := Decode(data)
	if err != nil {
		return nil, err
	}
	if violations := Validate(message); len(violations) > 0 {
		return nil, &Fault{ValidationFailed, Context{"field": violations[0]}}
	}
	return message, nil
}

// The rules. One about two fields names the one that section 8 writes first.

func atMost(name string, last int64) rule {
	return holds(name, func(value view) bool { return value.number(name).Cmp(big.NewInt(last)) <= 0 })
}

func positive(name string) rule {
	return holds(name, func(value view) bool { return value.number(name).Sign() > 0 })
}

func notNegative(name string) rule {
	return holds(name, func(value view) bool { return value.number(name).Sign() >= 0 })
}

func notBelow(name, other string) rule {
	return holds(name, func(value view) bool { return value.number(name).Cmp(value.number(other)) >= 0 })
}

func below(name, other string) rule {
	return holds(name, func(value view) bool { return value.number(name).Cmp(value.number(other)) < 0 })
}

func notEmpty(name string) rule {
	return holds(name, func(value view) bool { return value.count(name) > 0 })
}

// uncrossed compares the first levels, which are the best: that they are is another rule.
var uncrossed = holds("asks[0].price", func(book view) bool {
	if book.count("bids") == 0 || book.count("asks") == 0 {
		return true
	}
	bid, ask := book.element("bids", 0), book.element("asks", 0)
	return ask.number("price").Cmp(bid.number("price")) >= 0
})

// spreadIsAskMinusBid subtracts as big.Int: the difference of two int64 may wrap to the right one.
var spreadIsAskMinusBid = holds("spread", func(update view) bool {
	difference := new(big.Int).Sub(update.number("ask_price"), update.number("bid_price"))
	return update.number("spread").Cmp(difference) == 0
})

// holds is a rule about the field name: it is broken where isRight says no.
func holds(name string, isRight func(value view) bool) rule {
	return func(value view) []string {
		if isRight(value) {
			return nil
		}
		return []string{name}
	}
}

// each asks a rule of every element of a vector.
func each(vector string, find rule) rule {
	return func(value view) (broken []string) {
		for i := range value.count(vector) {
			for _, name := range find(value.element(vector, i)) {
				broken = append(broken, vector+index(i)+"."+name)
			}
		}
		return broken
	}
}

// The result of comparing an element with the one before it.
const (
	descending = -1
	ascending  = +1
)

// ordered names the later one of two elements that are equal or in the wrong order.
func ordered(vector, name string, order int) rule {
	return func(value view) (broken []string) {
		for i := 1; i < value.count(vector); i++ {
			before, after := value.element(vector, i-1), value.element(vector, i)
			if after.number(name).Cmp(before.number(name)) != order {
				broken = append(broken, vector+index(i)+"."+name)
			}
		}
		return broken
	}
}

// view is the value of a record beside the Type that knows its fields by name.
type view struct {
	record *Type
	value  Value
}

// number is an integer field as one that has a sign and never wraps.
func (v view) number(name string) *big.Int {
	field, value := v.field(name)
	whole := value.Int.big()
	if _, maximum := field.bounds(); whole.Cmp(maximum) > 0 {
		whole.Sub(whole, field.modulus()) // two's complement
	}
	return whole
}

func (v view) count(vector string) int {
	_, value := v.field(vector)
	return len(value.Items)
}

func (v view) element(vector string, i int) view {
	field, value := v.field(vector)
	return view{field.element, value.Items[i]}
}

func (v view) field(name string) (*Type, Value) {
	items := v.value.Items // of the fields that have names
	for i := range v.record.fields {
		field := &v.record.fields[i]
		if field.name == name {
			return &field.Type, items[0]
		}
		if field.name != "" {
			items = items[1:]
		}
	}
	panic("no field is called " + name)
}
