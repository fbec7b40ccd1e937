//! `actor_messages!`: what an actor is sent, as TLVs of vendor numbers. A prototype.
//!
//! The protocol knows nothing of actors: their messages are vendor types, which ride in any domain
//! and are bytes to everybody else. An actor gets each of its messages as a view of the bytes that
//! came, checked in form, by a method of its own.

/// Declares the messages of an actor, and the trait that an actor implements to get them.
///
/// ```
/// use torq_codec::{actor_messages, Builder, Fault, Header};
/// use zerocopy::little_endian::{U32, U64};
///
/// actor_messages! {
///     /// What a gate is told.
///     pub enum GateMessage for Gate {
///         200 open(Open [8]) { gate: U64 },
///         201 close(Close [12]) { gate: U64, reason: U32 },
///     }
/// }
/// #[derive(Default)]
/// struct Log(Vec<String>);
/// impl Gate for Log {
///     fn open(&mut self, message: &Open) {
///         self.0.push(format!("open {}", message.gate));
///     }
///     fn close(&mut self, message: &Close) {
///         self.0.push(format!("close {} for {}", message.gate, message.reason));
///     }
/// }
/// let header = Header {
///     relay_domain: 3, version: 1, source: 40, flags: 0, sequence: 1.into(), timestamp: 2.into(),
/// };
/// let mut bytes = Vec::new();
/// let mut builder = Builder::new(&header, &mut bytes)?;
/// GateMessage::from(&Open { gate: 7.into() }).push(&mut builder)?;
/// builder.push(202, b"of another actor")?;
/// GateMessage::from(&Close { gate: 7.into(), reason: 3.into() }).push(&mut builder)?;
/// builder.finish()?;
///
/// let mut log = Log::default();
/// assert_eq!(GateMessage::deliver_all(&bytes, &mut log), Ok(2));
/// assert_eq!(log.0, ["open 7", "close 7 for 3"]);
/// # Ok::<(), Fault>(())
/// ```
/// A number that is no vendor's, or that two messages share, is an error:
/// ```compile_fail
/// # use {torq_codec::actor_messages, zerocopy::little_endian::U64};
/// actor_messages! { pub enum Message for Gate { 199 open(Open [8]) { gate: U64 } } }
/// # fn main() {}
/// ```
/// ```
/// # use {torq_codec::actor_messages, zerocopy::little_endian::U64};
/// actor_messages! { pub enum Message for Gate { 254 open(Open [8]) { gate: U64 } } }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! actor_messages {
    ($(#[$doc:meta])* $visibility:vis enum $set:ident for $actor:ident {
        $($(#[$message_doc:meta])*
        $number:literal $method:ident($name:ident [$size:literal]) $fields:tt),* $(,)?
    }) => {
        $($crate::define_tlv_v2! {
            $(#[$message_doc])* $visibility struct $name = $number [$size] $fields
        })*

        const _: () = {
            assert!($crate::are_distinct(&[$($number),*]), "two messages have the same number");
            $(assert!($number >= 200 && $number <= 254, "vendor numbers are 200 to 254");)*
        };

        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        $visibility enum $set<'a> { $($name(&'a $name),)* }

        /// What gets the messages, each by a method of its own.
        $visibility trait $actor { $(fn $method(&mut self, message: &$name);)* }

        $(impl<'a> From<&'a $name> for $set<'a> {
            fn from(message: &'a $name) -> Self {
                Self::$name(message)
            }
        })*

        #[allow(dead_code)]
        impl<'a> $set<'a> {
            /// The message that a TLV is; None if it is somebody else's.
            pub fn from_tlv(tlv: &$crate::Tlv<'a>) -> Result<Option<Self>, $crate::Fault> {
                match tlv.number() {
                    $($number => {
                        let message = <$name as $crate::TlvLayout>::ref_from_checked(tlv.value())?;
                        Ok(Some(Self::$name(message)))
                    })*
                    _ => Ok(None),
                }
            }

            /// Adds it to a message that is being built.
            pub fn push(&self, builder: &mut $crate::Builder<'_>) -> Result<(), $crate::Fault> {
                match self {
                    $(Self::$name(message) => builder.push($number, message.as_bytes()),)*
                }
            }

            /// The bytes of a message that holds it alone.
            pub fn to_bytes(&self, header: &$crate::Header) -> Result<Vec<u8>, $crate::Fault> {
                let mut bytes = Vec::new();
                let mut builder = $crate::Builder::new(header, &mut bytes)?;
                self.push(&mut builder)?;
                builder.finish()?;
                Ok(bytes)
            }

            /// Calls the method of the actor that is meant.
            pub fn deliver(&self, actor: &mut impl $actor) {
                match self {
                    $(Self::$name(message) => actor.$method(message),)*
                }
            }

            /// Delivers what is for the actor, in its order; nothing if anything is wrong.
            pub fn deliver_all(
                bytes: &'a [u8], actor: &mut impl $actor,
            ) -> Result<usize, $crate::Fault> {
                let message = $crate::Message::decode(bytes)?;
                for tlv in message.tlvs() {
                    Self::from_tlv(&tlv)?;
                }
                let mut count = 0_usize;
                for tlv in message.tlvs() {
                    if let Some(message) = Self::from_tlv(&tlv)? {
                        message.deliver(actor);
                        count = count.saturating_add(1);
                    }
                }
                Ok(count)
            }
        }
    };
}
