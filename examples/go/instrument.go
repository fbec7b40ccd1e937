package main

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// InstrumentID names an instrument without any table: its parts follow from what it is. Venues and
// asset types are carried whether section 7 lists them or not.
type InstrumentID struct {
	AssetID   uint64 `json:"asset_id,string"`
	Venue     uint16 `json:"venue"`
	AssetType uint8  `json:"asset_type"`
	Reserved  uint8  `json:"reserved"`
}

// Asset types that the operations give.
const (
	stock   = 1
	bond    = 2
	token   = 50
	coin    = 51
	pool    = 100
	lpToken = 101
	option  = 150
)

// CacheKey holds all of an id in 96 bits.
func (id InstrumentID) CacheKey() Int {
	return Int{id.AssetID, uint64(id.Venue)<<16 | uint64(id.AssetType)<<8 | uint64(id.Reserved)}
}

// FromCacheKey is the inverse of CacheKey. What lies above the 96 bits is not looked at.
func FromCacheKey(key Int) InstrumentID {
	return InstrumentID{key[0], uint16(key[1] >> 16), uint8(key[1] >> 8), uint8(key[1])}
}

const u64AssetMask = 1<<40 - 1

// U64 holds an id in 64 bits: of asset_id the low 40, of reserved none.
func (id InstrumentID) U64() uint64 {
	return uint64(id.Venue)<<48 | uint64(id.AssetType)<<40 | id.AssetID&u64AssetMask
}

// FromU64 is the inverse of U64 for ids that fit.
func FromU64(value uint64) InstrumentID {
	return InstrumentID{value & u64AssetMask, uint16(value >> 48), uint8(value >> 40), 0}
}

// Symbol is the id of what is known by a symbol: a stock, a bond, a coin.
func Symbol(venue uint16, assetType uint8, symbol string) (InstrumentID, error) {
	assetID, err := symbolID(symbol)
	return InstrumentID{assetID, venue, assetType, 0}, err
}

// symbolID is the first 8 bytes of the symbol, with zeros behind a shorter one, read big-endian.
func symbolID(symbol string) (uint64, error) {
	isWide := func(r rune) bool { return r > 0x7f }
	if strings.ContainsFunc(symbol, isWide) {
		return 0, invalid("symbol", "it is not ASCII")
	}
	var padded [8]byte
	copy(padded[:], symbol) // as many bytes as both have
	return binary.BigEndian.Uint64(padded[:]), nil
}

const addressSize = 20

// EVMToken is the id of the token at an address of 40 hex digits, with or without 0x.
func EVMToken(venue uint16, address string) (InstrumentID, error) {
	digits, err := hex.DecodeString(strings.TrimPrefix(address, "0x"))
	if err != nil {
		return InstrumentID{}, invalid("address", err.Error())
	}
	if len(digits) != addressSize {
		return InstrumentID{}, invalid("address", "it is not 20 bytes")
	}
	return InstrumentID{binary.BigEndian.Uint64(digits), venue, token, 0}, nil
}

// Pool is the id of a pool of two, in whichever order they come. It wraps at 2^64, as uint64 does.
func Pool(venue uint16, a, b InstrumentID) InstrumentID {
	low, high := min(a.AssetID, b.AssetID), max(a.AssetID, b.AssetID)
	return InstrumentID{low*31 + high, venue, pool, 0}
}

// TriangularPool is the id of a pool of three.
func TriangularPool(venue uint16, a, b, c InstrumentID) InstrumentID {
	t := []uint64{a.AssetID, b.AssetID, c.AssetID}
	slices.Sort(t)
	return InstrumentID{t[0]*31 + t[1]*17 + t[2], venue, pool, 1}
}

// LPToken is the id of the token that stands for a share in a pool.
func LPToken(venue uint16, of InstrumentID) InstrumentID {
	return InstrumentID{of.AssetID, venue, lpToken, 0}
}

// Option is the id of an option; of each term the bits are kept for which there is room.
func Option(venue uint16, symbol string, strike, expiry uint64, isCall bool) (InstrumentID, error) {
	underlying, err := symbolID(symbol)
	assetID := strike&0xFFFFFFFF<<32 | expiry&0xFFFFF<<12 | underlying&0x7FF
	if isCall {
		assetID |= 1 << 11
	}
	return InstrumentID{assetID, venue, option, 0}, err
}

func invalid(argument, context string) error {
	return &Fault{InvalidInstrument, Context{"argument": argument, "context": context}}
}
