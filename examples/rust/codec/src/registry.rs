//! Section 4: which type numbers there are, in which domain, and of which size.

use crate::{Fault, Tlv};
use std::ops::RangeInclusive;

/// Refuses a TLV whose number, domain or size is not legal; `offset` is that in the payload.
pub(crate) fn check(number: u8, size: usize, domain: u8, offset: usize) -> Result<(), Fault> {
    let unknown = || Fault::InvalidTLVType { tlv_type: number.into(), offset: offset.into() };
    let sizes = match Tlv::layout_size(number) {
        Some(size) => size..=size,
        None => opaque_sizes(number).ok_or_else(unknown)?,
    };
    if let Some(expected) = domain_of(number).filter(|expected| *expected != domain) {
        return Err(Fault::RelayDomainMismatch {
            tlv_type: number.into(),
            expected: expected.into(),
            got: domain.into(),
            offset: offset.into(),
        });
    }
    let expected = size.clamp(*sizes.start(), *sizes.end());
    if size != expected {
        return Err(Fault::PayloadSizeMismatch {
            tlv_type: number.into(),
            expected: expected.into(),
            got: size.into(),
            offset: offset.into(),
        });
    }
    Ok(())
}

/// None for vendor types and the system types from 100 on, which may ride in any domain.
fn domain_of(number: u8) -> Option<u8> {
    match number {
        1..=19 => Some(1),
        20..=39 | 60..=79 => Some(2),
        40..=59 => Some(3),
        80..=99 => Some(4),
        _ => None,
    }
}

#[rustfmt::skip]
fn opaque_sizes(number: u8) -> Option<RangeInclusive<usize>> {
    Some(match number {
        20 => 16..=16,     // SignalIdentity
        21 => 24..=24,     // AssetCorrelation
        22 => 32..=32,     // Economics
        23 => 84..=84,     // ExecutionAddresses
        24 => 12..=12,     // VenueMetadata
        25 => 24..=24,     // StateReference
        26 => 16..=16,     // ExecutionControl
        27 => 44..=44,     // PoolAddresses
        28 => 40..=40,     // MEVBundle
        29 => 24..=24,     // TertiaryVenue
        30 => 24..=512,    // RiskParameters
        31 => 32..=1024,   // PerformanceMetrics
        40 => 32..=32,     // OrderRequest
        41 => 24..=24,     // OrderStatus
        42 => 32..=32,     // Fill
        43 => 16..=16,     // OrderCancel
        44 => 24..=24,     // OrderModify
        45 => 48..=48,     // ExecutionReport
        46 => 32..=2048,   // Portfolio
        47 => 24..=512,    // Position
        48 => 16..=256,    // Balance
        49 => 32..=256,    // TradeConfirmation
        60 => 32..=32,     // RiskDecision
        61 => 40..=512,    // PositionUpdate
        62 => 24..=256,    // RiskAlert
        63 => 48..=48,     // CollateralUpdate
        64 => 32..=1024,   // ExposureReport
        65 => 32..=512,    // PortfolioEvent
        66 => 40..=40,     // RiskThreshold
        67 => 48..=256,    // FlashLoanResult
        68 => 64..=512,    // PostTradeAnalytics
        69 => 32..=32,     // PositionQuery
        70 => 48..=1024,   // RiskMetrics
        71 => 24..=24,     // CircuitBreaker
        72 => 32..=256,    // StrategyRegistration
        80 => 32..=512,    // ComplianceCheck
        81 => 48..=2048,   // AuditTrail
        82 => 64..=4096,   // RegulatoryReport
        83 => 48..=1024,   // TradeBreakdown
        84 => 40..=512,    // SettlementInstruction
        85 => 32..=512,    // ClearingReport
        86 => 48..=48,     // MarginCall
        87 => 40..=256,    // CustodyEvent
        88 => 32..=32,     // VenueConnectivity
        89 => 40..=40,     // CrossVenueSpread
        90 => 48..=256,    // ArbitrageExecution
        100 => 16..=16,    // Heartbeat
        101 => 32..=1024,  // Snapshot
        102 => 16..=512,   // Error
        103 => 20..=2048,  // ConfigUpdate
        104 => 24..=512,   // ServiceDiscovery
        105 => 64..=64,    // ResourceUsage
        111 => 20..=1024,  // RecoveryResponse
        112 => 16..=256,   // SequenceSync
        200..=254 => 0..=usize::MAX, // vendor
        _ => return None,
    })
}
