//! What a collector is told, and what it lets through: `cargo run --release --example validated_config`

use std::process::Command;
use torq_codec::{Fault, Number, Text, Zeros, define_config, define_error, define_validated_tlv};
use zerocopy::little_endian::{I64, U16};

define_config! {
    /// How a collector is run.
    pub struct CollectorConfig from "COLLECTOR_" {
        name: String, workers: u8 = 2, price_max: i64 = 1_000_000_000
    }
    rules |config| { workers: (1..=64).contains(&config.workers), price_max: config.price_max > 0 }
}

define_validated_tlv! {
    /// The last price of a venue.
    pub struct LastPrice = 210 [16] { price: I64, venue: U16 [8], padding: Zeros<6> }
    rules |last| { price: last.price.get() > 0 }
}

define_error! {
    /// Why a price goes no further.
    pub enum Dropped {
        1 Refused { fault: Text },
        2 TooHigh { price: Number, price_max: Number },
    }
}

fn accept<'a>(bytes: &'a [u8], config: &CollectorConfig) -> Result<&'a LastPrice, Dropped> {
    let refused = |fault: Fault| Dropped::Refused { fault: fault.to_string().into() };
    let last = LastPrice::ref_from_validated(bytes).map_err(refused)?;
    if last.price.get() > config.price_max {
        let (price, price_max) = (i128::from(last.price.get()), i128::from(config.price_max));
        return Err(Dropped::TooHigh { price: price.into(), price_max: price_max.into() });
    }
    Ok(last)
}

/// What this program says when its environment holds these variables and no others.
fn said(variables: &[(&str, &str)]) -> std::io::Result<String> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("child").env_clear().envs(variables.iter().copied());
    Ok(String::from_utf8_lossy(&command.output()?.stdout).trim().to_owned())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).is_some() {
        match CollectorConfig::from_env() {
            Ok(config) => println!("{config:?}"),
            Err(error) => println!("{error}"),
        }
        return Ok(());
    }
    let workers = |text| said(&[("COLLECTOR_NAME", "a"), ("COLLECTOR_WORKERS", text)]);
    let config = |workers| format!(r#"{{ name: "a", workers: {workers}, price_max: 1000000000 }}"#);
    assert!(said(&[("COLLECTOR_NAME", "a")])?.ends_with(&config(2)), "a default");
    assert!(workers("64")?.ends_with(&config(64)), "and overridden");
    for (text, kind) in [("", "Empty"), ("x", "NotANumber"), ("256", "Overflow"), ("0", "Invalid")]
    {
        assert!(workers(text)?.starts_with(kind));
        println!("{}", workers(text)?);
    }
    assert!(
        said(&[])?.contains("Missing") && said(&[("COLLECTOR_NAEM", "a")])?.contains("Missing")
    );
    assert!(said(&[("COLLECTOR_NAME", "a"), ("COLLECTOR_PORT", "1")])?.starts_with("UnknownKey"));

    let set = |name: &str, value: &str| (name.into(), value.into());
    let config = CollectorConfig::from_variables([set("COLLECTOR_NAME", "a")])?;
    let price =
        |price: i64| LastPrice { price: price.into(), venue: 1.into(), padding: Zeros::ZEROS };
    assert_eq!(accept(price(5).as_bytes(), &config), Ok(&price(5)));
    for (wrong, kind) in [(0, "Refused"), (1_000_000_001, "TooHigh")] {
        let dropped = accept(price(wrong).as_bytes(), &config).err();
        assert_eq!(dropped.map(|dropped| dropped.kind()), Some(kind));
    }
    Ok(())
}
