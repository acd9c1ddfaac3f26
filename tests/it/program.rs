//! The binary as a child process: started with arguments and environment, listened to, ended by
//! its own id when its time is up.
//!
//! Every finished run is looked at for a panic, whatever the test asks. Never here: a process that
//! outlives its test, or a wait without an end.
#![allow(clippy::disallowed_methods, reason = "a child process is waited for by the clock")]

use crate::scratch::Scratch;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Far beyond any run of the suite, on a machine that does ten other things.
const LIMIT: Duration = Duration::from_secs(180);

/// A command that has not been started.
pub(crate) struct Program {
    command: Command,
    words: String,
}

/// `althing` with these arguments.
pub(crate) fn althing<S: AsRef<str>>(arguments: &[S]) -> Program {
    let built = || env!("CARGO_BIN_EXE_althing").into();
    let mut command = Command::new(std::env::var_os("ALTHING").unwrap_or_else(built));
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    command.args(&arguments).stdin(Stdio::null());
    // What the caller's shell overrides is not what the test is about.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ALTHING") {
            command.env_remove(name);
        }
    }
    Program { command, words: format!("althing {}", arguments.join(" ")) }
}

impl Program {
    /// With one variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.words = format!("{name}={value} {}", self.words);
        self
    }

    /// In this directory.
    pub(crate) fn within(mut self, scratch: &Scratch) -> Self {
        self.command.current_dir(scratch.path());
        self
    }

    /// Runs to the end.
    pub(crate) fn run(self) -> Finished {
        self.start().finish()
    }

    /// Starts it and listens.
    pub(crate) fn start(mut self) -> Running {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the binary starts");
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
        let (say, heard) = channel();
        let out = listen(child.stdout.take().expect("piped"), say.clone(), Said::Out);
        let err = listen(child.stderr.take().expect("piped"), say.clone(), Said::Err);
        std::thread::spawn(move || wait(child, [out, err], &say));
        let finished = Finished { words: self.words, ..Finished::default() };
        Running { pid, heard, finished, deadline: Instant::now() + LIMIT }
    }
}

enum Said {
    Out(Vec<u8>),
    Err(Vec<u8>),
    /// The exit code; none when a signal ended it.
    Ended(Option<i32>),
}

fn listen<R: Read + Send + 'static>(
    pipe: R,
    say: Sender<Said>,
    what: fn(Vec<u8>) -> Said,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        loop {
            let mut line = Vec::new();
            match pipe.read_until(b'\n', &mut line) {
                Ok(length) if length > 0 && say.send(what(line)).is_ok() => {}
                _ => return,
            }
        }
    })
}

/// Its end is told last, when everything that it wrote has been told.
fn wait(mut child: Child, listeners: [JoinHandle<()>; 2], say: &Sender<Said>) {
    for listener in listeners {
        let _ = listener.join();
    }
    let code = child.wait().ok().and_then(|status| status.code());
    let _ = say.send(Said::Ended(code));
}

/// A process that runs.
pub(crate) struct Running {
    pid: Pid,
    heard: Receiver<Said>,
    finished: Finished,
    deadline: Instant,
}

impl Running {
    /// Its process.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        if !self.finished.ended {
            kill(self.pid, Signal::SIGTERM).expect("it runs");
        }
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Finished {
        while !self.finished.ended {
            self.hear_until(self.deadline);
            if !self.finished.ended && Instant::now() >= self.deadline {
                let _ = kill(self.pid, Signal::SIGKILL);
                panic!("{}\nran longer than {LIMIT:?} and was ended", self.finished.said());
            }
        }
        let finished = std::mem::take(&mut self.finished);
        self.finished.ended = true;
        assert!(!finished.err.contains("panicked"), "{}", finished.said());
        finished
    }

    /// Waits until `find` finds something in what it wrote so far: standard output, standard error.
    pub(crate) fn until<T>(&mut self, find: impl Fn(&str, &str) -> Option<T>) -> T {
        loop {
            if let Some(found) = find(&self.finished.text(), &self.finished.err) {
                return found;
            }
            let late = Instant::now() >= self.deadline;
            assert!(!late && !self.finished.ended, "never said it\n{}", self.finished.said());
            self.hear_until(self.deadline);
        }
    }

    /// Asks again and again, at least fifty times a second, until `ask` answers.
    pub(crate) fn poll<T>(&mut self, mut ask: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            let late = Instant::now() >= self.deadline;
            assert!(!late && !self.finished.ended, "never came\n{}", self.finished.said());
            self.hear_until(Instant::now() + Duration::from_millis(20));
        }
    }

    /// Takes in one thing that it says, or the time.
    fn hear_until(&mut self, deadline: Instant) {
        match self.heard.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Said::Out(line)) => self.finished.out.extend(line),
            Ok(Said::Err(line)) => self.finished.err += &String::from_utf8_lossy(&line),
            Ok(Said::Ended(code)) => {
                self.finished.code = code;
                self.finished.ended = true;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.finished.ended = true,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.finished.ended {
            let _ = kill(self.pid, Signal::SIGKILL);
        }
    }
}

/// A process that has ended.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to standard output.
    pub(crate) out: Vec<u8>,
    /// What it wrote to standard error.
    pub(crate) err: String,
    words: String,
    ended: bool,
}

impl Finished {
    /// The same, when it ended with this code.
    pub(crate) fn code(self, wanted: i32) -> Self {
        assert_eq!(self.code, Some(wanted), "{}", self.said());
        self
    }

    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// Standard output, which is exactly one JSON document.
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.out) {
            Ok(document) => document,
            Err(why) => panic!("not one JSON document: {why}\n{}", self.said()),
        }
    }

    /// The same, when standard error names each of `words`.
    pub(crate) fn names(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "does not say {word:?}\n{}", self.said());
        }
        self
    }

    /// Everything about it, for a message.
    pub(crate) fn said(&self) -> String {
        let out: String = self.text().chars().take(4000).collect();
        format!("$ {}\nexit {:?}\n{out}\n--\n{}", self.words, self.code, self.err)
    }
}
