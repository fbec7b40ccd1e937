package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Kind is a way in which a message can be wrong: a row of section 6, counted from 1.
type Kind int

// The rows of section 6, in its order: bulk mode answers with their numbers.
const (
	MessageTooSmall Kind = 1 + iota
	MessageTooLarge
	InvalidMagic
	UnsupportedVersion
	InvalidRelayDomain
	UnknownSource
	ChecksumMismatch
	TruncatedTLV
	InvalidExtendedTLV
	InvalidTLVType
	RelayDomainMismatch
	PayloadSizeMismatch
	CapacityExceeded
	PayloadTooLarge
	ValueOutOfRange
	InvalidInstrument
	ParseError
	ValidationFailed // behind the rows: what is decoded and encoded again is never judged by meaning
)

var kindNames = [...]string{
	MessageTooSmall:     "MessageTooSmall",
	MessageTooLarge:     "MessageTooLarge",
	InvalidMagic:        "InvalidMagic",
	UnsupportedVersion:  "UnsupportedVersion",
	InvalidRelayDomain:  "InvalidRelayDomain",
	UnknownSource:       "UnknownSource",
	ChecksumMismatch:    "ChecksumMismatch",
	TruncatedTLV:        "TruncatedTLV",
	InvalidExtendedTLV:  "InvalidExtendedTLV",
	InvalidTLVType:      "InvalidTLVType",
	RelayDomainMismatch: "RelayDomainMismatch",
	PayloadSizeMismatch: "PayloadSizeMismatch",
	CapacityExceeded:    "CapacityExceeded",
	PayloadTooLarge:     "PayloadTooLarge",
	ValueOutOfRange:     "ValueOutOfRange",
	InvalidInstrument:   "InvalidInstrument",
	ParseError:          "ParseError",
	ValidationFailed:    "ValidationFailed",
}

func (kind Kind) String() string { return kindNames[kind] }

// Context holds the context fields of a fault by their names in section 6.
type Context map[string]any

// Fault says that a message is wrong. Any other error means that the request itself made no sense.
type Fault struct {
	Kind    Kind
	Context Context
}

// Error is the kind and all of its context in one line: text is quoted, and nothing of a payload
// is ever in a context.
func (fault *Fault) Error() string {
	var text strings.Builder
	text.WriteString(fault.Kind.String())
	separator := ": "
	names := make([]string, 0, len(fault.Context))
	for name := range fault.Context {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		form := "%s%s %v"
		if _, isText := fault.Context[name].(string); isText {
			form = "%s%s %q"
		}
		fmt.Fprintf(&text, form, separator, name, fault.Context[name])
		separator = ", "
	}
	return text.String()
}

// MarshalJSON writes the form in which a refusal is answered.
func (fault *Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Kind    string  `json:"kind"`
		Context Context `json:"context"`
	}{fault.Kind.String(), fault.Context})
}
