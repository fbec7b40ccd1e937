//! Serves a codec: a request a line on stdin, an answer a line on stdout, both JSON.
//!
//! A request that is out of form ends the server with a sentence on stderr: requests come from the
//! kit, and a server that guesses what was meant hides faults.

mod frames;
mod json;
mod operations;

use json::{Failure, Reader};
use serde_json::{Value, json};
use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use torq_codec::{Fault, Message, Source};

/// Bytes of stdin that are read at once; more than any message.
const INPUT_SIZE: usize = 2 << 20;

/// How a message that was decoded becomes bytes again.
pub type Reencode = fn(&Message, &mut Vec<u8>) -> Result<(), Fault>;

/// From the bytes that it was decoded from, without another form in memory.
pub fn in_place(message: &Message, out: &mut Vec<u8>) -> Result<(), Fault> {
    message.encode_into(out)
}

/// Answers requests until there are no more.
pub fn serve(reencode: Reencode) -> Result<(), Box<dyn Error>> {
    let mut input = BufReader::with_capacity(INPUT_SIZE, io::stdin().lock());
    // Not by way of io::stdout, which looks for the ends of lines in whatever is written.
    let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let (mut line, mut answers) = (String::new(), Vec::new());
    while input.read_line(&mut line)? != 0 {
        let request: Value = serde_json::from_str(&line)?;
        let answered = answer(&Reader(&request), reencode);
        if let Ok(answer) = &answered {
            serde_json::to_writer(&mut answers, answer)?;
            answers.push(b'\n');
        }
        let enters_frames = request.get("op").is_some_and(|op| op == "frames");
        // What came together is answered with one write.
        if answered.is_err() || enters_frames || !input.buffer().contains(&b'\n') {
            write_out(&mut answers, &mut output)?;
        }
        answered?;
        if enters_frames {
            frames::serve(&mut input, &mut output, reencode)?;
        }
        line.clear();
    }
    Ok(())
}

/// Writes what waits to be written.
fn write_out(answers: &mut Vec<u8>, output: &mut impl Write) -> io::Result<()> {
    output.write_all(answers)?;
    answers.clear();
    output.flush()
}

/// The answer to a request; an error if the request is out of form.
fn answer(request: &Reader, reencode: Reencode) -> Result<Value, String> {
    let id = request.0.get("id");
    match act(request, reencode) {
        Ok(Some(ok)) => Ok(json!({"id": id, "ok": ok})),
        Ok(None) => Ok(json!({"id": id, "unsupported": true})),
        Err(Failure::Refused(fault)) => Ok(json!({"id": id, "error": json::refusal(&fault)})),
        Err(Failure::Malformed(why)) => Err(format!("a request is out of form: {why}")),
    }
}

/// What the operation gives, None if there is no such operation.
fn act(request: &Reader, reencode: Reencode) -> Result<Option<Value>, Failure> {
    let data = || request.member("data")?.bytes();
    Ok(Some(match request.0.get("op").and_then(Value::as_str) {
        Some("hello") => json!({
            "protocol": 1,
            "name": "torq-codec",
            "version": env!("CARGO_PKG_VERSION"),
            "language": "Rust",
            "capabilities": [
                "decode", "decode_validated", "encode", "error_context", "frames", "instrument_id",
                "strict_padding", "validate"
            ],
        }),
        Some("decode") => Message::decode(&data()?)?.write(&json::Writer)?,
        Some("decode_validated") => Message::decode_validated(&data()?)?.write(&json::Writer)?,
        Some("validate") => {
            let encoded = torq_codec::encode(&request.member("message")?)?;
            Message::decode(&encoded)?.validate().into()
        }
        Some("instrument_id") => {
            let operation = request.0.get("operation").and_then(Value::as_str).unwrap_or_default();
            return operations::act(operation, &request.member("arguments")?);
        }
        Some("encode") => hex::encode(torq_codec::encode(&request.member("message")?)?).into(),
        Some("roundtrip") => {
            let mut encoded = Vec::new();
            reencode(&Message::decode(&data()?)?, &mut encoded)?;
            hex::encode(encoded).into()
        }
        Some("batch") => {
            let requests = request.member("requests")?.items()?;
            requests.iter().map(|request| answer(request, reencode)).collect::<Result<_, _>>()?
        }
        Some("frames") => json!({}),
        _ => return Ok(None),
    }))
}
