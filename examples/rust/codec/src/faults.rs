//! Section 6: the ways in which a message can be wrong, each with its context.
//!
//! Written by faults.py from `torq-conformance export faults`.

use crate::{Number, Text, define_error};

define_error! {
    /// Why a message is refused; the variants are the rows of section 6.
    pub enum Fault {
        /// The buffer is shorter than 32 bytes, or than the header promises; or an output buffer is
        /// shorter than the message that is to be written into it.
        1 MessageTooSmall { need: Number, got: Number },
        /// The whole message is longer than 1,048,576 bytes, by its header or by its value.
        2 MessageTooLarge { size: Number, limit: Number },
        /// The first four bytes are not EF BE AD DE.
        3 InvalidMagic { expected: Number, actual: Number },
        /// The version is not 1.
        4 UnsupportedVersion { version: Number },
        /// The domain is none of the four.
        5 InvalidRelayDomain { relay_domain: Number },
        /// The source is none of the listed services.
        6 UnknownSource { source: Number },
        /// The checksum in the header is not the one calculated over what is there.
        7 ChecksumMismatch { expected: Number, actual: Number, message_size: Number, tlv_count: Number },
        /// The payload ends within a TLV: within its head, or before the end of its value.
        8 TruncatedTLV { buffer_size: Number, required_bytes: Number, tlv_type: Number, offset: Number },
        /// The second byte of an extended TLV is not 0.
        9 InvalidExtendedTLV { offset: Number, reserved: Number },
        /// The type is 0, 255 inside extended, or a number that nobody was given.
        10 InvalidTLVType { tlv_type: Number, offset: Number },
        /// The type belongs to another domain than the header names.
        11 RelayDomainMismatch { tlv_type: Number, expected: Number, got: Number, offset: Number },
        /// The value has not the size of its type, or one outside of its bounds.
        12 PayloadSizeMismatch { tlv_type: Number, expected: Number, got: Number, offset: Number },
        /// A vector has more elements than slots, by its count or by its value.
        13 CapacityExceeded { field: Text, max_capacity: Number, attempted: Number },
        /// A value to be encoded is longer than the 65,535 bytes that a TLV holds.
        14 PayloadTooLarge { tlv_type: Number, size: Number, limit: Number },
        /// An integer to be encoded does not fit its field, or bytes have not the field's length;
        /// then all three numbers are lengths.
        15 ValueOutOfRange { field: Text, value: Number, minimum: Number, maximum: Number },
        /// An operation on instrument ids refuses one of its arguments.
        16 InvalidInstrument { argument: Text, context: Text },
        /// Bytes follow the message, padding is not zero, or slots behind a vector's count are not;
        /// the offset counts from the message's first byte.
        17 ParseError { offset: Number, context: Text },
        /// The message is right in form and breaks a rule of section 8; only decode_validated says
        /// so.
        18 ValidationFailed { field: Text },
        /// A variable of a configuration is missing, empty, wrong or unknown; only config says so.
        19 ConfigError { variable: Text, context: Text },
    }
}
