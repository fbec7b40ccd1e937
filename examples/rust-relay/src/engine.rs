//! The engine of a relay, for every domain: frames what clients send, forwards runs of messages.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io::{Error, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const MAGIC: [u8; 4] = [0xEF, 0xBE, 0xAD, 0xDE];
const HEADER_SIZE: usize = 32;
/// Bytes that wait for one client; what is more is not queued.
const QUEUE_MAX: usize = 4 << 20;
const STOP_TIME: Duration = Duration::from_millis(1200);
const STACK: usize = 128 << 10;

/// What is special about one domain; `limit` is the size of a whole message.
pub struct Logic {
    pub domain: u8,
    pub limit: usize,
    pub should_forward: fn(&[u8]) -> bool,
}

#[derive(Default)]
struct Queue {
    parts: VecDeque<Arc<[u8]>>,
    size: usize,
    is_ending: bool,
    is_done: bool,
}

struct Client {
    stream: UnixStream,
    queue: Mutex<Queue>,
    changed: Condvar,
}

struct Shared {
    logic: Logic,
    clients: Mutex<HashMap<u64, Arc<Client>>>,
    /// Readers that have not ended.
    readers: Mutex<usize>,
    reader_ended: Condvar,
}

/// A relay that listens.
pub struct Relay {
    shared: Arc<Shared>,
    path: PathBuf,
}

impl Relay {
    /// Takes the path, unless somebody serves it, and begins to accept.
    pub fn listening(logic: Logic, path: PathBuf) -> std::io::Result<Relay> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        match UnixStream::connect(&path) {
            Ok(_) => return Err(Error::new(ErrorKind::AddrInUse, "somebody else serves the path")),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(&path)?,
            Err(_) => {}
        }
        let listener = UnixListener::bind(&path)?;
        let shared = Arc::new(Shared {
            logic,
            clients: Mutex::default(),
            readers: Mutex::new(0),
            reader_ended: Condvar::new(),
        });
        let accepting = shared.clone();
        thread::spawn(move || accept(&accepting, &listener));
        Ok(Relay { shared, path })
    }

    /// Forwards what was read, lets clients read it, and closes them.
    pub fn stop(self) {
        let _ = fs::remove_file(&self.path);
        let clients: Vec<_> = self.shared.clients.lock().unwrap().values().cloned().collect();
        for client in &clients {
            let _ = client.stream.shutdown(Shutdown::Read);
        }
        let expires = Instant::now() + STOP_TIME;
        let mut readers = self.shared.readers.lock().unwrap();
        while *readers > 0 && Instant::now() < expires {
            readers = self.shared.reader_ended.wait_timeout(readers, Duration::from_millis(20)).unwrap().0;
        }
        drop(readers);
        for client in &clients {
            client.end();
        }
        for client in &clients {
            let mut queue = client.queue.lock().unwrap();
            while !queue.is_done && Instant::now() < expires {
                queue = client.changed.wait_timeout(queue, Duration::from_millis(20)).unwrap().0;
            }
        }
    }
}

fn accept(shared: &Arc<Shared>, listener: &UnixListener) {
    let mut number = 0u64;
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // Out of descriptors: some may be closed soon.
            thread::sleep(Duration::from_millis(1));
            continue;
        };
        let Ok(reading) = stream.try_clone() else { continue };
        number += 1;
        let own = number;
        let client =
            Arc::new(Client { stream, queue: Mutex::default(), changed: Condvar::new() });
        shared.clients.lock().unwrap().insert(own, client.clone());
        *shared.readers.lock().unwrap() += 1;
        let (for_reader, for_writer) = (shared.clone(), shared.clone());
        let (read_of, written_to) = (client.clone(), client);
        let reader = thread::Builder::new().stack_size(STACK).spawn(move || {
            for_reader.read(own, &read_of, reading);
            *for_reader.readers.lock().unwrap() -= 1;
            for_reader.reader_ended.notify_all();
        });
        let writer = thread::Builder::new().stack_size(STACK).spawn(move || {
            written_to.write();
            for_writer.clients.lock().unwrap().remove(&own);
            let _ = written_to.stream.shutdown(Shutdown::Both);
            written_to.queue.lock().unwrap().is_done = true;
            written_to.changed.notify_all();
        });
        if reader.is_err() {
            *shared.readers.lock().unwrap() -= 1;
        }
        if reader.is_err() || writer.is_err() {
            shared.clients.lock().unwrap().remove(&own);
        }
    }
}

impl Shared {
    /// Frames what one client sends until it ends, or sends what is no message.
    fn read(&self, own: u64, client: &Client, mut stream: UnixStream) {
        let mut buffer = vec![0u8; 16 << 10];
        let mut filled = 0;
        loop {
            if filled == buffer.len() {
                buffer.resize(2 * filled, 0);
            }
            match stream.read(&mut buffer[filled..]) {
                // A client that has shut down its sending side still receives.
                Ok(0) => return,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return,
            }
            let Some(end) = self.frame(own, &buffer[..filled]) else {
                return client.end();
            };
            buffer.copy_within(end..filled, 0);
            filled -= end;
        }
    }

    /// Forwards whole messages; where the next one begins, or nothing if that is none.
    fn frame(&self, own: u64, data: &[u8]) -> Option<usize> {
        let (mut at, mut run) = (0, 0);
        let mut is_lost = false;
        while data.len() - at >= MAGIC.len() {
            if data[at..at + 4] != MAGIC {
                is_lost = true;
                break;
            }
            if data.len() - at < HEADER_SIZE {
                break;
            }
            let announced = u32::from_le_bytes(data[at + 24..at + 28].try_into().unwrap());
            let size = HEADER_SIZE + announced as usize;
            if size > self.logic.limit {
                is_lost = true;
                break;
            }
            if data.len() - at < size {
                break;
            }
            let message = &data[at..at + size];
            if message[4] != self.logic.domain || !(self.logic.should_forward)(message) {
                self.forward(own, &data[run..at]);
                run = at + size;
            }
            at += size;
        }
        self.forward(own, &data[run..at]);
        (!is_lost).then_some(at)
    }

    fn forward(&self, own: u64, run: &[u8]) {
        if run.is_empty() {
            return;
        }
        let part: Arc<[u8]> = run.into();
        for (number, client) in self.clients.lock().unwrap().iter() {
            if *number != own {
                client.put(&part);
            }
        }
    }
}

impl Client {
    /// Queues whole messages, unless the client does not read.
    fn put(&self, part: &Arc<[u8]>) {
        let mut queue = self.queue.lock().unwrap();
        if !queue.is_ending && queue.size + part.len() <= QUEUE_MAX {
            queue.size += part.len();
            queue.parts.push_back(part.clone());
            self.changed.notify_all();
        }
    }

    fn end(&self) {
        self.queue.lock().unwrap().is_ending = true;
        self.changed.notify_all();
    }

    /// Sends the queue until the client ends and nothing is left of it.
    fn write(&self) {
        loop {
            let mut queue = self.queue.lock().unwrap();
            while queue.parts.is_empty() && !queue.is_ending {
                queue = self.changed.wait(queue).unwrap();
            }
            let Some(part) = queue.parts.pop_front() else { return };
            drop(queue);
            if (&self.stream).write_all(&part).is_err() {
                return;
            }
            self.queue.lock().unwrap().size -= part.len();
        }
    }
}
