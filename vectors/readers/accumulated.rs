// mkdir -p ../../examples/rust/codec/examples && cp accumulated.rs ../../examples/rust/codec/examples/ && \
//   cd ../../examples/rust && cargo run -q --release --example accumulated < ../../vectors/torq_vectors/accumulated.txt | sha256sum
use std::{io::{Write, stdin}, process::{Child, Command, Stdio}};
use torq_codec::{JsonText, Message};

fn main() {
    let lines: Vec<Vec<String>> = stdin().lines().map(|l| l.unwrap().split(' ').map(String::from).collect()).collect();
    let (seed, sources) = (lines[0][0].parse::<u64>().unwrap(), hex::decode(&lines[0][2]).unwrap());
    let begin = || Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let end = |hash: Child| String::from_utf8(hash.wait_with_output().unwrap().stdout).unwrap()[..64].to_string();
    let add = |hash: &mut Child, bytes: &[u8]| hash.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    for line in &lines[1..] {
        let (number, domains) = (line[0].parse::<u8>().unwrap(), hex::decode(&line[3]).unwrap());
        let (mut decoded, mut encoded, mut out, mut m) = (begin(), begin(), vec![], vec![0; 8192]);
        let (mut state, size) = (seed + u64::from(number), line[4].parse::<usize>().unwrap());
        for _ in 0..lines[0][1].parse().unwrap() {
            for n in (5..37 + size).step_by(8) {
                state = state.wrapping_add(0x9E3779B97F4A7C15);
                let z = (state ^ state >> 30).wrapping_mul(0xBF58476D1CE4E5B9);
                let y = (z ^ z >> 27).wrapping_mul(0x94D049BB133111EB); let z = y ^ y >> 31;
                m[n..n + 8].copy_from_slice(&(z as i64 >> (z >> 20 & 63)).to_le_bytes());
            }
            m.copy_within(5..37, 0); m[24..28].copy_from_slice(&(size as u32 + 5).to_le_bytes());
            let (domain, source) = (domains[m[4] as usize % domains.len()], sources[m[6] as usize % sources.len()]);
            m[..7].copy_from_slice(&[0xEF, 0xBE, 0xAD, 0xDE, domain, 1, source]); let mut at = 37;
            m[32..37].copy_from_slice(&[255, 0, number, size as u8, (size >> 8) as u8]);
            for piece in line[5].split(',') {
                let part: Vec<usize> = piece.split('+').map(|n| n.parse().unwrap()).chain([0; 3]).collect();
                let (zeros, slots) = (at + part[0], at + part[0] + part[1]); at = slots + part[2] * part[3];
                let used = u16::from_le_bytes([m[zeros - 2], m[zeros - 1]]) as usize % (part[2] + 1);
                if part[2] > 0 { m[zeros - 2..zeros].copy_from_slice(&(used as u16).to_le_bytes()) }
                m[zeros..slots].fill(0); m[slots + used * part[3]..at].fill(0);
            }
            let sum = crc32fast::hash(&[&m[..28], &m[32..at]].concat()); m[28..32].copy_from_slice(&sum.to_le_bytes());
            let message = Message::decode(&m[..at]).unwrap(); out.clear(); message.encode_into(&mut out).unwrap();
            add(&mut encoded, &out); add(&mut decoded, message.write(&JsonText).unwrap().as_bytes());
        }
        println!("{number} {} {}", end(decoded), end(encoded));
    }
}
