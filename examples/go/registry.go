package main

import "fmt"

// Rule is what section 4 says of a TLV type.
type Rule struct {
	name             string
	domain           byte  // anyDomain for vendor types and the system types 100-119
	sizeMin, sizeMax int   // bytes of the value, both inclusive
	layout           *Type // nil: the value is carried as bytes
}

const (
	anyDomain byte = iota
	marketData
	signal
	execution
	system
)

var domainRanges = []struct{ first, last, domain byte }{
	{1, 19, marketData},
	{20, 39, signal},
	{40, 59, execution},
	{60, 79, signal},
	{80, 99, system},
	{100, 119, anyDomain}, // system messages travel on the relays of the other domains
	{vendorFirst, vendorLast, anyDomain},
}

const (
	vendorFirst = 200
	vendorLast  = 254
)

// opaqueTypes carry bytes of which only the size is known.
var opaqueTypes = []struct {
	number           byte
	name             string
	sizeMin, sizeMax int
}{
	{20, "SignalIdentity", 16, 16},
	{21, "AssetCorrelation", 24, 24},
	{22, "Economics", 32, 32},
	{23, "ExecutionAddresses", 84, 84},
	{24, "VenueMetadata", 12, 12},
	{25, "StateReference", 24, 24},
	{26, "ExecutionControl", 16, 16},
	{27, "PoolAddresses", 44, 44},
	{28, "MEVBundle", 40, 40},
	{29, "TertiaryVenue", 24, 24},
	{30, "RiskParameters", 24, 512},
	{31, "PerformanceMetrics", 32, 1024},
	{40, "OrderRequest", 32, 32},
	{41, "OrderStatus", 24, 24},
	{42, "Fill", 32, 32},
	{43, "OrderCancel", 16, 16},
	{44, "OrderModify", 24, 24},
	{45, "ExecutionReport", 48, 48},
	{46, "Portfolio", 32, 2048},
	{47, "Position", 24, 512},
	{48, "Balance", 16, 256},
	{49, "TradeConfirmation", 32, 256},
	{60, "RiskDecision", 32, 32},
	{61, "PositionUpdate", 40, 512},
	{62, "RiskAlert", 24, 256},
	{63, "CollateralUpdate", 48, 48},
	{64, "ExposureReport", 32, 1024},
	{65, "PortfolioEvent", 32, 512},
	{66, "RiskThreshold", 40, 40},
	{67, "FlashLoanResult", 48, 256},
	{68, "PostTradeAnalytics", 64, 512},
	{69, "PositionQuery", 32, 32},
	{70, "RiskMetrics", 48, 1024},
	{71, "CircuitBreaker", 24, 24},
	{72, "StrategyRegistration", 32, 256},
	{80, "ComplianceCheck", 32, 512},
	{81, "AuditTrail", 48, 2048},
	{82, "RegulatoryReport", 64, 4096},
	{83, "TradeBreakdown", 48, 1024},
	{84, "SettlementInstruction", 40, 512},
	{85, "ClearingReport", 32, 512},
	{86, "MarginCall", 48, 48},
	{87, "CustodyEvent", 40, 256},
	{88, "VenueConnectivity", 32, 32},
	{89, "CrossVenueSpread", 40, 40},
	{90, "ArbitrageExecution", 48, 256},
	{100, "Heartbeat", 16, 16},
	{101, "Snapshot", 32, 1024},
	{102, "Error", 16, 512},
	{103, "ConfigUpdate", 20, 2048},
	{104, "ServiceDiscovery", 24, 512},
	{105, "ResourceUsage", 64, 64},
	{111, "RecoveryResponse", 20, 1024},
	{112, "SequenceSync", 16, 256},
}

// sources are the legal values of header.source.
var sources = [256]string{
	1:  "BinanceCollector",
	2:  "KrakenCollector",
	3:  "CoinbaseCollector",
	4:  "PolygonCollector",
	5:  "GeminiCollector",
	20: "ArbitrageStrategy",
	21: "MarketMaker",
	22: "TrendFollower",
	23: "KrakenSignalStrategy",
	40: "PortfolioManager",
	41: "RiskManager",
	42: "ExecutionEngine",
	60: "Dashboard",
	61: "MetricsCollector",
	62: "StateManager",
	80: "MarketDataRelay",
	81: "SignalRelay",
	82: "ExecutionRelay",
}

// registry holds the rule of every legal TLV type by its number, nil for all others.
var registry = buildRegistry()

// valueType is the layout of a type's value, nil where the value is bytes.
func valueType(tlvType byte) *Type {
	if rule := registry[tlvType]; rule != nil {
		return rule.layout
	}
	return nil
}

func buildRegistry() (rules [256]*Rule) {
	for _, row := range layoutTypes {
		layout := recordOf(row.fields...)
		if layout.size != row.size {
			panic(fmt.Sprintf("the rows of %s cover %d bytes, not %d", row.name, layout.size, row.size))
		}
		rules[row.number] = &Rule{row.name, domainOf(row.number), row.size, row.size, &layout}
	}
	for _, row := range opaqueTypes {
		rules[row.number] = &Rule{row.name, domainOf(row.number), row.sizeMin, row.sizeMax, nil}
	}
	for number := vendorFirst; number <= vendorLast; number++ {
		rules[number] = &Rule{"Vendor", anyDomain, 0, extendedLengthMax, nil}
	}
	return rules
}

func domainOf(number byte) byte {
	for _, allotted := range domainRanges {
		if allotted.first <= number && number <= allotted.last {
			return allotted.domain
		}
	}
	panic(fmt.Sprintf("type %d lies in no range of section 4", number))
}
