"""Messages about the system itself: types 106 to 108 and 110 (section 5). Declarations only."""

from __future__ import annotations

from construct import Bytes

from torq_specs.enums import HealthStatus, InvalidationReason, RecoveryRequestType, StageFlag
from torq_specs.instrument_id import InstrumentId, venue_field
from torq_specs.rules import MemberOf, NotEmpty
from torq_specs.wire import Declaration, Field, FixedVec, Zeros, u8, u16, u32, u64

MAX_INSTRUMENTS = 16
"""Instruments that one StateInvalidation may name."""

NANOSECONDS = "ns since the Unix epoch"
RESERVED = Field("reserved", u8, "data, not padding: every value is legal and carried through")

StateInvalidation = Declaration(
    "StateInvalidation",
    "What was known of these instruments no longer holds.",
    Field("sequence", u64, "number of the invalidation"),
    Field("timestamp_ns", u64, "when the state became invalid", unit=NANOSECONDS),
    Field("instruments", FixedVec(InstrumentId, MAX_INSTRUMENTS), "the instruments concerned"),
    venue_field("venue"),
    Field("reason", u8, "why it became invalid", values=InvalidationReason),
    Zeros(5),
    provenance="R",
    rules=(NotEmpty("instruments"), MemberOf("reason", InvalidationReason)),
)

SystemHealth = Declaration(
    "SystemHealth",
    "How a service is doing.",
    Field("timestamp_ns", u64, "when it was measured", unit=NANOSECONDS),
    Field("connection_count", u32, "open connections"),
    Field("message_rate_per_sec", u32, "message rate", unit="messages/s"),
    Field("last_error_code", u32, "code of the latest error, 0 if there was none"),
    Field("error_rate_per_thousand", u16, "errors in a thousand messages", unit="1/1000"),
    Field("latency_p95_us", u16, "95th percentile of the latency", unit="us"),
    Field("service_type", u8, "which service, numbered as the header's source"),
    Field("health_status", u8, "overall state", values=HealthStatus),
    Field("cpu_usage_pct", u8, "processor use", unit="%"),
    Field("memory_usage_pct", u8, "memory use", unit="%"),
    Field("reserved", Bytes(20), "data, not padding: every value is legal and carried through"),
    provenance="R",
)

TraceContext = Declaration(
    "TraceContext",
    "Follows one message through the services.",
    Field("start_timestamp_ns", u64, "when the trace began", unit=NANOSECONDS),
    Field("current_timestamp_ns", u64, "when it passed here", unit=NANOSECONDS),
    Field("source_service", u8, "where it began, numbered as the header's source"),
    Field("span_depth", u8, "services passed so far"),
    Field("stage_flags", u8, "stages passed so far, a bit each", values=StageFlag),
    RESERVED,
    Zeros(4),
    Field("trace_id", Bytes(8), "the trace's name, raw bytes"),
    provenance="R",
)

RecoveryRequest = Declaration(
    "RecoveryRequest",
    "A consumer that missed messages asks for them.",
    Field("last_sequence", u64, "sequence of the last message it has"),
    Field("current_sequence", u64, "sequence of the message that it sees now"),
    Field("consumer_id", u32, "who asks"),
    Field("request_type", u32, "what it asks for", values=RecoveryRequestType),
    provenance="R",
)
