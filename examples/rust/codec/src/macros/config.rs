//! `define_config!`: what a program is told by its environment.

use crate::{Number, Text, define_error};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::IntErrorKind;

define_error! {
    /// Why there is no configuration; each kind names the variable.
    pub enum ConfigError {
        /// The variable has no default and is not set.
        1 Missing { variable: Text },
        /// It is set to nothing.
        2 Empty { variable: Text },
        3 NotANumber { variable: Text, text: Text },
        /// A number that the type of the field does not hold.
        4 Overflow { variable: Text, text: Text, minimum: Number, maximum: Number },
        /// Neither true nor false.
        5 NotABoolean { variable: Text, text: Text },
        6 NotUnicode { variable: Text },
        /// It has the prefix, and there is no such field.
        7 UnknownKey { variable: Text },
        /// A value that breaks a rule of the configuration.
        8 Invalid { variable: Text },
    }
}

/// A type that a field of a configuration may have.
pub trait ConfigValue: Sized {
    /// The value that a text means; the text is not empty.
    fn from_text(variable: &str, text: &str) -> Result<Self, ConfigError>;
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl ConfigValue for $integer {
            fn from_text(variable: &str, text: &str) -> Result<Self, ConfigError> {
                let overflow = || ConfigError::Overflow {
                    variable: variable.to_owned().into(),
                    text: text.to_owned().into(),
                    minimum: i128::from(<$integer>::MIN).into(),
                    maximum: i128::from(<$integer>::MAX).into(),
                };
                // By way of i128: -1 is a number, though not one that a u16 holds.
                match text.parse::<i128>() {
                    Ok(number) => Self::try_from(number).map_err(|_| overflow()),
                    Err(error) => Err(match error.kind() {
                        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => overflow(),
                        _ => ConfigError::NotANumber {
                            variable: variable.to_owned().into(),
                            text: text.to_owned().into(),
                        },
                    }),
                }
            }
        })*
    };
}

integers!(u8, u16, u32, u64, i8, i16, i32, i64);

impl ConfigValue for bool {
    fn from_text(variable: &str, text: &str) -> Result<Self, ConfigError> {
        text.parse().map_err(|_| ConfigError::NotABoolean {
            variable: variable.to_owned().into(),
            text: text.to_owned().into(),
        })
    }
}

impl ConfigValue for String {
    fn from_text(_variable: &str, text: &str) -> Result<Self, ConfigError> {
        Ok(text.to_owned())
    }
}

/// The variables of one prefix, from which fields take theirs.
#[doc(hidden)]
pub struct Variables {
    prefix: &'static str,
    set: BTreeMap<String, OsString>,
}

impl Variables {
    /// Those that begin with the prefix.
    pub fn new(
        prefix: &'static str,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        let of_prefix = |(name, value): (OsString, OsString)| {
            let name = name.to_string_lossy().into_owned();
            name.starts_with(prefix).then_some((name, value))
        };
        Self { prefix, set: variables.into_iter().filter_map(of_prefix).collect() }
    }

    /// The value of a field, its default where the variable is not set.
    pub fn take<T: ConfigValue>(
        &mut self,
        field: &str,
        default: Option<T>,
    ) -> Result<T, ConfigError> {
        let name = self.name(field);
        let Some(value) = self.set.remove(&name) else {
            return default.ok_or(ConfigError::Missing { variable: name.into() });
        };
        let Some(text) = value.to_str() else {
            return Err(ConfigError::NotUnicode { variable: name.into() });
        };
        if text.is_empty() {
            return Err(ConfigError::Empty { variable: name.into() });
        }
        T::from_text(&name, text)
    }

    /// Refuses a field whose rule does not hold.
    pub fn hold(&self, field: &str, holds: bool) -> Result<(), ConfigError> {
        if holds { Ok(()) } else { Err(ConfigError::Invalid { variable: self.name(field).into() }) }
    }

    fn name(&self, field: &str) -> String {
        format!("{}{}", self.prefix, field.to_uppercase())
    }

    /// Refuses a variable that no field has taken: a name that is misspelt is seen.
    pub fn end(&self) -> Result<(), ConfigError> {
        match self.set.keys().next() {
            None => Ok(()),
            Some(name) => Err(ConfigError::UnknownKey { variable: name.clone().into() }),
        }
    }
}

/// Declares a configuration: fields with or without a default, read from variables of one prefix.
///
/// A field without a default must be set. A rule is a field and what must hold of the whole.
/// ```
/// use torq_codec::{ConfigError, define_config};
///
/// define_config! {
///     /// How a relay is run.
///     pub struct RelayConfig from "RELAY_" { port: u16 = 8080, name: String, strict: bool = true }
///     rules |config| { port: config.port >= 1024 }
/// }
/// let read = |variables: &[(&str, &str)]| {
///     RelayConfig::from_variables(variables.iter().map(|(k, v)| (k.into(), v.into())))
/// };
/// let config = read(&[("RELAY_NAME", "a"), ("RELAY_PORT", "9000"), ("HOME", "/")]).unwrap();
/// assert_eq!(config, RelayConfig { port: 9000, name: "a".into(), strict: true });
/// assert_eq!(read(&[]), Err(ConfigError::Missing { variable: "RELAY_NAME".into() }));
/// let error = read(&[("RELAY_NAME", "a"), ("RELAY_PORT", "65536")]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"Overflow: variable "RELAY_PORT", text "65536", minimum 0, maximum 65535"#
/// );
/// let low = [("RELAY_NAME", "a"), ("RELAY_PORT", "80")];
/// assert_eq!(read(&low), Err(ConfigError::Invalid { variable: "RELAY_PORT".into() }));
/// ```
#[macro_export]
macro_rules! define_config {
    ($(#[$doc:meta])* $visibility:vis struct $name:ident from $prefix:literal {
        $($(#[$field_doc:meta])* $field:ident: $type:ty $(= $default:expr)?),* $(,)?
    } $(rules |$config:ident| { $($rule:ident: $holds:expr),* $(,)? })?) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        $visibility struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        #[allow(dead_code)]
        impl $name {
            /// What the environment of this process says.
            pub fn from_env() -> Result<Self, $crate::ConfigError> {
                Self::from_variables(std::env::vars_os())
            }

            /// What these variables say; those without the prefix are somebody else's.
            pub fn from_variables(
                variables: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
            ) -> Result<Self, $crate::ConfigError> {
                let mut variables = $crate::Variables::new($prefix, variables);
                let config = Self {
                    $($field: {
                        let default: Option<$type> = None $(.or(Some($default)))?;
                        variables.take(stringify!($field), default)?
                    },)*
                };
                variables.end()?;
                $(
                    let $config = &config;
                    $(
                        let _ = &$config.$rule;
                        variables.hold(stringify!($rule), $holds)?;
                    )*
                )?
                Ok(config)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    define_config! {
        struct Config from "T_" { byte: u8 = 7, signed: i64 = -1, text: String = "a".into(),
            flag: bool = false }
        rules |config| { signed: config.signed < 10 }
    }

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        Config::from_variables(variables).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_hold_until_a_variable_says_otherwise() {
        let defaults = Config { byte: 7, signed: -1, text: "a".into(), flag: false };
        assert_eq!(read(&[]), Ok(defaults.clone()));
        assert_eq!(read(&[("BYTE", "8"), ("XT_BYTE", "x")]), Ok(defaults));
        let all = [("T_BYTE", "255"), ("T_SIGNED", "-5"), ("T_TEXT", " b "), ("T_FLAG", "true")];
        let expected = Config { byte: 255, signed: -5, text: " b ".into(), flag: true };
        assert_eq!(read(&all), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_variable() {
        let error = |name, value| read(&[(name, value)]).err().unwrap_or_default();
        let byte = "minimum 0, maximum 255";
        let wide = "9".repeat(60);
        for (value, expected) in [
            ("", r#"Empty: variable "T_BYTE""#.to_owned()),
            ("x", r#"NotANumber: variable "T_BYTE", text "x""#.to_owned()),
            (" 1", r#"NotANumber: variable "T_BYTE", text " 1""#.to_owned()),
            ("1\n", r#"NotANumber: variable "T_BYTE", text "1\n""#.to_owned()),
            ("1.0", r#"NotANumber: variable "T_BYTE", text "1.0""#.to_owned()),
            ("256", format!(r#"Overflow: variable "T_BYTE", text "256", {byte}"#)),
            ("-1", format!(r#"Overflow: variable "T_BYTE", text "-1", {byte}"#)),
            (&wide, format!(r#"Overflow: variable "T_BYTE", text "{wide}", {byte}"#)),
        ] {
            assert_eq!(error("T_BYTE", value), expected);
        }
        assert_eq!(error("T_FLAG", "yes"), r#"NotABoolean: variable "T_FLAG", text "yes""#);
        assert_eq!(error("T_TEXT", ""), r#"Empty: variable "T_TEXT""#);
        assert_eq!(error("T_SIGNED", "10"), r#"Invalid: variable "T_SIGNED""#);
        assert_eq!(error("T_BYTES", "1"), r#"UnknownKey: variable "T_BYTES""#);
        assert_eq!(error("T_byte", "1"), r#"UnknownKey: variable "T_byte""#);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_unicode_is_said() {
        use std::os::unix::ffi::OsStringExt;
        let variables = [("T_TEXT".into(), OsString::from_vec(vec![0xFF]))];
        let error = Config::from_variables(variables).err();
        assert_eq!(error, Some(ConfigError::NotUnicode { variable: "T_TEXT".into() }));
    }
}
