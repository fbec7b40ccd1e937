//! The binary bulk mode: messages come and go as u32 length + bytes, decoded and encoded again.

use crate::write_out;
use std::io::{self, BufReader, Read, Write};
use torq_codec::Message;

/// A length that ends the mode.
const END: u32 = u32::MAX;
/// Marks a length as a refusal; the low bits are the row of its kind.
const REFUSED: u32 = 1 << 31;

/// Answers frames until the mode ends: all that have come, then one write.
pub fn serve(input: &mut BufReader<impl Read>, output: &mut impl Write) -> io::Result<()> {
    let (mut message, mut answers) = (Vec::new(), Vec::new());
    loop {
        if !holds_frame(input.buffer()) {
            write_out(&mut answers, output)?;
        }
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length == END {
            return Ok(());
        }
        // Grows with the bytes that come, never by the length that is claimed.
        message.clear();
        let got = input.by_ref().take(length.into()).read_to_end(&mut message)?;
        if got < usize::try_from(length).unwrap_or(usize::MAX) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer(&message, &mut answers)?;
    }
}

fn holds_frame(waiting: &[u8]) -> bool {
    waiting.split_first_chunk().is_some_and(|(length, rest)| {
        usize::try_from(u32::from_le_bytes(*length)).is_ok_and(|length| length <= rest.len())
    })
}

/// Appends the frame that answers a message.
fn answer(message: &[u8], answers: &mut Vec<u8>) -> io::Result<()> {
    let start = answers.len();
    answers.extend_from_slice(&[0; 4]);
    let length = match Message::decode(message).and_then(|message| message.encode_into(answers)) {
        Ok(()) => {
            let size = answers.len().saturating_sub(start).saturating_sub(4);
            u32::try_from(size).map_err(io::Error::other)?
        }
        Err(fault) => REFUSED | fault.row(),
    };
    if let Some(place) = answers.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
        *place = length.to_le_bytes();
    }
    Ok(())
}
