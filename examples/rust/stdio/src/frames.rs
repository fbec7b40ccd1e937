//! The binary bulk mode: messages come and go as u32 length + bytes, decoded and encoded again.

use crate::{Reencode, write_out};
use std::io::{self, BufRead, BufReader, Read, Write};
use torq_codec::Message;

const LENGTH_SIZE: usize = 4;
/// A length that ends the mode.
const END: u32 = u32::MAX;
/// Marks a length as a refusal; the low bits are the row of its kind.
const REFUSED: u32 = 1 << 31;

/// Answers frames until the mode ends: all that have come, then one write.
pub fn serve(
    input: &mut BufReader<impl Read>,
    output: &mut impl Write,
    reencode: Reencode,
) -> io::Result<()> {
    // As much as is read at once: neither grows while messages are answered.
    let mut message = Vec::with_capacity(input.capacity());
    let mut answers = Vec::with_capacity(input.capacity());
    loop {
        // A frame that is there as a whole is answered where it lies.
        if let Some((taken, frame)) = whole_frame(input.buffer()) {
            answer(frame, &mut answers, reencode)?;
            input.consume(taken);
            continue;
        }
        write_out(&mut answers, output)?;
        let mut length = [0; LENGTH_SIZE];
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
        answer(&message, &mut answers, reencode)?;
    }
}

/// The first frame and the bytes that it takes, if it has come as a whole.
fn whole_frame(waiting: &[u8]) -> Option<(usize, &[u8])> {
    let (length, rest) = waiting.split_first_chunk::<LENGTH_SIZE>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    Some((length.checked_add(LENGTH_SIZE)?, rest.get(..length)?))
}

/// Appends the frame that answers a message.
fn answer(message: &[u8], answers: &mut Vec<u8>, reencode: Reencode) -> io::Result<()> {
    let start = answers.len();
    answers.extend_from_slice(&[0; LENGTH_SIZE]);
    let length = match Message::decode(message).and_then(|message| reencode(&message, answers)) {
        Ok(()) => {
            let size = answers.len().saturating_sub(start).saturating_sub(LENGTH_SIZE);
            u32::try_from(size).map_err(io::Error::other)?
        }
        Err(fault) => REFUSED | fault.row(),
    };
    if let Some(place) = answers.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
        *place = length.to_le_bytes();
    }
    Ok(())
}
