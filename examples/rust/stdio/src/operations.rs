//! Section 7 over JSON: which operation takes which arguments.

use crate::json::{Failure, Reader, Writer};
use num_bigint::BigInt;
use serde_json::Value;
use torq_codec::{Field, InstrumentId, Path, Source};

/// What an operation gives, None if there is no such operation.
pub fn act(operation: &str, arguments: &Reader) -> Result<Option<Value>, Failure> {
    let id = |name| InstrumentId::read(&arguments.member(name)?, &Path::Root);
    let venue = || number::<u16>(arguments, "venue");
    let symbol = || text(arguments, "symbol");
    let made = match operation {
        "cache_key" => return Ok(Some(id("id")?.cache_key().to_string().into())),
        "to_u64" => return Ok(Some(id("id")?.to_u64().to_string().into())),
        "from_cache_key" => InstrumentId::from_cache_key(number(arguments, "key")?),
        "from_u64" => InstrumentId::from_u64(number(arguments, "value")?),
        "stock" => InstrumentId::stock(venue()?, symbol()?)?,
        "bond" => InstrumentId::bond(venue()?, symbol()?)?,
        "coin" => InstrumentId::coin(venue()?, symbol()?)?,
        "evm_token" => InstrumentId::evm_token(venue()?, text(arguments, "address")?)?,
        "pool" => InstrumentId::pool(venue()?, &id("a")?, &id("b")?),
        "triangular_pool" => {
            InstrumentId::triangular_pool(venue()?, &id("a")?, &id("b")?, &id("c")?)
        }
        "lp_token" => InstrumentId::lp_token(venue()?, &id("pool")?),
        "option" => {
            let (strike, expiry) = (number(arguments, "strike")?, number(arguments, "expiry")?);
            let is_call = arguments.member("is_call")?.0 == &Value::Bool(true);
            InstrumentId::option(venue()?, symbol()?, strike, expiry, is_call)?
        }
        _ => return Ok(None),
    };
    made.write(&Writer).map(Some)
}

fn number<N: TryFrom<BigInt>>(arguments: &Reader, name: &str) -> Result<N, Failure> {
    let number = arguments.member(name)?.integer()?;
    N::try_from(number).map_err(|_| format!("{name} is out of range").into())
}

fn text<'v>(arguments: &Reader<'v>, name: &str) -> Result<&'v str, Failure> {
    let member = arguments.member(name)?;
    member.0.as_str().ok_or_else(|| format!("{name} is no string").into())
}
